//! Posts to actors by reference, questions, and answers (C6, C7).

use std::any::{Any, TypeId};
use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use farc_protocol::codec;
use farc_protocol::schema::Structure;

use super::context::Seen;
use super::{Actor, Address, Context, PostError};
use crate::bus::RemoteError;
use crate::hsm::Hsm;
use crate::kernel::{
    Admit, AskError, Asker, Core, Handle, Lane, QuestionId, Refused, TooMany, Unwanted, Unwelcome,
    guard,
};
use crate::signal::shape::Figures;
use crate::signal::{Accepts, ActorRef, Isolated, Reply, Request, Signal};

/// Whom a request goes to: an [`Address`] of an actor whose event has a variant for it, or an [`ActorRef`].
pub struct To<'t, S> {
    kind: Kind<'t, S>,
}

enum Kind<'t, S> {
    Ref(&'t ActorRef),
    Lane(&'t dyn Takes<S>),
}

impl<'t, S> From<&'t ActorRef> for To<'t, S> {
    fn from(to: &'t ActorRef) -> Self {
        let kind = Kind::Ref(to);
        Self { kind }
    }
}

impl<'t, S, A: Actor> From<&'t Address<A>> for To<'t, S>
where
    S: Signal,
    <A as Hsm>::Event: Accepts<S>,
{
    fn from(to: &'t Address<A>) -> Self {
        let kind = Kind::Lane(&*to.lane);
        Self { kind }
    }
}

impl<S> fmt::Debug for To<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.kind {
            Kind::Ref(to) => to.as_str(),
            Kind::Lane(lane) => lane.name(),
        };
        f.debug_tuple("To").field(&name).finish()
    }
}

/// A lane whose events have a variant for the request.
trait Takes<S> {
    fn name(&self) -> &str;
    fn request(&self, core: &mut Core, signal: S, handle: Handle) -> Result<(), Refused<S>>;
}

impl<S: 'static, E: Accepts<S>> Takes<S> for Lane<E> {
    fn name(&self) -> &str {
        &self.name
    }

    fn request(&self, core: &mut Core, signal: S, handle: Handle) -> Result<(), Refused<S>> {
        core.post_request(self, signal, handle)
    }
}

/// A question that was asked. It need not be kept: the outcome comes anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    id: QuestionId,
}

/// The actor has 64 open questions, or the node 4,096; the request comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AskLimit<S> {
    /// 64 questions of the actor are open, or have an outcome that it has not taken.
    OfTheActor(S),
    /// 4,096 questions of the node are open.
    OfTheNode(S),
}

impl<S> fmt::Debug for AskLimit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OfTheActor(_) => "OfTheActor",
            Self::OfTheNode(_) => "OfTheNode",
        })
    }
}

impl<S> fmt::Display for AskLimit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OfTheActor(_) => "the actor has 64 open questions already",
            Self::OfTheNode(_) => "the node has 4,096 open questions already",
        })
    }
}

impl<S> std::error::Error for AskLimit<S> {}

/// The way back to who asked, taken with [`Context::reply_handle`].
///
/// The first answer wins. A handle may be copied, kept in the state or the fields of an actor, and passed on in events within the node; it cannot be
/// published. When the last copy is gone and nobody has answered, who asked learns at once that there is [no answer](AskError::NoAnswer).
#[derive(Clone)]
pub struct ReplyHandle {
    handle: Handle,
}

impl ReplyHandle {
    /// Answers from outside of actors, or from within a future. A handler uses [`Context::reply`], which costs less.
    ///
    /// # Errors
    ///
    /// As for [`Context::reply`]; whether somebody still waits in another domain is not known here.
    pub fn reply<R: Reply>(&self, value: R) -> Result<(), ReplyError<R>> {
        self.handle.answer(None, value, encode).map_err(unwanted)
    }
}

impl fmt::Debug for ReplyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyHandle").finish_non_exhaustive()
    }
}

// SAFETY: through a handle one value can be given to who asked, who sees it as an event, and nothing else. It is not `Serialize`, so it can be part of
// arguments and local events, never of a signal.
#[expect(unsafe_code, reason = "the isolation proof is an unsafe trait")]
unsafe impl Isolated for ReplyHandle {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = Figures::leaf(1);

    fn structure() -> Structure {
        Structure::Unit
    }
}

/// Why an answer was not taken. It comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyError<R> {
    /// Somebody has answered already, or nobody waits for an answer any more. It is counted.
    Late(R),
    /// The request asks for an answer of another type.
    WrongType(R),
    /// It cannot be encoded, and who asked is on another node.
    Encoding(R),
}

impl<R> ReplyError<R> {
    /// The answer.
    pub fn into_inner(self) -> R {
        match self {
            Self::Late(value) | Self::WrongType(value) | Self::Encoding(value) => value,
        }
    }
}

