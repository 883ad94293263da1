//! How long an event of another thread waits: from the post to the start of the step that handles it.
//!
//! `parked`: the receiver's thread has nothing to do and sleeps, so the figure is mostly the operating system's. `busy`: its thread is never
//! idle. For farc four actors of level 0 post to themselves, and the receiver is of level 63, so that it runs as the next step: that it never
//! waits for a second one is checked. tokio knows no levels: four tasks yield, and the receiver takes its turn.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use crate::measure::{Effort, Plan, Several, interleaved_several};
use crate::report::{FARC, Metric};

/// What goes on beside the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    Parked,
    Busy,
}

/// How many actors or tasks are always ready while it is busy.
const SPINNERS: usize = 4;

const TOKIO: &str = "tokio";

pub(crate) fn measure(plan: &Plan) -> Vec<Metric> {
    if !plan.wants("latency") {
        return Vec::new();
    }
    let mut metrics = Vec::new();
    for (load, names) in [
        (
            Load::Parked,
            [
                "latency, parked, p50",
                "latency, parked, p99",
                "latency, parked, p99.9",
            ],
        ),
        (
            Load::Busy,
            [
                "latency, busy, p50",
                "latency, busy, p99",
                "latency, busy, p99.9",
            ],
        ),
    ] {
        let contender = |name, turn: fn(Load, usize) -> Vec<u64>| Several {
            name,
            turn: Box::new(move |effort: Effort| {
                percentiles(turn(load, (effort.turn_ms * 50) as usize))
            }),
        };
        let contenders = [
            contender(FARC, with_farc::turn),
            contender(TOKIO, with_tokio::turn),
        ];
        let contenders = contenders
            .into_iter()
            .filter(|contender| plan.takes(contender.name));
        let series = interleaved_several(contenders.collect(), plan.effort);
        metrics.extend(names.into_iter().zip(series).map(|(name, series)| Metric {
            name: name.into(),
            unit: "us",
            series,
            against: &[TOKIO],
            must: None,
            note: None,
        }));
    }
    metrics
}

/// The median, the 99th and the 99.9th percentile, in microseconds.
fn percentiles(mut nanoseconds: Vec<u64>) -> [f64; 3] {
    nanoseconds.sort_unstable();
    [500, 990, 999].map(|part| {
        let at = (nanoseconds.len() * part / 1000).min(nanoseconds.len() - 1);
        nanoseconds[at] as f64 / 1000.0
    })
}

/// When the receiver began to handle the event that is under way, in nanoseconds of [`clock`]; 0 before that.
static HANDLED: AtomicU64 = AtomicU64::new(0);

/// Whether the spinners are to end.
static ENOUGH: AtomicBool = AtomicBool::new(false);

/// Nanoseconds since some moment of the past, never 0.
fn clock() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64 + 1
}

/// Has `post` post so many events, one after the other, and tells how long each has waited.
fn samples(load: Load, count: usize, post: impl Fn()) -> Vec<u64> {
    let gap = match load {
        // Long enough for the other thread to fall asleep.
        Load::Parked => 100_000,
        Load::Busy => 5000,
    };
    let sample = |_| {
        let last = clock();
        while clock() < last + gap {
            thread::yield_now();
        }
        HANDLED.store(0, Ordering::Release);
        let sent = clock();
        post();
        loop {
            let handled = HANDLED.load(Ordering::Acquire);
            if handled != 0 {
                return handled - sent;
            }
            thread::yield_now();
        }
    };
    // The first ones find cold caches.
    (0..50).map(sample).for_each(drop);
    (0..count).map(sample).collect()
}

mod with_farc {
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;

    use ::farc::prelude::*;

    use super::{ENOUGH, HANDLED, Load, SPINNERS, clock, samples};
    use crate::local::with_farc::Running;

    #[derive(Event)]
    pub(super) enum ProbeEvent {
        #[event(local)]
        Now,
    }

