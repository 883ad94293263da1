//! The way of a post to an actor of another node: what the bus hands over, and to whom.
//!
//! The bus resolves what this node knows (the signal's number, class and bytes) and hands over a [`RemotePost`]. Which link leads there, whether the
//! peer has such an actor and what room it has left is the matter of whoever implements [`Remote`].

use std::fmt;

use bytes::{Bytes, BytesMut};
use farc_protocol::codec;

use super::{Bus, SignalKey};
use crate::kernel::{AskError, Handle};
use crate::signal::{ActorRef, Class, Signal};

/// A signal for one actor of another node.
pub struct RemotePost {
    /// For whom.
    pub to: ActorRef,
    /// Our number of the signal: [`Bus::signal`].
    pub signal: SignalKey,
    /// What it may wait behind.
    pub class: Class,
    /// Our number of the posting actor; 0 if none posted it.
    pub source: u32,
    /// The encoded signal.
    pub payload: Bytes,
    /// Who waits for an answer, if it is a request.
    pub ask: Option<RemoteAsk>,
}

/// The way back of an answer from another node. Dropped, it fails with [`AskError::NoAnswer`].
pub struct RemoteAsk {
    pub(crate) handle: Handle,
}

impl RemoteAsk {
    /// The bytes of the answer have come. What cannot be read as one is [`AskError::Undecodable`] for who asked.
    pub fn answer(&self, bytes: Bytes) {
        self.handle.answer_encoded(bytes);
    }

    /// There will be no answer.
    pub fn fail(&self, why: AskError) {
        self.handle.fail(why);
    }
}

impl fmt::Debug for RemoteAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteAsk").finish_non_exhaustive()
    }
}

impl fmt::Debug for RemotePost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemotePost")
            .field("to", &self.to)
            .field("signal", &self.signal)
            .field("bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// Why a post does not leave this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// No link leads to the node.
    #[error("the node cannot be reached")]
    NotReachable,
    /// The hand-over to the node has no room.
    #[error("the way to the node is full")]
    Full,
}

/// Takes posts to other nodes: set once with [`Bus::set_remote`].
pub trait Remote: Send + Sync {
    /// Takes a post, without waiting.
    ///
    /// # Errors
    ///
    /// When it cannot be taken. Who asked learns that from its poster.
    fn post(&self, post: RemotePost) -> Result<(), RemoteError>;
}

impl Bus {
    /// Sets who takes posts to other nodes. False if that is known already.
    pub fn set_remote(&self, remote: Box<dyn Remote>) -> bool {
        self.remote.set(remote).is_ok()
    }

    /// Hands a signal over for an actor of another node. Until somebody takes such posts, no node can be reached.
    pub(crate) fn post_remote<S: Signal>(
        &self,
        source: u32,
        to: &ActorRef,
        signal: &S,
        handle: Option<&Handle>,
    ) -> Result<(), RemoteError> {
        let remote = self.remote.get().ok_or(RemoteError::NotReachable)?;
        // A name with two types stays on this node, as in a publication.
        let key = self
            .register::<S>()
            .map_err(|_| RemoteError::NotReachable)?;
        let mut bytes = BytesMut::new();
        codec::encode(signal, &mut bytes).map_err(|error| {
            tracing::error!(signal = S::NAME, %error, "failed to encode a post");
            RemoteError::NotReachable
        })?;
        remote.post(RemotePost {
            to: to.clone(),
            signal: key,
            class: S::CLASS,
            source,
            payload: bytes.freeze(),
            ask: handle.map(|handle| RemoteAsk {
                handle: handle.clone(),
            }),
        })
    }
}