impl<R> fmt::Debug for ReplyError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late(_) => "Late",
            Self::WrongType(_) => "WrongType",
            Self::Encoding(_) => "Encoding",
        })
    }
}

impl<R> fmt::Display for ReplyError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late(_) => "nobody waits for this answer",
            Self::WrongType(_) => "the request asks for an answer of another type",
            Self::Encoding(_) => "the answer cannot be encoded",
        })
    }
}

impl<R> std::error::Error for ReplyError<R> {}

fn unwanted<R>(unwanted: Unwanted<R>) -> ReplyError<R> {
    match unwanted {
        Unwanted::Late(value) => ReplyError::Late(value),
        Unwanted::Type(value) => ReplyError::WrongType(value),
        Unwanted::Encoding(value) => ReplyError::Encoding(value),
    }
}

fn encode<R: Reply>(value: &R) -> Option<Bytes> {
    let mut bytes = BytesMut::new();
    codec::encode(value, &mut bytes).ok()?;
    Some(bytes.freeze())
}

/// The answer out of what came back: an `Option` of it, or its bytes.
pub(super) fn decode<R: Reply>(outcome: Result<&mut dyn Any, AskError>) -> Result<R, AskError> {
    let answer = outcome?;
    if let Some(bytes) = answer.downcast_ref::<Bytes>() {
        // A hand-written Deserialize may panic over the bytes of a peer.
        return match guard(|| codec::decode(bytes)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) | Err(_) => Err(AskError::Undecodable),
        };
    }
    answer
        .downcast_mut::<Option<R>>()
        .and_then(Option::take)
        .ok_or(AskError::Undecodable)
}

pub(super) fn failure(why: Admit) -> AskError {
    match why {
        Admit::Stopped => AskError::Stopped,
        Admit::Full | Admit::Queued => AskError::MailboxFull,
    }
}

pub(super) fn unwelcome(why: Unwelcome) -> AskError {
    match why {
        Unwelcome::NotAccepted => AskError::NotAccepted,
        Unwelcome::Full => AskError::MailboxFull,
        Unwelcome::Stopped => AskError::Stopped,
    }
}

