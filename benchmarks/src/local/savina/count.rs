//! `count`: one actor tells another to count, and asks for the number in the end.

use std::future::Future;
use std::time::Duration;

use crate::local::peers::System;
use crate::local::program::{Placement, Program};

/// After so many messages the producer lets others run.
const BURST: u64 = 256;

pub(crate) struct Count;

impl Program for Count {
    const NAME: &'static str = "Savina count";
    const UNIT: &'static str = "ns/message";
    const MUST: Option<f64> = None;
    const COUNT: u64 = 200_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count)
    }
}

mod with_farc {
    use std::time::Duration;

    use ::farc::prelude::*;

    use super::BURST;
    use crate::local::peers::ROOM;
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    #[derive(Event)]
    pub(super) enum CounterEvent {
        #[event(local)]
        Increment,
        #[event(local)]
        Retrieve(Address<Producer>),
    }

    pub(super) struct Counter {
        count: u64,
    }

    #[hsm(event = CounterEvent, initial = counting)]
    impl Counter {
        #[state]
        fn counting(&mut self, event: &CounterEvent, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                CounterEvent::Increment => self.count += 1,
                CounterEvent::Retrieve(who) => {
                    cx.post(who, ProducerEvent::Count(self.count))
                        .expect("the producer waits for it");
                }
            }
            Handled
        }
    }

    impl Actor for Counter {
        type Args = ();

        fn new((): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { count: 0 })
        }
    }

    #[derive(Event)]
    pub(super) enum ProducerEvent {
        #[event(local)]
        Go,
        #[event(local)]
        Count(u64),
    }

    pub(super) struct Producer {
        to: Address<Counter>,
        left: u64,
    }

    #[hsm(event = ProducerEvent, initial = producing)]
    impl Producer {
        #[state]
        fn producing(&mut self, event: &ProducerEvent, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                ProducerEvent::Go => {
                    let burst = self.left.min(BURST);
                    for _ in 0..burst {
                        cx.post(&self.to, CounterEvent::Increment)
                            .expect("the counter empties its mailbox between bursts");
                    }
                    self.left -= burst;
                    if self.left > 0 {
                        cx.post_self(ProducerEvent::Go)
                            .expect("nobody else posts to the producer");
                    } else {
                        let retrieve = CounterEvent::Retrieve(cx.address());
                        cx.post(&self.to, retrieve)
                            .expect("the mailbox has room for more than a burst");
                    }
                }
                ProducerEvent::Count(count) => report(*count),
            }
            Handled
        }
    }

    impl Actor for Producer {
        type Args = (Address<Counter>, u64);

        fn new((to, left): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { to, left })
        }
    }

    pub(super) fn pass(placement: Placement, count: u64) -> Duration {
        let (time, sum) = with_farc::pass(placement, 1, move |domain| {
            let options = ActorOptions {
                priority: 1,
                mailbox: 2 * ROOM,
                ..ActorOptions::default()
            };
            let to = domain
                .spawn::<Counter>("counter", (), options)
                .expect("a valid actor");
            let producer = domain
                .spawn::<Producer>("producer", (to, count), ActorOptions::default())
                .expect("a valid actor");
            move |domain: &mut Domain| {
                domain
                    .post(&producer, ProducerEvent::Go)
                    .expect("an empty mailbox has room");
            }
        });
        assert_eq!(sum, count, "each message counts once");
        time
    }
}

mod with_peers {
    use std::time::{Duration, Instant};

    use super::BURST;
    use crate::local::peers::{After, Logic, ROOM, Results, System, results, sum};

    pub(super) enum ToCounter<S: System> {
        Increment,
        Retrieve(S::Ref<Producer<S>>),
    }

    pub(super) struct Counter {
        count: u64,
    }

    impl<S: System> Logic<S> for Counter {
        const ROOM: usize = ROOM;
        type Message = ToCounter<S>;

        async fn handle(&mut self, message: ToCounter<S>, _: &S::Ref<Self>) -> After {
            match message {
                ToCounter::Increment => self.count += 1,
                ToCounter::Retrieve(who) => S::send(&who, ToProducer::Count(self.count)).await,
            }
            After::Stay
        }
    }

    pub(super) enum ToProducer {
        Go,
        Count(u64),
    }

    pub(super) struct Producer<S: System> {
        to: S::Ref<Counter>,
        left: u64,
        results: Results,
    }

    impl<S: System> Logic<S> for Producer<S> {
        type Message = ToProducer;

        async fn handle(&mut self, message: ToProducer, me: &S::Ref<Self>) -> After {
            match message {
                ToProducer::Go => {
                    let burst = self.left.min(BURST);
                    for _ in 0..burst {
                        S::send(&self.to, ToCounter::Increment).await;
                    }
                    self.left -= burst;
                    if self.left > 0 {
                        S::send(me, ToProducer::Go).await;
                    } else {
                        S::send(&self.to, ToCounter::Retrieve(me.clone())).await;
                    }
                }
                ToProducer::Count(count) => {
                    self.results.send(count).expect("the pass waits for it");
                }
            }
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, count: u64) -> Duration {
        let (results, mut arrived) = results();
        let to = system.spawn(Counter { count: 0 }).await;
        let producer = Producer {
            to,
            left: count,
            results,
        };
        let producer = system.spawn(producer).await;
        let begin = Instant::now();
        S::send(&producer, ToProducer::Go).await;
        let counted = sum(&mut arrived, 1).await;
        let time = begin.elapsed();
        assert_eq!(counted, count, "each message counts once");
        time
    }
}