    pub(super) struct Probe;

    #[hsm(event = ProbeEvent, initial = waiting)]
    impl Probe {
        #[state]
        fn waiting(&mut self, event: &ProbeEvent) -> Next<Self> {
            let ProbeEvent::Now = event;
            HANDLED.store(clock(), Ordering::Release);
            Handled
        }
    }

    impl Actor for Probe {
        type Args = ();

        fn new((): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self)
        }
    }

    #[derive(Event)]
    pub(super) enum SpinnerEvent {
        #[event(local)]
        Spin,
    }

    pub(super) struct Spinner;

    #[hsm(event = SpinnerEvent, initial = spinning)]
    impl Spinner {
        #[state]
        fn spinning(&mut self, event: &SpinnerEvent, cx: &mut Context<Self>) -> Next<Self> {
            let SpinnerEvent::Spin = event;
            if !ENOUGH.load(Ordering::Relaxed) {
                cx.post_self(SpinnerEvent::Spin)
                    .expect("nobody else posts to a spinner");
            }
            Handled
        }
    }

    impl Actor for Spinner {
        type Args = ();

        fn new((): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self)
        }
    }

    pub(super) fn turn(load: Load, count: usize) -> Vec<u64> {
        ENOUGH.store(false, Ordering::Release);
        let running = Running::new(move |domain| {
            let urgent = ActorOptions {
                priority: 63,
                ..ActorOptions::default()
            };
            let probe = domain
                .spawn::<Probe>("probe", (), urgent)
                .expect("a valid actor");
            if load == Load::Busy {
                for number in 0..SPINNERS {
                    let name = format!("spinner{number}");
                    let spinner = domain
                        .spawn::<Spinner>(&name, (), ActorOptions::default())
                        .expect("a valid actor");
                    domain
                        .post(&spinner, SpinnerEvent::Spin)
                        .expect("an empty mailbox has room");
                }
            }
            probe
        });
        let probe = running.set_up.recv().expect("the domain was built");
        let samples = samples(load, count, || {
            probe
                .post(ProbeEvent::Now)
                .expect("one event fits a mailbox");
        });
        ENOUGH.store(true, Ordering::Release);
        let (sender, receiver) = mpsc::channel();
        running.inbox_run(move |domain| {
            let probe = domain.status().swap_remove(0);
            let _ = sender.send(probe.longest_wait_steps);
        });
        let waited = receiver.recv().expect("a domain runs its commands");
        assert!(
            waited <= 1,
            "the most urgent actor waited for {waited} steps"
        );
        running.stop();
        samples
    }
}

mod with_tokio {
    use std::sync::atomic::Ordering;
    use std::thread;

    use tokio::runtime::Builder;
    use tokio::sync::mpsc::unbounded_channel;
    use tokio::task::yield_now;

    use super::{ENOUGH, HANDLED, Load, SPINNERS, clock, samples};

    pub(super) fn turn(load: Load, count: usize) -> Vec<u64> {
        ENOUGH.store(false, Ordering::Release);
        let (sender, mut receiver) = unbounded_channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread()
                .build()
                .expect("a runtime can be had");
            runtime.block_on(async {
                let probe = tokio::spawn(async move {
                    while receiver.recv().await.is_some() {
                        HANDLED.store(clock(), Ordering::Release);
                    }
                });
                if load == Load::Busy {
                    for _ in 0..SPINNERS {
                        tokio::spawn(async {
                            while !ENOUGH.load(Ordering::Relaxed) {
                                yield_now().await;
                            }
                        });
                    }
                }
                probe.await.expect("the receiver does not panic");
            });
        });
        let samples = samples(load, count, || {
            sender.send(()).expect("the receiver runs");
        });
        ENOUGH.store(true, Ordering::Release);
        drop(sender);
        thread.join().expect("the receiver's thread does not panic");
        samples
    }
}
