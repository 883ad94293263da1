//! kameo: `tell`, with its unbounded mailbox and with a bounded one, and its `PubSub` actor where one message is for many.

use std::convert::Infallible;
use std::future::Future;

use kameo::mailbox::{self, MailboxReceiver, MailboxSender};
use kameo::prelude::{Actor, ActorRef, Context, Message, Spawn as _};
use kameo_actors::DeliveryStrategy;
use kameo_actors::pubsub::{PubSub, Publish, Subscribe};

use super::{After, Logic, ROOM, System, Work, in_a_task};
use crate::local::program::Placement;

pub(crate) struct Host<L, S> {
    logic: L,
    system: std::marker::PhantomData<fn() -> S>,
}

impl<S: System, L: Logic<S>> Actor for Host<L, S> {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(mut host: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        host.logic.started();
        Ok(host)
    }
}

/// The message of an actor with this logic.
pub(crate) struct Envelope<M>(M);

impl<M: Clone> Clone for Envelope<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Everything but the mailbox is the same.
macro_rules! system {
    ($system:ident, $name:literal, $mailbox:path) => {
        #[derive(Clone)]
        pub(crate) struct $system;

        impl<L: Logic<$system>> Message<Envelope<L::Message>> for Host<L, $system> {
            type Reply = ();

            async fn handle(
                &mut self,
                Envelope(message): Envelope<L::Message>,
                context: &mut Context<Self, ()>,
            ) {
                let after = self.logic.handle(message, context.actor_ref()).await;
                if after == After::Leave {
                    context.stop();
                }
            }
        }

        impl System for $system {
            const NAME: &'static str = $name;
            type Ref<L: Logic<Self>> = ActorRef<Host<L, Self>>;
            type Topic<L: Logic<Self, Message: Clone + Sync>> =
                ActorRef<PubSub<Envelope<L::Message>>>;

            fn run<P: Work>(placement: Placement, program: P) -> P::Outcome {
                in_a_task(placement, Self, program)
            }

            async fn spawn<L: Logic<Self>>(&self, logic: L) -> Self::Ref<L> {
                let system = std::marker::PhantomData;
                Host::spawn_with_mailbox(Host { logic, system }, $mailbox(L::ROOM))
            }

            #[inline]
            async fn send<L: Logic<Self>>(to: &Self::Ref<L>, message: L::Message) {
                // A receiver that has left expects nothing any more.
                let _ = to.tell(Envelope(message)).send().await;
            }

            fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
                tokio::spawn(task);
            }

            async fn topic<L: Logic<Self, Message: Clone + Sync>>(
                &self,
                subscribers: Vec<Self::Ref<L>>,
            ) -> Self::Topic<L> {
                let topic = PubSub::new(DeliveryStrategy::Guaranteed);
                let topic = PubSub::spawn_with_mailbox(topic, $mailbox(ROOM));
                for subscriber in subscribers {
                    let subscribed = topic.ask(Subscribe(subscriber)).send().await;
                    subscribed.expect("the topic runs");
                }
                topic
            }

            async fn publish<L: Logic<Self, Message: Clone + Sync>>(
                topic: &Self::Topic<L>,
                message: L::Message,
            ) {
                let published = topic.tell(Publish(Envelope(message))).send().await;
                published.expect("the topic runs");
            }
        }
    };
}

fn unbounded<A: Actor>(_: usize) -> (MailboxSender<A>, MailboxReceiver<A>) {
    mailbox::unbounded()
}

system!(Kameo, "kameo", unbounded);
system!(KameoBounded, "kameo bounded", mailbox::bounded);
