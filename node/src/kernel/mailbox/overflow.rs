//! What happens when there is no room.

use super::{Entry, Event, Mailbox, Origin};

/// What happens to an event that finds its receiver's mailbox, or the side queue of deferred events, full.
///
/// It concerns what is posted and published in the receiver's own domain, and what the receiver defers. Other threads take permits and
/// learn at once when none is left, peers have lanes of their own, and timers and `$sys` events are never refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    /// A post comes back, a publication is dropped and counted. An event that is deferred is dropped.
    #[default]
    Reject,
    /// The oldest event that was posted or published in the domain makes room; the oldest deferred one, for an event that is deferred.
    DropOldest,
    /// The new event is dropped and counted; its poster is told that all is well.
    DropNewest,
    /// The receiver fails as if its step had panicked, after the running step; a post comes back.
    Fault,
}

impl<E: Event> Mailbox<E> {
    #[inline]
    pub(in crate::kernel) fn overflow(&self) -> Overflow {
        self.overflow
    }

    /// Takes the oldest event that has a poster of this domain out of the ring, for another to take its place. `None` if there is none: a
    /// timer's event is never dropped, and neither is what the actor has put before everything.
    pub(in crate::kernel) fn evict(&mut self) -> Option<Entry<E>> {
        let oldest = self.ring.iter().position(|entry| {
            matches!(
                entry.origin,
                Origin::Local | Origin::Request { foreign: false, .. }
            )
        })?;
        let entry = self.remove(oldest)?;
        self.local -= 1;
        Some(entry)
    }
}
