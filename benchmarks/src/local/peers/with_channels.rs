//! tokio's and tachyonix' channels, as one writes actors with them: a task with a receiver.

use std::future::Future;

use tokio::sync::mpsc;

use super::{After, Logic, System, Work, in_a_task};
use crate::local::program::Placement;

/// Everything but the channel is the same.
macro_rules! system {
    ($system:ident, $name:literal, $sender:ident, $receiver:ident, |$logic:ident| $channel:expr, |$to:ident, $message:ident| $send:expr, |$from:ident| $receive:expr) => {
        #[derive(Clone, Default)]
        pub(crate) struct $system;

        impl System for $system {
            const NAME: &'static str = $name;
            type Ref<L: Logic<Self>> = $sender<L::Message>;
            type Topic<L: Logic<Self, Message: Clone + Sync>> = Vec<Self::Ref<L>>;

            fn run<P: Work>(placement: Placement, program: P) -> P::Outcome {
                in_a_task(placement, Self, program)
            }

            async fn spawn<$logic: Logic<Self>>(&self, mut logic: $logic) -> Self::Ref<$logic> {
                let (sender, mut $from): ($sender<$logic::Message>, $receiver<$logic::Message>) =
                    $channel;
                let me = sender.clone();
                tokio::spawn(async move {
                    logic.started();
                    while let Some(message) = $receive {
                        if logic.handle(message, &me).await == After::Leave {
                            break;
                        }
                    }
                });
                sender
            }

            #[inline]
            async fn send<L: Logic<Self>>($to: &Self::Ref<L>, $message: L::Message) {
                // A receiver that has left expects nothing any more.
                let _ = $send;
            }

            fn task(&self, task: impl Future<Output = ()> + Send + 'static) {
                tokio::spawn(task);
            }

            async fn topic<L: Logic<Self, Message: Clone + Sync>>(
                &self,
                subscribers: Vec<Self::Ref<L>>,
            ) -> Self::Topic<L> {
                subscribers
            }

            async fn publish<L: Logic<Self, Message: Clone + Sync>>(
                topic: &Self::Topic<L>,
                message: L::Message,
            ) {
                for subscriber in topic {
                    Self::send::<L>(subscriber, message.clone()).await;
                }
            }
        }
    };
}

type Unbounded<M> = mpsc::UnboundedSender<M>;
type UnboundedEnd<M> = mpsc::UnboundedReceiver<M>;
system!(
    Tokio,
    "tokio",
    Unbounded,
    UnboundedEnd,
    |L| mpsc::unbounded_channel(),
    |to, message| to.send(message),
    |from| from.recv().await
);

type Bounded<M> = mpsc::Sender<M>;
type BoundedEnd<M> = mpsc::Receiver<M>;
system!(
    TokioBounded,
    "tokio bounded",
    Bounded,
    BoundedEnd,
    |L| mpsc::channel(L::ROOM),
    |to, message| to.send(message).await,
    |from| from.recv().await
);

type Tachyon<M> = tachyonix::Sender<M>;
type TachyonEnd<M> = tachyonix::Receiver<M>;
system!(
    Tachyonix,
    "tachyonix",
    Tachyon,
    TachyonEnd,
    |L| tachyonix::channel(L::ROOM),
    |to, message| to.send(message).await,
    |from| from.recv().await.ok()
);
