//! An actor that does what it is told: everything that takes memory in a node, each thing bound to something that ends.

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use farc::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::task::yield_now;

use super::births::Birth;
use super::seats::Seat;
use super::tasks::Alive;

/// Everybody subscribes from the beginning: a roll call.
#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("endurance.roll")]
pub(crate) struct Roll {}

/// Some subscribe for a while.
#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("endurance.news")]
pub(crate) struct News {
    pub(crate) number: u64,
}

/// Others do, and get the last ones when they begin to. Each copy has something to drop.
#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("endurance.alarm", retain = 2)]
pub(crate) struct Alarm {
    pub(crate) text: String,
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("endurance.question", reply = u64)]
pub(crate) struct Question {}

/// `Clone` is for periodic timers.
#[derive(Event, Clone)]
pub(crate) enum WorkerEvent {
    Roll(Roll),
    News(News),
    Alarm(Alarm),
    Question(Question),
    /// Something with a weight.
    #[event(local)]
    Work(Vec<u8>),
    /// The same, for who is busy: others keep it until they are.
    #[event(local)]
    Later(Vec<u8>),
    /// From idle to busy, or back.
    #[event(local)]
    Switch,
    #[event(local, key = news)]
    Listen {
        news: bool,
        yes: bool,
    },
    /// Arms a timer.
    #[event(local)]
    Wait {
        millis: u32,
    },
    /// Arms the timer that fires again and again, or disarms it.
    #[event(local)]
    Every {
        millis: Option<u32>,
    },
    /// Has the worker leave after a while.
    #[event(local)]
    Expire {
        millis: u32,
    },
    /// Leaves at once, by an answer of its chart.
    #[event(local)]
    Leave,
    /// Stops another one.
    #[event(local)]
    End(Address<Worker>),
    /// Has another one born.
    #[event(local)]
    Bear(Birth),
    #[event(local)]
    Ask(Address<Worker>),
    /// Publishes.
    #[event(local)]
    Tell,
    /// Starts a future.
    #[event(local)]
    Study {
        ends: bool,
    },
    /// Panics.
    #[event(local)]
    Fail,
    #[event(own)]
    Rang,
    #[event(own)]
    Learnt,
    #[event(own)]
    Answered(Result<u64, AskError>),
}

/// What the actors of this thread have done, to be compared with the books of the domain.
#[derive(Clone, Copy, Default)]
pub(crate) struct Done {
    /// Events that a step was through with.
    pub(crate) handled: u64,
    /// Roll calls that were heard.
    pub(crate) heard: u64,
    /// Actors that were born of others.
    pub(crate) born: u64,
}

thread_local! {
    static DONE: Cell<Done> = Cell::default();
}

pub(crate) fn done() -> Done {
    DONE.get()
}

fn note(what: impl FnOnce(&mut Done)) {
    let mut done = DONE.get();
    what(&mut done);
    DONE.set(done);
}

fn handled() {
    note(|done| done.handled += 1);
}

/// How long a question may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long somebody is busy before a bell rings that nobody may be there to hear.
const SHIFT: Duration = Duration::from_millis(300);

pub(crate) struct Worker {
    seat: Seat,
    clock: Timer,
    weight: u64,
}

#[hsm(event = WorkerEvent, initial = living, subscribe = [Roll], defer = 4)]
impl Worker {
    #[start]
    fn sit(&mut self, cx: &mut Context<Self>) {
        self.seat.sit(cx.address());
    }

