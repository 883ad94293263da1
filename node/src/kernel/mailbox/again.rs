//! The event of a step that panicked, for an actor that wants to see it once more (D4); and how a mailbox goes.

use super::{Entry, Event, Mailbox, Taken};
use crate::kernel::guard;

/// What waits to be dispatched a second time, and whether that is what was taken last.
pub(super) struct Again<E> {
    entry: Option<Entry<E>>,
    taken: bool,
}

impl<E> Default for Again<E> {
    fn default() -> Self {
        Self {
            entry: None,
            taken: false,
        }
    }
}

impl<E> Again<E> {
    /// How many events wait here.
    pub(super) fn len(&self) -> usize {
        usize::from(self.entry.is_some())
    }

    /// Before anything else is taken.
    pub(super) fn take(&mut self) -> Option<Taken<E>> {
        let entry = self.entry.take();
        self.taken = entry.is_some();
        entry.map(|Entry { event, origin }| Taken::Event(event, origin))
    }
}

impl<E: Event> Mailbox<E> {
    /// Puts an event before everything else, those in front included. It has left its place, permit or lane already.
    pub(in crate::kernel) fn put_again(&mut self, entry: Entry<E>) {
        let again = &mut self.extras().again;
        debug_assert!(again.entry.is_none(), "one step fails at a time");
        again.entry = Some(entry);
    }

    pub(in crate::kernel) fn is_redelivered(&self) -> bool {
        self.extras
            .as_ref()
            .is_some_and(|extras| extras.again.taken)
    }
}

/// Drops each event by itself: two that panic in one list would end the process.
impl<E> Drop for Mailbox<E> {
    fn drop(&mut self) {
        if !std::mem::needs_drop::<E>() {
            return;
        }
        while let Some(entry) = self.ring.pop_front() {
            let _ = guard(|| drop(entry));
        }
        let Some(mut extras) = self.extras.take() else {
            return;
        };
        let timers = std::mem::take(&mut extras.timers);
        each(timers.into_iter().map(|timer| timer.alarm.event));
        each(std::mem::take(&mut extras.front));
        each(std::mem::take(&mut extras.ended));
        each(extras.again.entry.take());
        each(extras.pending.extract(|_| true));
        each(std::mem::take(&mut extras.recalled));
        each(std::mem::take(&mut extras.deferred));
    }
}

fn each<T>(values: impl IntoIterator<Item = T>) {
    for value in values {
        let _ = guard(|| drop(value));
    }
}
