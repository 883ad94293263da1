//! The queue of other threads in front of a mailbox.

use std::collections::VecDeque;
use std::sync::Arc;

use super::waiters::Line;
use crate::kernel::bell::{Bell, Ring as BellRing};
use crate::kernel::sync::{AtomicU32, Mutex, MutexGuard, Ordering, lock};
use crate::kernel::{Admit, Refused};

/// Set in the permits of an actor that takes no more events.
pub(super) const CLOSED: u32 = 1 << 31;

/// Set in the permits while somebody waits for one: then they are for those who wait.
pub(super) const WAITING: u32 = 1 << 30;

/// What other threads know of an actor: where it is, its name, and the queue in front of its mailbox.
pub(crate) struct Lane<E> {
    pub(crate) slot: u32,
    /// Which of the actors that had this slot it is.
    pub(crate) generation: u32,
    pub(crate) name: Arc<str>,
    bell: Arc<Bell>,
    /// How many events may wait for the actor: half of them posts of other threads, between the caller and the dispatch.
    pub(super) capacity: u32,
    pub(super) permits: AtomicU32,
    /// Absent until another thread posts.
    pub(super) queue: Mutex<Option<Box<Queue<E>>>>,
}

pub(super) struct Queue<E> {
    posts: VecDeque<E>,
    /// How many were ever posted: the intended ones of this way in.
    posted: u64,
    /// Publications of other domains that found no permit, by signal, until the receiver's domain has written them down.
    refused: Vec<(&'static str, u64)>,
    /// Whether the bell has been rung since the last drain.
    rung: bool,
    /// Who waits for a permit.
    pub(super) line: Line,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            posts: VecDeque::new(),
            posted: 0,
            refused: Vec::new(),
            rung: false,
            line: Line::default(),
        }
    }
}

/// The state of a lane at one moment.
#[derive(Clone, Copy, Default)]
pub(in crate::kernel) struct Posts {
    pub(in crate::kernel) posted: u64,
    pub(in crate::kernel) waiting: u64,
    /// Publications without a permit that the receiver's domain has not written down yet: intended, and dropped.
    pub(in crate::kernel) refused: u64,
}

/// What a look into a lane brought.
#[derive(Default)]
pub(in crate::kernel) struct DrainedLane {
    /// How many posts.
    pub(in crate::kernel) posts: usize,
    /// There are more, and the bell will not be rung for them.
    pub(in crate::kernel) more: bool,
    /// Publications that found no permit since the last look, by signal.
    pub(in crate::kernel) refused: Vec<(&'static str, u64)>,
}

impl<E: Send + 'static> Lane<E> {
    /// `home` is the slot and its generation. Half the capacity, rounded down but at least one, is for other threads.
    pub(in crate::kernel) fn new(
        home: (u32, u32),
        name: Arc<str>,
        bell: Arc<Bell>,
        capacity: u32,
    ) -> Self {
        Self {
            slot: home.0,
            generation: home.1,
            name,
            bell,
            capacity,
            permits: AtomicU32::new(capacity / 2),
            queue: Mutex::default(),
        }
    }

    /// Posts from any thread. The value comes back when no permit is left, or the actor has stopped.
    pub(crate) fn post<P: Into<E>>(&self, value: P) -> Result<(), Refused<P>> {
        if let Err(left) = self.take_permit() {
            let why = if left & CLOSED == 0 {
                Admit::Full
            } else {
                Admit::Stopped
            };
            return Err(Refused { event: value, why });
        }
        self.post_with_permit(value)
    }

    /// Takes a permit, or tells what is known of them.
    pub(super) fn take_permit(&self) -> Result<u32, u32> {
        self.permits
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(1)
                    .filter(|_| left & (CLOSED | WAITING) == 0)
            })
    }

    /// Posts with a permit that was taken before.
    pub(super) fn post_with_permit<P: Into<E>>(&self, value: P) -> Result<(), Refused<P>> {
        let mut queue = lock(&self.queue);
        // Closed under this lock: what comes later would never be taken out.
        if self.is_closed() {
            drop(queue);
            self.release();
            return Err(Refused {
                event: value,
                why: Admit::Stopped,
            });
        }
        let open = queue.get_or_insert_default();
        // Under the lock, since a closed lane must give the value back as it came. The conversion is generated code.
        open.posts.push_back(value.into());
        open.posted += 1;
        self.ring(queue);
        Ok(())
    }

    /// Puts a copy of a publication of another domain in. Without a permit it is a drop of this receiver, who writes it down; a stopped actor
    /// has no subscription any more, and is not meant.
    pub(crate) fn publish<S: Into<E>>(&self, signal: S, name: &'static str) -> Admit {
        let Err(refused) = self.post(signal) else {
            return Admit::Queued;
        };
        // Before the lock, since its drop is the user's code.
        drop(refused.event);
        let mut queue = lock(&self.queue);
        if self.is_closed() {
            return Admit::Stopped;
        }
        let known = &mut queue.get_or_insert_default().refused;
        match known.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => known.push((name, 1)),
        }
        self.ring(queue);
        Admit::Full
    }

    /// Tells the domain, once for all that comes before it looks.
    fn ring(&self, mut queue: MutexGuard<'_, Option<Box<Queue<E>>>>) {
        let open = queue.get_or_insert_default();
        let first = !std::mem::replace(&mut open.rung, true);
        drop(queue);
        if first {
            self.bell.ring(BellRing::Lane(self.slot));
        }
    }

    /// The event of a post is dispatched, or will never be: its permit is free.
    pub(super) fn release(&self) {
        if self.permits.fetch_add(1, Ordering::AcqRel) & WAITING != 0 {
            self.hand_out();
        }
    }

    /// Moves what was posted to `empty`, at most so many, the oldest first. Usually that is an exchange, which brings the allocation along.
    pub(super) fn take(&self, empty: &mut VecDeque<E>, most: usize) -> DrainedLane {
        let mut queue = lock(&self.queue);
        let Some(queue) = queue.as_mut() else {
            return DrainedLane::default();
        };
        let more = queue.posts.len() > most;
        if more {
            empty.extend(queue.posts.drain(..most));
        } else {
            queue.rung = false;
            std::mem::swap(&mut queue.posts, empty);
        }
        DrainedLane {
            posts: empty.len(),
            more,
            refused: std::mem::take(&mut queue.refused),
        }
    }

    /// Measured.
    pub(super) fn measure(&self) -> Posts {
        let queue = lock(&self.queue);
        queue.as_ref().map_or_else(Posts::default, |queue| Posts {
            posted: queue.posted,
            waiting: queue.posts.len() as u64,
            refused: queue.refused.iter().map(|(_, count)| count).sum(),
        })
    }

    /// No post is taken any more.
    pub(super) fn shut(&self) {
        let mut queue = lock(&self.queue);
        self.permits.fetch_or(CLOSED, Ordering::AcqRel);
        let line = queue.as_mut().map(|queue| std::mem::take(&mut queue.line));
        drop(queue);
        // They find it closed. A waker is the caller's code: outside of the lock.
        line.into_iter().for_each(Line::wake);
    }

    /// Certain under the lock of the queue alone.
    fn is_closed(&self) -> bool {
        self.permits.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// Whether this actor lives in the domain with that bell.
    #[inline]
    pub(in crate::kernel) fn is_in(&self, bell: &Arc<Bell>) -> bool {
        Arc::ptr_eq(&self.bell, bell)
    }
}
