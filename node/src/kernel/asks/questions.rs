//! What a domain keeps of questions: those of its actors, and those that its actors are asked.

use std::any::Any;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use super::{AskBooks, AskError, Handle, Open};
use crate::kernel::Core;
use crate::kernel::bell::{Bell, Ring};
use crate::kernel::sync::{Mutex, lock};
use crate::kernel::timers::Deadline;

/// The number of a question in its domain: its place, and how often that was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuestionId {
    place: u32,
    turn: u32,
}

impl QuestionId {
    /// Where it is: what its deadline names.
    pub(in crate::kernel) fn place(self) -> u32 {
        self.place
    }
}

/// Gets the outcome in the domain of who asks: an `Option` of the answer, which it may take, or its bytes.
pub(crate) type Settle = Box<dyn FnOnce(&mut Core, Result<&mut dyn Any, AskError>)>;

/// A question that waits.
pub(in crate::kernel) struct Asked {
    /// Who asks, if it is an actor.
    pub(in crate::kernel) owner: Option<u32>,
    /// The number of its deadline.
    pub(in crate::kernel) turn: Deadline,
    pub(in crate::kernel) open: Open,
    pub(in crate::kernel) settle: Settle,
}

impl Asked {
    pub(in crate::kernel) fn close(self, outcome: Result<(), AskError>) -> Settle {
        self.open.close(outcome);
        self.settle
    }
}

/// The questions of a domain. Places are used again.
#[derive(Default)]
pub(in crate::kernel) struct Questions {
    places: Vec<(u32, Option<Asked>)>,
    free: Vec<u32>,
}

impl Questions {
    /// The number of the next question.
    pub(in crate::kernel) fn next(&mut self) -> QuestionId {
        let place = self
            .free
            .last()
            .copied()
            .unwrap_or(self.places.len() as u32);
        let turn = self.places.get(place as usize).map_or(0, |place| place.0);
        QuestionId { place, turn }
    }

    /// Adds what was numbered last.
    pub(in crate::kernel) fn insert(&mut self, id: QuestionId, asked: Asked) {
        if self.free.last() == Some(&id.place) {
            self.free.pop();
            self.places[id.place as usize].1 = Some(asked);
        } else {
            self.places.push((id.turn, Some(asked)));
        }
    }

    pub(in crate::kernel) fn remove(&mut self, id: QuestionId) -> Option<Asked> {
        let place = self.places.get_mut(id.place as usize)?;
        if place.0 != id.turn {
            return None;
        }
        let asked = place.1.take()?;
        place.0 = place.0.wrapping_add(1);
        self.free.push(id.place);
        Some(asked)
    }

    /// The question at this place whose deadline has this number.
    pub(in crate::kernel) fn due(&self, place: u32, seq: u64) -> Option<QuestionId> {
        let (turn, asked) = self.places.get(place as usize)?;
        let waits = asked.as_ref().is_some_and(|asked| asked.turn.seq == seq);
        waits.then_some(QuestionId { place, turn: *turn })
    }

    /// All of them. There are at most 4,096 of a node.
    pub(in crate::kernel) fn all(&self) -> Vec<QuestionId> {
        self.that(|_| true)
    }

    /// The questions of an actor.
    pub(in crate::kernel) fn of(&self, slot: u32) -> Vec<QuestionId> {
        self.that(|asked| asked.owner == Some(slot))
    }

    fn that(&self, is_wanted: impl Fn(&Asked) -> bool) -> Vec<QuestionId> {
        let places = self.places.iter().zip(0..);
        let known = places.filter(|((_, asked), _)| asked.as_ref().is_some_and(&is_wanted));
        known
            .map(|((turn, _), place)| QuestionId { place, turn: *turn })
            .collect()
    }

    /// Whether it belongs to an actor, and to which.
    pub(in crate::kernel) fn owner(&self, id: QuestionId) -> Option<u32> {
        let (turn, asked) = self.places.get(id.place as usize)?;
        asked.as_ref().filter(|_| *turn == id.turn)?.owner
    }
}

/// The ways back of the requests that wait in the mailboxes of a domain, by the number that their origin has.
#[derive(Default)]
pub(in crate::kernel) struct Requests {
    places: Vec<Option<Handle>>,
    free: Vec<u32>,
}

impl Requests {
    pub(in crate::kernel) fn insert(&mut self, handle: Handle) -> u32 {
        match self.free.pop() {
            Some(key) => {
                self.places[key as usize] = Some(handle);
                key
            }
            None => {
                self.places.push(Some(handle));
                self.places.len() as u32 - 1
            }
        }
    }

    pub(in crate::kernel) fn get(&self, key: u32) -> Option<&Handle> {
        self.places.get(key as usize)?.as_ref()
    }

    pub(in crate::kernel) fn remove(&mut self, key: u32) -> Option<Handle> {
        let handle = self.places.get_mut(key as usize)?.take()?;
        self.free.push(key);
        Some(handle)
    }
}

/// What a domain keeps of questions, its own and those that its actors are asked.
pub(in crate::kernel) struct Asking {
    pub(in crate::kernel) questions: Questions,
    pub(in crate::kernel) requests: Requests,
    pub(in crate::kernel) answers: Arc<Answers>,
}

impl Asking {
    pub(in crate::kernel) fn new(bell: Arc<Bell>) -> Self {
        Self {
            questions: Questions::default(),
            requests: Requests::default(),
            answers: Arc::new(Answers {
                bell,
                queue: Mutex::default(),
            }),
        }
    }
}

/// An answer of another thread or domain: an `Option` of the value, or its bytes.
pub(in crate::kernel) type Answer = Box<dyn Any + Send>;

/// What became of a question elsewhere.
pub(in crate::kernel) struct Outcome {
    pub(in crate::kernel) question: QuestionId,
    pub(in crate::kernel) outcome: Result<Answer, AskError>,
    pub(super) books: Arc<AskBooks>,
}

impl Outcome {
    /// Nobody waits for it any more.
    pub(in crate::kernel) fn is_late(&self) {
        if self.outcome.is_ok() {
            self.books.late();
        }
    }
}

/// Where other threads leave what became of a domain's questions. At most one outcome a question, so it needs no bound of its own.
pub(in crate::kernel) struct Answers {
    bell: Arc<Bell>,
    queue: Mutex<VecDeque<Outcome>>,
}

impl Answers {
    pub(super) fn put(&self, outcome: Outcome) {
        let first = {
            let mut queue = lock(&self.queue);
            queue.push_back(outcome);
            queue.len() == 1
        };
        if first {
            self.bell.ring(Ring::Answers);
        }
    }

    pub(in crate::kernel) fn take(&self) -> VecDeque<Outcome> {
        mem::take(&mut lock(&self.queue))
    }
}
