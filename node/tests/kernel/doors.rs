//! B5 under load: a flood of other threads delays neither a timer nor the most urgent actor, and real threads lose nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use farc::bus::{Bus, BusSettings};
use farc::prelude::*;
use farc::{Clock, DomainSettings, HostOptions, Life, ManualClock, SystemClock};

use super::support::{Bench, Do, InputPosted, script};

#[test]
fn b05_a_flood_of_posts_is_taken_in_a_piece_at_a_time() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        mailbox: 8192,
        ..ActorOptions::default()
    };
    let flooded = bench.spawn_with("flooded", script([]), options);
    let urgent = bench.spawn("urgent", 63, script([]));
    bench.domain.start();
    for n in 0..4096 {
        flooded.post(InputPosted::Note(n)).unwrap();
    }
    urgent.post(InputPosted::Note(0)).unwrap();
    // The first look brings 1,024 of them. The rest waits until those are through, and the urgent one is behind one step.
    bench.domain.run(bench.domain.now(), 5);
    let steps = bench.trace.take();
    assert_eq!(
        steps,
        "flooded:Note urgent:Note flooded:Note flooded:Note flooded:Note"
    );
    bench.balanced();
    assert_eq!(bench.run().split(' ').count(), 4096 - 4);
    bench.balanced();
}

#[test]
fn b03_what_is_taken_in_pieces_keeps_its_order() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        mailbox: 8192,
        ..ActorOptions::default()
    };
    let one = bench.domain.spawn::<Numbers>("one", (), options).unwrap();
    bench.domain.start();
    for n in 0..4096 {
        one.post(Count::Number { from: 0, n }).unwrap();
    }
    bench.run();
    bench.balanced();
    assert_eq!(bench.domain.status()[0].restarts, 0);
    assert_eq!(bench.domain.books().actors["one"].delivered, 4096);
}

/// A clock that moves on by a millisecond with each reading, as a busy one does.
#[derive(Debug)]
struct Busy {
    inner: ManualClock,
    readings: AtomicU64,
}

impl Clock for Busy {
    fn now(&self) -> std::time::Instant {
        self.readings.fetch_add(1, Ordering::Relaxed);
        self.inner.advance(Duration::from_millis(1));
        self.inner.now()
    }
}

#[test]
fn b05_the_clock_is_read_at_least_every_32_steps() {
    let clock = Arc::new(Busy {
        inner: ManualClock::new(),
        readings: AtomicU64::new(0),
    });
    let bus = Bus::new(BusSettings::new("bench".parse().unwrap(), Life::new(1, 1)));
    let mut domain = Domain::new(DomainSettings {
        bus,
        clock: clock.clone(),
        seed: [0; 32],
    });
    let rules = script([("note1", vec![Do::PostSelf(1)])]);
    let one = domain
        .spawn::<super::support::Scripted>("one", rules, ActorOptions::default())
        .unwrap();
    domain.start();
    domain.post(&one, InputPosted::Note(1)).unwrap();
    let before = clock.readings.load(Ordering::Relaxed);
    domain.run(domain.now(), 320);
    let read = clock.readings.load(Ordering::Relaxed) - before;
    assert!((10..=12).contains(&read), "{read} readings in 320 steps");
}

#[derive(Event)]
enum Count {
    #[event(local)]
    Number { from: u8, n: u64 },
}

/// Expects each sender's numbers in order.
struct Numbers {
    next: [u64; 8],
}

#[hsm(event = Count, initial = counting)]
impl Numbers {
    #[state]
    fn counting(&mut self, event: &Count) -> Next<Self> {
        match event {
            Count::Number { from, n } => {
                let next = &mut self.next[usize::from(*from)];
                assert_eq!(n, next, "sender {from}");
                *next += 1;
                Handled
            }
        }
    }
}

impl Actor for Numbers {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { next: [0; 8] })
    }
}

/// Many domains one after the other, each with posters that go on until it has stopped. What was taken was dispatched or is counted.
#[test]
fn b05_domains_that_start_and_stop_under_fire_lose_nothing_and_always_end() {
    const POSTERS: u8 = 6;
    for round in 0..40_u64 {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let bus = Bus::new(BusSettings::new("bench".parse().unwrap(), Life::new(1, 1)));
        let settings = DomainSettings {
            bus,
            clock: clock.clone(),
            seed: [0; 32],
        };
        let (at, address) = std::sync::mpsc::sync_channel(1);
        let options = HostOptions {
            // Both ways to wait.
            spin: Duration::from_micros(round % 2 * 50),
            cpu: None,
        };
        let thread = farc::run_on_thread_with("test", options, clock, move || {
            let mut domain = Domain::new(settings);
            let options = ActorOptions {
                mailbox: 16,
                ..ActorOptions::default()
            };
            at.send(domain.spawn::<Numbers>("numbers", (), options)?)
                .unwrap();
            Ok::<_, farc::SpawnError>(domain)
        })
        .unwrap();
        let address = address.recv().unwrap();
        let enough = AtomicU64::new(0);
        let (told, books) = std::sync::mpsc::sync_channel(1);
        let taken: u64 = std::thread::scope(|scope| {
            let posters: Vec<_> = (0..POSTERS)
                .map(|from| {
                    let (address, enough) = (&address, &enough);
                    scope.spawn(move || {
                        let mut n = 0;
                        loop {
                            match address.post(Count::Number { from, n }) {
                                Ok(()) => {
                                    n += 1;
                                    enough.fetch_add(1, Ordering::Relaxed);
                                }
                                Err(PostError::Full(_)) => std::thread::yield_now(),
                                Err(_) => return n,
                            }
                        }
                    })
                })
                .collect();
            while enough.load(Ordering::Relaxed) < 500 {
                std::thread::yield_now();
            }
            let stop = move |domain: &mut Domain| {
                domain.stop();
                told.send(domain.books()).unwrap();
            };
            thread.inbox().run(stop).unwrap();
            posters
                .into_iter()
                .map(|poster| poster.join().unwrap())
                .sum()
        });
        assert!(thread.join(), "a domain's thread panicked");
        let books = books.recv().unwrap();
        assert_eq!(books.balance(), Vec::<String>::new());
        let tally = &books.actors["numbers"];
        // Every post that was taken was dispatched, or given up by the stop.
        assert_eq!(tally.delivered + tally.dropped_total(), taken);
        assert_eq!(tally.queued, 0);
    }
}
