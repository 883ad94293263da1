//! What must be so when everything is at rest, and when everybody has left.

use std::thread;
use std::time::{Duration, Instant};

use super::World;
use crate::worker::{Alarm, News, Roll, WorkerEventPosted, done};
use crate::{heap, seats, tasks};

/// By then, in the actors' time, those that have failed are back.
const RECOVERY: Duration = Duration::from_millis(500);
/// So many that have failed for good a domain keeps to be looked at.
const DOWN: u64 = 64;
/// A task that was cancelled has let go of everything by then, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(10);

impl World {
    /// Brings everything to rest at a population of this size, and calls the roll: everybody is there, once, except a few who have failed for good.
    pub(crate) fn rest(&mut self, size: u64) -> Result<(), String> {
        wait_until(|| tasks::ending() == 0, "tasks that end by themselves")?;
        self.clock.advance(RECOVERY);
        self.run();
        self.populate(size)?;
        self.ghost = None;
        let before = done().heard;
        let called = u64::from(self.domain.publish(Roll {}).delivered);
        self.run();
        let heard = done().heard - before;
        if heard != called || !(size - DOWN..=size).contains(&heard) {
            return Err(format!(
                "a roll call reached {called} of {size} workers, and {heard} heard it"
            ));
        }
        match self.domain.bus().actors() as u64 {
            named if named == size => Ok(()),
            named => Err(format!("{size} workers have {named} names")),
        }
    }

    /// What was meant for somebody was dispatched, dropped and counted, or waits; and what the books call dispatched the workers have counted as well.
    pub(crate) fn check_books(&self) -> Result<(), String> {
        let books = self.domain.books();
        let mut wrong = books.balance();
        let living: u64 = books.actors.values().map(|tally| tally.delivered).sum();
        let (delivered, handled) = (living + books.gone.delivered, done().handled);
        if delivered != handled {
            wrong.push(format!(
                "{handled} events were handled, and the books say {delivered}"
            ));
        }
        complain(wrong)
    }

    /// Everybody leaves, and nothing of anybody is left. Returns what is allocated then: room for those who come next.
    pub(crate) fn empty(&mut self) -> Result<i64, String> {
        self.rest(self.actors)?;
        for seat in 0..seats::count() {
            let Some(who) = seats::address(seat) else {
                continue;
            };
            match seat % 3 {
                0 => self.post(&who, WorkerEventPosted::Leave),
                1 => who.stop(),
                _ => {
                    self.domain.stop_actor_named(who.name());
                }
            }
        }
        self.run();
        // Those who had failed for good take no posts.
        for seat in 0..seats::count() {
            if let Some(who) = seats::address(seat) {
                self.domain.stop_actor_named(who.name());
            }
        }
        wait_until(|| tasks::alive() == 0, "tasks of those who have left")?;
        self.run();
        complain(self.leftovers())?;
        self.check_books()?;
        Ok(heap::live())
    }

    /// What is left of those who have left, one sentence each.
    fn leftovers(&mut self) -> Vec<String> {
        let unheard = [
            self.domain.publish(Roll {}),
            self.domain.publish(News { number: 0 }),
            self.domain.publish(Alarm {
                text: String::new(),
            }),
        ];
        let books = self.domain.books();
        let bus = self.domain.bus();
        let left = [
            (seats::occupied(), "seats that are taken"),
            (self.domain.status().len() as u64, "actors"),
            (bus.actors() as u64, "names"),
            (self.domain.timers().armed, "timers that are armed"),
            (tasks::alive().into(), "tasks"),
            (bus.interest().subscriptions.len() as u64, "subscriptions"),
            (
                unheard.iter().map(|to| u64::from(to.delivered)).sum(),
                "deliveries to nobody",
            ),
            (books.actors.len() as u64, "books of actors"),
            (books.gone.queued, "events that wait"),
            (books.asks.open, "questions that are open"),
        ];
        let left = left.into_iter().filter(|(count, _)| *count > 0);
        left.map(|(count, what)| format!("everybody has left, but not {count} {what}"))
            .collect()
    }
}

/// Lets other threads run until something is so.
fn wait_until(is_so: impl Fn() -> bool, what: &str) -> Result<(), String> {
    let begin = Instant::now();
    while !is_so() {
        if begin.elapsed() > PATIENCE {
            return Err(format!("there are still {what}, {PATIENCE:?} later"));
        }
        thread::yield_now();
    }
    Ok(())
}

fn complain(wrong: Vec<String>) -> Result<(), String> {
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("; "))
    }
}
