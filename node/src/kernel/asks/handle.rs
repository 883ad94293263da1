//! The way back to who asked.

use std::any::{Any, TypeId};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::questions::{Answer, Answers, Outcome};
use super::{AskBooks, AskError, Open, QuestionId};
use crate::kernel::sync::{AtomicU8, Mutex, Ordering, PoisonError, Shared, lock};
use crate::kernel::{Core, guard};

/// Encoded answers go back like this.
pub(crate) type BytesBack = Box<dyn FnOnce(Result<Bytes, AskError>) + Send>;

/// Where an answer goes.
enum Back {
    Domain {
        answers: Arc<Answers>,
        question: QuestionId,
    },
    /// To a peer.
    Bytes(BytesBack),
}

impl Back {
    fn fail(self, why: AskError, books: &Arc<AskBooks>) {
        match self {
            Self::Domain { answers, question } => answers.put(Outcome {
                question,
                outcome: Err(why),
                books: books.clone(),
            }),
            Self::Bytes(back) => back(Err(why)),
        }
    }
}

/// The way back to who asked, once.
struct Way {
    back: Mutex<Option<Back>>,
    /// The type of the answer; a peer finds out for itself.
    reply: Option<TypeId>,
    /// Why there will be no answer, if it ends now.
    why: AtomicU8,
    books: Arc<AskBooks>,
}

impl Drop for Way {
    fn drop(&mut self) {
        let back = self.back.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(back) = back.take() {
            let why = AskError::ALL.get(usize::from(self.why.load(Ordering::Relaxed)));
            back.fail(why.copied().unwrap_or(AskError::NoAnswer), &self.books);
        }
    }
}

/// A copy of the way back to who asked.
#[derive(Clone)]
pub(crate) struct Handle {
    way: Shared<Way>,
}

/// The answer was not taken, and comes back.
pub(crate) enum Unwanted<R> {
    /// Another one was first, or nobody waits for it any more.
    Late(R),
    /// It is not of the type that was asked for.
    Type(R),
    /// It cannot be encoded.
    Encoding(R),
}

impl Handle {
    pub(in crate::kernel) fn new(
        answers: Arc<Answers>,
        question: QuestionId,
        reply: TypeId,
        books: Arc<AskBooks>,
    ) -> Self {
        let back = Back::Domain { answers, question };
        Self {
            way: Shared::new(Way {
                back: Mutex::new(Some(back)),
                reply: Some(reply),
                why: AtomicU8::new(AskError::NoAnswer as u8),
                books,
            }),
        }
    }

    /// The way back to a peer, which gets the bytes.
    #[expect(dead_code, reason = "for the requests of peers")]
    pub(crate) fn encoded(back: BytesBack, books: Arc<AskBooks>) -> Self {
        Self {
            way: Shared::new(Way {
                back: Mutex::new(Some(Back::Bytes(back))),
                reply: None,
                why: AtomicU8::new(AskError::NoAnswer as u8),
                books,
            }),
        }
    }

    /// Answers, if nobody has yet. In the domain of who asks, the answer is its event when this returns.
    pub(crate) fn answer<R: Any + Send>(
        &self,
        core: Option<&mut Core>,
        value: R,
        encode: fn(&R) -> Option<Bytes>,
    ) -> Result<(), Unwanted<R>> {
        if self
            .way
            .reply
            .is_some_and(|reply| reply != TypeId::of::<R>())
        {
            return Err(Unwanted::Type(value));
        }
        let Some(back) = self.take() else {
            self.way.books.late();
            return Err(Unwanted::Late(value));
        };
        match back {
            Back::Domain { answers, question } => match core {
                Some(core) if core.has(&answers) => {
                    let mut value = Some(value);
                    core.settle(question, Ok(&mut value));
                    let Some(value) = value else { return Ok(()) };
                    self.way.books.late();
                    Err(Unwanted::Late(value))
                }
                Some(_) | None => {
                    self.put(&answers, question, Box::new(Some(value)));
                    Ok(())
                }
            },
            Back::Bytes(back) => match guard(|| encode(&value)) {
                Ok(Some(bytes)) => {
                    back(Ok(bytes));
                    Ok(())
                }
                Ok(None) | Err(_) => {
                    back(Err(AskError::Undecodable));
                    Err(Unwanted::Encoding(value))
                }
            },
        }
    }

    /// The answer of a peer, as bytes.
    pub(crate) fn answer_encoded(&self, bytes: Bytes) {
        match self.take() {
            Some(Back::Domain { answers, question }) => {
                self.put(&answers, question, Box::new(bytes));
            }
            Some(Back::Bytes(back)) => back(Ok(bytes)),
            None => self.way.books.late(),
        }
    }

    fn put(&self, answers: &Answers, question: QuestionId, answer: Answer) {
        answers.put(Outcome {
            question,
            outcome: Ok(answer),
            books: self.way.books.clone(),
        });
    }

    /// There will be no answer.
    pub(crate) fn fail(&self, why: AskError) {
        if let Some(back) = self.take() {
            back.fail(why, &self.way.books);
        }
    }

    /// If this is the last copy, this is why there was no answer.
    pub(in crate::kernel) fn give_up(self, why: AskError) {
        self.way.why.store(why as u8, Ordering::Relaxed);
    }

    /// What was asked is settled by whoever asked.
    pub(crate) fn take_back(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<Back> {
        lock(&self.way.back).take()
    }
}

/// Gets the outcome of a question of code outside of all actors, wherever that code is.
pub(crate) type SettleOutside = Box<dyn FnOnce(Result<&mut dyn Any, AskError>) + Send>;

/// A question of code outside of all actors, on its way to the domain that is asked, which keeps it.
pub(crate) struct Outside {
    inner: Option<OutsideParts>,
}

pub(in crate::kernel) struct OutsideParts {
    pub(in crate::kernel) open: Open,
    pub(in crate::kernel) reply: TypeId,
    pub(in crate::kernel) within: Duration,
    pub(in crate::kernel) settle: SettleOutside,
}

impl Outside {
    pub(crate) fn new(open: Open, reply: TypeId, within: Duration, settle: SettleOutside) -> Self {
        let inner = OutsideParts {
            open,
            reply,
            within,
            settle,
        };
        Self { inner: Some(inner) }
    }

    /// It came to nothing before the domain knew of it.
    pub(crate) fn fail(mut self, why: AskError) {
        self.end(why);
    }

    pub(in crate::kernel) fn into_parts(mut self) -> Option<OutsideParts> {
        self.inner.take()
    }

    fn end(&mut self, why: AskError) {
        if let Some(parts) = self.inner.take() {
            parts.open.close(Err(why));
            let _ = guard(|| (parts.settle)(Err(why)));
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // The lane went with its domain.
        self.end(AskError::Stopped);
    }
}

/// What comes with a request of another thread.
pub(crate) enum Asker {
    /// The question of another domain.
    Domain(Handle),
    /// The question of code outside of all actors.
    Outside(Outside),
}

impl Asker {
    /// It does not come to its actor.
    pub(crate) fn fail(self, why: AskError) {
        match self {
            Self::Domain(handle) => handle.fail(why),
            Self::Outside(outside) => outside.fail(why),
        }
    }
}
