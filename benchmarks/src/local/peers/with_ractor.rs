//! ractor: `send_message`, and `OutputPort` where one message is for many.

use std::future::Future;

use ractor::{Actor, ActorProcessingErr, ActorRef, OutputPort};

use super::{After, Logic, System, Work, in_a_task};
use crate::local::program::Placement;

#[derive(Clone)]
pub(crate) struct Ractor;

struct Host<L>(std::marker::PhantomData<fn() -> L>);

impl<L: Logic<Ractor>> Actor for Host<L> {
    type Msg = Envelope<L::Message>;
    type State = L;
    type Arguments = L;

    async fn pre_start(
        &self,
        _: ActorRef<Self::Msg>,
        mut logic: L,
    ) -> Result<L, ActorProcessingErr> {
        logic.started();
        Ok(logic)
    }

    async fn handle(
        &self,
        me: ActorRef<Self::Msg>,
        Envelope(message): Self::Msg,
        logic: &mut L,
    ) -> Result<(), ActorProcessingErr> {
        if logic.handle(message, &me).await == After::Leave {
            me.stop(None);
        }
        Ok(())
    }
}

/// `OutputPort` wants its messages to be shared and printed.
#[derive(Clone)]
pub(crate) struct Envelope<M>(M);

impl System for Ractor {
    const NAME: &'static str = "ractor";
    type Ref<L: Logic<Self>> = ActorRef<Envelope<L::Message>>;
    type Topic<L: Logic<Self, Message: Clone + Sync>> = OutputPort<Envelope<L::Message>>;

    fn run<P: Work>(placement: Placement, program: P) -> P::Outcome {
        in_a_task(placement, Self, program)
    }

    async fn spawn<L: Logic<Self>>(&self, logic: L) -> Self::Ref<L> {
        let host = Host(std::marker::PhantomData);
        let (actor, _) = Actor::spawn(None, host, logic)
            .await
            .expect("an actor starts");
        actor
    }

    #[inline]
    async fn send<L: Logic<Self>>(to: &Self::Ref<L>, message: L::Message) {
        // A receiver that has left expects nothing any more.
        let _ = to.send_message(Envelope(message));
    }

    fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    async fn topic<L: Logic<Self, Message: Clone + Sync>>(
        &self,
        subscribers: Vec<Self::Ref<L>>,
    ) -> Self::Topic<L> {
        let topic = OutputPort::default();
        for subscriber in subscribers {
            topic.subscribe(subscriber, Some);
        }
        topic
    }

    async fn publish<L: Logic<Self, Message: Clone + Sync>>(
        topic: &Self::Topic<L>,
        message: L::Message,
    ) {
        topic.send(Envelope(message));
    }
}
