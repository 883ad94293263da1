//! One who thinks, gets hungry, and eats while a lease on two forks lasts.
//!
//! The lease is counted from the moment the request was *sent*, on the philosopher's own clock. The table counts from
//! the moment it grants, which is later, and adds a margin: so the philosopher's lease is over before the table's, however
//! long the grant was under way, and a grant that comes late after a cut has nothing left of it and is given back.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use farc::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    signals::{Eating, Grant, Hungry, Release, Stamps},
    table::LEASE,
};

/// How long a thought and a meal take, in milliseconds.
const THOUGHT: (u64, u64) = (200, 900);
const MEAL: (u64, u64) = (150, 450);

/// After this long a hungry philosopher asks again: well inside a lease, so that an answer is worth having.
const PATIENCE: Duration = Duration::from_millis(500);

/// A lease that ends sooner is not worth sitting down for.
const SHORTEST_MEAL: Duration = Duration::from_millis(100);

/// How much earlier than its lease a meal ends.
const MANNERS: Duration = Duration::from_millis(50);

/// Requests it remembers: those whose leases can still be running (`LEASE` / `PATIENCE`), and some to spare.
const REMEMBERED: usize = 8;

/// Where a philosopher sits.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Seat {
    /// Counted around the table, from 0.
    pub(super) seat: u32,
    /// What its pace follows from, together with the seat; without it, from the node's own randomness.
    pub(super) seed: Option<u64>,
}

/// What happens to a philosopher.
#[derive(Event, Debug)]
pub(super) enum PhilosopherEvent {
    Grant(Grant),
    #[event(local)]
    Timeout,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Philosopher {
    seat: u32,
    pace: Pace,
    /// The last request's number; they rise through all hungers of a life.
    request: u64,
    /// What was asked in this hunger, and when.
    asked: VecDeque<(u64, Instant)>,
    /// The lease it eats under, and those that answered a request it repeated just before.
    leases: Vec<u64>,
    /// When the forks in hand must be put down.
    ends: Option<Instant>,
    stamps: Stamps,
}

impl Actor for Philosopher {
    type Args = Seat;

    fn new(args: Seat, cx: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        let seed = args.seed.unwrap_or_else(|| cx.random());
        Ok(Self {
            seat: args.seat,
            pace: Pace::new(seed, args.seat),
            request: 0,
            asked: VecDeque::new(),
            leases: Vec::new(),
            ends: None,
            stamps: Stamps::default(),
        })
    }
}

#[hsm(event = PhilosopherEvent, initial = thinking, subscribe = [Grant])]
impl Philosopher {
    #[entry(thinking)]
    fn think(&mut self, cx: &mut Context<Self>) {
        let thought = self.pace.between(THOUGHT);
        wake(cx, thought);
    }

    #[state]
    fn thinking(&mut self, event: &PhilosopherEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            PhilosopherEvent::Timeout => To(State::Hungry),
            PhilosopherEvent::Grant(grant) if grant.seat == self.seat => {
                self.give_back(grant.lease, cx);
                Handled
            }
            PhilosopherEvent::Grant(_) => Handled,
        }
    }

    #[entry(hungry)]
    fn get_hungry(&mut self, cx: &mut Context<Self>) {
        self.asked.clear();
        self.ask(cx);
    }

    #[state]
    fn hungry(&mut self, event: &PhilosopherEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            PhilosopherEvent::Timeout => {
                self.ask(cx);
                Handled
            }
            PhilosopherEvent::Grant(grant) if grant.seat == self.seat => {
                if self.accepts(grant, cx.now()) {
                    To(State::Eating)
                } else {
                    self.give_back(grant.lease, cx);
                    Handled
                }
            }
            PhilosopherEvent::Grant(_) => Handled,
        }
    }

    #[entry(eating)]
    fn sit_down(&mut self, cx: &mut Context<Self>) {
        if let (Some(lease), Some(ends)) = (self.leases.first().copied(), self.ends) {
            let left = ends.saturating_duration_since(cx.now());
            let stamp = self.stamps.next::<Eating, _>(cx);
            cx.publish(Eating {
                stamp,
                seat: self.seat,
                lease,
                left,
            });
            let meal = self.pace.between(MEAL);
            wake(cx, meal.min(left.saturating_sub(MANNERS)));
        }
    }

    #[state]
    fn eating(&mut self, event: &PhilosopherEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            PhilosopherEvent::Timeout => To(State::Thinking),
            PhilosopherEvent::Grant(grant) if grant.seat == self.seat => {
                self.keep_or_give_back(grant, cx);
                Handled
            }
            PhilosopherEvent::Grant(_) => Handled,
        }
    }

    #[exit(eating)]
    fn stand_up(&mut self, cx: &mut Context<Self>) {
        self.ends = None;
        for lease in std::mem::take(&mut self.leases) {
            self.give_back(lease, cx);
        }
    }
}

impl Philosopher {
    fn ask(&mut self, cx: &mut Context<'_, Self>) {
        self.request += 1;
        if self.asked.len() == REMEMBERED {
            self.asked.pop_front();
        }
        self.asked.push_back((self.request, cx.now()));
        let stamp = self.stamps.next::<Hungry, _>(cx);
        cx.publish(Hungry {
            stamp,
            seat: self.seat,
            request: self.request,
        });
        wake(cx, PATIENCE);
    }

    /// When the request that this grant answers was sent, if it was in this hunger.
    fn asked_at(&self, grant: &Grant) -> Option<Instant> {
        self.asked
            .iter()
            .find(|(request, _)| *request == grant.request)
            .map(|(_, at)| *at)
    }

    /// Takes the forks if enough is left of their lease.
    fn accepts(&mut self, grant: &Grant, now: Instant) -> bool {
        let ends = self.asked_at(grant).map(|asked| asked + LEASE);
        self.ends = ends.filter(|ends| ends.saturating_duration_since(now) >= SHORTEST_MEAL);
        if self.ends.is_some() {
            self.leases.push(grant.lease);
        }
        self.ends.is_some()
    }

    /// A request that was repeated while its answer was under way has two answers, and the table knows only the later
    /// one: it may be given back only when the meal is over.
    fn keep_or_give_back(&mut self, grant: &Grant, cx: &mut Context<'_, Self>) {
        if self.asked_at(grant).is_some() {
            self.leases.push(grant.lease);
        } else {
            self.give_back(grant.lease, cx);
        }
    }

    fn give_back(&mut self, lease: u64, cx: &mut Context<'_, Self>) {
        let stamp = self.stamps.next::<Release, _>(cx);
        cx.publish(Release {
            stamp,
            seat: self.seat,
            lease,
        });
    }
}

fn wake(cx: &mut Context<'_, Philosopher>, after: Duration) {
    cx.after(after, PhilosopherEvent::Timeout)
        .expect("one timer at a time, and each dies with its state");
}

/// How long one philosopher thinks and eats, time after time: SplitMix64, which needs no more than a counter.
#[derive(Debug)]
struct Pace(u64);

impl Pace {
    /// The golden ratio in 64 bits, the step of SplitMix64.
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    fn new(seed: u64, seat: u32) -> Self {
        // Seats begin far apart on the same cycle.
        Self(seed ^ u64::from(seat).wrapping_add(1).rotate_right(16))
    }

    /// A duration from a range in milliseconds.
    fn between(&mut self, (least, most): (u64, u64)) -> Duration {
        self.0 = self.0.wrapping_add(Self::STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        Duration::from_millis(least + mixed % (most - least))
    }
}
