//! Who waits for one of a lane's permits: first come, first served.
//!
//! A permit that becomes free while somebody waits is handed to the first, who uses it when it is polled next. So a future that is dropped has
//! either sent its event and said so, or not sent it, and then its permit goes to the next one.
//!
//! Whether somebody waits is a bit of the permits themselves: who posts without waiting sees it in the same look as the permits, and so does
//! who releases one. It changes under the lock of the queue, and while it is set permits are taken under that lock alone.
//!
//! A lane that closes forgets all of them, and takes the permits back that it has handed out. Numbers are never used again, so whoever waited
//! then finds itself unknown, and has its event back, even when the lane is open again by the time it looks.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::task::{Context, Poll, Waker};

use super::lane::{CLOSED, Lane, Queue, WAITING};
use crate::kernel::sync::{MutexGuard, Ordering, lock};

/// Those who wait, by their numbers: the lowest came first. Each is a future of its caller, so there are as many as callers wait.
#[derive(Default)]
pub(super) struct Line {
    last: u64,
    waiting: BTreeMap<u64, Waker>,
    /// Those who have been given a permit and have not used it: at most one a permit.
    handed: BTreeSet<u64>,
}

impl Line {
    fn add(&mut self, waker: Waker) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, waker);
        self.last
    }
}

/// How far a sender has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It has not asked.
    New,
    /// It waits, or has been given a permit; or the lane was closed since.
    Number(u64),
    /// It neither waits nor has a permit.
    Done,
}

/// What a sender learns.
enum Asked {
    Wait,
    Permit,
    Closed,
}

impl<E: Send + 'static> Lane<E> {
    /// Posts the value when there is room and it is the sender's turn. The value is taken when this is ready; it comes back when the actor has
    /// stopped.
    pub(crate) fn poll_send<P: Into<E>>(
        &self,
        turn: &mut Turn,
        value: &mut Option<P>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), P>> {
        let asked = match *turn {
            Turn::New => self.ask(turn, cx),
            Turn::Number(number) => self.ask_again(number, cx),
            // Polled after it was ready: there is nothing to say twice.
            Turn::Done => Asked::Wait,
        };
        if matches!(asked, Asked::Wait) {
            return Poll::Pending;
        }
        *turn = Turn::Done;
        let Some(value) = value.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match asked {
            Asked::Permit => self
                .post_with_permit(value, None)
                .map_err(|(refused, _)| refused.event),
            Asked::Wait | Asked::Closed => Err(value),
        })
    }

    fn ask(&self, turn: &mut Turn, cx: &mut Context<'_>) -> Asked {
        if self.take_permit().is_ok() {
            return Asked::Permit;
        }
        // A waker is the caller's code: cloned outside of the lock, and dropped there.
        let waker = cx.waker().clone();
        let mut queue = lock(&self.queue);
        // Takes the permit that was released since, or says that somebody waits: whoever releases the next one sees it. Nobody waits for a
        // lane that is closed.
        let left = self
            .permits
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                if left & CLOSED != 0 {
                    None
                } else if can_take(left) {
                    Some(left - 1)
                } else {
                    Some(left | WAITING)
                }
            });
        match left {
            Err(_) => Asked::Closed,
            Ok(left) if can_take(left) => Asked::Permit,
            Ok(_) => {
                let line = &mut queue.get_or_insert_default().line;
                *turn = Turn::Number(line.add(waker));
                Asked::Wait
            }
        }
    }

    fn ask_again(&self, number: u64, cx: &mut Context<'_>) -> Asked {
        let mut waker = cx.waker().clone();
        let mut queue = lock(&self.queue);
        let Some(line) = queue.as_mut().map(|queue| &mut queue.line) else {
            return Asked::Closed;
        };
        if let Some(known) = line.waiting.get_mut(&number) {
            mem::swap(known, &mut waker);
            drop(queue);
            return Asked::Wait;
        }
        if line.handed.remove(&number) {
            Asked::Permit
        } else {
            // The lane was closed since, whatever it is now.
            Asked::Closed
        }
    }

    /// The sender wants no more: a permit that it was handed and has not used is the next one's.
    pub(crate) fn give_up(&self, turn: Turn) {
        let Turn::Number(number) = turn else {
            return;
        };
        let mut queue = lock(&self.queue);
        let Some(line) = queue.as_mut().map(|queue| &mut queue.line) else {
            return;
        };
        let waker = line.waiting.remove(&number);
        if waker.is_some() && line.waiting.is_empty() {
            self.permits.fetch_and(!WAITING, Ordering::AcqRel);
        }
        let has_permit = line.handed.remove(&number);
        drop(queue);
        if has_permit {
            self.release();
        }
    }

    /// Hands what permits are free to those who wait.
    #[cold]
    pub(super) fn hand_out(&self) {
        let mut woken = Vec::new();
        let mut queue = lock(&self.queue);
        if let Some(queue) = queue.as_mut() {
            let Line {
                waiting, handed, ..
            } = &mut queue.line;
            while self.permits.load(Ordering::Acquire) & !(CLOSED | WAITING) > 0
                && let Some((number, waker)) = waiting.pop_first()
            {
                self.permits.fetch_sub(1, Ordering::AcqRel);
                handed.insert(number);
                woken.push(waker);
            }
            if waiting.is_empty() {
                self.permits.fetch_and(!WAITING, Ordering::AcqRel);
            }
        }
        drop(queue);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Nobody waits any more, since the lane closes: they are woken, and find that they are unknown. Permits that were not used are back.
    pub(super) fn send_away(&self, mut queue: MutexGuard<'_, Option<Box<Queue<E>>>>) {
        let Some(line) = queue.as_mut().map(|queue| &mut queue.line) else {
            return;
        };
        let waiting = mem::take(&mut line.waiting);
        let unused = mem::take(&mut line.handed).len() as u32;
        self.permits.fetch_and(!WAITING, Ordering::AcqRel);
        self.permits.fetch_add(unused, Ordering::AcqRel);
        drop(queue);
        // A waker is the caller's code: outside of the lock.
        waiting.into_values().for_each(Waker::wake);
    }
}

/// Whether these permits let one be taken by whoever comes.
fn can_take(left: u32) -> bool {
    left & (CLOSED | WAITING) == 0 && left > 0
}
