//! What has a sequence number and is not acknowledged. From here only an ACK, the peer's end, or age removes anything.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::outbox::Loss;
use crate::{frame::Cause, limits::Limits};

/// A run of sequence numbers that travels as one frame.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) what: What,
}

/// What these numbers stand for.
#[derive(Debug)]
pub(super) enum What {
    /// Events, encoded: sent again as they are.
    Batch(Batch),
    /// One number: events that were dropped before they had one.
    Loss(Loss),
    /// Events that waited too long. Only what they were is left, for the gap that the next resume may need.
    Expired(Vec<(u32, u32)>),
    /// Events that are reported as missing.
    Gap {
        cause: Cause,
        counts: Vec<(u32, u64)>,
    },
}

/// Encoded events.
#[derive(Debug)]
pub(super) struct Batch {
    /// The version of interest that they were routed with.
    pub(super) version: u64,
    /// The messages of a BATCH frame.
    pub(super) parts: Vec<Bytes>,
    /// Bytes of the parts.
    pub(super) len: usize,
    /// Signals in order, with how many in a row: what must be defined first, and what a gap would count.
    pub(super) signals: Vec<(u32, u32)>,
    /// Publishing actors, in order and without neighbours that are equal: what must be defined first.
    pub(super) sources: Vec<u32>,
}

/// The numbered messages of one class in one epoch.
#[derive(Debug)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    /// The next number to give.
    next_seq: u64,
    /// The first number that the peer has not acknowledged.
    acked: u64,
    /// Bytes of all batches.
    bytes: usize,
    /// Events, in batches and expired, from `acked` on.
    unacknowledged: u64,
}

/// What a resume decided.
#[derive(Debug, Default)]
pub(super) struct Resumed {
    /// Events that turn out to have been accepted.
    pub(super) acknowledged: u64,
    /// Events that are reported as missing, by cause.
    pub(super) gap: Option<(Cause, u64)>,
}

