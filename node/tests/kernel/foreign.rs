//! B5 and B6a: other threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use farc::bus::{Bus, BusSettings};
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, InboxFull, Life, SystemClock};

use super::support::{A, Bench, Do, InputPosted, script};

#[test]
fn a_post_from_elsewhere_takes_a_permit_until_it_is_dispatched() {
    let mut bench = Bench::new();
    let one = bench.spawn_with(
        "one",
        script([]),
        ActorOptions {
            mailbox: 8,
            ..ActorOptions::default()
        },
    );
    bench.domain.start();
    for n in 0..4 {
        one.post(InputPosted::Note(n)).unwrap();
    }
    assert!(matches!(
        one.post(InputPosted::Note(9)),
        Err(PostError::Full(InputPosted::Note(9)))
    ));
    // The other half is reserved for the domain.
    for n in 0..4 {
        bench.domain.post(&one, InputPosted::Note(n)).unwrap();
    }
    assert!(bench.domain.post(&one, InputPosted::Note(9)).is_err());
    bench.balanced();
    assert_eq!(bench.domain.status()[0].mailbox.depth, 8);
    assert_eq!(bench.run().split(' ').count(), 8);
    one.post(InputPosted::Note(1)).unwrap();
    bench.balanced();
}

#[test]
fn a_post_from_elsewhere_is_seen_after_at_most_one_further_step() {
    let mut bench = Bench::new();
    let high = bench.spawn("high", 9, script([]));
    bench.spawn(
        "low",
        1,
        script([("a1", vec![Do::PublishA(2)]), ("a2", vec![Do::PublishA(3)])]),
    );
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    // Comes in during the first step.
    high.post(InputPosted::Note(1)).unwrap();
    assert_eq!(
        bench.run(),
        "high:A1 high:Note low:A1 high:A2 low:A2 high:A3 low:A3"
    );
}

struct Count(AtomicU64);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_host_is_woken_only_when_the_first_thing_comes_in() {
    let mut bench = Bench::new();
    let one = bench.spawn("one", 1, script([]));
    bench.domain.start();
    let count = Arc::new(Count(AtomicU64::new(0)));
    bench.domain.set_waker(&Waker::from(count.clone()));
    let woken = || count.0.load(Ordering::Relaxed);
    for n in 0..3 {
        one.post(InputPosted::Note(n)).unwrap();
    }
    bench.domain.inbox().run(|_| ()).unwrap();
    assert_eq!(woken(), 1);
    bench.run();
    one.post(InputPosted::Note(1)).unwrap();
    assert_eq!(woken(), 2);
}

#[test]
fn commands_run_in_the_domain_and_a_panic_in_one_stays_there() {
    let mut bench = Bench::new();
    bench.spawn("one", 1, script([]));
    bench.domain.start();
    let inbox = bench.domain.inbox();
    inbox.run(|_| panic!("no")).unwrap();
    inbox
        .run(|domain| assert_eq!(domain.publish(A { n: 1 }).delivered, 1))
        .unwrap();
    inbox
        .run(|domain| assert_eq!(domain.status().len(), 1))
        .unwrap();
    assert_eq!(bench.run(), "one:A1");
    drop(bench);
    assert_eq!(inbox.run(|_| ()), Err(InboxFull::Ended));
}

#[test]
fn posting_to_a_domain_that_is_gone_gives_the_event_back() {
    let mut bench = Bench::new();
    let one = bench.spawn("one", 1, script([]));
    drop(bench);
    assert!(matches!(
        one.post(InputPosted::Note(1)),
        Err(PostError::Stopped(_))
    ));
}

#[derive(Event)]
enum Tell {
    #[event(local)]
    Number { from: u8, n: u64 },
    #[event(own)]
    Never,
}

/// Expects each sender's numbers in order.
struct Receiver {
    next: [u64; 4],
}

#[hsm(event = Tell, initial = receiving)]
impl Receiver {
    #[state]
    fn receiving(&mut self, event: &Tell, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Tell::Number { from, n } => {
                assert_eq!(*n, self.next[usize::from(*from)], "sender {from}");
                self.next[usize::from(*from)] += 1;
                let received: u64 = self.next.iter().sum();
                // Its own way out of the mailbox, now and then.
                if received.is_multiple_of(1000) && cx.post_self(Tell::Never).is_err() {
                    panic!("its own half of the mailbox is full");
                }
                Handled
            }
            Tell::Never => Super,
        }
    }
}

