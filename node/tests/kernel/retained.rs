//! C10: what a late subscriber gets first.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use bytes::{Bytes, BytesMut};
use farc::bus::{Bus, BusSettings, Delivery, Resolution};
use farc::observe::Cause;
use farc::prelude::*;
use farc::{Clock as _, DomainOptions, DomainSettings, Life, ManualClock};
use farc_protocol::frame::Class;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("retained.level", retain = 3)]
struct Level {
    n: u32,
}

#[derive(Event)]
enum ReaderEvent {
    Level(Level),
    #[event(local)]
    Subscribe,
    #[event(local)]
    Unsubscribe,
}

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn seen() -> String {
    SEEN.take().join(" ")
}

/// Subscribes when it is told to.
struct Reader;

#[hsm(event = ReaderEvent, initial = reading)]
impl Reader {
    #[state]
    fn reading(&mut self, event: &ReaderEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            ReaderEvent::Level(Level { n }) => {
                let from = cx.source().map(|source| format!("@{}", source.node));
                let line = format!("{n}{}", from.unwrap_or_default());
                SEEN.with_borrow_mut(|seen| seen.push(line));
            }
            ReaderEvent::Subscribe => {
                cx.subscribe::<Level>();
                // A double has no effect, and this one is behind what was retained.
                cx.subscribe::<Level>();
                cx.publish(Level { n: 100 });
            }
            ReaderEvent::Unsubscribe => cx.unsubscribe::<Level>(),
        }
        Handled
    }
}

impl Actor for Reader {
    type Args = ();

