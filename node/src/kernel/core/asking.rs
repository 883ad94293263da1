//! Questions of this domain's actors, and the requests that wait for them.

use std::any::{Any, TypeId};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Core, Phase};
use crate::kernel::asks::{
    ASKS, Answers, AskError, Asked, Asker, Asking, Handle, Open, QuestionId, Settle,
};
use crate::kernel::mailbox::{DrainedLane, Lost, later};
use crate::kernel::timers::{Deadline, What};
use crate::kernel::{Admit, Carried, Lane, Origin, Refused, Share, guard};
use crate::observe::Cause;
use crate::signal::Event;

/// Why a question was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMany {
    /// The actor has 64.
    OfTheActor,
    /// The node has 4,096.
    OfTheNode,
}

impl Core {
    /// Opens a question of an actor: `then` makes its event of the outcome. The handle goes with the request.
    pub(crate) fn ask<E: Event>(
        &mut self,
        slot: u32,
        within: Duration,
        reply: TypeId,
        then: impl FnOnce(Result<&mut dyn Any, AskError>) -> E + 'static,
    ) -> Result<(QuestionId, Handle), TooMany> {
        if self.mailbox::<E>(slot).asks() >= ASKS {
            return Err(TooMany::OfTheActor);
        }
        let books = self.bell.asks.clone();
        let open = books.open().ok_or(TooMany::OfTheNode)?;
        self.mailbox::<E>(slot).ask();
        let settle = move |core: &mut Core, outcome: Result<&mut dyn Any, AskError>| {
            // The user's code, in a step of somebody else.
            match guard(|| then(outcome)) {
                Ok(event) => core.push_answer::<E>(slot, event),
                Err(panic) => {
                    tracing::error!(actor = %core.name(slot), panic, "what makes an event of an answer panicked");
                    core.mailbox::<E>(slot).forget_asks(1);
                    core.intend_and_drop(slot, "answer", Cause::Poison, 1);
                }
            }
        };
        let at = later(self.now, within);
        let question = self.open_question(Some(slot), at, open, Box::new(settle));
        let answers = self.asking.answers.clone();
        let handle = Handle::new(answers, question, reply, books);
        Ok((question, handle))
    }

    fn open_question(
        &mut self,
        owner: Option<u32>,
        at: Instant,
        open: Open,
        settle: Settle,
    ) -> QuestionId {
        let question = self.asking.questions.next();
        let turn = self.timers.arm(at, question.place(), What::Question);
        let asked = Asked {
            owner,
            turn,
            open,
            settle,
        };
        self.asking.questions.insert(question, asked);
        self.look_for_due();
        question
    }

    fn push_answer<E: Event>(&mut self, slot: u32, event: E) {
        // It waits beside the mailbox if that is full, and an actor that has stopped has no question.
        let taken = self.push(slot, event, Origin::Answer, Share::Pending);
        debug_assert!(taken.is_ok(), "an answer has found no place");
    }

    /// This became of a question. False if nobody waits for it any more.
    pub(crate) fn settle(
        &mut self,
        question: QuestionId,
        outcome: Result<&mut dyn Any, AskError>,
    ) -> bool {
        let Some(asked) = self.asking.questions.remove(question) else {
            return false;
        };
        self.timers.cancel(asked.turn);
        self.settled(asked, outcome);
        true
    }

    fn settled(&mut self, asked: Asked, outcome: Result<&mut dyn Any, AskError>) {
        let closed = match &outcome {
            Ok(_) => Ok(()),
            Err(why) => Err(*why),
        };
        let settle = asked.close(closed);
        let _ = guard(|| settle(self, outcome));
    }

    /// The deadline of a question has come.
    pub(super) fn question_due(&mut self, place: u32, seq: u64) {
        let due = self.asking.questions.due(place, seq);
        if let Some(asked) = due.and_then(|question| self.asking.questions.remove(question)) {
            self.settled(asked, Err(AskError::Deadline));
        }
    }

    /// Ends a question of an actor: there will be no event. False if its outcome is an event already.
    pub(crate) fn withdraw<E: Event>(&mut self, slot: u32, question: QuestionId) -> bool {
        if self.asking.questions.owner(question) != Some(slot) {
            return false;
        }
        let asked = self.asking.questions.remove(question);
        if let Some(asked) = &asked {
            self.timers.cancel(asked.turn);
        }
        self.mailbox::<E>(slot).forget_asks(1);
        // What it would have made an event with is the user's.
        let _ = guard(|| drop(asked));
        true
    }

    /// The actor that had asked is not there any more.
    pub(crate) fn withdraw_all<E: Event>(&mut self, slot: u32) {
        let asks = self
            .mailbox_of::<E>(slot)
            .map_or(0, |mailbox| mailbox.asks());
        if asks == 0 {
            return;
        }
        for question in self.asking.questions.of(slot) {
            self.withdraw::<E>(slot, question);
        }
    }

