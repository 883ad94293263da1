//! What was meant for a receiver and what became of it (C3), and the letters that nobody got.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use crate::observe::Cause;

/// How many dead letters a node remembers: enough to see a pattern, small enough to print.
pub(crate) const DEAD_LETTERS: usize = 1024;

/// The account of one receiver: `intended = delivered + dropped + queued`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Events for which this receiver was chosen.
    pub intended: u64,
    /// Events whose dispatch has returned; ignored ones too.
    pub delivered: u64,
    /// Events that will never be dispatched, by cause.
    pub dropped: BTreeMap<Cause, u64>,
    /// Events that wait, measured: mailbox, reserved slots and the lane of other threads.
    pub queued: u64,
}

impl Tally {
    /// Adds another account to this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.intended += other.intended;
        self.delivered += other.delivered;
        self.queued += other.queued;
        for (cause, count) in other.dropped {
            *self.dropped.entry(cause).or_default() += count;
        }
    }

    /// All drops, whatever the cause.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// How many more events were intended than are accounted for: 0 when the books are right.
    pub fn imbalance(&self) -> i64 {
        let known = self.delivered + self.dropped_total() + self.queued;
        self.intended.wrapping_sub(known).cast_signed()
    }
}

/// The running counters behind a [`Tally`].
#[derive(Default)]
#[repr(C)]
pub(crate) struct Counts {
    pub(super) intended: u64,
    pub(super) delivered: u64,
    /// The most steps for which the actor was ready.
    pub(super) longest_wait: u64,
    /// The most events that waited in the room of local posters.
    pub(super) high_water: u32,
    pub(super) ignored: u64,
    /// The longest time for which it was ready, in nanoseconds.
    pub(super) longest_time: u64,
    /// Absent while nothing was dropped: most actors never need it.
    dropped: Option<Box<[u64; Cause::COUNT]>>,
}

impl Counts {
    #[cold]
    pub(super) fn drop(&mut self, cause: Cause, count: u64) {
        self.dropped.get_or_insert_default()[cause.index()] += count;
    }

    /// The actor was ready for so many nanoseconds.
    #[cold]
    pub(super) fn waited(&mut self, nanos: u64) {
        self.longest_time = self.longest_time.max(nanos);
    }

    pub(super) fn dropped(&self, cause: Cause) -> u64 {
        self.dropped
            .as_ref()
            .map_or(0, |counts| counts[cause.index()])
    }

    pub(super) fn tally(&self, queued: u64, posted_elsewhere: u64) -> Tally {
        let dropped = self
            .dropped
            .iter()
            .flat_map(|counts| Cause::ALL.into_iter().zip(counts.iter().copied()));
        Tally {
            intended: self.intended + posted_elsewhere,
            delivered: self.delivered,
            dropped: dropped.filter(|&(_, count)| count > 0).collect(),
            queued,
        }
    }
}

/// An event that was not dispatched.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// When it was given up.
    pub at: Instant,
    /// Whom it was for. Who published it, if it was for whoever subscribes and nobody did (`unheard`); empty if that was no actor.
    pub actor: Arc<str>,
    /// The variant of the receiver's event type, or the signal's name if it never became one.
    pub event: &'static str,
    /// Why.
    pub cause: Cause,
}

/// The last dead letters, oldest first; older ones are forgotten.
#[derive(Default)]
pub(super) struct DeadLetters {
    ring: VecDeque<DeadLetter>,
}

impl DeadLetters {
    pub(super) fn push(&mut self, letter: DeadLetter) {
        if self.ring.len() == DEAD_LETTERS {
            self.ring.pop_front();
        }
        self.ring.push_back(letter);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &DeadLetter> {
        self.ring.iter()
    }
}
