//! Timers by the hundred thousand: what it costs to arm one, to disarm one, and to have one fire, while all of them are armed.
//!
//! They are due at times that look random, as the timeouts of many connections are. `arm` and `disarm` go through all of them once. For `fire`
//! all are armed for the near future, nobody looks until that has passed, and then the clock runs until the last one has reached its owner.
//! farc's belong to actors, 64 each, and fire as an event; tokio's `sleep` fires into a task of its own; `DelayQueue` hands them out in
//! one place. All are on one thread.

use std::thread;
use std::time::{Duration, Instant};

use crate::measure::{Effort, Plan, Several, interleaved_several};
use crate::report::{FARC, Metric};

const SLEEP: &str = "tokio sleep";
const DELAY_QUEUE: &str = "DelayQueue";

/// Timers that are armed at the same time.
const TIMERS: usize = 1_000_000;
/// For a check that everything runs.
const FEW_TIMERS: usize = 32_000;

/// The farthest that a timer which is disarmed again is due.
const FAR: Duration = Duration::from_secs(300);
/// Between the first and the last one that fire.
const WINDOW: Duration = Duration::from_millis(200);

/// Someone with timers: made anew for each round.
trait Subject {
    fn new(timers: usize) -> Self;
    /// Arms all of them between `from` and so much later.
    fn arm(&mut self, from: Instant, within: Duration);
    fn disarm(&mut self);
    /// Has the owners of what is armed wait for it, where that is something else than arming.
    fn wait(&mut self) {}
    /// Runs until all have fired.
    fn fire(&mut self);
}

pub(crate) fn measure(plan: &Plan) -> Vec<Metric> {
    if !plan.wants("timers") {
        return Vec::new();
    }
    let (timers, names) = if plan.is_full() {
        let names = [
            "timers, 1,000,000, arm",
            "timers, 1,000,000, disarm",
            "timers, 1,000,000, fire",
        ];
        (TIMERS, names)
    } else {
        let names = [
            "timers, 32,000, arm",
            "timers, 32,000, disarm",
            "timers, 32,000, fire",
        ];
        (FEW_TIMERS, names)
    };
    let contenders = [
        contender::<with_farc::Timers>(FARC, timers),
        contender::<with_tokio::Sleeps>(SLEEP, timers),
        contender::<with_tokio::Queue>(DELAY_QUEUE, timers),
    ];
    let contenders = contenders
        .into_iter()
        .filter(|contender| plan.takes(contender.name));
    let mut effort = plan.effort;
    // A round takes seconds.
    effort.rounds = effort.rounds.min(5);
    let series = interleaved_several(contenders.collect(), effort);
    let metrics = names.into_iter().zip(series).map(|(name, series)| Metric {
        name: name.into(),
        unit: "ns/timer",
        series,
        against: &[SLEEP, DELAY_QUEUE],
        must: None,
        note: None,
    });
    metrics.collect()
}

fn contender<S: Subject>(name: &'static str, timers: usize) -> Several<3> {
    let turn = move |_: Effort| {
        let mut subject = S::new(timers);
        let begin = Instant::now();
        // None of them is due before all are armed.
        subject.arm(begin + FAR, FAR);
        let armed = begin.elapsed();
        let begin = Instant::now();
        subject.disarm();
        let disarmed = begin.elapsed();
        [armed, disarmed, fired::<S>(timers, armed)]
            .map(|time| time.as_secs_f64() * 1e9 / timers as f64)
    };
    Several {
        name,
        turn: Box::new(turn),
    }
}

/// How long it takes when all are due.
fn fired<S: Subject>(timers: usize, arming: Duration) -> Duration {
    let mut margin = 2 * arming + Duration::from_millis(50);
    loop {
        let mut subject = S::new(timers);
        let first = Instant::now() + margin;
        subject.arm(first, WINDOW);
        subject.wait();
        if Instant::now() > first {
            // Disturbed: some may have fired already.
            margin *= 2;
            continue;
        }
        while Instant::now() < first + WINDOW + Duration::from_millis(2) {
            thread::yield_now();
        }
        let begin = Instant::now();
        subject.fire();
        return begin.elapsed();
    }
}

/// A time that looks random for each number, the same for all contenders (splitmix64).
fn at(from: Instant, within: Duration, number: u64) -> Instant {
    let mut z = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let part = (z ^ (z >> 31)) >> 32;
    from + Duration::from_nanos((within.as_nanos() as u64 >> 16) * (part >> 16))
}

mod with_farc {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    use ::farc::prelude::*;
    use ::farc::{Clock as _, SystemClock};

    use super::{Subject, at};
    use crate::local::with_farc::domain;

    /// As many as an actor may have.
    const EACH: u64 = 64;

    thread_local! {
        static FIRED: Cell<u64> = const { Cell::new(0) };
        /// What an arming is about: an instant is no part of an event.
        static WHEN: Cell<Option<(Instant, Duration)>> = const { Cell::new(None) };
    }

    #[derive(Event)]
    pub(super) enum OwnerEvent {
        #[event(local)]
        Arm,
        #[event(local)]
        Disarm,
        #[event(local)]
        Due,
    }

    pub(super) struct Owner {
        number: u64,
        timers: Vec<Timer>,
    }

