//! Questions and the way back of their answers (C7).
//!
//! A *question* belongs to the domain of who asks: it knows who gets the outcome, and until when it waits. A *request* belongs to the domain of who
//! is asked: the event in a mailbox names it by number, and with it the [`Handle`] that leads back. A handle answers once. When its last copy is
//! gone unanswered, the question fails.

mod books;
mod handle;
mod questions;

use serde::{Deserialize, Serialize};

pub use self::books::Asks;
pub(crate) use self::books::{AskBooks, Open};
pub(crate) use self::handle::{Asker, Handle, Outside, Unwanted};
pub(super) use self::questions::{Answers, Asked, Asking};
pub(crate) use self::questions::{QuestionId, Settle};
use crate::Isolated;

/// How many questions of one actor may be open, or have an answer that it has not taken: as many as timers, for the same reason.
pub(crate) const ASKS: u32 = 64;

/// Why a question has no answer.
#[derive(
    Isolated,
    Serialize,
    Deserialize,
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    thiserror::Error,
)]
#[non_exhaustive]
pub enum AskError {
    /// Nobody has this name.
    #[error("there is no such actor")]
    NoActor,
    /// The event of the actor has no variant for the request.
    #[error("the actor does not take this request")]
    NotAccepted,
    /// The mailbox had no room for the request.
    #[error("the mailbox of the actor is full")]
    MailboxFull,
    /// The actor has stopped, before or while the request waited for it.
    #[error("the actor has stopped")]
    Stopped,
    /// The request was handled, or its handling failed, and the last copy of its handle is gone.
    #[error("nobody answered")]
    NoAnswer,
    /// The time is over.
    #[error("there was no answer in time")]
    Deadline,
    /// The peer has left, or another life of it is there.
    #[error("the peer is gone")]
    PeerGone,
    /// No link leads to the node.
    #[error("the node cannot be reached")]
    NotReachable,
    /// The node has 4,096 open questions already.
    #[error("the node has too many open questions")]
    TooMany,
    /// The answer of a peer is of another type than the one that the request names here.
    #[error("the answer cannot be read")]
    Undecodable,
}

impl AskError {
    /// The name in counters.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NoActor => "no_actor",
            Self::NotAccepted => "not_accepted",
            Self::MailboxFull => "mailbox_full",
            Self::Stopped => "stopped",
            Self::NoAnswer => "no_answer",
            Self::Deadline => "deadline",
            Self::PeerGone => "peer_gone",
            Self::NotReachable => "not_reachable",
            Self::TooMany => "too_many",
            Self::Undecodable => "undecodable",
        }
    }

    const ALL: [Self; 10] = [
        Self::NoActor,
        Self::NotAccepted,
        Self::MailboxFull,
        Self::Stopped,
        Self::NoAnswer,
        Self::Deadline,
        Self::PeerGone,
        Self::NotReachable,
        Self::TooMany,
        Self::Undecodable,
    ];
}
