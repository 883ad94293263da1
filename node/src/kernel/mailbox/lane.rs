//! The queue of other threads in front of a mailbox.

use std::collections::VecDeque;
use std::sync::Arc;

use super::waiters::Line;
use crate::kernel::asks::{AskBooks, Asker};
use crate::kernel::bell::{Bell, Ring as BellRing};
use crate::kernel::sync::{AtomicU32, Mutex, MutexGuard, Ordering, lock};
use crate::kernel::{Admit, Refused, guard};
use crate::observe::Cause;

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
    /// Which of them are requests: by their place among the posts, in order.
    requests: VecDeque<(usize, Asker)>,
    /// How many were ever posted: the intended ones of this way in.
    posted: u64,
    /// Publications of other domains that will not come, by signal and cause, until the receiver's domain has written them down.
    refused: Vec<(&'static str, Cause, u64)>,
    /// Whether the domain knows that it has to look: the bell has been rung, or the last look brought something and another one follows.
    rung: bool,
    /// Whether the bell has been rung for a stop.
    asked_to_stop: bool,
    /// Who waits for a permit.
    pub(super) line: Line,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            posts: VecDeque::new(),
            requests: VecDeque::new(),
            posted: 0,
            refused: Vec::new(),
            rung: false,
            asked_to_stop: false,
            line: Line::default(),
        }
    }
}

/// The state of a lane at one moment.
#[derive(Clone, Copy, Default)]
pub(crate) struct Posts {
    pub(in crate::kernel) posted: u64,
    pub(in crate::kernel) waiting: u64,
    /// Publications without a permit that the receiver's domain has not written down yet: intended, and dropped.
    pub(in crate::kernel) refused: u64,
    /// The same of those that could not be copied.
    pub(in crate::kernel) poisoned: u64,
}

/// What a look into a lane brought.
#[derive(Default)]
pub(crate) struct DrainedLane {
    /// How many posts.
    pub(in crate::kernel) posts: usize,
    /// There are more, and the bell will not be rung for them.
    pub(in crate::kernel) more: bool,
    /// Which of the posts are requests: by their place among them, in order.
    pub(in crate::kernel) requests: VecDeque<(usize, Asker)>,
    /// Publications that will not come, since the last look, by signal and cause.
    pub(in crate::kernel) refused: Vec<(&'static str, Cause, u64)>,
}

impl<E> Queue<E> {
    /// Takes the requests among the first so many posts, which are taken too.
    fn first_requests(&mut self, posts: usize) -> VecDeque<(usize, Asker)> {
        let count = self.requests.partition_point(|(place, _)| *place < posts);
        let first = self.requests.drain(..count).collect();
        for (place, _) in &mut self.requests {
            *place -= posts;
        }
        first
    }
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
        self.post_with(value, None).map_err(|(refused, _)| refused)
    }

