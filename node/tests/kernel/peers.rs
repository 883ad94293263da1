//! C3, C5 and C12 where the bus meets a link: interest, hand-over, delivery and gaps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};

use bytes::{Bytes, BytesMut};
use farc::bus::{Bus, Delivery, GapReport, Handed, PeerPort, Resolution, SystemEvent};
use farc::observe::Cause;
use farc::prelude::*;
use farc::sys::DownReason;
use farc::{ActorOptions, Life};
use farc_protocol::frame::{Class, Subscription};
use farc_protocol::schema::Fingerprint;
use proptest::prelude::*;

use super::support::{A, B, Bench, C, Do, InputPosted, script};

const LIFE: Life = Life {
    start: 5,
    random: 6,
};

fn port(bench: &Bench) -> Arc<PeerPort> {
    bench.bus.add_peer(&"peer".parse().unwrap())
}

fn wants(pattern: &str) -> Subscription {
    Subscription {
        id: 1,
        version: 1,
        pattern: pattern.into(),
        account: 0,
        wire: Fingerprint([0; 16]),
    }
}

fn encode(signal: &impl serde::Serialize) -> Bytes {
    let mut bytes = BytesMut::new();
    farc_protocol::codec::encode(signal, &mut bytes).unwrap();
    bytes.freeze()
}

fn from_peer<S: Signal>(bus: &Bus, signal: &S) -> Delivery {
    let Resolution::Local(key) = bus.resolve(S::NAME, S::structure().wire_fingerprint()) else {
        panic!("{} is not known", S::NAME)
    };
    Delivery {
        signal: key,
        version: bus.interest_version(),
        targets: Vec::new(),
        source: 3,
        payload: encode(signal),
        class: Class::Normal,
        life: LIFE,
    }
}

fn gap(cause: &'static str, name: &str, count: u64) -> GapReport {
    GapReport {
        life: LIFE,
        class: Class::Normal,
        cause,
        account: 0,
        signals: vec![(name.into(), count)],
        count,
    }
}

#[test]
fn a_publication_is_encoded_once_and_handed_to_the_peers_that_want_it() {
    let mut bench = Bench::new();
    let (one, two, three) = (port(&bench), port(&bench), port(&bench));
    bench.spawn(
        "actor",
        0,
        script([("note1", vec![Do::PublishA(7), Do::PublishB(8)])]),
    );
    bench.domain.start();
    bench.bus.set_interest(&one, 4, &[wants("test.a")]);
    bench
        .bus
        .set_interest(&two, 9, &[wants("test.b"), wants("test.a")]);
    bench.bus.set_interest(&three, 1, &[wants("test.c")]);
    let actor = bench
        .domain
        .address::<super::support::Scripted>("actor")
        .unwrap();
    bench.domain.post(&actor, InputPosted::Note(1)).unwrap();
    bench.run();
    let drained = |port: &PeerPort| {
        let mut handed = Vec::new();
        port.drain(&mut handed);
        let message = |handed| match handed {
            Handed::Message {
                signal,
                source,
                version,
                payload,
            } => (signal, source, version, payload),
            Handed::Loss { .. } => panic!("a loss"),
        };
        handed.into_iter().map(message).collect::<Vec<_>>()
    };
    let (one, two) = (drained(&one), drained(&two));
    assert_eq!((one.len(), two.len(), drained(&three).len()), (1, 2, 0));
    let (signal, source, version, payload) = &one[0];
    assert_eq!((*version, two[0].2), (4, 9));
    assert_eq!(&*bench.bus.signal(*signal).unwrap().name, "test.a");
    assert_eq!(bench.bus.actor(*source).as_deref(), Some("actor"));
    assert_eq!(*payload, encode(&A { n: 7 }));
    // The same bytes, not equal ones.
    assert_eq!(payload.as_ptr(), two[0].3.as_ptr());
    bench.balanced();
}

