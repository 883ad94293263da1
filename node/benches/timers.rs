//! Timers at scale: a million armed over 100,000 actors, and one that fires each millisecond on a real clock.
//!
//! `cargo bench -p farc --bench timers`, with `-- --seconds 20` for a longer run of the second part.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement is a program of its own"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use farc::prelude::*;
use farc::{Clock as _, DomainSettings, ManualClock, SystemClock, run_on_thread};

const TIMERS: usize = 10;

#[derive(Event, Clone)]
enum Order {
    #[event(local)]
    Arm,
    #[event(local)]
    Disarm,
    /// Disarms each timer and arms it anew, one by one.
    #[event(local)]
    Renew,
    /// One that fires each so many microseconds.
    #[event(local)]
    Beat(u64),
    #[event(local)]
    Fired,
}

struct Clerk {
    timers: [Timer; TIMERS],
}

/// Between a second and a minute, each time another one.
fn some_time<A: Actor>(cx: &mut Context<'_, A>) -> Duration {
    Duration::from_secs(1) + Duration::from_nanos(cx.random() % 59_000_000_000)
}

#[hsm(event = Order, initial = working)]
impl Clerk {
    #[state]
    fn working(&mut self, event: &Order, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Order::Arm => {
                for timer in &mut self.timers {
                    let time = some_time(cx);
                    assert!(timer.arm_after(cx, time, Order::Fired).is_ok());
                }
                Handled
            }
            Order::Disarm => {
                for timer in &mut self.timers {
                    black_box(timer.disarm(cx));
                }
                Handled
            }
            Order::Renew => {
                for timer in &mut self.timers {
                    black_box(timer.disarm(cx));
                    let time = some_time(cx);
                    assert!(timer.arm_after(cx, time, Order::Fired).is_ok());
                }
                Handled
            }
            Order::Beat(micros) => {
                let period = Duration::from_micros(*micros);
                let [first, ..] = &mut self.timers;
                assert!(first.arm_every(cx, period, Order::Fired).is_ok());
                Handled
            }
            Order::Fired => Handled,
        }
    }
}

impl Actor for Clerk {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            timers: [const { Timer::new() }; TIMERS],
        })
    }
}

/// Resident memory of the process in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * 4096
}

/// Seconds of processor time of the process.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: f64 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// Nanoseconds of processor time of this thread: other load on the machine is not measured with it.
fn spent() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = stat.split(' ').next();
    first.and_then(|nanos| nanos.parse().ok()).unwrap_or(0)
}

fn a_million(actors: usize) {
    let clock = Arc::new(ManualClock::new());
    let settings = DomainSettings::alone("bench".parse().unwrap(), clock.clone(), [1; 32]);
    let mut domain = Domain::new(settings);
    let clerks: Vec<_> = (0..actors)
        .map(|n| {
            let options = ActorOptions {
                mailbox: 32,
                ..ActorOptions::default()
            };
            domain
                .spawn::<Clerk>(&format!("c{n}"), (), options)
                .unwrap()
        })
        .collect();
    domain.start();
    let all = |domain: &mut Domain, order: Order| {
        let begin = spent();
        // By steps over the actors, so that neighbours in memory are not neighbours in time.
        for n in 0..actors {
            let clerk = &clerks[n * 7919 % actors];
            assert!(domain.post(clerk, order.clone()).is_ok());
        }
        domain.run_until_idle(clock.now());
        (spent() - begin) as f64 / (actors * TIMERS) as f64
    };
    // Mailboxes and lists get their size before anything is measured.
    all(&mut domain, Order::Fired);
    let dispatch = all(&mut domain, Order::Fired);
    let before = resident();
    let first = all(&mut domain, Order::Arm);
    let bytes = resident().saturating_sub(before) / (actors * TIMERS);
    let mut renewed: Vec<f64> = (0..5).map(|_| all(&mut domain, Order::Renew)).collect();
    renewed.sort_by(f64::total_cmp);
    let mut armed = Vec::new();
    let mut disarmed = Vec::new();
    for _ in 0..5 {
        disarmed.push(all(&mut domain, Order::Disarm));
        assert_eq!(domain.timers().armed, 0);
        armed.push(all(&mut domain, Order::Arm));
    }
    armed.sort_by(f64::total_cmp);
    disarmed.sort_by(f64::total_cmp);
    let begin = spent();
    while let Some(next) = domain.run_until_idle(clock.now()) {
        clock.advance_to(next + Duration::from_millis(1));
    }
    let fired = (spent() - begin) as f64 / (actors * TIMERS) as f64;
    assert_eq!(domain.timers().fired, (actors * TIMERS) as u64);
    println!(
        "{} timers over {actors} actors, ns of processor time each, with {dispatch:.0} of its share of the step:",
        actors * TIMERS
    );
    println!(
        "  first arm {first:.0} (bytes {bytes})  arm {:.0}  disarm {:.0}  disarm and arm {:.0}  fire and dispatch {fired:.0}",
        armed[2], disarmed[2], renewed[2]
    );
}

fn each_millisecond(seconds: u64) {
    let (begin, before) = (Instant::now(), processor());
    let clock = Arc::new(SystemClock);
    let settings = DomainSettings::alone("bench".parse().unwrap(), clock.clone(), [1; 32]);
    let build = move || {
        let mut domain = Domain::new(settings);
        let clerk = domain.spawn::<Clerk>("beat", (), ActorOptions::default())?;
        domain.post(&clerk, Order::Beat(1000)).ok();
        Ok::<_, farc::SpawnError>(domain)
    };
    let thread = run_on_thread("beat", clock, build).unwrap();
    let (_silent, nothing) = channel::<()>();
    let _ = nothing.recv_timeout(Duration::from_secs(seconds));
    let (tell, told) = channel();
    let ask = move |domain: &mut Domain| {
        tell.send((domain.timers(), domain.steps())).unwrap();
        domain.stop();
    };
    thread.inbox().run(ask).unwrap();
    let (timers, steps) = told.recv().unwrap();
    let (took, used) = (begin.elapsed(), processor() - before);
    thread.join();
    println!(
        "each millisecond for {took:.1?}: {} fired in {steps} steps, {} over 1 ms late; lateness p50 {:?}, p99 {:?}, at most {:?}; {used:.2} s of processor time",
        timers.fired, timers.late, timers.p50_late, timers.p99_late, timers.max_late
    );
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let test = words.iter().any(|word| word == "--test");
    let seconds = words.iter().skip_while(|word| *word != "--seconds").nth(1);
    let seconds = seconds.and_then(|word| word.parse().ok()).unwrap_or(5);
    a_million(if test { 100 } else { 100_000 });
    each_millisecond(if test { 1 } else { seconds });
}