    #[state(initial = idle)]
    fn living(&mut self, event: &WorkerEvent, cx: &mut Context<Self>) -> Next<Self> {
        if matches!(event, WorkerEvent::Fail) {
            // A panic without a message on the terminal.
            std::panic::resume_unwind(Box::new("as it was told"));
        }
        handled();
        match event {
            WorkerEvent::Leave => return Stop,
            WorkerEvent::Roll(_) => note(|done| done.heard += 1),
            WorkerEvent::News(News { number }) => self.weight += number,
            WorkerEvent::Alarm(Alarm { text }) => self.weight += text.len() as u64,
            WorkerEvent::Work(bytes) | WorkerEvent::Later(bytes) => {
                self.weight += bytes.len() as u64;
            }
            WorkerEvent::Question(question) => {
                // Nobody waits any more, or nobody has asked: both are in the books.
                let _ = cx.answer(question, self.weight);
            }
            WorkerEvent::Answered(Ok(weight)) => self.weight ^= weight,
            WorkerEvent::Listen { news, yes } => listen(cx, *news, *yes),
            WorkerEvent::Wait { millis } => arm(cx, *millis, WorkerEvent::Rang),
            WorkerEvent::Expire { millis } => arm(cx, *millis, WorkerEvent::Leave),
            WorkerEvent::Every { millis } => self.ring_every(cx, *millis),
            WorkerEvent::End(other) => cx.stop_actor(other),
            WorkerEvent::Bear(birth) => note(|done| done.born += u64::from(birth.within(cx))),
            WorkerEvent::Ask(other) => ask(cx, other),
            WorkerEvent::Tell => {
                let number = self.weight;
                cx.publish(News { number });
            }
            WorkerEvent::Study { ends } => study(cx, *ends),
            WorkerEvent::Switch
            | WorkerEvent::Fail
            | WorkerEvent::Rang
            | WorkerEvent::Learnt
            | WorkerEvent::Answered(Err(_)) => {}
        }
        Handled
    }

    #[state(parent = living)]
    fn idle(&mut self, event: &WorkerEvent) -> Next<Self> {
        match event {
            WorkerEvent::Later(_) => Defer,
            WorkerEvent::Switch => {
                handled();
                To(State::Busy)
            }
            _ => Super,
        }
    }

    #[state(parent = living)]
    fn busy(&mut self, event: &WorkerEvent) -> Next<Self> {
        match event {
            WorkerEvent::Switch => {
                handled();
                To(State::Idle)
            }
            _ => Super,
        }
    }

    #[entry(busy)]
    fn begin_shift(&mut self, cx: &mut Context<Self>) {
        // It is over when the state is left, or the worker.
        let _ = cx.after(SHIFT, WorkerEvent::Rang);
    }
}

impl Worker {
    fn ring_every(&mut self, cx: &mut Context<'_, Self>, millis: Option<u32>) {
        match millis {
            Some(millis) => {
                let period = Duration::from_millis(millis.into());
                let _ = self.clock.arm_every(cx, period, WorkerEvent::Rang);
            }
            None => {
                self.clock.disarm(cx);
            }
        }
    }
}

fn listen(cx: &mut Context<'_, Worker>, news: bool, yes: bool) {
    match (news, yes) {
        (true, true) => cx.subscribe::<News>(),
        (true, false) => cx.unsubscribe::<News>(),
        (false, true) => cx.subscribe::<Alarm>(),
        (false, false) => cx.unsubscribe::<Alarm>(),
    }
}

/// Most of these are still armed when the worker leaves. One that has 64 gets no more.
fn arm(cx: &mut Context<'_, Worker>, millis: u32, event: WorkerEvent) {
    let _ = cx.after(Duration::from_millis(millis.into()), event);
}

fn ask(cx: &mut Context<'_, Worker>, other: &Address<Worker>) {
    // Too many open questions are none of our business.
    let _ = cx.ask(other, Question {}, PATIENCE, WorkerEvent::Answered);
}

fn study(cx: &mut Context<'_, Worker>, ends: bool) {
    let alive = Alive::new(ends);
    // One of 64, or it is dropped here.
    let _ = cx.spawn(async move {
        if alive.ends() {
            yield_now().await;
        } else {
            pending::<()>().await;
        }
        WorkerEvent::Learnt
    });
}

impl Actor for Worker {
    type Args = Seat;

    fn new(seat: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            seat,
            clock: Timer::new(),
            weight: 0,
        })
    }
}