#[test]
fn a_signal_that_is_first_published_after_the_peer_asked_for_it_reaches_the_peer() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    bench.bus.set_interest(&peer, 1, &[wants("test.c")]);
    assert_eq!(bench.domain.publish(C { n: 1 }).peers, 1);
    bench.bus.set_interest(&peer, 2, &[]);
    assert_eq!(bench.domain.publish(C { n: 2 }).peers, 0);
}

#[test]
fn a_peer_that_expects_another_structure_gets_nothing() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    let other = Subscription {
        wire: Fingerprint([1; 16]),
        ..wants("test.c")
    };
    bench.bus.set_interest(&peer, 1, &[other]);
    assert_eq!(bench.domain.publish(C { n: 1 }).peers, 0);
    let ours = C::structure().wire_fingerprint();
    assert_eq!(
        bench.bus.resolve("test.c", Fingerprint([1; 16])),
        Resolution::Mismatch { ours }
    );
    assert_eq!(bench.bus.resolve("test.unheard", ours), Resolution::Unknown);
}

#[test]
fn a_full_hand_over_is_a_counted_drop_and_a_loss_in_place() {
    let mut bench = Bench::with(|settings| settings.handover_messages = 2);
    let peer = port(&bench);
    bench
        .bus
        .set_interest(&peer, 1, &[wants("test.c"), wants("test.b")]);
    let mut publish = |n| bench.domain.publish(C { n });
    assert_eq!(publish(1).peers + publish(2).peers, 2);
    let full = publish(3);
    assert_eq!((full.peers, full.dropped.outbox_full), (0, 1));
    publish(4);
    bench.domain.publish(B { n: 1 });
    let mut handed = Vec::new();
    peer.drain(&mut handed);
    let id = |handed: &Handed| match handed {
        Handed::Message { .. } => "message".to_owned(),
        Handed::Loss { count, cause, .. } => format!("{cause} {count}"),
    };
    let told: Vec<_> = handed.iter().map(id).collect();
    assert_eq!(
        told,
        ["message", "message", "outbox_full 2", "outbox_full 1"]
    );
    // Draining frees no permits: the session has not numbered them yet.
    assert_eq!(bench.domain.publish(C { n: 5 }).peers, 0);
    peer.release(1);
    assert_eq!(bench.domain.publish(C { n: 6 }).peers, 1);
    let books = peer.books();
    assert_eq!(
        (
            books.offered,
            books.handed,
            books.dropped[&Cause::OutboxFull],
            books.permits_held
        ),
        (7, 3, 4, 2)
    );
    bench.balanced();
}

struct Count(AtomicU64);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_link_is_woken_once_for_what_is_handed_over_and_for_a_change_of_interest() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    bench.bus.set_interest(&peer, 1, &[wants("test.c")]);
    let count = Arc::new(Count(AtomicU64::new(0)));
    peer.set_waker(&Waker::from(count.clone()));
    let woken = || count.0.load(Ordering::Relaxed);
    for n in 0..3 {
        bench.domain.publish(C { n });
    }
    assert_eq!(woken(), 1);
    peer.drain(&mut Vec::new());
    bench.spawn("late", 0, script([]));
    assert_eq!(woken(), 2);
    assert_eq!(
        bench.bus.interest().subscriptions[0].pattern.as_ref(),
        "test.a"
    );
}

#[test]
fn system_signals_never_concern_a_peer() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    bench.bus.set_interest(&peer, 1, &[wants("$sys.shutdown")]);
    bench.spawn("actor", 0, script([]));
    bench.domain.start();
    assert_eq!(bench.bus.interest().subscriptions.len(), 1);
    bench.bus.system(SystemEvent::Shutdown {
        reason: "test".to_owned(),
    });
    assert_eq!(bench.run(), "actor:Shutdown");
    let mut handed = Vec::new();
    peer.drain(&mut handed);
    assert_eq!(handed, []);
}

