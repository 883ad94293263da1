//! Failures: restarts in their turn, events that are dispatched once more, and what ends the node.

use std::time::Duration;

use super::Core;
use crate::kernel::guard;
use crate::kernel::mailbox::{Entry, Origin, later};
use crate::kernel::pulse::Names;
use crate::kernel::supervision::Escalation;
use crate::kernel::timers::{Deadline, Due, What};
use crate::observe::Observer;
use crate::signal::Event;

impl Core {
    /// Has the kernel call [`Runner::restart`](crate::kernel::Runner::restart) after a while.
    pub(crate) fn restart_after(&mut self, slot: u32, after: Duration) -> Deadline {
        let at = later(self.now, after);
        let turn = self.timers.arm(at, slot, What::Restart);
        self.look_for_due();
        turn
    }

    /// A restart that has not come is called off.
    pub(crate) fn cancel_restart(&mut self, slot: u32, turn: Deadline) {
        match self.restarts.iter().position(|&known| known == slot) {
            // Its time has come, and its deadline is no more.
            Some(place) => _ = self.restarts.remove(place),
            None => self.timers.cancel(turn),
        }
    }

    /// The next actor to be constructed anew: one at a time, and a step between two of them, so that those that fail do not keep the others waiting.
    pub(in crate::kernel) fn next_restart(&mut self) -> Option<u32> {
        let next = (!self.restarted).then(|| self.restarts.pop_front());
        let next = next.flatten();
        self.restarted = next.is_some();
        next
    }

    /// A restart is due: it has its turn, or waits for it.
    pub(super) fn give_turn(&mut self, due: Due) -> bool {
        let turn = match due.what {
            What::Restart => self.supervisor.turn(self.now),
            What::LateRestart | What::Event | What::Question => None,
        };
        match turn {
            Some(at) => {
                let what = What::LateRestart;
                self.timers.again(Due { what, ..due }, at);
                false
            }
            None => {
                self.timers.done(due);
                true
            }
        }
    }

    /// Keeps the event of a failed step: it is dispatched before everything else (D4). It stays queued.
    pub(crate) fn put_again<E: Event>(&mut self, slot: u32, event: E, origin: Origin) {
        // Its timer is over with the actor that armed it.
        let origin = match origin {
            Origin::Timer { .. } | Origin::Task { .. } => Origin::System,
            Origin::Local
            | Origin::Foreign
            | Origin::System
            | Origin::Request { .. }
            | Origin::Answer
            | Origin::Peer { .. } => origin,
        };
        self.mailbox::<E>(slot).put_again(Entry { event, origin });
        self.recount::<E>(slot);
    }

    /// Whether the event that was taken last was dispatched once before.
    pub(crate) fn is_redelivered<E: Event>(&self, slot: u32) -> bool {
        self.mailbox_of::<E>(slot)
            .is_some_and(|mailbox| mailbox.is_redelivered())
    }

    /// Says what the step is about, for whoever watches.
    #[inline]
    pub(crate) fn tell(&self, slot: u32, event: usize, state: Option<usize>) {
        self.pulse.tell(slot, event, state.unwrap_or(usize::MAX));
    }

    /// The step is a start, a restart or a stop.
    pub(crate) fn tell_no_event(&self, slot: u32) {
        self.pulse.tell(slot, usize::MAX, usize::MAX);
    }

    /// The index of the state that the present step was told with.
    pub(crate) fn told_state(&self) -> Option<usize> {
        self.pulse.state()
    }

    /// The names of an actor, for whoever watches.
    pub(crate) fn name_for_watch(&self, slot: u32, names: &'static Names) {
        self.pulse.add(slot, self.name(slot), names);
    }

    /// An actor failed whose failure ends the node.
    pub(crate) fn escalate(&mut self, actor: &str, cause: &str) {
        self.supervisor.escalate(Escalation {
            actor: actor.to_owned(),
            cause: cause.to_owned(),
        });
    }

    /// Shows the observer something. Its panic is nobody's failure.
    #[cold]
    pub(crate) fn observe(&self, show: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.observer {
            let _ = guard(|| show(&**observer));
        }
    }
}
