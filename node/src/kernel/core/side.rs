//! Events that actors have deferred.

use super::Core;
use crate::kernel::asks::AskError;
use crate::kernel::mailbox::{Deferred, Entry, Overflow, variant};
use crate::kernel::{Origin, guard};
use crate::observe::Cause;
use crate::signal::Event;

impl Core {
    /// Keeps an event aside that a step did not want yet: it stays queued. An event that does not fit is dropped by the actor's policy
    /// (A18). True if that is to be a fault of the actor.
    pub(crate) fn defer<E: Event>(
        &mut self,
        slot: u32,
        event: E,
        origin: Origin,
        bound: u16,
    ) -> bool {
        let mailbox = self.mailbox::<E>(slot);
        let fault = mailbox.overflow() == Overflow::Fault;
        let (entry, cause) = match mailbox.defer(event, origin, bound) {
            Deferred::Kept => return false,
            Deferred::Replaced(oldest) => (oldest, Cause::DeferredFull),
            Deferred::Conflated(queued) => (queued, Cause::Conflated),
            Deferred::Full(event) => (Entry { event, origin }, Cause::DeferredFull),
            Deferred::Disarmed(event) => (Entry { event, origin }, Cause::Disarmed),
        };
        self.give_up(slot, entry, cause);
        fault && cause == Cause::DeferredFull
    }

    /// Counts an event that will not be dispatched, and drops it; a panic in its drop harms nobody.
    #[cold]
    pub(super) fn give_up<E: Event>(&mut self, slot: u32, entry: Entry<E>, cause: Cause) {
        self.lost(slot, variant(&entry.event), cause, 1);
        let why = if cause == Cause::MailboxFull {
            AskError::MailboxFull
        } else {
            AskError::NoAnswer
        };
        self.end_request(entry.origin, why);
        let _ = guard(|| drop(entry));
    }

    /// The side queue, the oldest first.
    pub(crate) fn deferred<E: Event>(&self, slot: u32) -> impl Iterator<Item = &Entry<E>> {
        self.mailbox_of::<E>(slot)
            .into_iter()
            .flat_map(|mailbox| mailbox.deferred())
    }

    /// What is recalled and not dispatched yet, the next first.
    pub(crate) fn recalled<E: Event>(&self, slot: u32) -> impl Iterator<Item = &Entry<E>> {
        self.mailbox_of::<E>(slot)
            .into_iter()
            .flat_map(|mailbox| mailbox.recalled())
    }

    /// The whole side queue goes before what is recalled already (A16).
    pub(crate) fn recall_all<E: Event>(&mut self, slot: u32) {
        if self.mailbox::<E>(slot).recall_all() > 0 {
            self.recount::<E>(slot);
        }
    }

    /// The oldest deferred event goes behind what is recalled already (A17). False if there is none.
    pub(crate) fn recall_one<E: Event>(&mut self, slot: u32) -> bool {
        let found = self.mailbox::<E>(slot).recall_one();
        if found {
            self.recount::<E>(slot);
        }
        found
    }

    /// Gives up the oldest deferred event. False if there is none.
    pub(crate) fn drop_deferred<E: Event>(&mut self, slot: u32) -> bool {
        let oldest = self.mailbox::<E>(slot).drop_deferred();
        let found = oldest.is_some();
        if let Some(entry) = oldest {
            self.give_up(slot, entry, Cause::Discarded);
        }
        found
    }

    /// Puts an event of a snapshot into the side queue.
    pub(crate) fn put_deferred<E: Event>(&mut self, slot: u32, entry: Entry<E>) {
        self.mailbox::<E>(slot).put_deferred(entry);
    }

    /// Queues an event of a snapshot behind what is recalled already.
    pub(crate) fn put_recalled<E: Event>(&mut self, slot: u32, entry: Entry<E>) {
        self.mailbox::<E>(slot).put_recalled(entry);
        self.recount::<E>(slot);
    }
}
