//! What became of the questions of a node, counted by whichever thread ends one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::AskError;
use crate::kernel::sync::{AtomicU32, AtomicU64, Ordering};

/// How many questions of a node may be open: what the wire reserves for answers of peers.
const ASKS_OF_A_NODE: u32 = 4096;

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
    pub(super) fn late(&self) {
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
    pub(in crate::kernel) fn books(&self) -> Option<Arc<AskBooks>> {
        self.books.clone()
    }

    /// This became of it.
    pub(super) fn close(mut self, outcome: Result<(), AskError>) {
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
