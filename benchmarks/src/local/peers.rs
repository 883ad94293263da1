//! What the peers have in common: actors that handle a message at a time, tasks beside them, and a topic.
//!
//! A program is written once against [`System`], and each peer runs it as its own documentation advises. All of this is resolved at compile time:
//! what runs is the peer's mailbox, scheduler and handler, and the program's code inlined into it. Sending is asynchronous, since that is how
//! a bounded mailbox makes a sender wait; where a peer's sending is not, the future is ready at once.

mod with_actix;
mod with_channels;
mod with_kameo;
mod with_ractor;

use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) use self::with_actix::Actix;
pub(crate) use self::with_channels::{Tachyonix, Tokio, TokioBounded};
pub(crate) use self::with_kameo::{Kameo, KameoBounded};
pub(crate) use self::with_ractor::Ractor;

use super::program::{Placement, Program};

/// How many messages may wait for an actor that gets many at once.
pub(crate) const ROOM: usize = 1024;

/// Whether an actor goes on after a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Stay,
    Leave,
}

/// What an actor does, for every peer.
pub(crate) trait Logic<S: System>: Sized + Send + 'static {
    type Message: Send + 'static;

    /// How many messages may wait for it, where a peer has a bound. That of most actors is farc's default, which is kameo's too.
    const ROOM: usize = 64;

    /// When it has started, before its first message.
    fn started(&mut self) {}

    fn handle(
        &mut self,
        message: Self::Message,
        me: &S::Ref<Self>,
    ) -> impl Future<Output = After> + Send;
}

/// A peer.
pub(crate) trait System: Clone + Send + Sync + 'static {
    /// Its name in the table.
    const NAME: &'static str;
    /// The way to an actor.
    type Ref<L: Logic<Self>>: Clone + Send + Sync + 'static;
    /// What reaches several actors.
    type Topic<L: Logic<Self, Message: Clone + Sync>>: Send + Sync + 'static;

    /// A runtime of this placement, on which `program` runs.
    fn run<P: Work>(placement: Placement, program: P) -> P::Outcome;

    /// A new actor. It may not have started yet.
    fn spawn<L: Logic<Self>>(&self, logic: L) -> impl Future<Output = Self::Ref<L>> + Send;

    /// Sends a message to an actor that runs.
    fn send<L: Logic<Self>>(
        to: &Self::Ref<L>,
        message: L::Message,
    ) -> impl Future<Output = ()> + Send;

    /// Runs a task beside the actors; where the peer does not place it itself, on the other thread.
    fn task(&self, task: impl Future<Output = ()> + Send + 'static);

    /// Something that all of these get a copy of.
    fn topic<L: Logic<Self, Message: Clone + Sync>>(
        &self,
        subscribers: Vec<Self::Ref<L>>,
    ) -> impl Future<Output = Self::Topic<L>> + Send;

    /// Has each subscriber get a copy.
    fn publish<L: Logic<Self, Message: Clone + Sync>>(
        topic: &Self::Topic<L>,
        message: L::Message,
    ) -> impl Future<Output = ()> + Send;
}

/// Something to do on a peer's runtime.
pub(crate) trait Work: Send + 'static {
    type Outcome: Send + 'static;

    fn work<S: System>(self, system: S) -> impl Future<Output = Self::Outcome> + Send;
}

/// A pass of a program.
struct Pass<P> {
    count: u64,
    program: std::marker::PhantomData<fn() -> P>,
}

impl<P: Program> Work for Pass<P> {
    type Outcome = Duration;

    fn work<S: System>(self, system: S) -> impl Future<Output = Duration> + Send {
        P::peer(system, self.count)
    }
}

/// A pass of a program on a runtime of its own.
pub(crate) fn pass<P: Program, S: System>(placement: Placement, count: u64) -> Duration {
    let program = std::marker::PhantomData;
    S::run(placement, Pass::<P> { count, program })
}

/// Where actors leave their results.
pub(crate) type Results = UnboundedSender<u64>;

/// Where results arrive, and the way there.
pub(crate) fn results() -> (Results, UnboundedReceiver<u64>) {
    unbounded_channel()
}

/// The sum of so many results.
pub(crate) async fn sum(results: &mut UnboundedReceiver<u64>, count: u64) -> u64 {
    let mut sum = 0_u64;
    for _ in 0..count {
        sum = sum.wrapping_add(results.recv().await.expect("the actors run"));
    }
    sum
}

/// A runtime of tokio.
fn runtime(placement: Placement) -> Runtime {
    let mut builder = match placement {
        Placement::OneThread => Builder::new_current_thread(),
        Placement::TwoWorkers => Builder::new_multi_thread(),
    };
    if placement == Placement::TwoWorkers {
        builder.worker_threads(2);
    }
    builder.enable_time().build().expect("a runtime can be had")
}

/// Runs work as a task, where the actors' own tasks run.
fn in_a_task<S: System, P: Work>(placement: Placement, system: S, program: P) -> P::Outcome {
    runtime(placement).block_on(async {
        tokio::spawn(async move { program.work(system).await })
            .await
            .expect("a pass does not panic")
    })
}
