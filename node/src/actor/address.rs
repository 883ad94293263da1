//! Where an actor can be reached.

use std::fmt;
use std::sync::Arc;

use farc_protocol::schema::Structure;

use super::{Actor, PostError};
use crate::kernel::{Admit, Lane, Refused};
use crate::signal::shape::Figures;
use crate::signal::{ActorRef, Event, Isolated};

/// The way into the mailbox of an actor of type `A`, from any thread.
///
/// It is `Send` and `Sync` even where the actor is not, and outlives it: posting to an actor that has stopped gives the event back. What may be
/// posted are the actor's events except the `#[event(own)]` ones, which only the actor itself can create.
pub struct Address<A: Actor> {
    pub(super) lane: Arc<Lane<A::Event>>,
}

impl<A: Actor> Address<A> {
    pub(crate) fn new(lane: Arc<Lane<A::Event>>) -> Self {
        Self { lane }
    }

    /// The actor's name.
    pub fn name(&self) -> &str {
        &self.lane.name
    }

    /// The name under which the actor is known on every node, which can be sent there.
    pub fn actor_ref(&self) -> ActorRef {
        ActorRef::of(self.lane.node(), self.name())
    }

    /// Posts an event, without waiting. It takes one of the receiver's foreign permits, half the mailbox by default, until it is dispatched.
    ///
    /// Inside a handler use [`Context::post`](super::Context::post), which costs less.
    ///
    /// # Errors
    ///
    /// When no permit is left, or the actor has stopped, or its node is leaving (D7). The event comes back.
    pub fn post(&self, event: impl Into<Posted<A>>) -> Result<(), PostError<Posted<A>>> {
        if self.lane.is_leaving() {
            return Err(PostError::Stopped(event.into()));
        }
        self.lane.post(event.into()).map_err(give_back)
    }

    /// Posts an event that is less urgent than others of its kind: only if `spare` further ones find a permit behind it.
    ///
    /// # Errors
    ///
    /// When fewer permits are left, or the actor has stopped, or its node is leaving (D7). The event comes back.
    pub fn post_if_room(
        &self,
        event: impl Into<Posted<A>>,
        spare: u32,
    ) -> Result<(), PostError<Posted<A>>> {
        if self.lane.is_leaving() {
            return Err(PostError::Stopped(event.into()));
        }
        let posted = self.lane.post_if_room(event.into(), spare);
        posted.map_err(give_back)
    }
}

/// What others may post to an actor.
pub(super) type Posted<A> = <<A as crate::hsm::Hsm>::Event as Event>::Posted;

pub(super) fn give_back<E>(refused: Refused<E>) -> PostError<E> {
    match refused.why {
        Admit::Stopped => PostError::Stopped(refused.event),
        Admit::Full | Admit::Queued => PostError::Full(refused.event),
    }
}

// SAFETY: an address is the one handle that values may hold (as in every actor system): through it a receiver can post, which the addressed
// actor sees as an event, and nothing else. It is not `Serialize`, so it can be part of arguments and local events, never of a signal.
#[expect(unsafe_code, reason = "the isolation proof is an unsafe trait")]
unsafe impl<A: Actor> Isolated for Address<A> {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = Figures::leaf(1);

    fn structure() -> Structure {
        Structure::String
    }
}

impl<A: Actor> Clone for Address<A> {
    fn clone(&self) -> Self {
        Self {
            lane: self.lane.clone(),
        }
    }
}

impl<A: Actor> fmt::Debug for Address<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.name()).finish()
    }
}
