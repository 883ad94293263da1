//! What happens when there is no room.

use std::any::Any;

use super::{Entry, Event, Mailbox, Origin, variant};
use crate::kernel::guard;
use crate::observe::Cause;

/// The largest mailbox that conflates: each event that finds it full is held against what waits, so that this bounds how long a post takes.
pub(crate) const MOST_CONFLATED: usize = 1024;

/// What happens to an event that finds its receiver's mailbox, or the side queue of deferred events, full.
///
/// It concerns what is posted and published in the receiver's own domain, and what the receiver defers. Other threads take permits and
/// learn at once when none is left; when they have taken all by the time that their events enter the mailbox, `DropOldest` gives up the oldest of
/// those, so that a permit is free again, and `Conflate` what has an equal key. Peers have lanes of their own. What timers and
/// tasks bring, answers, and `$sys` events wait beside a full mailbox and enter it first; of more than 1,024 `$sys` events the oldest is dropped.
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
    /// The new event takes the place of the newest one with an equal key, which is counted as `conflated`. Where none waits, and for events without a
    /// key and for questions, it is as `Reject`. `#[event(key = ..)]` on the variants says what has which key; an actor without any is not spawned.
    ///
    /// ```
    /// use farc::Event;
    /// # use farc::Signal;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Signal, Serialize, Deserialize, Clone)]
    /// # #[signal("weather.reading")]
    /// # pub struct Reading { pub sensor: u8, pub value: f64 }
    ///
    /// #[derive(Event)]
    /// enum ChartEvent {
    ///     #[event(key = sensor)] // of each sensor the newest reading alone counts
    ///     Reading(Reading),
    ///     #[event(local, key)] // one of them is as good as many
    ///     Redraw,
    ///     #[event(local)] // none of these may be missed
    ///     Clicked { x: u16, y: u16 },
    /// }
    /// ```
    Conflate,
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
        let entry = self.remove_oldest(|origin| {
            matches!(
                origin,
                Origin::Local | Origin::Request { foreign: false, .. }
            )
        })?;
        self.local -= 1;
        Some(entry)
    }

    fn remove_oldest(&mut self, may_go: impl Fn(Origin) -> bool) -> Option<Entry<E>> {
        let oldest = self.ring.iter().position(|entry| may_go(entry.origin))?;
        self.remove(oldest)
    }

    /// Where the newest post or publication waits that `replaces` says may go for a new one.
    fn find_equal(&self, replaces: impl Fn(&E) -> bool) -> Option<usize> {
        if !E::KEYED {
            return None;
        }
        let may_go = |entry: &Entry<E>| {
            matches!(entry.origin, Origin::Local | Origin::Foreign) && replaces(&entry.event)
        };
        let newest_first = || {
            let mut places = (0..self.ring.len()).rev();
            places.find(|&at| self.ring.get(at).is_some_and(may_go))
        };
        // What compares keys is the user's code.
        guard(newest_first).ok().flatten()
    }

    /// Puts an event in the place of the newest post or publication of equal key that waits in the ring, which comes out. The room or permit
    /// that this held goes with the place. `Err` is the new event, if there is none.
    pub(in crate::kernel) fn conflate<P: Into<E> + 'static>(&mut self, value: P) -> Result<E, P> {
        let any: &dyn Any = &value;
        let found = match (any.downcast_ref::<E>(), any.downcast_ref::<E::Posted>()) {
            (Some(event), _) => self.find_equal(|queued| event.replaces(queued)),
            (None, Some(posted)) => self.find_equal(|queued| E::posted_replaces(posted, queued)),
            (None, None) => None,
        };
        match found.and_then(|at| self.ring.get_mut(at)) {
            Some(queued) => Ok(std::mem::replace(&mut queued.event, value.into())),
            None => Err(value),
        }
    }

    /// An event of another thread enters the ring, whose permits were all taken. By the policy older ones go for it. It comes back, to be queued
    /// behind the others, unless it has the place of one.
    #[cold]
    pub(super) fn enter_full(
        &mut self,
        event: E,
        origin: Origin,
        lost: &mut Vec<Lost>,
    ) -> Result<(), E> {
        if self.overflow == Overflow::Conflate && origin == Origin::Foreign {
            let replaced = self.conflate(event)?;
            self.lane.release();
            lost.push(Lost::of(replaced, Origin::Foreign, Cause::Conflated));
            return Ok(());
        }
        if self.overflow == Overflow::DropOldest
            && self.lane.is_full()
            && let Some(oldest) = self.remove_oldest(|origin| {
                matches!(
                    origin,
                    Origin::Foreign | Origin::Request { foreign: true, .. }
                )
            })
        {
            self.lane.release();
            lost.push(Lost::of(oldest.event, oldest.origin, Cause::MailboxFull));
        }
        Err(event)
    }
}

/// An event that gave way to one of another thread when that entered the mailbox. It is gone already, and not counted yet.
pub(crate) struct Lost {
    pub(in crate::kernel) origin: Origin,
    /// Its variant.
    pub(in crate::kernel) event: &'static str,
    pub(in crate::kernel) cause: Cause,
}

impl Lost {
    fn of<E: Event>(event: E, origin: Origin, cause: Cause) -> Self {
        let name = variant(&event);
        // Its drop is the user's code.
        let _ = guard(|| drop(event));
        Self {
            origin,
            event: name,
            cause,
        }
    }
}