#[test]
fn an_event_of_a_peer_goes_to_local_subscribers_only_and_says_where_it_came_from() {
    let mut bench = Bench::new();
    let (peer, other) = (port(&bench), port(&bench));
    bench.bus.set_interest(&other, 1, &[wants("test.a")]);
    bench.spawn("low", 1, script([]));
    bench.spawn("high", 2, script([]));
    bench.domain.start();
    let delivered = bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 5 })]);
    assert_eq!((delivered.routed, delivered.unmatched), (1, 0));
    assert_eq!(bench.run(), "high:A5@peer low:A5@peer");
    let mut handed = Vec::new();
    other.drain(&mut handed);
    assert_eq!(handed, []);
    bench.balanced();
}

#[test]
fn a_message_goes_to_the_subscriptions_that_it_was_routed_for() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    bench.spawn(
        "early",
        1,
        script([
            ("note1", vec![Do::Subscribe]),
            ("note2", vec![Do::Unsubscribe]),
        ]),
    );
    bench.domain.start();
    let early = from_peer(&bench.bus, &A { n: 1 });
    let mut targeted = early.clone();
    bench.spawn("late", 1, script([]));
    bench.domain.start();
    let version = bench.bus.interest_version();
    assert!(early.version < version);
    // Routed before `late` subscribed: not for it.
    bench.bus.deliver(&peer, vec![early]);
    assert_eq!(bench.run(), "early:A1@peer");
    let late = bench.bus.interest().subscriptions.last().unwrap().clone();
    targeted.version = version;
    targeted.targets = vec![late.id];
    bench.bus.deliver(&peer, vec![targeted.clone()]);
    assert_eq!(bench.run(), "late:A1@peer");
    // A subscription that has ended takes nothing, even what was routed before.
    bench.domain.stop_actor_named("late");
    let delivered = bench.bus.deliver(&peer, vec![targeted]);
    assert_eq!((delivered.routed, delivered.unmatched), (0, 1));
    assert_eq!(bench.run(), "");
    bench.balanced();
}

/// Actors that come first and take the accounts, so that whoever comes later shares account 0.
fn take_all_accounts(bench: &mut Bench) {
    for n in 0..1024 {
        bench.spawn(&format!("early{n}"), 0, script([]));
    }
    bench.domain.start();
    for n in 0..1024 {
        assert!(bench.domain.stop_actor_named(&format!("early{n}")));
    }
    assert!(bench.bus.interest().subscriptions.is_empty());
}

#[test]
fn c01_however_many_actors_subscribe_peers_know_one_subscription_a_signal_and_account() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    for n in 0..20_000 {
        bench.spawn(&format!("actor{n}"), 0, script([]));
    }
    bench.domain.start();
    let interest = bench.bus.interest();
    let accounts: std::collections::BTreeSet<_> = interest
        .subscriptions
        .iter()
        .map(|subscription| subscription.account)
        .collect();
    assert_eq!((interest.subscriptions.len(), accounts.len()), (1025, 1025));
    let count = Arc::new(Count(AtomicU64::new(0)));
    peer.set_waker(&Waker::from(count.clone()));
    count.0.store(0, Ordering::Relaxed);
    peer.drain(&mut Vec::new());
    // Of those who share an account, no single one is news.
    bench.spawn("late", 0, script([]));
    for n in 10_000..11_000 {
        assert!(bench.domain.stop_actor_named(&format!("actor{n}")));
    }
    assert_eq!(bench.bus.interest(), interest);
    assert_eq!(count.0.load(Ordering::Relaxed), 0);
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 1 })]);
    assert_eq!(bench.run().split(' ').count(), 19_001);
    bench.balanced();
}

#[test]
fn c01_the_last_of_those_who_share_a_subscription_ends_it() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    take_all_accounts(&mut bench);
    for name in ["one", "two"] {
        bench.spawn(name, 0, script([]));
    }
    let both = bench.bus.interest();
    assert_eq!(both.subscriptions.len(), 1);
    assert_eq!(both.subscriptions[0].account, 0);
    let message = from_peer(&bench.bus, &A { n: 1 });
    bench.domain.stop_actor_named("one");
    assert_eq!(bench.bus.interest(), both);
    assert_eq!(bench.bus.deliver(&peer, vec![message.clone()]).routed, 1);
    assert_eq!(bench.run(), "two:A1@peer");
    bench.domain.stop_actor_named("two");
    let none = bench.bus.interest();
    assert!(none.subscriptions.is_empty() && none.version == both.version + 1);
    assert_eq!(bench.bus.deliver(&peer, vec![message]).unmatched, 1);
    // The next one's has a number of its own, and takes nothing that was routed for those of before.
    bench.spawn("three", 0, script([]));
    let next = bench.bus.interest();
    assert!(next.version == none.version + 1);
    assert!(next.subscriptions[0].id > both.subscriptions[0].id);
    bench.balanced();
}

