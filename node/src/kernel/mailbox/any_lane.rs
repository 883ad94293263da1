//! A lane whose event type the kernel does not know.

use std::any::Any;
use std::sync::Arc;

use super::lane::Posts;
use super::{Admit, AnyMailbox, Known, Lane, Mailbox, Overflow};
use crate::kernel::asks::{Asker, Handle};
use crate::kernel::{Core, Phase};
use crate::signal::Event;

/// Why a signal was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwelcome {
    /// The event of the actor has no variant for it.
    NotAccepted,
    /// There is no room.
    Full,
    /// The actor has stopped.
    Stopped,
}

impl Unwelcome {
    fn of(admit: Admit) -> Self {
        match admit {
            Admit::Stopped => Self::Stopped,
            Admit::Full | Admit::Queued => Self::Full,
        }
    }
}

/// The event of a signal, as others may not create it: what is wrapped is a signal, which anyone may post.
fn accepted<E: Event>(signal: &mut dyn Any) -> Option<(E, usize)> {
    let mut known = E::ACCEPTS.iter().zip(0..);
    known.find_map(|(accepted, at)| Some((accepted.take(signal)?, at)))
}

/// What the kernel asks of a lane whose event type it does not know.
pub(crate) trait AnyLane: Any + Send + Sync {
    fn name(&self) -> &Arc<str>;
    fn capacity(&self) -> u32;
    /// How many local posts may wait.
    fn local_room(&self) -> u32;
    /// Measured.
    fn posts(&self) -> Posts;
    /// No post is taken any more.
    fn close(&self);
    /// Posts are taken again.
    fn reopen(&self);
    /// The actor is gone: what was kept of its posts is too.
    fn forget(&self);
    /// Whether this actor lives in the domain of these parts, and has not been removed.
    fn place_in(&self, core: &Core) -> Option<u32>;
    /// Posts a signal, out of an `Option` of its type, from any thread. The asker comes back when it is not taken.
    fn offer(
        &self,
        signal: &mut dyn Any,
        asker: Option<Asker>,
    ) -> Result<(), (Unwelcome, Option<Asker>)>;
    /// The same within its domain, where it has this slot.
    fn offer_here(
        &self,
        core: &mut Core,
        slot: u32,
        signal: &mut dyn Any,
        request: Option<Handle>,
    ) -> Result<(), Unwelcome>;
    /// Asks the domain to stop the actor.
    fn stop(&self);
    /// The mailbox behind it.
    fn mailbox(self: Arc<Self>, overflow: Overflow) -> Box<Known<dyn AnyMailbox>>;
}

impl<E: Event> AnyLane for Lane<E> {
    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn capacity(&self) -> u32 {
        self.capacity
    }

    fn local_room(&self) -> u32 {
        self.capacity - self.capacity / 2
    }

    fn posts(&self) -> Posts {
        self.measure()
    }

    fn close(&self) {
        self.shut();
    }

    fn reopen(&self) {
        self.open();
    }

    fn forget(&self) {
        self.clear();
    }

    fn place_in(&self, core: &Core) -> Option<u32> {
        let is_there = self.is_in(&core.bell) && core.generation(self.slot) == self.generation;
        is_there.then_some(self.slot)
    }

    fn offer(
        &self,
        signal: &mut dyn Any,
        asker: Option<Asker>,
    ) -> Result<(), (Unwelcome, Option<Asker>)> {
        let Some((event, way)) = accepted::<E>(signal) else {
            return Err((Unwelcome::NotAccepted, asker));
        };
        self.post_with(event, asker).map_err(|(refused, asker)| {
            E::ACCEPTS[way].give_back(refused.event, signal);
            (Unwelcome::of(refused.why), asker)
        })
    }

    fn offer_here(
        &self,
        core: &mut Core,
        slot: u32,
        signal: &mut dyn Any,
        request: Option<Handle>,
    ) -> Result<(), Unwelcome> {
        if core.phase(slot) == Phase::Stopped {
            return Err(Unwelcome::Stopped);
        }
        let (event, way) = accepted::<E>(signal).ok_or(Unwelcome::NotAccepted)?;
        let posted = match request {
            Some(handle) => core.request_here::<E, E>(slot, event, handle),
            None => core.post_to::<E, E>(slot, event),
        };
        posted.map_err(|refused| {
            E::ACCEPTS[way].give_back(refused.event, signal);
            Unwelcome::of(refused.why)
        })
    }

    fn stop(&self) {
        self.ask_to_stop();
    }

    fn mailbox(self: Arc<Self>, overflow: Overflow) -> Box<Known<dyn AnyMailbox>> {
        Known::new(Mailbox::new(overflow, self))
    }
}
