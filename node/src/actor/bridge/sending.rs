//! Posting from asynchronous code that can wait for room.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::actor::address::Posted;
use crate::actor::{Actor, Address};
use crate::kernel::{Lane, Turn};

/// The actor has stopped; the event comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<E>(pub E);

impl<E> fmt::Debug for SendError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopped")
    }
}

impl<E> fmt::Display for SendError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the actor has stopped")
    }
}

impl<E> std::error::Error for SendError<E> {}

/// What [`Address::send`] returns.
///
/// Cancel-safe: it may be dropped at any time, in `select!` or by a timeout. If it was not ready before, the event has not been sent and is
/// dropped with it, and its turn is the next one's.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Sending<A: Actor> {
    lane: Arc<Lane<A::Event>>,
    event: Option<Posted<A>>,
    turn: Turn,
}

impl<A: Actor> Sending<A> {
    pub(crate) fn new(lane: Arc<Lane<A::Event>>, event: Posted<A>) -> Self {
        Self {
            lane,
            event: Some(event),
            turn: Turn::New,
        }
    }
}

// The event is moved, never pinned.
impl<A: Actor> Unpin for Sending<A> {}

impl<A: Actor> Future for Sending<A> {
    type Output = Result<(), SendError<Posted<A>>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { lane, event, turn } = &mut *self;
        if lane.is_leaving()
            && let Some(event) = event.take()
        {
            lane.give_up(std::mem::replace(turn, Turn::Done));
            return Poll::Ready(Err(SendError(event)));
        }
        lane.poll_send(turn, event, cx)
            .map(|sent| sent.map_err(SendError))
    }
}

impl<A: Actor> Drop for Sending<A> {
    fn drop(&mut self) {
        self.lane.give_up(self.turn);
    }
}

impl<A: Actor> fmt::Debug for Sending<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending")
            .field("to", &self.lane.name)
            .field("sent", &(self.turn == Turn::Done))
            .finish_non_exhaustive()
    }
}

impl<A: Actor> Address<A> {
    /// Sends an event, and waits while there is no room: while all of the receiver's foreign permits are taken (B6a, B7). Those who wait are
    /// served in the order in which they began to.
    ///
    /// For asynchronous code, on any executor, and for futures of [`Context::spawn`](crate::Context::spawn); a handler cannot wait. Whoever
    /// wants to wait only for a while puts a timeout around it.
    ///
    /// # Errors
    ///
    /// When the actor has stopped, or stops before there is room, or its node is leaving (D7). The event comes back.
    ///
    /// ```
    /// # use farc::prelude::*;
    /// # #[derive(Event)]
    /// # pub enum LogEvent { #[event(local)] Line(String) }
    /// # pub struct Log;
    /// # #[hsm(event = LogEvent, initial = open)]
    /// # impl Log {
    /// #     #[state]
    /// #     fn open(&mut self, _: &LogEvent) -> Next<Self> { Handled }
    /// # }
    /// # impl Actor for Log {
    /// #     type Args = ();
    /// #     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Log) }
    /// # }
    /// async fn copy(lines: Vec<String>, log: Address<Log>) {
    ///     for line in lines {
    ///         if log.send(LogEvent::Line(line)).await.is_err() {
    ///             // The actor has stopped.
    ///             return;
    ///         }
    ///     }
    /// }
    /// ```
    pub fn send(&self, event: impl Into<Posted<A>>) -> Sending<A> {
        Sending::new(self.lane.clone(), event.into())
    }
}
