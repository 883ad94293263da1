//! Actors that are made, until the last one has started.
//!
//! Their state is two numbers. Taking them down again is not part of the time.

use std::future::Future;
use std::time::Duration;

use super::peers::System;
use super::program::{Placement, Program};

pub(crate) struct Spawn;

impl Program for Spawn {
    const NAME: &'static str = "spawn";
    const UNIT: &'static str = "ns/actor";
    const MUST: Option<f64> = Some(2.0);
    const COUNT: u64 = 20_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count)
    }
}

pub(crate) mod with_farc {
    use std::cell::Cell;
    use std::fmt::Write as _;
    use std::time::Duration;

    use ::farc::prelude::*;

    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    thread_local! {
        /// How many of this thread's actors are still to start.
        static TO_START: Cell<u64> = const { Cell::new(0) };
    }

    #[derive(Event)]
    pub(crate) enum IdleEvent {
        #[event(local)]
        Item { value: u64, more: u64 },
    }

    /// Has nothing to do.
    pub(crate) struct Idle {
        sum: u64,
        count: u64,
    }

    #[hsm(event = IdleEvent, initial = idle)]
    impl Idle {
        #[start]
        fn count_down(&mut self) {
            let left = TO_START.get() - 1;
            TO_START.set(left);
            if left == 0 {
                report(1);
            }
        }

        #[state]
        fn idle(&mut self, event: &IdleEvent) -> Next<Self> {
            let IdleEvent::Item { value, more } = event;
            self.sum += value;
            self.count += more;
            Handled
        }
    }

    impl Actor for Idle {
        type Args = ();

        fn new((): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { sum: 0, count: 0 })
        }
    }

    /// Makes so many actors, each with a name as every actor of farc has one, and gives `keep` their addresses.
    pub(crate) fn spawn(domain: &mut Domain, count: u64, mut keep: impl FnMut(Address<Idle>)) {
        TO_START.set(count);
        let mut name = String::new();
        let options = ActorOptions::default();
        for number in 0..count {
            name.clear();
            write!(name, "idle{number}").expect("a string takes all text");
            let actor = domain.spawn::<Idle>(&name, (), options.clone());
            keep(actor.expect("a valid actor"));
        }
    }

    pub(super) fn pass(placement: Placement, count: u64) -> Duration {
        let (time, reports) = with_farc::pass(placement, 1, move |_| {
            move |domain: &mut Domain| spawn(domain, count, drop)
        });
        assert_eq!(reports, 1, "the last one to start reports");
        time
    }
}

pub(crate) mod with_peers {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use tokio::sync::mpsc::UnboundedReceiver;

    use crate::local::peers::{After, Logic, Results, System, results, sum};

    pub(crate) struct Item {
        pub(crate) value: u64,
        pub(crate) more: u64,
    }

    /// What all actors of a pass share. An actor holds one pointer to it.
    pub(crate) struct Shared {
        to_start: AtomicU64,
        to_handle: AtomicU64,
        results: Results,
    }

    impl Shared {
        /// Reports when all are through.
        fn count_down(&self, left: &AtomicU64) {
            if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.results.send(1).expect("someone waits for it");
            }
        }
    }

    /// Has nothing to do.
    pub(crate) struct Idle {
        sum: u64,
        count: u64,
        shared: Arc<Shared>,
    }

    impl<S: System> Logic<S> for Idle {
        type Message = Item;

        fn started(&mut self) {
            self.shared.count_down(&self.shared.to_start);
        }

        async fn handle(&mut self, Item { value, more }: Item, _: &S::Ref<Self>) -> After {
            self.sum += value;
            self.count += more;
            self.shared.count_down(&self.shared.to_handle);
            if self.count < self.sum {
                return After::Leave;
            }
            After::Stay
        }
    }

    /// Actors that run.
    pub(crate) struct All(UnboundedReceiver<u64>);

    impl All {
        /// Waits until they have handled all events that they expect.
        pub(crate) async fn handled(&mut self) {
            sum(&mut self.0, 1).await;
        }
    }

    /// Makes so many actors that expect so many events altogether, and waits until the last one has started.
    pub(crate) async fn spawn<S: System>(
        system: &S,
        count: u64,
        events: u64,
        mut keep: impl FnMut(S::Ref<Idle>),
    ) -> All {
        let (results, mut arrived) = results();
        let shared = Arc::new(Shared {
            to_start: AtomicU64::new(count),
            to_handle: AtomicU64::new(events),
            results,
        });
        for _ in 0..count {
            let idle = Idle {
                sum: 0,
                count: 0,
                shared: shared.clone(),
            };
            keep(system.spawn(idle).await);
        }
        sum(&mut arrived, 1).await;
        All(arrived)
    }

    pub(super) async fn pass<S: System>(system: S, count: u64) -> Duration {
        let mut keep: Vec<S::Ref<Idle>> = Vec::with_capacity(count as usize);
        let begin = Instant::now();
        spawn(&system, count, 0, |actor| keep.push(actor)).await;
        begin.elapsed()
    }
}
