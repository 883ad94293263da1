//! Questions of code that is no actor.

use std::any::{Any, TypeId};
use std::time::Duration;

use tokio::sync::oneshot;

use super::ask::{decode, failure, unwelcome};
use super::{Actor, Address};
use crate::bus::Bus;
use crate::hsm::Hsm;
use crate::kernel::{AskBooks, AskError, Asker, Outside};
use crate::signal::{Accepts, ActorRef, Reply, Request};

/// A question on its way, and where its outcome comes.
type Pending<R> = (Asker, oneshot::Receiver<Result<R, AskError>>);

fn pending<R: Reply>(
    books: &std::sync::Arc<AskBooks>,
    within: Duration,
) -> Result<Pending<R>, AskError> {
    let open = books.open().ok_or(AskError::TooMany)?;
    let (answer, answered) = oneshot::channel();
    let settle = move |outcome: Result<&mut dyn Any, AskError>| {
        // Whoever asked may have given up.
        let _ = answer.send(decode::<R>(outcome));
    };
    let outside = Outside::new(open, TypeId::of::<R>(), within, Box::new(settle));
    Ok((Asker::Outside(outside), answered))
}

impl<A: Actor> Address<A> {
    /// Asks the actor, from code that is no actor. An actor uses [`Context::ask`](super::Context::ask), which does not wait.
    ///
    /// Nothing is sent before the future is first polled. The time begins when the actor's domain takes the request in, and is that of its clock. A
    /// future that is dropped leaves the question open until it is answered or its time is over.
    ///
    /// # Errors
    ///
    /// As for [`Context::ask`](super::Context::ask); and [`AskError::TooMany`] when 4,096 questions of the node are open.
    pub async fn ask<S: Request>(&self, request: S, within: Duration) -> Result<S::Reply, AskError>
    where
        <A as Hsm>::Event: Accepts<S>,
    {
        if self.lane.is_leaving() {
            return Err(AskError::Stopped);
        }
        let (asker, answered) = pending(self.lane.asks(), within)?;
        if let Err((refused, asker)) = self.lane.post_with(request, Some(asker)) {
            fail(asker, failure(refused.why));
        }
        answered.await.unwrap_or(Err(AskError::Stopped))
    }

    /// Asks the domain of the actor to stop it: its exit path runs after at most one further step, what is queued by then becomes dead letters, and its
    /// name is free. Nothing happens if it has stopped.
    pub fn stop(&self) {
        use crate::kernel::AnyLane as _;
        self.lane.stop();
    }
}

impl Bus {
    /// Asks an actor of this node by its name, from code that is no actor; see [`Address::ask`].
    ///
    /// # Errors
    ///
    /// As for [`Address::ask`]; when there is no such actor, and when its event has no variant for the request.
    pub async fn ask<S: Request>(
        &self,
        to: &ActorRef,
        request: S,
        within: Duration,
    ) -> Result<S::Reply, AskError> {
        if to.node() != self.node() {
            return Err(AskError::NotReachable);
        }
        if self.is_draining() {
            return Err(AskError::Stopped);
        }
        let answered = {
            let lane = self.find_actor(to.actor()).ok_or(AskError::NoActor)?;
            let (asker, answered) = pending(self.asks_books(), within)?;
            let mut request = Some(request);
            if let Err((why, asker)) = lane.offer(&mut request, Some(asker)) {
                fail(asker, unwelcome(why));
            }
            answered
        };
        answered.await.unwrap_or(Err(AskError::Stopped))
    }
}

fn fail(asker: Option<Asker>, why: AskError) {
    if let Some(asker) = asker {
        asker.fail(why);
    }
}
