//! When something is due: every deadline of the domain, in a heap.
//!
//! The events themselves wait in their owner's mailbox; here is only whose turn it is. The heap has four children to a parent, which halves the
//! memory that a step down touches. A deadline that is called off is only marked: its entry goes when its time comes, or when the sweep finds
//! it. The sweep is a hand that goes round the heap, a few entries with each one that is called off, so that no step ever pays for many
//! of them and the dead stay a fixed part. See ARCHITECTURE.md for what was measured beside it.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

/// What happens at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A time event enters its owner's mailbox.
    Event,
    /// A failed actor is constructed anew.
    Restart,
    /// A question has waited long enough; the slot is its place.
    Question,
    /// The same, at the time that it was told when it had to wait.
    LateRestart,
}

impl What {
    const ALL: [Self; 4] = [
        Self::Event,
        Self::Restart,
        Self::Question,
        Self::LateRestart,
    ];
}

/// Names a deadline until it is called off or done with; then another one may get it.
pub(super) type Handle = u32;

/// A deadline as its owner keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline {
    pub(super) handle: Handle,
    /// Its place among those of the same time: it rises with each arming in the domain.
    pub(crate) seq: u64,
}

/// A deadline that has come. Whoever takes it says what becomes of it: [`Timers::again`] or [`Timers::done`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) handle: Handle,
    pub(super) at: Instant,
    pub(super) slot: u32,
    pub(super) what: What,
    pub(super) seq: u64,
}

/// A deadline as it stands in the heap.
#[derive(Clone, Copy)]
struct Entry {
    at: u64,
    seq: u64,
    handle: Handle,
    /// Whose deadline it is, and in the two lowest bits what happens.
    owner: u32,
}

impl Entry {
    /// By time, then by the order of arming (A24).
    #[inline]
    fn is_before(&self, other: &Self) -> bool {
        (self.at, self.seq) < (other.at, other.seq)
    }
}

pub(super) struct Timers {
    /// Where times are counted from, at [`ORIGIN`].
    origin: Instant,
    heap: Vec<Entry>,
    /// A bit for each handle: its deadline was called off, and its entry is in the heap still.
    dead: Vec<u64>,
    /// Handles that name nothing.
    free: Vec<Handle>,
    handles: u32,
    /// How many entries are dead.
    stale: usize,
    /// Where the sweep goes on: below it, downwards.
    hand: usize,
    armings: u64,
    /// The time of the first entry.
    soonest: Option<Instant>,
}

/// The number of the time at which the domain was made: deadlines before it have an order too.
const ORIGIN: u64 = 1 << 62;

/// How many children a parent has.
const CHILDREN: usize = 4;

/// So many dead entries are never worth a sweep.
const FEW: usize = 64;

/// The sweep begins when one entry in so many is dead...
const TOLERATED: usize = 8;
/// ...and looks at so many for each deadline that is called off: so it keeps up when one in four is dead, wherever they are.
const PROBES: usize = 4;