#[test]
fn c01_whoever_joins_a_subscription_takes_what_is_routed_with_the_interest_of_that_moment() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    take_all_accounts(&mut bench);
    bench.spawn("one", 9, script([("note1", vec![Do::Subscribe])]));
    bench.domain.start();
    let mut message = from_peer(&bench.bus, &A { n: 1 });
    let made = message.version;
    // Something else changes, and the peer does not know yet when the other one comes.
    let one = bench
        .domain
        .address::<super::support::Scripted>("one")
        .unwrap();
    bench.domain.post(&one, InputPosted::Note(1)).unwrap();
    assert_eq!(bench.run(), "one:Note");
    let now = bench.bus.interest_version();
    bench.spawn("two", 1, script([]));
    bench.domain.start();
    assert!(made < now);
    assert_eq!(bench.bus.interest_version(), now);
    let mut deliver = |version, n| {
        message.version = version;
        message.payload = encode(&A { n });
        message.targets = Vec::new();
        bench.bus.deliver(&peer, vec![message.clone()]);
        bench.run()
    };
    assert_eq!(deliver(made, 1), "one:A1@peer");
    assert_eq!(deliver(now, 2), "one:A2@peer two:A2@peer");
    // A target is a subscription, and with it all who share it.
    let shared = bench.bus.interest().subscriptions[0].id;
    message.targets = vec![shared];
    bench.bus.deliver(&peer, vec![message]);
    assert_eq!(bench.run(), "one:A2@peer two:A2@peer");
    bench.balanced();
}

#[test]
fn a_full_lane_of_one_receiver_drops_for_it_alone_and_raises_its_gap() {
    let mut bench = Bench::with(|settings| settings.lane = 2);
    let peer = port(&bench);
    bench.spawn("one", 1, script([]));
    bench.domain.start();
    let message = |n| from_peer(&bench.bus, &A { n });
    bench.bus.deliver(&peer, (1..=5).map(message).collect());
    // The gap comes after what was queued before, and before the next event from that peer.
    assert_eq!(
        bench.run(),
        "one!mailbox_full:test.ax1 one?gap:mailbox_fullx1 one!mailbox_full:test.ax1 one?gap:mailbox_fullx1 \
         one!mailbox_full:test.ax1 one?gap:mailbox_fullx1 one:A1@peer one:A2@peer one:Gap"
    );
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 6 })]);
    assert_eq!(bench.run(), "one:A6@peer");
    let books = bench.domain.books();
    // Five events and one gap.
    assert_eq!(
        (books.actors["one"].intended, books.actors["one"].delivered),
        (6 + 1, 3 + 1)
    );
    bench.balanced();
}

#[test]
fn local_posts_do_not_take_a_peers_room_nor_the_other_way_round() {
    let mut bench = Bench::with(|settings| settings.lane = 3);
    let peer = port(&bench);
    let options = ActorOptions {
        mailbox: 4,
        ..ActorOptions::default()
    };
    let one = bench.spawn_with("one", script([]), options);
    bench.domain.start();
    for n in 0..2 {
        bench.domain.post(&one, InputPosted::Note(n)).unwrap();
        one.post(InputPosted::Note(n)).unwrap();
    }
    bench.bus.deliver(
        &peer,
        (1..=3).map(|n| from_peer(&bench.bus, &A { n })).collect(),
    );
    assert_eq!(
        bench.run(),
        "one:Note one:Note one:Note one:Note one:A1@peer one:A2@peer one:A3@peer"
    );
    bench.balanced();
}

