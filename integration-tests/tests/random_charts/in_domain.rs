//! Runs a generated chart as an actor in a domain: the queues are the kernel's, and what the actor does is seen from outside.

use std::sync::Arc;

use farc::observe::Cause;
use farc::{Actor, ActorOptions, Address, Clock as _, Domain, DomainSettings, ManualClock};

use crate::description::Chart;
use crate::drive::{Failure, Stroke};
use crate::interpreter::Interpreter;
use crate::queues::ROOM;
use crate::told::{Event, Note, POSTS, take_said};

/// Runs the actor and the interpreter over the tape.
pub(crate) fn actor<A>(chart: &Chart, tape: &[Stroke]) -> Result<usize, Failure>
where
    A: Actor<Event = Event, Args = ()>,
{
    let at = |stroke| move |what| Failure { stroke, what };
    let mut pair = Pair::<A>::start(chart).map_err(at(0))?;
    let mut steps = 0;
    for (number, stroke) in tape.iter().enumerate() {
        pair.post(stroke.event).map_err(at(number))?;
        for _ in 0..stroke.steps {
            if pair.step().map_err(at(number))? {
                steps += 1;
            }
        }
    }
    Ok(steps)
}

/// Both sides of a comparison.
struct Pair<'c, A: Actor> {
    domain: Domain,
    clock: Arc<ManualClock>,
    address: Address<A>,
    interpreter: Interpreter<'c>,
    /// How many deferred events the chart has dropped.
    discarded: u64,
}

impl<'c, A: Actor<Event = Event, Args = ()>> Pair<'c, A> {
    fn start(chart: &'c Chart) -> Result<Self, String> {
        take_said();
        let clock = Arc::new(ManualClock::new());
        let node = "charts".parse().map_err(|error| format!("{error}"))?;
        let mut domain = Domain::new(DomainSettings::alone(node, clock.clone(), [0; 32]));
        let options = ActorOptions {
            // Half of it is for other threads.
            mailbox: 2 * ROOM,
            ..ActorOptions::default()
        };
        let address = domain
            .spawn::<A>("it", (), options)
            .map_err(|error| error.to_string())?;
        let mut pair = Self {
            domain,
            clock,
            address,
            interpreter: Interpreter::new(chart),
            discarded: 0,
        };
        pair.domain.start();
        pair.interpreter.start();
        pair.agree("the start")?;
        Ok(pair)
    }

    fn post(&mut self, event: Event) -> Result<(), String> {
        if self.interpreter.told.receives(event) {
            let posted = self.domain.post(&self.address, event);
            posted.map_err(|error| format!("{event:?} is not posted: {error}"))?;
        }
        Ok(())
    }

    /// One step of each; false if nothing waits.
    fn step(&mut self) -> Result<bool, String> {
        self.domain.run(self.clock.now(), 1);
        let Some(event) = self.interpreter.told.queues.next() else {
            return self.agree("a step without an event").map(|()| false);
        };
        let active = self.interpreter.leaves();
        let offered = self.interpreter.step(event);
        self.interpreter.told.may_post = POSTS;
        self.agree(&format!("{event:?} in {active:?}, {offered:?}"))?;
        Ok(true)
    }

    /// Whether both sides did the same, are where the other is, and hold as many events.
    fn agree(&mut self, step: &str) -> Result<(), String> {
        let mut expected = std::mem::take(&mut self.interpreter.told.notes);
        expected.retain(Note::is_of_an_action);
        let said = take_said();
        if said != expected {
            return Err(format!(
                "{step}: what happened\n  expected {expected:?}\n  actual   {said:?}"
            ));
        }
        let dropped = |note: &&Note| **note == Note::DropsDeferred(true);
        self.discarded += said.iter().filter(dropped).count() as u64;
        let status = self.domain.status().remove(0);
        let path = self.interpreter.path();
        if status.state != path {
            return Err(format!(
                "{step}: states\n  expected {path:?}\n  actual   {:?}",
                status.state
            ));
        }
        let queues = &self.interpreter.told.queues;
        let waiting = queues.front.len()
            + queues.recalled.len()
            + queues.mailbox.len()
            + queues.deferred.len();
        let drops = |cause| status.books.dropped.get(&cause).copied().unwrap_or(0);
        let counted = (
            status.books.queued,
            drops(Cause::DeferredFull),
            drops(Cause::Discarded),
            status.books.imbalance(),
        );
        let expected = (waiting as u64, queues.lost.len() as u64, self.discarded, 0);
        if counted != expected {
            return Err(format!(
                "{step}: waiting, lost, discarded, imbalance\n  expected {expected:?}\n  actual   {counted:?}\n  {queues:?}"
            ));
        }
        Ok(())
    }
}
