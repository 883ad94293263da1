//! actix: `do_send`, and all actors on one arbiter, which is a thread. Tasks that produce have the second arbiter, if there is one.

use std::future::Future;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use actix::prelude::{
    Actor, ActorContext as _, Addr, Arbiter, AsyncContext as _, Context, Handler, Message,
    Recipient,
};
use actix::{ArbiterHandle, System as Runner};

use super::{After, Logic, System, Work};
use crate::local::program::Placement;

#[derive(Clone)]
pub(crate) struct Actix {
    other: Option<ArbiterHandle>,
}

pub(crate) struct Host<L>(L);

pub(crate) struct Envelope<M>(M);

/// Nobody pins an actor's fields.
impl<L> Unpin for Host<L> {}

impl<M: 'static> Message for Envelope<M> {
    type Result = ();
}

impl<L: Logic<Actix>> Actor for Host<L> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(L::ROOM);
        self.0.started();
    }
}

impl<L: Logic<Actix>> Handler<Envelope<L::Message>> for Host<L> {
    type Result = ();

    #[inline]
    fn handle(&mut self, Envelope(message): Envelope<L::Message>, context: &mut Context<Self>) {
        let me = context.address();
        let after = at_once(self.0.handle(message, &me));
        if after == After::Leave {
            context.stop();
        }
    }
}

/// The outcome of a future that waits for nothing: `do_send` does not.
#[inline]
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut context = TaskContext::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("a handler for actix waits for something"),
    }
}

impl System for Actix {
    const NAME: &'static str = "actix";
    type Ref<L: Logic<Self>> = Addr<Host<L>>;
    type Topic<L: Logic<Self, Message: Clone + Sync>> = Vec<Recipient<Envelope<L::Message>>>;

    fn run<P: Work>(placement: Placement, program: P) -> P::Outcome {
        Runner::new().block_on(async {
            let arbiter = (placement == Placement::TwoWorkers).then(Arbiter::new);
            let other = arbiter.as_ref().map(Arbiter::handle);
            let outcome = program.work(Self { other }).await;
            if let Some(arbiter) = arbiter {
                arbiter.stop();
                arbiter.join().expect("an arbiter does not panic");
            }
            outcome
        })
    }

    async fn spawn<L: Logic<Self>>(&self, logic: L) -> Self::Ref<L> {
        Host(logic).start()
    }

    #[inline]
    async fn send<L: Logic<Self>>(to: &Self::Ref<L>, message: L::Message) {
        to.do_send(Envelope(message));
    }

    fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
        match &self.other {
            Some(other) => assert!(other.spawn(task), "the other arbiter runs"),
            None => drop(actix::spawn(task)),
        }
    }

    async fn topic<L: Logic<Self, Message: Clone + Sync>>(
        &self,
        subscribers: Vec<Self::Ref<L>>,
    ) -> Self::Topic<L> {
        subscribers.into_iter().map(Addr::recipient).collect()
    }

    async fn publish<L: Logic<Self, Message: Clone + Sync>>(
        topic: &Self::Topic<L>,
        message: L::Message,
    ) {
        for subscriber in topic {
            subscriber.do_send(Envelope(message.clone()));
        }
    }
}
