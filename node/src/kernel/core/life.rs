//! Actors that come and go while the domain runs.

use super::{Core, Phase};
use crate::kernel::Tally;
use crate::observe::Cause;

/// How many actors that have failed for good are kept to be looked at and restarted by hand; the oldest goes first. What brings actors to life by
/// the thousand would otherwise leave as many behind.
const DOWN: usize = 64;

/// What happens as the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) enum Coming {
    /// The actor of this slot starts (E2).
    Start(u32),
    /// The actor of this slot and generation stops.
    Stop(u32, u32),
}

impl Core {
    /// Starts an actor as the next step after the current one, behind those that start or stop before it (E2).
    pub(crate) fn start_next(&mut self, slot: u32) {
        self.coming.push_back(Coming::Start(slot));
        self.attention = true;
    }

    /// Stops an actor as the next step after the current one, if it is there still by then.
    pub(crate) fn stop_next(&mut self, slot: u32, generation: u32) {
        self.coming.push_back(Coming::Stop(slot, generation));
        self.attention = true;
    }

    pub(in crate::kernel) fn next_coming(&mut self) -> Option<Coming> {
        self.coming.pop_front()
    }

    /// Whether this is the actor that has the slot now.
    pub(in crate::kernel) fn is_there(&self, slot: u32, generation: u32) -> bool {
        let actor = self.slots.get(slot as usize);
        actor.is_some_and(|actor| !actor.is_gone && actor.generation == generation)
    }

    /// The step that runs has answered `Stop`: whatever happens to it, its actor stops.
    pub(crate) fn stopping(&mut self) {
        self.stopping = true;
    }

    /// Whether the last step had answered `Stop`.
    pub(crate) fn take_stopping(&mut self) -> bool {
        std::mem::take(&mut self.stopping)
    }

    /// An exit action of an actor that stops has panicked: its other exits are abandoned (A27).
    pub(crate) fn abandon_exits(&mut self, slot: u32, panic: &str) {
        self.exits_abandoned += 1;
        tracing::error!(actor = %self.name(slot), panic, "an actor panicked while it stopped");
    }

    /// How many exit paths were abandoned.
    pub(crate) fn exits_abandoned(&self) -> u64 {
        self.exits_abandoned
    }

    /// The actor has stopped: it will be removed after the current step. In a domain that ends, all stay to be looked at.
    pub(crate) fn depart(&mut self, slot: u32) {
        if !self.ending {
            self.down.retain(|&known| known != slot);
            self.departed.push(slot);
            self.attention = true;
        }
    }

    /// The actor has failed for good, and stays to be looked at. Returns the one that has stayed longest, if there are too many.
    pub(crate) fn stay_down(&mut self, slot: u32) -> Option<u32> {
        self.down.push_back(slot);
        (self.down.len() > DOWN)
            .then(|| self.down.pop_front())
            .flatten()
    }

    /// An actor that had failed for good takes posts again; its books go on.
    pub(crate) fn rise(&mut self, slot: u32) {
        self.down.retain(|&known| known != slot);
        self.slots[slot as usize].lane.reopen();
        self.set_phase(slot, Phase::Waiting);
    }

    /// The next actor that has stopped.
    pub(in crate::kernel) fn next_departed(&mut self) -> Option<u32> {
        let slot = self.departed.pop()?;
        let books = self.remove(slot);
        self.gone.add(books);
        Some(slot)
    }

    /// The books of all actors that are gone.
    pub(crate) fn gone(&self) -> &Tally {
        &self.gone
    }

    /// From now on nobody is spawned or removed.
    pub(crate) fn end(&mut self) {
        self.ending = true;
    }

    /// Whether nobody may come any more: the domain is being stopped, or its node is leaving.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending || self.winding_down
    }

    /// From now on timers and tasks bring nothing, code that is no actor is turned away, and nobody is spawned (D7). What waits is worked off, and
    /// what comes of it.
    pub(crate) fn wind_down(&mut self) {
        self.winding_down = true;
        self.bell.leave();
    }

    /// Whether it does.
    pub(super) fn is_winding_down(&self) -> bool {
        self.winding_down
    }

    /// An event for somebody who is not there.
    #[cold]
    pub(crate) fn undeliverable(&mut self, name: &str, event: &'static str) {
        if let Some(observer) = &self.observer {
            observer.dropped(&crate::observe::Dropped {
                receiver: name,
                event,
                cause: Cause::NoActor,
                count: 1,
                now: self.now,
            });
        }
        self.dead.push(crate::kernel::DeadLetter {
            at: self.now,
            actor: name.into(),
            event,
            cause: Cause::NoActor,
        });
    }

    /// Posts a signal, out of an `Option` of its type, to an actor of this domain.
    pub(crate) fn offer(
        &mut self,
        slot: u32,
        signal: &mut dyn std::any::Any,
        request: Option<crate::kernel::Handle>,
    ) -> Result<(), crate::kernel::Unwelcome> {
        let lane = self.slots[slot as usize].lane.clone();
        lane.offer_here(self, slot, signal, request)
    }
}
