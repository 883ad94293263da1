//! When something is due: a heap of deadlines.
//!
//! The events themselves wait in their owner's mailbox; the heap only says whose turn it is. An entry whose timer was disarmed stays in the
//! heap until its time comes or until such entries are the majority.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// A deadline. Ordered by time, then by the order of arming (A24).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub(super) at: Instant,
    /// Rises with each arming in the domain; names the timer for life.
    pub(super) seq: u64,
    pub(super) slot: u32,
    pub(super) what: What,
}

/// What happens at a deadline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A time event enters its owner's mailbox.
    Event,
    /// A failed actor is constructed anew.
    Restart,
    /// A question has waited long enough; the slot is its place.
    Question,
}

#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<Due>>,
    armed: u64,
    /// Entries whose timer is gone.
    stale: usize,
}

impl Timers {
    pub(super) fn arm(&mut self, at: Instant, slot: u32, what: What) -> u64 {
        self.armed += 1;
        self.heap.push(Reverse(Due {
            at,
            seq: self.armed,
            slot,
            what,
        }));
        self.armed
    }

    /// A periodic timer is due again; it keeps its number.
    pub(super) fn again(&mut self, due: Due) {
        self.heap.push(Reverse(due));
    }

    /// The next deadline, which may be that of a disarmed timer.
    #[inline]
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(due)| due.at)
    }

    /// Takes the earliest entry that is due.
    #[inline]
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Due> {
        match self.heap.peek() {
            Some(Reverse(due)) if due.at <= now => self.heap.pop().map(|Reverse(due)| due),
            _ => None,
        }
    }

    /// An entry that was found to be stale is out of the heap.
    pub(super) fn found_stale(&mut self) {
        self.stale = self.stale.saturating_sub(1);
    }

    /// Some timers were disarmed; `alive` tells which entries still have theirs.
    pub(super) fn disarmed(&mut self, count: usize, alive: impl Fn(&Due) -> bool) {
        self.stale += count;
        // A majority, and enough of them that sweeping is worth it.
        if self.stale > 64 && self.stale * 2 > self.heap.len() {
            self.heap.retain(|Reverse(due)| alive(due));
            self.stale = 0;
        }
    }
}