impl Timers {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            origin: now,
            heap: Vec::new(),
            dead: Vec::new(),
            free: Vec::new(),
            handles: 0,
            stale: 0,
            hand: 0,
            armings: 0,
            soonest: None,
        }
    }

    #[inline]
    fn number(&self, at: Instant) -> u64 {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        match at.checked_duration_since(self.origin) {
            Some(since) => ORIGIN.saturating_add(nanos(since)),
            None => ORIGIN.saturating_sub(nanos(self.origin.saturating_duration_since(at))),
        }
    }

    #[inline]
    fn time(&self, number: u64) -> Instant {
        if number >= ORIGIN {
            self.origin + Duration::from_nanos(number - ORIGIN)
        } else {
            self.origin - Duration::from_nanos(ORIGIN - number)
        }
    }

    /// How many deadlines there are.
    pub(super) fn len(&self) -> usize {
        self.heap.len() - self.stale
    }

    /// How many entries the heap has, the dead ones included.
    #[cfg(test)]
    fn entries(&self) -> usize {
        self.heap.len()
    }

    pub(super) fn arm(&mut self, at: Instant, slot: u32, what: What) -> Deadline {
        debug_assert!(slot >> 30 == 0, "a billion actors do not fit into a domain");
        self.armings += 1;
        let seq = self.armings;
        let handle = self.free.pop().unwrap_or_else(|| self.new_handle());
        self.push(
            at,
            Entry {
                at: self.number(at),
                seq,
                handle,
                owner: slot << 2 | what as u32,
            },
        );
        Deadline { handle, seq }
    }

    #[cold]
    fn new_handle(&mut self) -> Handle {
        let handle = self.handles;
        self.handles += 1;
        if self.dead.len() * 64 <= handle as usize {
            self.dead.push(0);
        }
        handle
    }

    #[inline]
    fn push(&mut self, at: Instant, entry: Entry) {
        self.heap.push(entry);
        if self.sift_up(self.heap.len() - 1, entry) == 0 {
            self.soonest = Some(at);
        }
    }

    /// A deadline is called off. Its handle names nothing from now on.
    #[inline]
    pub(super) fn cancel(&mut self, Deadline { handle, .. }: Deadline) {
        self.dead[handle as usize / 64] |= 1 << (handle % 64);
        self.stale += 1;
        if self.stale == self.heap.len() {
            self.clear();
        } else if self.stale > FEW && self.stale * TOLERATED > self.heap.len() {
            self.sweep();
        }
    }

    /// Nobody is alive.
    fn clear(&mut self) {
        self.free
            .extend(self.heap.drain(..).map(|entry| entry.handle));
        self.dead.fill(0);
        self.stale = 0;
        self.soonest = None;
    }

    #[inline]
    fn is_dead(&self, handle: Handle) -> bool {
        self.dead[handle as usize / 64] >> (handle % 64) & 1 == 1
    }

    /// The entry of a dead deadline is out of the heap.
    #[inline]
    fn bury(&mut self, handle: Handle) {
        self.dead[handle as usize / 64] &= !(1 << (handle % 64));
        self.stale -= 1;
        self.free.push(handle);
    }

    fn sweep(&mut self) {
        for _ in 0..PROBES {
            if self.hand == 0 || self.hand > self.heap.len() {
                self.hand = self.heap.len();
            }
            let Some(at) = self.hand.checked_sub(1) else {
                return;
            };
            self.hand = at;
            let handle = self.heap[at].handle;
            if self.is_dead(handle) {
                self.remove(at);
                self.bury(handle);
            }
        }
    }

    /// A deadline that was due is over.
    #[inline]
    pub(super) fn done(&mut self, due: Due) {
        self.free.push(due.handle);
        if self.stale > 0 && self.stale == self.heap.len() {
            self.clear();
        }
    }

    /// A deadline that was due comes again at this time. It keeps its name, and its place among equals.
    pub(super) fn again(&mut self, due: Due, at: Instant) {
        self.push(
            at,
            Entry {
                at: self.number(at),
                seq: due.seq,
                handle: due.handle,
                owner: due.slot << 2 | due.what as u32,
            },
        );
    }

    /// Nothing is due before this; it may be the time of a deadline that was called off.
    #[inline]
    pub(super) fn next(&self) -> Option<Instant> {
        self.soonest
    }

    /// Takes the earliest deadline, if it is due.
    #[inline]
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Due> {
        if self.soonest.is_none_or(|soonest| soonest > now) {
            return None;
        }
        self.pop(self.number(now))
    }

    fn pop(&mut self, now: u64) -> Option<Due> {
        loop {
            let first = *self.heap.first()?;
            if first.at > now {
                return None;
            }
            self.remove(0);
            if self.is_dead(first.handle) {
                self.bury(first.handle);
                continue;
            }
            return Some(Due {
                handle: first.handle,
                at: self.time(first.at),
                slot: first.owner >> 2,
                what: What::ALL[(first.owner & 3) as usize],
                seq: first.seq,
            });
        }
    }

    /// Takes out the entry at this place; the last one fills it.
    fn remove(&mut self, at: usize) {
        let Some(last) = self.heap.pop() else { return };
        if at < self.heap.len() {
            if at > 0 && last.is_before(&self.heap[(at - 1) / CHILDREN]) {
                self.sift_up(at, last);
            } else {
                self.sift_down(at, last);
            }
        }
        if at == 0 {
            self.soonest = self.heap.first().map(|first| self.time(first.at));
        }
    }

    /// Returns where it came to.
    #[inline]
    fn sift_up(&mut self, mut at: usize, entry: Entry) -> usize {
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            if self.heap[parent].is_before(&entry) {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = entry;
        at
    }

    #[inline]
    fn sift_down(&mut self, mut at: usize, entry: Entry) {
        let heap = self.heap.as_mut_slice();
        loop {
            let begin = at * CHILDREN + 1;
            let end = (begin + CHILDREN).min(heap.len());
            let mut first = begin;
            for child in begin + 1..end {
                if heap[child].is_before(&heap[first]) {
                    first = child;
                }
            }
            if first >= end || entry.is_before(&heap[first]) {
                break;
            }
            heap[at] = heap[first];
            at = first;
        }
        heap[at] = entry;
    }
}