impl<A: Actor> Context<'_, A> {
    /// The name under which this actor is known on every node.
    pub fn actor_ref(&self) -> ActorRef {
        ActorRef::of(self.node(), self.name())
    }

    /// Where an actor of this node, in whatever domain, can be reached. `None` if there is none of this name, or not of this type.
    pub fn resolve<B: Actor>(&self, to: &ActorRef) -> Option<Address<B>> {
        let (_, local) = self.parts_ref();
        if to.node() != local.bus().node() {
            return None;
        }
        let lane = local.bus().lane_of(to.actor(), TypeId::of::<B>())?;
        Some(Address::new(lane))
    }

    /// Posts a signal to one actor, by its name. In the same domain it is in the mailbox when this returns.
    ///
    /// # Errors
    ///
    /// When there is no such actor, which is a dead letter too; when its event has no variant for the signal; when its mailbox is full or it has
    /// stopped; when no link leads to its node. The signal comes back.
    pub fn post_to<S: Signal>(&mut self, to: &ActorRef, signal: S) -> Result<(), PostError<S>> {
        let seen = self
            .is_watched()
            .then(|| Seen::new((S::NAME, Some(&signal))));
        let mut signal = Some(signal);
        let result = self.send(to, &mut signal, None);
        if let Some(seen) = seen {
            seen.tell_of(self, to.as_str(), result.is_ok());
        }
        match (result, signal) {
            (Err(AskError::MailboxFull), Some(signal)) => Err(PostError::Full(signal)),
            (Err(AskError::NoActor), Some(signal)) => Err(PostError::NoActor(signal)),
            (Err(AskError::NotAccepted), Some(signal)) => Err(PostError::NotAccepted(signal)),
            (Err(AskError::NotReachable), Some(signal)) => Err(PostError::NotReachable(signal)),
            (Err(_), Some(signal)) => Err(PostError::Stopped(signal)),
            (Ok(()), _) | (Err(_), None) => Ok(()),
        }
    }

    /// Sends a signal to whoever has this name, with the way back if it is a request. It stays in the `Option` when it is not taken.
    fn send<S: Signal>(
        &mut self,
        to: &ActorRef,
        signal: &mut Option<S>,
        request: Option<&Handle>,
    ) -> Result<(), AskError> {
        let (core, local, slot) = self.parts();
        if to.node() != local.bus().node() {
            let Some(value) = signal.as_ref() else {
                return Ok(());
            };
            let posted = local.post_remote(core, slot, to, value, request);
            return posted.map_err(|error| match error {
                RemoteError::NotReachable => AskError::NotReachable,
                RemoteError::Full => AskError::MailboxFull,
            });
        }
        if let Some(known) = core.find(to.actor()) {
            let sent = core.offer(known, signal, request.cloned());
            return sent.map_err(unwelcome);
        }
        let Some(lane) = local.bus().find_actor(to.actor()) else {
            core.undeliverable(to.actor(), S::NAME);
            return Err(AskError::NoActor);
        };
        let asker = request.cloned().map(Asker::Domain);
        lane.offer(signal, asker).map_err(|(why, _)| unwelcome(why))
    }

    /// Asks another actor, without waiting: what comes of it is an event of this actor, which `then` makes. It comes exactly once, whatever happens,
    /// and a full mailbox does not keep it out.
    ///
    /// It fails at once when there is no such actor, when it has stopped or does so before it handles the request, when its mailbox is full, and when
    /// nobody answers: the request was handled and no copy of its [`ReplyHandle`] is left. Otherwise it fails `within` this time. The request waits
    /// through a restart of the other actor, as every queued event does.
    ///
    /// A question ends without an event when this actor stops, fails or is restarted, and when it is [withdrawn](Self::withdraw). `then` runs when the
    /// answer is there, between two steps of this actor.
    ///
    /// # Errors
    ///
    /// When 64 questions of this actor are open or have an outcome that it has not taken, or 4,096 of the node are open. Nothing was asked.
    pub fn ask<'t, S: Request>(
        &mut self,
        to: impl Into<To<'t, S>>,
        request: S,
        within: Duration,
        then: impl FnOnce(Result<S::Reply, AskError>) -> A::Event + 'static,
    ) -> Result<Question, AskLimit<S>> {
        let to = to.into();
        let seen = self
            .is_watched()
            .then(|| Seen::new((S::NAME, Some(&request))));
        let (core, _, slot) = self.parts();
        let then = move |outcome: Result<&mut dyn Any, AskError>| then(decode(outcome));
        let reply = TypeId::of::<S::Reply>();
        let (id, handle) = match core.ask::<A::Event>(slot, within, reply, then) {
            Ok(asked) => asked,
            Err(TooMany::OfTheActor) => return Err(AskLimit::OfTheActor(request)),
            Err(TooMany::OfTheNode) => return Err(AskLimit::OfTheNode(request)),
        };
        let mut request = Some(request);
        let sent = match to.kind {
            Kind::Ref(to) => self.send(to, &mut request, Some(&handle)),
            Kind::Lane(lane) => {
                let (core, ..) = self.parts();
                let posted = request
                    .take()
                    .map(|request| lane.request(core, request, handle.clone()));
                posted.unwrap_or(Ok(())).map_err(|refused| {
                    let why = failure(refused.why);
                    request = Some(refused.event);
                    why
                })
            }
        };
        if let Some(seen) = seen {
            let name = match to.kind {
                Kind::Ref(to) => to.as_str(),
                Kind::Lane(lane) => lane.name(),
            };
            seen.tell_of(self, name, sent.is_ok());
        }
        let (core, ..) = self.parts();
        if let Err(why) = sent {
            handle.take_back();
            core.settle(id, Err(why));
        }
        Ok(Question { id })
    }

    /// Gives a question up: no event will come of it. False if its outcome is an event already, which will be dispatched, or was.
    pub fn withdraw(&mut self, question: Question) -> bool {
        let (core, _, slot) = self.parts();
        core.withdraw::<A::Event>(slot, question.id)
    }

    /// The way back to who asked, while a request is handled that was posted with [`ask`](Self::ask); `None` for any other event.
    pub fn reply_handle(&self) -> Option<ReplyHandle> {
        let handle = self.parts_ref().0.request(self.origin())?;
        Some(ReplyHandle {
            handle: handle.clone(),
        })
    }

    /// Answers. In the same domain, the event of who asked is in its mailbox when this returns.
    ///
    /// # Errors
    ///
    /// When another answer was first or nobody waits any more, and when the request asks for another type. The answer comes back.
    pub fn reply<R: Reply>(&mut self, handle: &ReplyHandle, value: R) -> Result<(), ReplyError<R>> {
        let (core, ..) = self.parts();
        handle
            .handle
            .answer(Some(core), value, encode)
            .map_err(unwanted)
    }

    /// Answers the request that is being handled. The request itself says of which type the answer has to be, so a wrong one does not compile.
    ///
    /// # Errors
    ///
    /// As for [`reply`](Self::reply); and the answer is late when `request` came in another way than [`ask`](Self::ask).
    pub fn answer<S: Request>(
        &mut self,
        request: &S,
        value: S::Reply,
    ) -> Result<(), ReplyError<S::Reply>> {
        let _ = request;
        match self.reply_handle() {
            Some(handle) => self.reply(&handle, value),
            None => Err(ReplyError::Late(value)),
        }
    }
}
