//! Four producers and one consumer, which adds up what it gets.
//!
//! On one thread the producers are actors (or tasks) beside the consumer. With two workers they are on the other thread, or wherever the library
//! runs its tasks. With four threads each one is a thread of the operating system that has nothing to do with the library's. Through an
//! [`Address`](farc::Address) a thread posts without waiting; when the consumer has no room, it lets other threads run and tries again.

use std::future::Future;
use std::time::Duration;

use super::peers::{ROOM, System};
use super::program::{Placement, Program};

/// How many producers.
const PRODUCERS: u64 = 4;
/// After so many messages a producer lets others run.
const BURST: u64 = 256;

/// The producers are tasks or actors of the library.
pub(crate) struct FanIn;

impl Program for FanIn {
    const NAME: &'static str = "4 to 1";
    const UNIT: &'static str = "ns/message";
    const MUST: Option<f64> = Some(2.0);
    const COUNT: u64 = 200_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, false, count)
    }
}

/// The producers are threads.
pub(crate) struct FromThreads;

impl Program for FromThreads {
    const NAME: &'static str = "4 foreign threads to 1";
    const UNIT: &'static str = "ns/message";
    const MUST: Option<f64> = None;
    const COUNT: u64 = 200_000;
    const PLACEMENTS: &'static [Placement] = &[Placement::TwoWorkers];

    fn farc(_: Placement, count: u64) -> Duration {
        with_farc::from_threads(count)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, true, count)
    }
}

/// What the consumer must have: each producer counts from 0.
fn expected(count: u64) -> u64 {
    let each = count / PRODUCERS;
    PRODUCERS * (each * (each - 1) / 2)
}

mod with_farc {
    use std::ops::Range;
    use std::sync::{Arc, Barrier};
    use std::thread;
    use std::time::{Duration, Instant};

    use ::farc::PostError;
    use ::farc::prelude::*;

