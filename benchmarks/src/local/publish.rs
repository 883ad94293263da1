//! One publisher, eight subscribers: what a delivery costs.
//!
//! farc publishes a signal; a peer uses what it has for this purpose: kameo its `PubSub` actor, ractor its `OutputPort`, and where there is
//! nothing, a loop over the subscribers.

use std::future::Future;
use std::time::Duration;

use super::peers::{ROOM, System};
use super::program::{PUBLISHERS, Placement, Program};

/// How many subscribers.
const SUBSCRIBERS: u64 = 8;
/// After so many publications the publisher lets others run.
const BURST: u64 = 32;

pub(crate) struct Publish;

impl Program for Publish {
    const NAME: &'static str = "1 to 8";
    const UNIT: &'static str = "ns/delivery";
    const MUST: Option<f64> = Some(3.0);
    const AGAINST: &'static [&'static str] = PUBLISHERS;
    const COUNT: u64 = 320_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count / SUBSCRIBERS)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count / SUBSCRIBERS)
    }
}

/// What all subscribers together must have: the publications are numbered from 0.
fn expected(publications: u64) -> u64 {
    SUBSCRIBERS * (publications * (publications - 1) / 2)
}

mod with_farc {
    use std::time::Duration;

    use ::farc::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::{BURST, ROOM, SUBSCRIBERS, expected};
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    #[derive(Signal, Serialize, Deserialize, Clone)]
    #[signal("bench.tick")]
    pub(super) struct Tick {
        one: u64,
        value: u64,
    }

    #[derive(Event)]
    pub(super) enum SubscriberEvent {
        Tick(Tick),
    }

    /// Expects so many publications, and reports their sum.
    pub(super) struct Subscriber {
        left: u64,
        sum: u64,
    }

    #[hsm(event = SubscriberEvent, initial = counting, subscribe = [Tick])]
    impl Subscriber {
        #[state]
        fn counting(&mut self, event: &SubscriberEvent) -> Next<Self> {
            let SubscriberEvent::Tick(tick) = event;
            self.sum = self.sum.wrapping_add(tick.value);
            self.left -= tick.one;
            if self.left == 0 {
                report(self.sum);
            }
            Handled
        }
    }

    impl Actor for Subscriber {
        type Args = u64;

        fn new(left: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { left, sum: 0 })
        }
    }

    #[derive(Event)]
    pub(super) enum PublisherEvent {
        #[event(local)]
        Go,
    }

    pub(super) struct Publisher {
        next: u64,
        end: u64,
    }

    #[hsm(event = PublisherEvent, initial = publishing)]
    impl Publisher {
        #[state]
        fn publishing(&mut self, event: &PublisherEvent, cx: &mut Context<Self>) -> Next<Self> {
            let PublisherEvent::Go = event;
            let stop = self.end.min(self.next + BURST);
            while self.next < stop {
                cx.publish(Tick {
                    one: 1,
                    value: self.next,
                });
                self.next += 1;
            }
            if self.next < self.end {
                cx.post_self(PublisherEvent::Go)
                    .expect("nobody else posts to the publisher");
            }
            Handled
        }
    }

    impl Actor for Publisher {
        type Args = u64;

        fn new(end: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { next: 0, end })
        }
    }

    pub(super) fn pass(placement: Placement, publications: u64) -> Duration {
        let (time, sum) = with_farc::pass(placement, SUBSCRIBERS as usize, move |domain| {
            // More urgent than the publisher, so that they empty their mailboxes before the next burst.
            let options = ActorOptions {
                priority: 1,
                mailbox: 2 * ROOM,
                ..ActorOptions::default()
            };
            for number in 0..SUBSCRIBERS {
                domain
                    .spawn::<Subscriber>(
                        &format!("subscriber{number}"),
                        publications,
                        options.clone(),
                    )
                    .expect("a valid actor");
            }
            let publisher = domain
                .spawn::<Publisher>("publisher", publications, ActorOptions::default())
                .expect("a valid actor");
            move |domain: &mut Domain| {
                domain
                    .post(&publisher, PublisherEvent::Go)
                    .expect("an empty mailbox has room");
            }
        });
        assert_eq!(sum, expected(publications), "each delivery counts once");
        time
    }
}

mod with_peers {
    use std::time::{Duration, Instant};

    use tokio::task::yield_now;

    use super::{BURST, SUBSCRIBERS, expected};
    use crate::local::peers::{After, Logic, ROOM, Results, System, results, sum};

    #[derive(Clone)]
    pub(super) struct Tick {
        one: u64,
        value: u64,
    }

    pub(super) struct Subscriber {
        left: u64,
        sum: u64,
        results: Results,
    }

    impl<S: System> Logic<S> for Subscriber {
        const ROOM: usize = ROOM;
        type Message = Tick;

        async fn handle(&mut self, tick: Tick, _: &S::Ref<Self>) -> After {
            self.sum = self.sum.wrapping_add(tick.value);
            self.left -= tick.one;
            if self.left == 0 {
                self.results.send(self.sum).expect("the pass waits for it");
            }
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, publications: u64) -> Duration {
        let (results, mut arrived) = results();
        let mut subscribers = Vec::new();
        for _ in 0..SUBSCRIBERS {
            let subscriber = Subscriber {
                left: publications,
                sum: 0,
                results: results.clone(),
            };
            subscribers.push(system.spawn(subscriber).await);
        }
        let topic = system.topic::<Subscriber>(subscribers).await;
        let begin = Instant::now();
        system.task(async move {
            for value in 0..publications {
                S::publish::<Subscriber>(&topic, Tick { one: 1, value }).await;
                if value % BURST == BURST - 1 {
                    yield_now().await;
                }
            }
        });
        let sum = sum(&mut arrived, SUBSCRIBERS).await;
        let time = begin.elapsed();
        assert_eq!(sum, expected(publications), "each delivery counts once");
        time
    }
}
