//! `fjcreate`: actors that are made, get one message, compute a little and leave.

use std::future::Future;
use std::time::Duration;

use crate::local::peers::System;
use crate::local::program::{Placement, Program};

pub(crate) struct Creation;

impl Program for Creation {
    const NAME: &'static str = "Savina fjcreate";
    const UNIT: &'static str = "ns/actor";
    const MUST: Option<f64> = None;
    const COUNT: u64 = 20_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count)
    }
}

mod with_farc {
    use std::cell::Cell;
    use std::fmt::Write as _;
    use std::time::Duration;

    use ::farc::prelude::*;

    use super::super::work;
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    thread_local! {
        /// What this thread's actors have done, and how many are still to do something.
        static DONE: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    }

    #[derive(Event)]
    pub(super) enum WorkerEvent {
        #[event(local)]
        Work,
    }

    pub(super) struct Worker;

    #[hsm(event = WorkerEvent, initial = working)]
    impl Worker {
        #[state]
        fn working(&mut self, event: &WorkerEvent) -> Next<Self> {
            let WorkerEvent::Work = event;
            let (done, left) = DONE.get();
            DONE.set((done + work(), left - 1));
            if left == 1 {
                report(done + 1);
            }
            Stop
        }
    }

    impl Actor for Worker {
        type Args = ();

        fn new((): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self)
        }
    }

    pub(super) fn pass(placement: Placement, count: u64) -> Duration {
        let (time, done) = with_farc::pass(placement, 1, move |_| {
            move |domain: &mut Domain| {
                DONE.set((0, count));
                let mut name = String::new();
                let options = ActorOptions::default();
                for number in 0..count {
                    name.clear();
                    write!(name, "worker{number}").expect("a string takes all text");
                    let worker = domain
                        .spawn::<Worker>(&name, (), options.clone())
                        .expect("a valid actor");
                    domain
                        .post(&worker, WorkerEvent::Work)
                        .expect("an empty mailbox has room");
                }
            }
        });
        assert_eq!(done, count, "each actor works once");
        time
    }
}

mod with_peers {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use super::super::work;
    use crate::local::peers::{After, Logic, Results, System, results, sum};

    pub(super) struct Work;

    pub(super) struct ToDo {
        left: AtomicU64,
        results: Results,
    }

    pub(super) struct Worker(Arc<ToDo>);

    impl<S: System> Logic<S> for Worker {
        type Message = Work;

        async fn handle(&mut self, Work: Work, _: &S::Ref<Self>) -> After {
            let done = work();
            if self.0.left.fetch_sub(done, Ordering::AcqRel) == done {
                self.0.results.send(1).expect("the pass waits for it");
            }
            After::Leave
        }
    }

    pub(super) async fn pass<S: System>(system: S, count: u64) -> Duration {
        let (results, mut arrived) = results();
        let to_do = Arc::new(ToDo {
            left: AtomicU64::new(count),
            results,
        });
        let begin = Instant::now();
        for _ in 0..count {
            let worker = system.spawn(Worker(to_do.clone())).await;
            S::send(&worker, Work).await;
        }
        let last = sum(&mut arrived, 1).await;
        let time = begin.elapsed();
        assert_eq!(last, 1, "one of them is the last");
        time
    }
}