    /// Posts from any thread, if so many permits are left for others then.
    pub(crate) fn post_if_room<P: Into<E>>(&self, value: P, spare: u32) -> Result<(), Refused<P>> {
        let taken = self
            .permits
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                let has_room = left & (CLOSED | WAITING) == 0 && left > spare;
                has_room.then(|| left - 1)
            });
        if let Err(left) = taken {
            let why = if left & CLOSED == 0 {
                Admit::Full
            } else {
                Admit::Stopped
            };
            return Err(Refused { event: value, why });
        }
        let posted = self.post_with_permit(value, None);
        posted.map_err(|(refused, _)| refused)
    }

    /// Posts a request from any thread, if somebody asks. Both come back when it is not taken.
    pub(crate) fn post_with<P: Into<E>>(
        &self,
        value: P,
        asker: Option<Asker>,
    ) -> Result<(), (Refused<P>, Option<Asker>)> {
        if let Err(left) = self.take_permit() {
            let why = if left & CLOSED == 0 {
                Admit::Full
            } else {
                Admit::Stopped
            };
            return Err((Refused { event: value, why }, asker));
        }
        self.post_with_permit(value, asker)
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
    pub(super) fn post_with_permit<P: Into<E>>(
        &self,
        value: P,
        asker: Option<Asker>,
    ) -> Result<(), (Refused<P>, Option<Asker>)> {
        let mut queue = lock(&self.queue);
        // Closed under this lock: what comes later would never be taken out.
        if self.is_closed() {
            drop(queue);
            self.release();
            let refused = Refused {
                event: value,
                why: Admit::Stopped,
            };
            return Err((refused, asker));
        }
        let open = queue.get_or_insert_default();
        // Under the lock, since a closed lane must give the value back as it came. The conversion is generated code.
        if let Some(asker) = asker {
            let place = open.posts.len();
            open.requests.push_back((place, asker));
        }
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
        // Before the lock, since its drop is the user's code, and nobody's failure.
        let _ = guard(|| drop(refused.event));
        self.lose(name, Cause::MailboxFull)
    }

    /// A publication of another domain will not come: this receiver writes it down. A stopped actor is not meant.
    pub(crate) fn lose(&self, name: &'static str, cause: Cause) -> Admit {
        let mut queue = lock(&self.queue);
        if self.is_closed() {
            return Admit::Stopped;
        }
        let known = &mut queue.get_or_insert_default().refused;
        match known
            .iter_mut()
            .find(|(known, why, _)| (*known, *why) == (name, cause))
        {
            Some((_, _, count)) => *count += 1,
            None => known.push((name, cause, 1)),
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
        self.release_all(1);
    }

    /// The same of several.
    pub(super) fn release_all(&self, count: u32) {
        if self.permits.fetch_add(count, Ordering::AcqRel) & WAITING != 0 {
            self.hand_out();
        }
    }

    /// Moves what was posted to `empty`, at most so many, the oldest first. Usually that is an exchange, which brings the allocation along.
    ///
    /// Whoever takes something and `stays` has to look again when it is done with that: the bell is not rung for what is posted meanwhile.
    pub(super) fn take(&self, empty: &mut VecDeque<E>, most: usize, stays: bool) -> DrainedLane {
        let mut queue = lock(&self.queue);
        let Some(queue) = queue.as_mut() else {
            return DrainedLane::default();
        };
        let more = queue.posts.len() > most;
        queue.rung = more || stays && !queue.posts.is_empty();
        let requests = if more {
            empty.extend(queue.posts.drain(..most));
            queue.first_requests(most)
        } else {
            std::mem::swap(&mut queue.posts, empty);
            std::mem::take(&mut queue.requests)
        };
        DrainedLane {
            posts: empty.len(),
            more,
            requests,
            refused: std::mem::take(&mut queue.refused),
        }
    }

    /// So many free permits go back together: few of all that there are.
    #[inline]
    pub(super) fn permits_at_once(&self) -> u32 {
        (self.capacity / 64).clamp(1, 32)
    }

    /// Whether other threads have taken every permit.
    pub(super) fn is_full(&self) -> bool {
        self.permits.load(Ordering::Acquire) & !WAITING == 0
    }

    /// Whether code that is no actor is turned away, since the node is leaving.
    #[inline]
    pub(crate) fn is_leaving(&self) -> bool {
        self.bell.is_leaving()
    }

    /// The name of its node.
    pub(crate) fn node(&self) -> &str {
        self.bell.node()
    }

    /// The questions of its node.
    pub(crate) fn asks(&self) -> &Arc<AskBooks> {
        &self.bell.asks
    }

    /// Measured.
    pub(super) fn measure(&self) -> Posts {
        let queue = lock(&self.queue);
        queue.as_ref().map_or_else(Posts::default, |queue| {
            let lost = |poisoned: bool| {
                let known = queue.refused.iter();
                let of_cause = known.filter(|(_, cause, _)| (*cause == Cause::Poison) == poisoned);
                of_cause.map(|(_, _, count)| count).sum()
            };
            Posts {
                posted: queue.posted,
                waiting: queue.posts.len() as u64,
                refused: lost(false),
                poisoned: lost(true),
            }
        })
    }

    /// No post is taken any more, and nobody waits for a permit.
    pub(super) fn shut(&self) {
        let queue = lock(&self.queue);
        self.permits.fetch_or(CLOSED, Ordering::AcqRel);
        self.send_away(queue);
    }

    /// Posts are taken again.
    pub(super) fn open(&self) {
        let mut queue = lock(&self.queue);
        if let Some(queue) = queue.as_mut() {
            // What was taken at the end was given up, and nobody looks again.
            queue.rung = false;
        }
        self.permits.fetch_and(!CLOSED, Ordering::AcqRel);
    }

    /// Its actor is gone, and its books are taken: nothing is kept for it any more, however long somebody has its address.
    pub(super) fn clear(&self) {
        let queue = lock(&self.queue).take();
        drop(queue);
    }

    /// Certain under the lock of the queue alone.
    fn is_closed(&self) -> bool {
        self.permits.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// Asks the domain to stop the actor. Once: whoever was asked to stop does, and what waits at the bell must not grow with those who ask.
    pub(super) fn ask_to_stop(&self) {
        let asked = {
            let mut queue = lock(&self.queue);
            let queue = queue.get_or_insert_default();
            std::mem::replace(&mut queue.asked_to_stop, true)
        };
        if asked {
            return;
        }
        self.bell.ring(BellRing::Stop(self.slot, self.generation));
    }

    /// Whether this actor lives in the domain with that bell.
    #[inline]
    pub(in crate::kernel) fn is_in(&self, bell: &Arc<Bell>) -> bool {
        Arc::ptr_eq(&self.bell, bell)
    }
}