impl Actor for Receiver {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { next: [0; 4] })
    }
}

#[test]
fn posts_from_real_threads_are_neither_lost_nor_reordered() {
    const EACH: u64 = 20_000;
    let clock = Arc::new(SystemClock);
    let bus = Bus::new(BusSettings::new("bench".parse().unwrap(), Life::new(1, 1)));
    let settings = DomainSettings {
        bus,
        clock: clock.clone(),
        seed: [0; 32],
    };
    let thread = farc::run_on_thread("test", clock, move || {
        let mut domain = Domain::new(settings);
        domain.spawn::<Receiver>("receiver", (), ActorOptions::default())?;
        Ok::<_, farc::SpawnError>(domain)
    })
    .unwrap();
    let ask = |question: fn(&mut Domain) -> Option<Address<Receiver>>| {
        let (tx, rx) = std::sync::mpsc::channel();
        thread
            .inbox()
            .run(move |domain| tx.send(question(domain)).unwrap())
            .unwrap();
        rx.recv_timeout(Duration::from_secs(10)).unwrap()
    };
    let receiver = ask(|domain| domain.address("receiver")).unwrap();
    std::thread::scope(|scope| {
        for from in 0..4 {
            let receiver = &receiver;
            scope.spawn(move || {
                for n in 0..EACH {
                    let mut event = TellPosted::Number { from, n };
                    while let Err(error) = receiver.post(event) {
                        event = error.into_inner();
                        std::thread::yield_now();
                    }
                }
            });
        }
    });
    let (tx, rx) = std::sync::mpsc::channel();
    // Commands do not wait for mailboxes: asked again until all is dispatched.
    let books = loop {
        let tx = tx.clone();
        thread
            .inbox()
            .run(move |domain| tx.send(domain.books()).unwrap())
            .unwrap();
        let books = rx.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(books.balance(), Vec::<String>::new());
        if books.actors["receiver"].queued == 0 {
            break books;
        }
        std::thread::yield_now();
    };
    assert_eq!(
        books.actors["receiver"].delivered,
        4 * EACH + 4 * EACH / 1000
    );
    assert_eq!(books.actors["receiver"].dropped_total(), 0);
    thread.inbox().run(Domain::stop).unwrap();
    assert!(thread.join());
}

#[test]
fn a_parked_domain_wakes_for_a_timer() {
    let clock = Arc::new(SystemClock);
    let bus = Bus::new(BusSettings::new("bench".parse().unwrap(), Life::new(1, 1)));
    let settings = DomainSettings {
        bus,
        clock: clock.clone(),
        seed: [0; 32],
    };
    let started = clock.now();
    let thread = farc::run_on_thread("test", clock.clone(), move || {
        let mut domain = Domain::new(settings);
        let rules = script([("start", vec![Do::After(20, 1)]), ("note1", vec![Do::Stop])]);
        domain.spawn::<super::support::Scripted>("one", rules, ActorOptions::default())?;
        Ok::<_, farc::SpawnError>(domain)
    })
    .unwrap();
    let (tx, rx) = std::sync::mpsc::channel();
    loop {
        let tx = tx.clone();
        thread
            .inbox()
            .run(move |domain| tx.send(domain.status().is_empty()).unwrap())
            .unwrap();
        if rx.recv_timeout(Duration::from_secs(10)).unwrap() {
            break;
        }
        assert!(clock.now() - started < Duration::from_secs(10));
        std::thread::yield_now();
    }
    assert!(clock.now() - started >= Duration::from_millis(20));
    thread.inbox().run(Domain::stop).unwrap();
    assert!(thread.join());
}

#[test]
fn a_domain_that_cannot_be_built_leaves_nothing_running() {
    let clock = Arc::new(SystemClock);
    let failed = farc::run_on_thread("test", clock.clone(), || Err::<Domain, _>("no"));
    assert!(matches!(failed, Err(farc::HostError::Build("no"))));
    let panicked = farc::run_on_thread("test", clock, || -> Result<Domain, ()> { panic!("no") });
    assert!(matches!(panicked, Err(farc::HostError::Panicked)));
}