#[test]
fn a_gap_comes_after_what_was_queued_before_it_and_before_the_next_event_of_that_peer() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    let one = bench.spawn("one", 1, script([]));
    bench.domain.start();
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 1 })]);
    bench.bus.gap(&peer, gap("expired", "test.a", 3));
    bench.bus.gap(&peer, gap("expired", "test.a", 4));
    bench.bus.gap(&peer, gap("denied", "test.b", 4));
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 2 })]);
    one.post(InputPosted::Note(1)).unwrap();
    assert_eq!(
        bench.run(),
        "one?gap:expiredx3 one?gap:expiredx4 one:A1@peer one:Gap one:A2@peer one:Note"
    );
    bench.balanced();
}

#[test]
fn a15_a_gap_keeps_its_place_behind_what_was_deferred_and_what_the_actor_put_in_front() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    let one = bench.spawn(
        "one",
        0,
        script([
            ("a1", vec![Do::Defer]),
            ("note1", vec![Do::Front(2), Do::Recall]),
        ]),
    );
    bench.domain.start();
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 1 })]);
    assert_eq!(bench.run(), "");
    bench.domain.post(&one, InputPosted::Note(1)).unwrap();
    bench.bus.gap(&peer, gap("test", "test.a", 2));
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 2 })]);
    // A1 was sent before what is missing, and is seen before the gap; it is deferred again.
    assert_eq!(
        bench.run(),
        "one?gap:testx2 one<A one:Note one:Note one:Gap one:A2@peer"
    );
    bench.balanced();
}

#[test]
fn b6_a_gap_keeps_its_place_when_an_event_before_it_makes_room() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    let options = ActorOptions {
        mailbox: 4,
        overflow: Overflow::DropOldest,
        ..ActorOptions::default()
    };
    let one = bench.spawn_with("one", script([("start", vec![Do::Subscribe])]), options);
    bench.domain.start();
    bench.domain.publish(B { n: 1 });
    bench.domain.publish(B { n: 2 });
    bench.bus.gap(&peer, gap("test", "test.a", 2));
    bench.domain.run(bench.domain.now(), 0);
    bench.domain.post(&one, InputPosted::Note(3)).unwrap();
    assert_eq!(
        bench.run(),
        "one?gap:testx2 one!mailbox_full:Bx1 one:B2 one:Gap one:Note"
    );
    bench.balanced();
}

#[test]
fn a_gap_of_unknown_signals_concerns_everyone_who_subscribes_to_a_peers_events() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    bench.spawn("one", 1, script([]));
    bench.domain.start();
    let report = GapReport {
        signals: Vec::new(),
        count: 9,
        ..gap("forgotten", "", 0)
    };
    bench.bus.gap(&peer, report);
    assert_eq!(bench.run(), "one?gap:forgottenx9 one:Gap");
}

#[test]
fn bytes_that_are_not_the_signal_are_counted_and_raise_a_gap() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    bench.spawn("one", 1, script([]));
    bench.domain.start();
    let mut bad = from_peer(&bench.bus, &A { n: 1 });
    bad.payload = Bytes::from_static(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    bench
        .bus
        .deliver(&peer, vec![bad, from_peer(&bench.bus, &A { n: 2 })]);
    assert_eq!(
        bench.run(),
        "one!undecodable:test.ax1 one?gap:undecodablex1 one:Gap one:A2@peer"
    );
    assert_eq!(peer.books().inbound.undecodable, 1);
    assert_eq!(bench.domain.dead_letters()[0].cause, Cause::Undecodable);
    bench.balanced();
}

#[test]
fn what_the_lane_of_the_domain_cannot_hold_is_counted_and_told_to_the_receivers() {
    let mut bench = Bench::with(|settings| settings.inbound_messages = 2);
    let peer = port(&bench);
    bench.spawn("one", 1, script([]));
    bench.domain.start();
    bench.bus.deliver(
        &peer,
        (1..=4).map(|n| from_peer(&bench.bus, &A { n })).collect(),
    );
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 5 })]);
    bench.balanced();
    assert_eq!(
        bench.run(),
        "one!lane_full:test.ax3 one?gap:lane_fullx3 one:A1@peer one:A2@peer one:Gap"
    );
    bench.balanced();
    let inbound = peer.books().inbound;
    assert_eq!(
        (
            inbound.received,
            inbound.routed,
            inbound.drained,
            inbound.lane_full,
            inbound.queued
        ),
        (5, 5, 2, 3, 0)
    );
}