impl Ring {
    pub(super) const fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            next_seq: 1,
            acked: 1,
            bytes: 0,
            unacknowledged: 0,
        }
    }

    pub(super) const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    pub(super) const fn acked(&self) -> u64 {
        self.acked
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) const fn unacknowledged(&self) -> u64 {
        self.unacknowledged
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many more messages may get a number now: 0 stops the class.
    pub(super) fn room(&self, limits: &Limits) -> usize {
        let taken = usize::try_from(self.next_seq - self.acked).unwrap_or(usize::MAX);
        // An empty ring takes a batch whatever its bound: a class must not stand still for ever.
        if self.bytes > 0 && self.bytes + crate::limits::BATCH_LEN > limits.ring_bytes {
            return 0;
        }
        limits.ring_messages.saturating_sub(taken)
    }

    /// Gives the next `count` numbers.
    pub(super) fn push(&mut self, count: u64, what: What) {
        if let What::Batch(batch) = &what {
            self.bytes += batch.len;
            self.unacknowledged += count;
        }
        let first = self.next_seq;
        self.next_seq += count;
        self.entries.push_back(Entry {
            first,
            last: self.next_seq - 1,
            what,
        });
    }

    /// The entry that holds `seq`, or the first one behind it.
    pub(super) fn at(&self, seq: u64) -> Option<&Entry> {
        let index = self.entries.partition_point(|entry| entry.last < seq);
        self.entries.get(index)
    }

    /// The peer has accepted everything before `to`, which is not above [`Ring::next_seq`]. Returns how many events were
    /// acknowledged by this.
    pub(super) fn acknowledge(&mut self, to: u64) -> u64 {
        let from = self.acked;
        if to <= from {
            return 0;
        }
        self.acked = to;
        let mut events = 0;
        while let Some(entry) = self.entries.front() {
            if entry.first >= to {
                break;
            }
            if entry.counts_events() {
                events += entry.last.min(to - 1) + 1 - entry.first.max(from);
            }
            if entry.last >= to {
                break;
            }
            if let Some(Entry {
                what: What::Batch(batch),
                ..
            }) = self.entries.pop_front()
            {
                self.bytes -= batch.len;
            }
        }
        self.unacknowledged -= events;
        events
    }

    /// The peer has been away for too long: payloads go, what they were stays until it is known how far the peer came.
    pub(super) fn expire(&mut self) {
        for entry in &mut self.entries {
            if let What::Batch(batch) = &mut entry.what {
                self.bytes -= batch.len;
                entry.what = What::Expired(std::mem::take(&mut batch.signals));
            }
        }
    }

    /// The same epoch goes on from `point`: everything before it was accepted, and what is expired behind it becomes a
    /// gap.
    pub(super) fn resume(&mut self, point: u64) -> Resumed {
        let acknowledged = self.acknowledge(point);
        let mut lost = 0;
        let mut merged: VecDeque<Entry> = VecDeque::with_capacity(self.entries.len());
        for mut entry in std::mem::take(&mut self.entries) {
            if let What::Expired(signals) = &entry.what {
                let from = entry.first.max(self.acked);
                lost += entry.last + 1 - from;
                let counts = counts_from(signals, from - entry.first);
                entry = Entry {
                    first: from,
                    last: entry.last,
                    what: What::Gap {
                        cause: Cause::Expired,
                        counts,
                    },
                };
            }
            push_merged(&mut merged, entry);
        }
        self.entries = merged;
        self.unacknowledged -= lost;
        Resumed {
            acknowledged,
            gap: (lost > 0).then_some((Cause::Expired, lost)),
        }
    }

    /// The peer has forgotten the epoch: everything ever numbered becomes one gap. Returns how many events that costs.
    pub(super) fn forget(&mut self) -> u64 {
        if self.next_seq == 1 {
            return 0;
        }
        let counts = self
            .lost_counts()
            .into_iter()
            .map(|((signal, _), count)| (signal, count));
        let counts = sum_by_signal(counts);
        let lost = std::mem::take(&mut self.unacknowledged);
        self.entries.clear();
        self.bytes = 0;
        self.acked = 1;
        self.entries.push_back(Entry {
            first: 1,
            last: self.next_seq - 1,
            what: What::Gap {
                cause: Cause::Forgotten,
                counts,
            },
        });
        lost
    }

    /// Three connections broke at the first batch: it becomes a gap. Returns how many events that costs.
    pub(super) fn poison(&mut self) -> u64 {
        let acked = self.acked;
        let head = self
            .entries
            .iter_mut()
            .find(|entry| matches!(entry.what, What::Batch(_)));
        let Some(entry) = head else { return 0 };
        let What::Batch(batch) = &mut entry.what else {
            return 0;
        };
        let from = entry.first.max(acked);
        let lost = entry.last + 1 - from;
        let counts = counts_from(&batch.signals, from - entry.first);
        self.bytes -= batch.len;
        entry.first = from;
        entry.what = What::Gap {
            cause: Cause::Poison,
            counts,
        };
        self.unacknowledged -= lost;
        lost
    }

    /// What the peer would never hear of if its life ended now: by (signal, account).
    pub(super) fn lost_counts(&self) -> BTreeMap<(u32, u32), u64> {
        let mut lost = BTreeMap::new();
        let mut add = |key: (u32, u32), count: u64| *lost.entry(key).or_insert(0) += count;
        for entry in &self.entries {
            let skip = self.acked.saturating_sub(entry.first);
            match &entry.what {
                What::Batch(Batch { signals, .. }) | What::Expired(signals) => {
                    counts_from(signals, skip)
                        .into_iter()
                        .for_each(|(signal, count)| add((signal, 0), count));
                }
                What::Loss(loss) => add((loss.signal, loss.account), loss.count),
                What::Gap { counts, .. } => counts
                    .iter()
                    .for_each(|(signal, count)| add((*signal, 0), *count)),
            }
        }
        lost
    }
}

impl Entry {
    const fn counts_events(&self) -> bool {
        matches!(self.what, What::Batch(_) | What::Expired(_))
    }
}

/// Neighbouring gaps of one cause travel as one.
fn push_merged(entries: &mut VecDeque<Entry>, entry: Entry) {
    if let Some(Entry {
        last,
        what: What::Gap {
            cause: before,
            counts: sum,
        },
        ..
    }) = entries.back_mut()
        && let What::Gap { cause, counts } = &entry.what
        && before == cause
        && *last + 1 == entry.first
    {
        *last = entry.last;
        *sum = sum_by_signal(sum.drain(..).chain(counts.iter().copied()));
        return;
    }
    entries.push_back(entry);
}

fn sum_by_signal(counts: impl Iterator<Item = (u32, u64)>) -> Vec<(u32, u64)> {
    let mut sums = BTreeMap::new();
    counts.for_each(|(signal, count)| *sums.entry(signal).or_insert(0) += count);
    sums.into_iter().collect()
}

/// How many of which signal are in `runs` behind the first `skip` events.
fn counts_from(runs: &[(u32, u32)], mut skip: u64) -> Vec<(u32, u64)> {
    sum_by_signal(runs.iter().filter_map(|(signal, run)| {
        let left = u64::from(*run).saturating_sub(skip);
        skip = skip.saturating_sub(u64::from(*run));
        (left > 0).then_some((*signal, left))
    }))
}
