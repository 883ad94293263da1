//! `fjthrput`: sixty workers, each gets the same number of messages in turns and computes a little for each.

use std::future::Future;
use std::time::Duration;

use crate::local::peers::System;
use crate::local::program::{Placement, Program};

const WORKERS: u64 = 60;
/// So many messages each worker gets before others run.
const BURST: u64 = 8;

pub(crate) struct Throughput;

impl Program for Throughput {
    const NAME: &'static str = "Savina fjthrput";
    const UNIT: &'static str = "ns/message";
    const MUST: Option<f64> = None;
    const COUNT: u64 = 120_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count / WORKERS)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count / WORKERS)
    }
}

mod with_farc {
    use std::time::Duration;

    use ::farc::prelude::*;

    use super::super::work;
    use super::{BURST, WORKERS};
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    #[derive(Event)]
    pub(super) enum WorkerEvent {
        #[event(local)]
        Work,
    }

    pub(super) struct Worker {
        left: u64,
        done: u64,
    }

    #[hsm(event = WorkerEvent, initial = working)]
    impl Worker {
        #[state]
        fn working(&mut self, event: &WorkerEvent) -> Next<Self> {
            let WorkerEvent::Work = event;
            self.done += work();
            self.left -= 1;
            if self.left == 0 {
                report(self.done);
            }
            Handled
        }
    }

    impl Actor for Worker {
        type Args = u64;

        fn new(left: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { left, done: 0 })
        }
    }

    #[derive(Event)]
    pub(super) enum MasterEvent {
        #[event(local)]
        Go,
    }

    pub(super) struct Master {
        workers: Vec<Address<Worker>>,
        left: u64,
    }

    #[hsm(event = MasterEvent, initial = handing_out)]
    impl Master {
        #[state]
        fn handing_out(&mut self, event: &MasterEvent, cx: &mut Context<Self>) -> Next<Self> {
            let MasterEvent::Go = event;
            let burst = self.left.min(BURST);
            for _ in 0..burst {
                for worker in &self.workers {
                    cx.post(worker, WorkerEvent::Work)
                        .expect("the workers empty their mailboxes between bursts");
                }
            }
            self.left -= burst;
            if self.left > 0 {
                cx.post_self(MasterEvent::Go)
                    .expect("nobody else posts to the master");
            }
            Handled
        }
    }

    impl Actor for Master {
        type Args = (Vec<Address<Worker>>, u64);

        fn new((workers, left): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { workers, left })
        }
    }

    pub(super) fn pass(placement: Placement, each: u64) -> Duration {
        let (time, sum) = with_farc::pass(placement, WORKERS as usize, move |domain| {
            let options = ActorOptions {
                priority: 1,
                ..ActorOptions::default()
            };
            let workers = (0..WORKERS)
                .map(|number| {
                    domain
                        .spawn::<Worker>(&format!("worker{number}"), each, options.clone())
                        .expect("a valid actor")
                })
                .collect();
            let master = domain
                .spawn::<Master>("master", (workers, each), ActorOptions::default())
                .expect("a valid actor");
            move |domain: &mut Domain| {
                domain
                    .post(&master, MasterEvent::Go)
                    .expect("an empty mailbox has room");
            }
        });
        assert_eq!(sum, each * WORKERS, "each message is worked on once");
        time
    }
}

mod with_peers {
    use std::time::{Duration, Instant};

    use super::super::work;
    use super::{BURST, WORKERS};
    use crate::local::peers::{After, Logic, Results, System, results, sum};

    pub(super) struct Work;

    pub(super) struct Worker {
        left: u64,
        done: u64,
        results: Results,
    }

    impl<S: System> Logic<S> for Worker {
        type Message = Work;

        async fn handle(&mut self, Work: Work, _: &S::Ref<Self>) -> After {
            self.done += work();
            self.left -= 1;
            if self.left == 0 {
                self.results.send(self.done).expect("the pass waits for it");
            }
            After::Stay
        }
    }

    pub(super) struct Go;

    pub(super) struct Master<S: System> {
        workers: Vec<S::Ref<Worker>>,
        left: u64,
    }

    impl<S: System> Logic<S> for Master<S> {
        type Message = Go;

        async fn handle(&mut self, Go: Go, me: &S::Ref<Self>) -> After {
            let burst = self.left.min(BURST);
            for _ in 0..burst {
                for worker in &self.workers {
                    S::send(worker, Work).await;
                }
            }
            self.left -= burst;
            if self.left > 0 {
                S::send(me, Go).await;
            }
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, each: u64) -> Duration {
        let (results, mut arrived) = results();
        let mut workers = Vec::new();
        for _ in 0..WORKERS {
            let worker = Worker {
                left: each,
                done: 0,
                results: results.clone(),
            };
            workers.push(system.spawn(worker).await);
        }
        let master = system.spawn(Master {
            workers,
            left: each,
        });
        let master = master.await;
        let begin = Instant::now();
        S::send(&master, Go).await;
        let done = sum(&mut arrived, WORKERS).await;
        let time = begin.elapsed();
        assert_eq!(done, each * WORKERS, "each message is worked on once");
        time
    }
}