#[test]
fn a_draining_node_takes_no_more_events_of_peers() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    bench.spawn("one", 1, script([]));
    bench.domain.start();
    bench.bus.drain();
    let delivered = bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 1 })]);
    assert_eq!(
        delivered.refused,
        [(farc_protocol::frame::Cause::Draining, 1)]
    );
    assert_eq!(bench.run(), "");
    assert_eq!(peer.books().inbound.draining, 1);
    bench.balanced();
}

#[test]
fn news_of_a_node_is_in_order_with_its_events_and_never_dropped() {
    let mut bench = Bench::new();
    let peer = port(&bench);
    let options = ActorOptions {
        mailbox: 2,
        ..ActorOptions::default()
    };
    bench.spawn_with("one", script([]), options);
    bench.domain.start();
    let name = || "peer".to_owned();
    bench
        .bus
        .deliver(&peer, vec![from_peer(&bench.bus, &A { n: 1 })]);
    for _ in 0..3 {
        bench.bus.system(SystemEvent::NodeDown {
            name: name(),
            life: LIFE,
            reason: DownReason::Unreachable,
        });
        bench.bus.system(SystemEvent::NodeUp {
            name: name(),
            life: LIFE,
            resumed: true,
        });
    }
    assert_eq!(
        bench.run(),
        "one:A1@peer one:NodeDown one:NodeUp one:NodeDown one:NodeUp one:NodeDown one:NodeUp"
    );
    bench.balanced();
}

#[test]
fn what_comes_in_before_there_is_a_domain_waits_for_it() {
    let bus = Bus::new(farc::bus::BusSettings::new(
        "bench".parse().unwrap(),
        Life::new(1, 1),
    ));
    bus.system(SystemEvent::Shutdown {
        reason: "early".to_owned(),
    });
    let clock = Arc::new(farc::ManualClock::new());
    let mut domain = Domain::new(farc::DomainSettings {
        bus,
        clock: clock.clone(),
        seed: [0; 32],
    });
    domain
        .spawn::<super::support::Scripted>("one", script([]), ActorOptions::default())
        .unwrap();
    domain.start();
    domain.run_until_idle(farc::Clock::now(&*clock));
    assert_eq!(domain.status()[0].handled, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is lost, a receiver learns of it before it sees anything newer of that peer.
    #[test]
    fn no_event_of_a_peer_overtakes_the_gap_before_it(steps in prop::collection::vec((0..4u8, 1..6u32), 1..40)) {
        let mut bench = Bench::with(|settings| settings.lane = 3);
        let peer = port(&bench);
        let one = bench.spawn("one", 1, script([]));
        bench.domain.start();
        let mut n = 0;
        let mut seen = 0;
        for (kind, count) in steps {
            match kind {
                0 | 1 => {
                    let batch = (n..n + count).map(|n| from_peer(&bench.bus, &A { n })).collect();
                    n += count;
                    bench.bus.deliver(&peer, batch);
                }
                2 => drop(one.post(InputPosted::Note(1))),
                _ => {
                    bench.domain.run(bench.domain.now(), u64::from(count));
                }
            }
        }
        let mut missing = 0;
        for line in bench.run().split(' ') {
            if let Some(event) = line.strip_prefix("one:A") {
                let event: u32 = event.trim_end_matches("@peer").parse().unwrap();
                prop_assert!(event == seen || missing > 0, "{} after {} without a gap", event, seen);
                seen = event + 1;
                missing = 0;
            } else if line == "one:Gap" {
                missing += 1;
            }
        }
        prop_assert!(seen == n || missing > 0);
        bench.balanced();
    }
}