    /// Posts a request. What cannot be taken comes back, and its question is settled by the caller.
    pub(crate) fn post_request<E: Event, P: Into<E> + 'static>(
        &mut self,
        lane: &Lane<E>,
        value: P,
        handle: Handle,
    ) -> Result<(), Refused<P>> {
        if !lane.is_in(&self.bell) {
            let posted = lane.post_with(value, Some(Asker::Domain(handle.clone())));
            return posted.map_err(|(refused, _)| {
                handle.take_back();
                refused
            });
        }
        if self.generation(lane.slot) != lane.generation {
            handle.take_back();
            return Err(Refused {
                event: value,
                why: Admit::Stopped,
            });
        }
        self.request_here(lane.slot, value, handle)
    }

    /// Posts a request to an actor of this domain.
    pub(crate) fn request_here<E: Event, P: Into<E> + 'static>(
        &mut self,
        slot: u32,
        value: P,
        handle: Handle,
    ) -> Result<(), Refused<P>> {
        let request = self.asking.requests.insert(handle);
        let origin = Origin::Request {
            request,
            foreign: false,
        };
        self.post_as(slot, value, origin).inspect_err(|_| {
            if let Some(handle) = self.asking.requests.remove(request) {
                handle.take_back();
            }
        })
    }

    /// As a post of this domain, with another origin.
    fn post_as<E: Event, P: Into<E> + 'static>(
        &mut self,
        slot: u32,
        value: P,
        origin: Origin,
    ) -> Result<(), Refused<P>> {
        if self.slots[slot as usize].phase == Phase::Stopped {
            return Err(Refused {
                event: value,
                why: Admit::Stopped,
            });
        }
        let mailbox = self.mailbox::<E>(slot);
        if !mailbox.has_room() {
            return self.post_full(slot, Carried::new(value), origin);
        }
        mailbox.counts.intended += 1;
        let taken = mailbox.push(value.into(), origin, Share::Local);
        debug_assert!(taken.is_ok(), "a mailbox with room took no event");
        self.slots[slot as usize].work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// The number of a request that another thread has left.
    pub(super) fn request_from(
        asking: &mut Asking,
        arm: impl FnOnce(Duration, u32) -> Deadline,
        asker: Asker,
    ) -> Option<u32> {
        let handle = match asker {
            Asker::Domain(handle) => handle,
            Asker::Outside(outside) => {
                let parts = outside.into_parts()?;
                let books = parts.open.books()?;
                let question = asking.questions.next();
                let settle = parts.settle;
                let asked = Asked {
                    owner: None,
                    turn: arm(parts.within, question.place()),
                    open: parts.open,
                    settle: Box::new(move |_, outcome| settle(outcome)),
                };
                asking.questions.insert(question, asked);
                Handle::new(asking.answers.clone(), question, parts.reply, books)
            }
        };
        Some(asking.requests.insert(handle))
    }

    /// Moves what other threads have posted to an actor into its mailbox, at most so many. What gives way for it is not counted yet.
    pub(super) fn take_lane(
        &mut self,
        slot: u32,
        most: usize,
        lost: &mut Vec<Lost>,
    ) -> DrainedLane {
        let (asking, timers, now) = (&mut self.asking, &mut self.timers, self.now);
        let mut arm = |within, place| timers.arm(later(now, within), place, What::Question);
        let actor = &mut self.slots[slot as usize];
        let mut number = |asker| Self::request_from(asking, &mut arm, asker);
        let drained = actor.any_mailbox().drain_lane(most, &mut number, lost);
        actor.count_work();
        self.look_for_due();
        drained
    }

    /// The way back of the request that an event is.
    pub(crate) fn request(&self, origin: Origin) -> Option<&Handle> {
        match origin {
            Origin::Request { request, .. } => self.asking.requests.get(request),
            Origin::Local
            | Origin::Foreign
            | Origin::Timer { .. }
            | Origin::Task { .. }
            | Origin::System
            | Origin::Answer
            | Origin::Peer { .. } => None,
        }
    }

    /// An event is done with, or will never be dispatched. If it is a request and nobody has kept its handle, that is the end of its question.
    #[inline]
    pub(crate) fn end_request(&mut self, origin: Origin, why: AskError) {
        if let Origin::Request { request, .. } = origin {
            self.end_request_of(request, why);
        }
    }

    #[cold]
    fn end_request_of(&mut self, request: u32, why: AskError) {
        if let Some(handle) = self.asking.requests.remove(request) {
            handle.give_up(why);
        }
    }

    /// Whether answers that are put there come to this domain.
    pub(in crate::kernel) fn has(&self, answers: &Arc<Answers>) -> bool {
        Arc::ptr_eq(&self.asking.answers, answers)
    }

    /// The domain has stopped: whoever waits elsewhere learns that.
    pub(crate) fn end_questions(&mut self) {
        self.drain_answers();
        for question in self.asking.questions.all() {
            self.settle(question, Err(AskError::Stopped));
        }
    }

    /// Takes in the answers of other threads.
    pub(in crate::kernel) fn drain_answers(&mut self) {
        for mut left in self.asking.answers.take() {
            let settled = match &mut left.outcome {
                Ok(answer) => self.settle(left.question, Ok(&mut **answer)),
                Err(why) => self.settle(left.question, Err(*why)),
            };
            if !settled {
                left.is_late();
            }
            // What is left of an answer is the user's.
            let _ = guard(|| drop(left));
        }
    }
}
