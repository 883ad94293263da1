//! The queue of other threads in front of a mailbox.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::{Admit, Refused};
use crate::kernel::inbox::{Bell, Ring as BellRing, lock};

/// What other threads know of an actor: the queue in front of its mailbox.
pub(crate) struct Lane<E> {
    pub(crate) slot: u32,
    pub(crate) name: Arc<str>,
    bell: Arc<Bell>,
    /// How many posts of other threads may be between the caller and the dispatch.
    pub(super) room: u32,
    permits: AtomicU32,
    queue: Mutex<Queue<E>>,
}

struct Queue<E> {
    posts: VecDeque<E>,
    /// How many were ever posted: the intended ones of this way in.
    posted: u64,
    /// Whether the bell has been rung since the last drain.
    rung: bool,
    closed: bool,
}

/// The state of a lane at one moment.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Posts {
    pub(in crate::kernel) posted: u64,
    pub(in crate::kernel) waiting: u64,
}

impl<E: Send + 'static> Lane<E> {
    pub(in crate::kernel) fn new(slot: u32, name: Arc<str>, bell: Arc<Bell>, room: u32) -> Self {
        let queue = Queue {
            posts: VecDeque::new(),
            posted: 0,
            rung: false,
            closed: false,
        };
        Self {
            slot,
            name,
            bell,
            room,
            permits: AtomicU32::new(room),
            queue: Mutex::new(queue),
        }
    }

    /// Posts from any thread. The value comes back when no permit is left, or the actor has stopped.
    pub(crate) fn post<P: Into<E>>(&self, value: P) -> Result<(), Refused<P>> {
        if self
            .permits
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(1)
            })
            .is_err()
        {
            let why = if lock(&self.queue).closed {
                Admit::Stopped
            } else {
                Admit::Full
            };
            return Err(Refused { event: value, why });
        }
        let mut queue = lock(&self.queue);
        if queue.closed {
            drop(queue);
            self.release();
            return Err(Refused {
                event: value,
                why: Admit::Stopped,
            });
        }
        // Under the lock, since a closed lane must give the value back as it came. The conversion is generated code.
        queue.posts.push_back(value.into());
        queue.posted += 1;
        let first = !std::mem::replace(&mut queue.rung, true);
        drop(queue);
        if first {
            self.bell.ring(BellRing::Lane(self.slot));
        }
        Ok(())
    }

    /// The event of a post is dispatched, or will never be: its permit is free.
    pub(super) fn release(&self) {
        self.permits.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn posts(&self) -> Posts {
        let queue = lock(&self.queue);
        Posts {
            posted: queue.posted,
            waiting: queue.posts.len() as u64,
        }
    }

    /// Exchanges what was posted for an empty queue, which brings its allocation along.
    pub(super) fn take(&self, empty: &mut VecDeque<E>) {
        let mut queue = lock(&self.queue);
        queue.rung = false;
        std::mem::swap(&mut queue.posts, empty);
    }

    /// No post is taken any more.
    pub(super) fn close(&self) {
        lock(&self.queue).closed = true;
    }

    /// Whether this actor lives in the domain with that bell.
    #[inline]
    pub(in crate::kernel) fn is_in(&self, bell: &Arc<Bell>) -> bool {
        Arc::ptr_eq(&self.bell, bell)
    }
}
