//! Events that were deferred, until they are dispatched again (A15 to A18).

use super::{Entry, Event, Mailbox, Origin, Overflow};
use crate::kernel::guard;

/// What became of an event that its actor defers.
pub(crate) enum Deferred<E> {
    /// It is in the side queue.
    Kept,
    /// It is, and this one, the oldest, has made room.
    Replaced(Entry<E>),
    /// It is, in the place of this one, whose key is equal.
    Conflated(Entry<E>),
    /// It did not fit.
    Full(E),
    /// Its timer was disarmed by the very step that defers it.
    Disarmed(E),
}

impl<E: Event> Mailbox<E> {
    /// Keeps an event aside that was just taken. Its place in the mailbox is free already.
    pub(in crate::kernel) fn defer(&mut self, event: E, origin: Origin, bound: u16) -> Deferred<E> {
        let overflow = self.overflow;
        let extras = self.extras();
        if let Some((_, arming)) = origin.binding()
            && extras.current != arming
        {
            return Deferred::Disarmed(event);
        }
        let mut oldest = None;
        if extras.deferred.len() + extras.recalled.len() >= usize::from(bound) {
            if overflow == Overflow::DropOldest {
                oldest = extras.deferred.pop_front();
            }
            if overflow == Overflow::Conflate && may_conflate(origin) {
                let mut newest_first = extras.deferred.iter_mut().rev();
                // What compares keys is the user's code.
                let equal = guard(|| {
                    newest_first
                        .find(|queued| may_conflate(queued.origin) && event.replaces(&queued.event))
                });
                if let Ok(Some(place)) = equal {
                    let entry = Entry { event, origin };
                    return Deferred::Conflated(std::mem::replace(place, entry));
                }
            }
            if oldest.is_none() {
                return Deferred::Full(event);
            }
        }
        extras.deferred.push_back(Entry { event, origin });
        self.count_in_of(origin);
        match oldest {
            Some(oldest) => {
                self.count_out_of(oldest.origin);
                Deferred::Replaced(oldest)
            }
            None => Deferred::Kept,
        }
    }

    /// The side queue, the oldest first.
    pub(in crate::kernel) fn deferred(&self) -> impl Iterator<Item = &Entry<E>> {
        self.extras.iter().flat_map(|extras| extras.deferred.iter())
    }

    /// What is recalled and not dispatched yet, the next first.
    pub(in crate::kernel) fn recalled(&self) -> impl Iterator<Item = &Entry<E>> {
        self.extras.iter().flat_map(|extras| extras.recalled.iter())
    }

    /// The whole side queue goes before what is recalled already; tells how many (A16).
    pub(in crate::kernel) fn recall_all(&mut self) -> usize {
        let Some(extras) = &mut self.extras else {
            return 0;
        };
        let count = extras.deferred.len();
        while let Some(entry) = extras.deferred.pop_back() {
            extras.recalled.push_front(entry);
        }
        count
    }

    /// The oldest deferred event goes behind what is recalled already (A17). False if there is none.
    pub(in crate::kernel) fn recall_one(&mut self) -> bool {
        let Some(extras) = &mut self.extras else {
            return false;
        };
        let oldest = extras.deferred.pop_front();
        let found = oldest.is_some();
        extras.recalled.extend(oldest);
        found
    }

    /// Takes the oldest deferred event out.
    pub(in crate::kernel) fn drop_deferred(&mut self) -> Option<Entry<E>> {
        let entry = self.extras.as_mut()?.deferred.pop_front()?;
        self.count_out_of(entry.origin);
        Some(entry)
    }

    /// Puts an event of a snapshot into the side queue.
    pub(in crate::kernel) fn put_deferred(&mut self, entry: Entry<E>) {
        self.count_in_of(entry.origin);
        self.extras().deferred.push_back(entry);
    }

    /// Queues an event of a snapshot behind what is recalled.
    pub(in crate::kernel) fn put_recalled(&mut self, entry: Entry<E>) {
        self.count_in_of(entry.origin);
        self.extras().recalled.push_back(entry);
    }

    fn count_in_of(&mut self, origin: Origin) {
        match origin {
            Origin::Timer { scope, .. } => self.count_in(scope),
            Origin::Task { scope, .. } => self.scoped += u32::from(scope.is_state()),
            Origin::Local
            | Origin::Foreign
            | Origin::System
            | Origin::Request { .. }
            | Origin::Answer
            | Origin::Peer { .. } => {}
        }
    }

    pub(super) fn count_out_of(&mut self, origin: Origin) {
        match origin {
            Origin::Timer { scope, .. } => self.count_out(scope),
            Origin::Task { scope, .. } => self.scoped -= u32::from(scope.is_state()),
            Origin::Local
            | Origin::Foreign
            | Origin::System
            | Origin::Request { .. }
            | Origin::Answer
            | Origin::Peer { .. } => {}
        }
    }
}

/// Whether an event may stand in for another one, or another for it: a question is somebody's, and what had no poster is never dropped.
fn may_conflate(origin: Origin) -> bool {
    matches!(
        origin,
        Origin::Local | Origin::Foreign | Origin::Peer { .. }
    )
}
