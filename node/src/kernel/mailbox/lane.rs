//! The queue of other threads in front of a mailbox.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::waiters::Line;
use super::{Admit, AnyMailbox, Event, Mailbox, Overflow, Refused};
use crate::kernel::asks::{AskBooks, Asker, Handle};
use crate::kernel::inbox::{Bell, Ring as BellRing, lock};
use crate::kernel::{Core, Phase};

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
    capacity: u32,
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
    /// Whether the bell has been rung since the last drain.
    rung: bool,
    /// Who waits for a permit.
    pub(super) line: Line,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            posts: VecDeque::new(),
            requests: VecDeque::new(),
            posted: 0,
            rung: false,
            line: Line::default(),
        }
    }
}

/// The state of a lane at one moment.
#[derive(Clone, Copy, Default)]
pub(crate) struct Posts {
    pub(in crate::kernel) posted: u64,
    pub(in crate::kernel) waiting: u64,
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
        if self.permits.load(Ordering::Relaxed) & CLOSED != 0 {
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
        let first = !std::mem::replace(&mut open.rung, true);
        drop(queue);
        if first {
            self.bell.ring(BellRing::Lane(self.slot));
        }
        Ok(())
    }

    /// The event of a post is dispatched, or will never be: its permit is free.
    pub(super) fn release(&self) {
        if self.permits.fetch_add(1, Ordering::AcqRel) & WAITING != 0 {
            self.hand_out();
        }
    }

    /// Exchanges what was posted for an empty queue, which brings its allocation along. Returns which of it are requests.
    pub(super) fn take(&self, empty: &mut VecDeque<E>) -> VecDeque<(usize, Asker)> {
        let mut queue = lock(&self.queue);
        let Some(queue) = queue.as_mut() else {
            return VecDeque::new();
        };
        queue.rung = false;
        std::mem::swap(&mut queue.posts, empty);
        std::mem::take(&mut queue.requests)
    }

    /// The name of its node.
    pub(crate) fn node(&self) -> &str {
        self.bell.node()
    }

    /// The questions of its node.
    pub(crate) fn asks(&self) -> &Arc<AskBooks> {
        &self.bell.asks
    }

    /// Whether this actor lives in the domain with that bell.
    #[inline]
    pub(in crate::kernel) fn is_in(&self, bell: &Arc<Bell>) -> bool {
        Arc::ptr_eq(&self.bell, bell)
    }
}

/// Why a signal was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwelcome {
    /// The event of the actor has no variant for it.
    NotAccepted,
    /// There is no room.
    Full,
    /// The actor has stopped.
    Stopped,
}

impl Unwelcome {
    fn of(admit: Admit) -> Self {
        match admit {
            Admit::Stopped => Self::Stopped,
            Admit::Full | Admit::Queued => Self::Full,
        }
    }
}

/// The event of a signal, as others may not create it: what is wrapped is a signal, which anyone may post.
fn accepted<E: Event>(signal: &mut dyn Any) -> Option<(E, usize)> {
    let mut known = E::ACCEPTS.iter().zip(0..);
    known.find_map(|(accepted, at)| Some((accepted.take(signal)?, at)))
}

/// What the kernel asks of a lane whose event type it does not know.
pub(crate) trait AnyLane: Any + Send + Sync {
    fn name(&self) -> &Arc<str>;
    fn capacity(&self) -> u32;
    /// How many local posts may wait.
    fn local_room(&self) -> u32;
    /// Measured.
    fn posts(&self) -> Posts;
    /// No post is taken any more.
    fn close(&self);
    /// Posts are taken again.
    fn reopen(&self);
    /// Whether this actor lives in the domain of these parts, and has not been removed.
    fn place_in(&self, core: &Core) -> Option<u32>;
    /// Posts a signal, out of an `Option` of its type, from any thread. The asker comes back when it is not taken.
    fn offer(
        &self,
        signal: &mut dyn Any,
        asker: Option<Asker>,
    ) -> Result<(), (Unwelcome, Option<Asker>)>;
    /// The same within its domain, where it has this slot.
    fn offer_here(
        &self,
        core: &mut Core,
        slot: u32,
        signal: &mut dyn Any,
        request: Option<Handle>,
    ) -> Result<(), Unwelcome>;
    /// Asks the domain to stop the actor.
    fn stop(&self);
    /// The mailbox behind it.
    fn mailbox(self: Arc<Self>, overflow: Overflow) -> Box<dyn AnyMailbox>;
}

impl<E: Event> AnyLane for Lane<E> {
    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn capacity(&self) -> u32 {
        self.capacity
    }

    fn local_room(&self) -> u32 {
        self.capacity - self.capacity / 2
    }

    fn posts(&self) -> Posts {
        lock(&self.queue)
            .as_ref()
            .map_or_else(Posts::default, |queue| Posts {
                posted: queue.posted,
                waiting: queue.posts.len() as u64,
            })
    }

    fn close(&self) {
        let mut queue = lock(&self.queue);
        self.permits.fetch_or(CLOSED, Ordering::AcqRel);
        let line = queue.as_mut().map(|queue| std::mem::take(&mut queue.line));
        drop(queue);
        // They find it closed. A waker is the caller's code: outside of the lock.
        line.into_iter().for_each(Line::wake);
    }

    fn reopen(&self) {
        self.permits.fetch_and(!CLOSED, Ordering::AcqRel);
    }

    fn place_in(&self, core: &Core) -> Option<u32> {
        let is_there = self.is_in(&core.bell) && core.generation(self.slot) == self.generation;
        is_there.then_some(self.slot)
    }

    fn offer(
        &self,
        signal: &mut dyn Any,
        asker: Option<Asker>,
    ) -> Result<(), (Unwelcome, Option<Asker>)> {
        let Some((event, way)) = accepted::<E>(signal) else {
            return Err((Unwelcome::NotAccepted, asker));
        };
        self.post_with(event, asker).map_err(|(refused, asker)| {
            E::ACCEPTS[way].give_back(refused.event, signal);
            (Unwelcome::of(refused.why), asker)
        })
    }

    fn offer_here(
        &self,
        core: &mut Core,
        slot: u32,
        signal: &mut dyn Any,
        request: Option<Handle>,
    ) -> Result<(), Unwelcome> {
        if core.phase(slot) == Phase::Stopped {
            return Err(Unwelcome::Stopped);
        }
        let (event, way) = accepted::<E>(signal).ok_or(Unwelcome::NotAccepted)?;
        let posted = match request {
            Some(handle) => core.request_here::<E, E>(slot, event, handle),
            None => core.post_to::<E, E>(slot, event),
        };
        posted.map_err(|refused| {
            E::ACCEPTS[way].give_back(refused.event, signal);
            Unwelcome::of(refused.why)
        })
    }

    fn stop(&self) {
        self.bell.ring(BellRing::Stop(self.slot, self.generation));
    }

    fn mailbox(self: Arc<Self>, overflow: Overflow) -> Box<dyn AnyMailbox> {
        Box::new(Mailbox::new(overflow, self))
    }
}
