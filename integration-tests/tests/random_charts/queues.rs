//! The queues of an actor as the rules state them: front-posted events, recalled ones, the mailbox, and those that were deferred.

use std::collections::VecDeque;

use crate::told::Event;

/// How many events the mailbox holds, those in front included and recalled ones not.
pub(crate) const ROOM: usize = 32;

/// What waits, and what was set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Queues {
    /// Last in, first out.
    pub(crate) front: Vec<Event>,
    pub(crate) recalled: VecDeque<Event>,
    pub(crate) mailbox: VecDeque<Event>,
    pub(crate) deferred: VecDeque<Event>,
    /// How many may be deferred and recalled together.
    pub(crate) capacity: usize,
    /// Events that found no room to be deferred, oldest first.
    pub(crate) lost: Vec<Event>,
}

impl Queues {
    /// Nothing waits.
    pub(crate) fn of(capacity: usize) -> Self {
        Self {
            capacity,
            ..Self::default()
        }
    }

    /// Whether one more can be posted.
    pub(crate) fn has_room(&self) -> bool {
        self.front.len() + self.mailbox.len() < ROOM
    }

    /// The next event to dispatch.
    pub(crate) fn next(&mut self) -> Option<Event> {
        self.front
            .pop()
            .or_else(|| self.recalled.pop_front())
            .or_else(|| self.mailbox.pop_front())
    }

    /// Keeps an event aside; where that does not fit, the event is lost (the policy `reject`).
    pub(crate) fn defer(&mut self, event: Event) {
        if self.deferred.len() + self.recalled.len() < self.capacity {
            self.deferred.push_back(event);
        } else {
            self.lost.push(event);
        }
    }

    /// A transition was taken: all that is deferred goes before what is recalled already.
    pub(crate) fn recall_all(&mut self) {
        while let Some(last) = self.deferred.pop_back() {
            self.recalled.push_front(last);
        }
    }

    /// Recalls the oldest; tells whether there was one.
    pub(crate) fn recall(&mut self) -> bool {
        let oldest = self.deferred.pop_front();
        self.recalled.extend(oldest);
        oldest.is_some()
    }

    /// Drops the oldest; tells whether there was one.
    pub(crate) fn drop_deferred(&mut self) -> bool {
        self.deferred.pop_front().is_some()
    }
}
