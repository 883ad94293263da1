//! Questions and the way back of their answers (C7).
//!
//! A *question* belongs to the domain of who asks: it knows who gets the outcome, and until when it waits. A *request* belongs to the domain of who
//! is asked: the event in a mailbox names it by number, and with it the [`Handle`] that leads back. A handle answers once. When its last copy is
//! gone unanswered, the question fails.

mod handle;
mod questions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

pub(crate) use self::handle::{Asker, Handle, Outside, Unwanted};
pub(super) use self::questions::{Answers, Asked, Asking};
pub(crate) use self::questions::{QuestionId, Settle};
use crate::Isolated;

/// How many questions of one actor may be open, or have an answer that it has not taken: as many as timers, for the same reason.
pub(crate) const ASKS: u32 = 64;

/// How many questions of a node may be open: what the wire reserves for answers of peers.
const ASKS_OF_A_NODE: u32 = 4096;

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

/// What became of the questions of a node: `asked = answered + failed + withdrawn + open`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Asks {
    /// Questions that were asked.
    pub asked: u64,
    /// Questions whose answer has come back.
    pub answered: u64,
    /// Questions that have failed, by cause.
    pub failed: BTreeMap<AskError, u64>,
    /// Questions that nobody waits for any more: who asked has stopped, has failed, or has withdrawn them.
    pub withdrawn: u64,
    /// Questions that wait for an answer. At most 4,096.
    pub open: u64,
    /// Answers that came after another one, or to a question that nobody waits for any more.
    pub late: u64,
}

impl Asks {
    /// What does not add up; empty when the books are right.
    pub(crate) fn balance(&self) -> Option<String> {
        let Self {
            asked,
            answered,
            withdrawn,
            open,
            ..
        } = self;
        let failed: u64 = self.failed.values().sum();
        (*asked != answered + failed + withdrawn + open).then(|| {
            format!("asks: asked {asked} != answered {answered} + failed {failed} + withdrawn {withdrawn} + open {open}")
        })
    }
}

/// The running counters behind [`Asks`], of all domains of a node.
#[derive(Default)]
pub(crate) struct AskBooks {
    open: AtomicU32,
    asked: AtomicU64,
    answered: AtomicU64,
    withdrawn: AtomicU64,
    late: AtomicU64,
    failed: [AtomicU64; AskError::ALL.len()],
}

impl AskBooks {
    /// Opens a question, unless the node has 4,096 already.
    pub(crate) fn open(self: &Arc<Self>) -> Option<Open> {
        let more = |open| (open < ASKS_OF_A_NODE).then_some(open + 1);
        self.open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .ok()?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        Some(Open {
            books: Some(self.clone()),
        })
    }

    /// An answer that nobody waits for.
    fn late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn tally(&self) -> Asks {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let failed = AskError::ALL.into_iter().zip(self.failed.iter().map(count));
        Asks {
            asked: count(&self.asked),
            answered: count(&self.answered),
            failed: failed.filter(|&(_, count)| count > 0).collect(),
            withdrawn: count(&self.withdrawn),
            open: self.open.load(Ordering::Relaxed).into(),
            late: count(&self.late),
        }
    }
}

/// A question of the node is open; dropped, it was withdrawn.
pub(crate) struct Open {
    books: Option<Arc<AskBooks>>,
}

impl Open {
    pub(super) fn books(&self) -> Option<Arc<AskBooks>> {
        self.books.clone()
    }

    /// This became of it.
    fn close(mut self, outcome: Result<(), AskError>) {
        if let Some(books) = self.books.take() {
            let sum = match outcome {
                Ok(()) => &books.answered,
                Err(why) => &books.failed[why as usize],
            };
            sum.fetch_add(1, Ordering::Relaxed);
            books.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(books) = self.books.take() {
            books.withdrawn.fetch_add(1, Ordering::Relaxed);
            books.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