    use super::{BURST, PRODUCERS, ROOM, expected};
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, Running, report};

    #[derive(Event)]
    pub(super) enum ConsumerEvent {
        #[event(local)]
        Item { one: u64, value: u64 },
    }

    /// Expects so many items, and reports their sum.
    pub(super) struct Consumer {
        left: u64,
        sum: u64,
    }

    #[hsm(event = ConsumerEvent, initial = counting)]
    impl Consumer {
        #[state]
        fn counting(&mut self, event: &ConsumerEvent) -> Next<Self> {
            let ConsumerEvent::Item { one, value } = event;
            self.sum = self.sum.wrapping_add(*value);
            self.left -= one;
            if self.left == 0 {
                report(self.sum);
            }
            Handled
        }
    }

    impl Actor for Consumer {
        type Args = u64;

        fn new(left: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { left, sum: 0 })
        }
    }

    #[derive(Event)]
    pub(super) enum ProducerEvent {
        #[event(local)]
        Go,
    }

    pub(super) struct Producer {
        to: Address<Consumer>,
        next: u64,
        end: u64,
    }

    #[hsm(event = ProducerEvent, initial = producing)]
    impl Producer {
        #[state]
        fn producing(&mut self, event: &ProducerEvent, cx: &mut Context<Self>) -> Next<Self> {
            let ProducerEvent::Go = event;
            let stop = self.end.min(self.next + BURST);
            while self.next < stop {
                let item = ConsumerEvent::Item {
                    one: 1,
                    value: self.next,
                };
                if cx.post(&self.to, item).is_err() {
                    break;
                }
                self.next += 1;
            }
            if self.next < self.end {
                cx.post_self(ProducerEvent::Go)
                    .expect("nobody else posts to a producer");
            }
            Handled
        }
    }

    impl Actor for Producer {
        type Args = (Address<Consumer>, u64);

        fn new((to, end): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { to, next: 0, end })
        }
    }

    /// More urgent than the producers, so that it empties its mailbox before the next burst. Half of a mailbox is for other threads.
    fn consumer(domain: &mut Domain, count: u64) -> Address<Consumer> {
        let options = ActorOptions {
            priority: 1,
            mailbox: 2 * ROOM,
            ..ActorOptions::default()
        };
        domain
            .spawn("consumer", count, options)
            .expect("a valid actor")
    }

    pub(super) fn pass(placement: Placement, count: u64) -> Duration {
        let (time, sum) = match placement {
            Placement::OneThread => same_domain(count),
            // One thread that is all four in turns, as a worker with four tasks would be.
            Placement::TwoWorkers => posted_by(count, 1, move |to| {
                let mut next = [0; PRODUCERS as usize];
                while next.iter().any(|next| *next < count / PRODUCERS) {
                    for next in &mut next {
                        let stop = (*next + BURST).min(count / PRODUCERS);
                        *next += produce(to, *next..stop);
                    }
                }
            }),
        };
        assert_eq!(sum, expected(count), "each item counts once");
        time
    }

    pub(super) fn from_threads(count: u64) -> Duration {
        let (time, sum) = posted_by(count, PRODUCERS as usize, move |to| {
            let mut next = 0;
            while next < count / PRODUCERS {
                next += produce(to, next..count / PRODUCERS);
            }
        });
        assert_eq!(sum, expected(count), "each item counts once");
        time
    }

    /// Posts these until there is no room, and tells how many that were.
    fn produce(to: &Address<Consumer>, values: Range<u64>) -> u64 {
        let all = values.end - values.start;
        for value in values.clone() {
            match to.post(ConsumerEvent::Item { one: 1, value }) {
                Ok(()) => {}
                Err(PostError::Full(_)) => {
                    thread::yield_now();
                    return value - values.start;
                }
                Err(error) => panic!("{error}"),
            }
        }
        all
    }

    fn same_domain(count: u64) -> (Duration, u64) {
        with_farc::pass(Placement::OneThread, 1, move |domain| {
            let to = consumer(domain, count);
            let producers = [0; PRODUCERS as usize].map(|_| {
                let name = format!("producer{}", domain.status().len());
                let args = (to.clone(), count / PRODUCERS);
                domain
                    .spawn::<Producer>(&name, args, ActorOptions::default())
                    .expect("a valid actor")
            });
            move |domain: &mut Domain| {
                for producer in &producers {
                    domain
                        .post(producer, ProducerEvent::Go)
                        .expect("an empty mailbox has room");
                }
            }
        })
    }

    /// The consumer on a thread of its own, and so many other threads that post to it.
    fn posted_by(
        count: u64,
        threads: usize,
        body: impl Fn(&Address<Consumer>) + Clone + Send + 'static,
    ) -> (Duration, u64) {
        let running = Running::new(move |domain| consumer(domain, count));
        let to = running.set_up.recv().expect("the domain was built");
        let start = Arc::new(Barrier::new(threads + 1));
        let posters: Vec<_> = (0..threads)
            .map(|_| {
                let (to, start, body) = (to.clone(), start.clone(), body.clone());
                thread::spawn(move || {
                    start.wait();
                    body(&to);
                })
            })
            .collect();
        start.wait();
        let begin = Instant::now();
        let sum = running.wait(1);
        let time = begin.elapsed();
        for poster in posters {
            poster.join().expect("a poster does not panic");
        }
        running.stop();
        (time, sum)
    }
}

mod with_peers {
    use std::thread;
    use std::time::{Duration, Instant};

    use tokio::runtime::Handle;
    use tokio::task::yield_now;

    use super::{BURST, PRODUCERS, expected};
    use crate::local::peers::{After, Logic, ROOM, Results, System, results, sum};

    pub(super) struct Item {
        one: u64,
        value: u64,
    }

    pub(super) struct Consumer {
        left: u64,
        sum: u64,
        results: Results,
    }

    impl<S: System> Logic<S> for Consumer {
        const ROOM: usize = ROOM;
        type Message = Item;

        async fn handle(&mut self, item: Item, _: &S::Ref<Self>) -> After {
            self.sum = self.sum.wrapping_add(item.value);
            self.left -= item.one;
            if self.left == 0 {
                self.results.send(self.sum).expect("the pass waits for it");
            }
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, threads: bool, count: u64) -> Duration {
        let (results, mut arrived) = results();
        let consumer = Consumer {
            left: count,
            sum: 0,
            results,
        };
        let consumer = system.spawn(consumer).await;
        let begin = Instant::now();
        for _ in 0..PRODUCERS {
            let consumer = consumer.clone();
            let produce = async move {
                for value in 0..count / PRODUCERS {
                    S::send(&consumer, Item { one: 1, value }).await;
                    if value % BURST == BURST - 1 {
                        yield_now().await;
                    }
                }
            };
            if threads {
                let handle = Handle::current();
                thread::spawn(move || handle.block_on(produce));
            } else {
                system.task(produce);
            }
        }
        let sum = sum(&mut arrived, 1).await;
        let time = begin.elapsed();
        assert_eq!(sum, expected(count), "each item counts once");
        time
    }
}
