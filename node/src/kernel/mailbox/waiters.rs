//! Who waits for one of a lane's permits: first come, first served.
//!
//! A permit that becomes free while somebody waits is handed to the first, who uses it when it is polled next. So a future that is dropped has
//! either sent its event and said so, or not sent it, and then its permit goes to the next one.
//!
//! Whether somebody waits is a bit of the permits themselves: who posts without waiting sees it in the same look as the permits, and so does
//! who releases one. It changes under the lock of the queue, and while it is set permits are taken under that lock alone.

use std::collections::BTreeMap;

use std::task::{Context, Poll, Waker};

use super::lane::{CLOSED, Lane, WAITING};
use crate::kernel::sync::{Ordering, lock};

/// Those who wait, by their numbers: the lowest came first. Each is a future of its caller, so there are as many as callers wait.
#[derive(Default)]
pub(super) struct Line {
    last: u64,
    waiting: BTreeMap<u64, Waker>,
}

impl Line {
    fn add(&mut self, waker: &Waker) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, waker.clone());
        self.last
    }

    /// Wakes all.
    pub(super) fn wake(self) {
        for waker in self.waiting.into_values() {
            waker.wake();
        }
    }
}

/// How far a sender has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It has not asked.
    New,
    /// It waits, or has been given a permit.
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
        let mut queue = lock(&self.queue);
        // Takes the permit that was released since, or says that somebody waits: whoever releases the next one sees it.
        let left = self
            .permits
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                Some(if can_take(left) {
                    left - 1
                } else {
                    left | WAITING
                })
            })
            .unwrap_or_else(|left| left);
        if left & CLOSED != 0 {
            return Asked::Closed;
        }
        if can_take(left) {
            return Asked::Permit;
        }
        let line = &mut queue.get_or_insert_default().line;
        *turn = Turn::Number(line.add(cx.waker()));
        Asked::Wait
    }

    fn ask_again(&self, number: u64, cx: &mut Context<'_>) -> Asked {
        let mut queue = lock(&self.queue);
        if self.permits.load(Ordering::Acquire) & CLOSED != 0 {
            return Asked::Closed;
        }
        let line = queue.as_mut().map(|queue| &mut queue.line);
        match line.and_then(|line| line.waiting.get_mut(&number)) {
            Some(waker) => {
                waker.clone_from(cx.waker());
                Asked::Wait
            }
            // It was handed a permit.
            None => Asked::Permit,
        }
    }

    /// The sender wants no more: a permit that it was handed and has not used is the next one's.
    pub(crate) fn give_up(&self, turn: Turn) {
        let Turn::Number(number) = turn else {
            return;
        };
        let mut queue = lock(&self.queue);
        let waker = queue.as_mut().and_then(|queue| {
            let waker = queue.line.waiting.remove(&number)?;
            if queue.line.waiting.is_empty() {
                self.permits.fetch_and(!WAITING, Ordering::AcqRel);
            }
            Some(waker)
        });
        drop(queue);
        // A waker is the caller's code: dropped outside of the lock.
        if waker.is_none() {
            self.release();
        }
    }

    /// Hands what permits are free to those who wait.
    #[cold]
    pub(super) fn hand_out(&self) {
        let mut woken = Vec::new();
        let mut queue = lock(&self.queue);
        if let Some(queue) = queue.as_mut() {
            let line = &mut queue.line.waiting;
            while self.permits.load(Ordering::Acquire) & !(CLOSED | WAITING) > 0
                && let Some((_, waker)) = line.pop_first()
            {
                self.permits.fetch_sub(1, Ordering::AcqRel);
                woken.push(waker);
            }
            if line.is_empty() {
                self.permits.fetch_and(!WAITING, Ordering::AcqRel);
            }
        }
        drop(queue);
        woken.into_iter().for_each(Waker::wake);
    }
}

/// Whether these permits let one be taken by whoever comes.
fn can_take(left: u32) -> bool {
    left & (CLOSED | WAITING) == 0 && left > 0
}