    #[hsm(event = OwnerEvent, initial = waiting)]
    impl Owner {
        #[state]
        fn waiting(&mut self, event: &OwnerEvent, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                OwnerEvent::Arm => {
                    let (from, within) = WHEN.get().expect("set before the event was posted");
                    for (timer, number) in self.timers.iter_mut().zip(self.number * EACH..) {
                        timer
                            .arm_at(cx, at(from, within, number), OwnerEvent::Due)
                            .expect("no more than an actor may have");
                    }
                }
                OwnerEvent::Disarm => {
                    for timer in &mut self.timers {
                        assert!(timer.disarm(cx), "it was armed");
                    }
                }
                OwnerEvent::Due => FIRED.set(FIRED.get() + 1),
            }
            Handled
        }
    }

    impl Actor for Owner {
        type Args = u64;

        fn new(number: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            let timers = (0..EACH).map(|_| Timer::new()).collect();
            Ok(Self { number, timers })
        }
    }

    pub(super) struct Timers {
        domain: Domain,
        owners: Vec<Address<Owner>>,
    }

    impl Timers {
        fn tell(&mut self, event: impl Fn() -> OwnerEvent) {
            for owner in &self.owners {
                self.domain
                    .post(owner, event())
                    .expect("an empty mailbox has room");
            }
            self.domain.run_until_idle(SystemClock.now());
        }
    }

    impl Subject for Timers {
        fn new(timers: usize) -> Self {
            let mut domain = domain();
            let owners = (0..timers as u64 / EACH).map(|number| {
                let name = format!("owner{number}");
                domain
                    .spawn::<Owner>(&name, number, ActorOptions::default())
                    .expect("a valid actor")
            });
            let owners = owners.collect();
            domain.start();
            FIRED.set(0);
            Self { domain, owners }
        }

        fn arm(&mut self, from: Instant, within: Duration) {
            WHEN.set(Some((from, within)));
            self.tell(|| OwnerEvent::Arm);
        }

        fn disarm(&mut self) {
            self.tell(|| OwnerEvent::Disarm);
        }

        fn fire(&mut self) {
            self.domain.run_until_idle(SystemClock.now());
            let timers = self.owners.len() as u64 * EACH;
            assert_eq!(FIRED.get(), timers, "each fires once");
        }
    }
}

mod with_tokio {
    use std::future::{Future as _, poll_fn};
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::{Context, Waker};
    use std::time::{Duration, Instant};

    use tokio::runtime::{Builder, Runtime};
    use tokio::task::yield_now;
    use tokio::time::{Sleep, sleep_until};
    use tokio_util::time::DelayQueue;
    use tokio_util::time::delay_queue::Key;

    use super::{Subject, at};

    fn runtime() -> Runtime {
        Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime can be had")
    }

    /// `sleep`: armed and disarmed as a future that someone holds, fired as what a task waits for.
    pub(super) struct Sleeps {
        runtime: Runtime,
        timers: u64,
        armed: Vec<Pin<Box<Sleep>>>,
        fired: Arc<AtomicU64>,
    }

    impl Subject for Sleeps {
        fn new(timers: usize) -> Self {
            Self {
                runtime: runtime(),
                timers: timers as u64,
                armed: Vec::with_capacity(timers),
                fired: Arc::default(),
            }
        }

        fn arm(&mut self, from: Instant, within: Duration) {
            let _entered = self.runtime.enter();
            let mut context = Context::from_waker(Waker::noop());
            for number in 0..self.timers {
                let mut sleep = Box::pin(sleep_until(at(from, within, number).into()));
                let _ = sleep.as_mut().poll(&mut context);
                self.armed.push(sleep);
            }
        }

        fn disarm(&mut self) {
            self.armed.clear();
        }

        fn wait(&mut self) {
            let waiting = Arc::new(AtomicU64::new(0));
            for sleep in self.armed.drain(..) {
                let (waiting, fired) = (waiting.clone(), self.fired.clone());
                self.runtime.spawn(async move {
                    waiting.fetch_add(1, Ordering::Relaxed);
                    sleep.await;
                    fired.fetch_add(1, Ordering::Relaxed);
                });
            }
            self.runtime.block_on(async {
                while waiting.load(Ordering::Relaxed) < self.timers {
                    yield_now().await;
                }
            });
        }

        fn fire(&mut self) {
            self.runtime.block_on(async {
                while self.fired.load(Ordering::Relaxed) < self.timers {
                    yield_now().await;
                }
            });
        }
    }

    /// `DelayQueue`: one place that hands out what is due.
    pub(super) struct Queue {
        // Before the runtime, which its timer belongs to.
        queue: DelayQueue<u64>,
        runtime: Runtime,
        timers: u64,
        armed: Vec<Key>,
    }

    impl Subject for Queue {
        fn new(timers: usize) -> Self {
            Self {
                queue: DelayQueue::with_capacity(timers),
                runtime: runtime(),
                timers: timers as u64,
                armed: Vec::with_capacity(timers),
            }
        }

        fn arm(&mut self, from: Instant, within: Duration) {
            let _entered = self.runtime.enter();
            for number in 0..self.timers {
                let key = self
                    .queue
                    .insert_at(number, at(from, within, number).into());
                self.armed.push(key);
            }
        }

        fn disarm(&mut self) {
            let _entered = self.runtime.enter();
            for key in self.armed.drain(..) {
                self.queue.remove(&key);
            }
        }

        fn fire(&mut self) {
            let queue = &mut self.queue;
            let timers = self.timers;
            let sum = self.runtime.block_on(async move {
                let mut sum = 0_u64;
                for _ in 0..timers {
                    let due = poll_fn(|context| queue.poll_expired(context)).await;
                    sum += due.expect("each fires once").into_inner();
                }
                sum
            });
            assert_eq!(sum, timers * (timers - 1) / 2, "each fires once");
        }
    }
}
