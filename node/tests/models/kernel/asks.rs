//! Questions as the models have them: the ways back and the books are the kernel's, the domain keeps nothing else.

#[path = "../../../src/kernel/asks/books.rs"]
#[expect(dead_code, unreachable_pub, reason = "read by the daemon")]
mod books;
#[path = "../../../src/kernel/asks/handle.rs"]
#[expect(dead_code, reason = "no model has peers")]
mod handle;
#[path = "../../../src/kernel/asks/questions.rs"]
#[expect(dead_code, reason = "no model has mailboxes")]
mod questions;

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::bell::Bell;
use super::timers::Deadline;

pub(crate) use self::books::{AskBooks, Open};
pub(crate) use self::handle::{Asker, Handle, Outside, Unwanted};
use self::questions::{Answers, Asked, Asking};
pub(crate) use self::questions::{QuestionId, Settle};

/// Why a question has no answer, as far as models come to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(crate) enum AskError {
    Stopped,
    NoAnswer,
    Deadline,
    Undecodable,
}

impl AskError {
    const ALL: [Self; 4] = [
        Self::Stopped,
        Self::NoAnswer,
        Self::Deadline,
        Self::Undecodable,
    ];
}

/// A domain that asks, and does nothing else: `kernel/core/asking.rs` without actors and timers.
pub(crate) struct Core {
    asking: Asking,
    books: Arc<AskBooks>,
}

impl Core {
    pub(super) fn new(bell: &Arc<Bell>) -> Self {
        Self {
            asking: Asking::new(bell.clone()),
            books: bell.asks.clone(),
        }
    }

    /// Opens a question for a number.
    pub(super) fn ask(&mut self, settle: Settle) -> (QuestionId, Handle) {
        let question = self.asking.questions.next();
        let asked = Asked {
            owner: None,
            turn: Deadline { seq: 0 },
            open: self.books.open().unwrap(),
            settle,
        };
        self.asking.questions.insert(question, asked);
        let answers = self.asking.answers.clone();
        let handle = Handle::new(answers, question, TypeId::of::<u32>(), self.books.clone());
        (question, handle)
    }

    pub(super) fn settle(
        &mut self,
        question: QuestionId,
        outcome: Result<&mut dyn Any, AskError>,
    ) -> bool {
        let Some(asked) = self.asking.questions.remove(question) else {
            return false;
        };
        let closed = match &outcome {
            Ok(_) => Ok(()),
            Err(why) => Err(*why),
        };
        asked.close(closed)(self, outcome);
        true
    }

    /// Nobody waits for it any more.
    pub(super) fn withdraw(&mut self, question: QuestionId) {
        drop(self.asking.questions.remove(question));
    }

    pub(super) fn has(&self, answers: &Arc<Answers>) -> bool {
        Arc::ptr_eq(&self.asking.answers, answers)
    }

    pub(super) fn drain_answers(&mut self) {
        for mut left in self.asking.answers.take() {
            let settled = match &mut left.outcome {
                Ok(answer) => self.settle(left.question, Ok(&mut **answer)),
                Err(why) => self.settle(left.question, Err(*why)),
            };
            if !settled {
                left.is_late();
            }
        }
    }
}