    fn new(_: (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[derive(Event)]
enum ListenerEvent {
    Level(Level),
}

/// Subscribes from its start, and keeps what it gets.
struct Listener {
    numbers: Vec<u32>,
}

#[hsm(event = ListenerEvent, initial = listening, subscribe = [Level])]
impl Listener {
    #[state]
    fn listening(&mut self, event: &ListenerEvent) -> Next<Self> {
        match event {
            ListenerEvent::Level(Level { n }) => {
                self.numbers.push(*n);
                SEEN.with_borrow_mut(|seen| seen.push(n.to_string()));
                Handled
            }
        }
    }

    #[exit(listening)]
    fn leave(&mut self) {
        // From the first one on nothing is missing and nothing comes twice.
        let first = self.numbers.first().copied().unwrap_or_default();
        let expected: Vec<u32> = (first..).take(self.numbers.len()).collect();
        let is_whole = self.numbers == expected;
        SEEN.with_borrow_mut(|seen| seen.push(format!("whole={is_whole}")));
    }
}

impl Actor for Listener {
    type Args = ();

    fn new(_: (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            numbers: Vec::new(),
        })
    }
}

/// A node that has places for three domains, and two of them.
struct Node {
    bus: Arc<Bus>,
    clock: Arc<ManualClock>,
    main: Domain,
    other: Domain,
}

impl Node {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let mut settings = BusSettings::new("node".parse().unwrap(), Life::new(1, 2));
        settings.domains = 3;
        let bus = Bus::new(settings);
        let settings = DomainSettings {
            bus: bus.clone(),
            clock: clock.clone(),
            seed: [7; 32],
        };
        seen();
        let mut node = Self {
            bus,
            clock,
            main: Domain::new(settings.clone()),
            other: Domain::with_options(settings, DomainOptions::new("other")),
        };
        node.main.start();
        node.other.start();
        node
    }

    fn run(&mut self) -> String {
        for domain in [&mut self.main, &mut self.other] {
            domain.run_until_idle(self.clock.now());
            let wrong = domain.books().balance();
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
        seen()
    }
}

fn publish(domain: &mut Domain, numbers: impl IntoIterator<Item = u32>) {
    for n in numbers {
        domain.publish(Level { n });
    }
}

fn sized(mailbox: usize) -> ActorOptions {
    ActorOptions {
        mailbox,
        ..ActorOptions::default()
    }
}

#[test]
fn c10_a_late_subscriber_first_gets_the_last_n() {
    let mut node = Node::new();
    publish(&mut node.main, 1..=5);
    node.main.spawn::<Listener>("late", (), sized(64)).unwrap();
    publish(&mut node.main, [6]);
    assert_eq!(node.run(), "3 4 5 6");
    // They are events like any other in its books.
    let books = &node.main.books().actors["late"];
    assert_eq!((books.intended, books.delivered), (4, 4));
    node.main.spawn::<Listener>("later", (), sized(64)).unwrap();
    assert_eq!(node.run(), "4 5 6");
}

#[test]
fn c10_each_subscription_that_is_made_gets_them_once_before_what_is_published_next() {
    let mut node = Node::new();
    let reader = node.main.spawn::<Reader>("reader", (), sized(64)).unwrap();
    node.run();
    publish(&mut node.main, [1]);
    node.main.post(&reader, ReaderEvent::Subscribe).unwrap();
    assert_eq!(node.run(), "1 100");
    publish(&mut node.main, [2]);
    node.main.post(&reader, ReaderEvent::Unsubscribe).unwrap();
    publish(&mut node.main, [3]);
    assert_eq!(node.run(), "2 3");
    publish(&mut node.main, [4]);
    assert_eq!(node.run(), "");
    node.main.post(&reader, ReaderEvent::Subscribe).unwrap();
    assert_eq!(node.run(), "2 3 4 100");
}

#[test]
fn c10_a_late_subscriber_of_another_domain_gets_them_too() {
    let mut node = Node::new();
    publish(&mut node.main, 1..=2);
    publish(&mut node.other, [3]);
    node.other.spawn::<Listener>("late", (), sized(64)).unwrap();
    publish(&mut node.main, [4]);
    assert_eq!(node.run(), "1 2 3 4");
}

#[test]
fn c10_what_a_peer_published_is_kept_with_its_source() {
    let mut node = Node::new();
    let early = node.main.spawn::<Listener>("early", (), sized(64)).unwrap();
    node.other.spawn::<Listener>("far", (), sized(64)).unwrap();
    let peer = node.bus.add_peer(&"peer".parse().unwrap());
    let wire = Level::structure().wire_fingerprint();
    let Resolution::Local(signal) = node.bus.resolve(Level::NAME, wire) else {
        panic!("nobody subscribes")
    };
    let version = node.bus.interest_version();
    let message = |n, targets: Vec<u32>| {
        let mut payload = BytesMut::new();
        farc_protocol::codec::encode(&Level { n }, &mut payload).unwrap();
        Delivery {
            signal,
            version,
            targets,
            source: 3,
            payload: Bytes::from(payload),
            class: Class::Normal,
            life: Life::new(5, 6),
        }
    };
    let target = node.bus.interest().subscriptions[0].id;
    let batch = vec![message(1, vec![]), message(2, vec![target])];
    let _ = node.bus.deliver(&peer, batch);
    publish(&mut node.main, [3]);
    assert_eq!(node.run(), "3 1 2 1 3");
    // Once, although two domains have taken it; and not what was for one receiver alone.
    let reader = node.other.spawn::<Reader>("reader", (), sized(64)).unwrap();
    node.other.post(&reader, ReaderEvent::Subscribe).unwrap();
    assert_eq!(node.run(), "100 1@peer 3 100");
    drop(early);
}

#[test]
fn c10_what_does_not_fit_into_a_late_mailbox_is_a_counted_drop() {
    let mut node = Node::new();
    publish(&mut node.main, 1..=3);
    node.main.spawn::<Listener>("late", (), sized(2)).unwrap();
    assert_eq!(node.run(), "1");
    let books = &node.main.books().actors["late"];
    assert_eq!((books.intended, books.delivered), (3, 1));
    assert_eq!(books.dropped[&Cause::MailboxFull], 2);
}

#[test]
fn c10_who_subscribes_while_another_domain_publishes_misses_nothing_and_gets_nothing_twice() {
    let Node {
        bus,
        clock,
        mut other,
        ..
    } = Node::new();
    // A domain lives on one thread; the first one of the node above is gone.
    let settings = DomainSettings {
        bus,
        clock: clock.clone(),
        seed: [7; 32],
    };
    let is_over = Arc::new(AtomicBool::new(false));
    let publisher = thread::spawn({
        let is_over = is_over.clone();
        move || {
            let mut main = Domain::new(settings);
            main.start();
            let endless = (1..).take_while(|_| !is_over.load(Ordering::Relaxed));
            publish(&mut main, endless);
        }
    });
    for _ in 0..3000 {
        let options = sized(1 << 17);
        other.spawn::<Listener>("late", (), options).unwrap();
        other.run(clock.now(), 20);
        assert!(other.stop_actor_named("late"));
        let said = seen();
        assert!(said.ends_with("whole=true"), "{said}");
    }
    is_over.store(true, Ordering::Relaxed);
    publisher.join().unwrap();
    assert_eq!(other.books().balance(), Vec::<String>::new());
}
