//! Several domains of one node: what crosses between them, and what reaches all of them.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use farc::bus::{Bus, BusSettings, Delivery, GapReport, PeerPort, Resolution, SystemEvent};
use farc::observe::Cause;
use farc::prelude::*;
use farc::sys::DownReason;
use farc::{Clock as _, DomainOptions, DomainSettings, Life, ManualClock, SpawnError};
use farc_protocol::frame::Class;

use super::support::{A, B, Do, InputPosted, Script, Scripted, Trace, script};

const LIFE: Life = Life {
    start: 5,
    random: 6,
};

/// Two domains on one bus, run by hand.
struct Two {
    bus: Arc<Bus>,
    clock: Arc<ManualClock>,
    trace: Arc<Trace>,
    main: Domain,
    other: Domain,
}

impl Two {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut BusSettings)) -> Self {
        let clock = Arc::new(ManualClock::new());
        let trace = Arc::new(Trace::default());
        let mut settings = BusSettings::new("two".parse().unwrap(), Life::new(1, 2));
        settings.observer = Some(trace.clone());
        settings.domains = 2;
        change(&mut settings);
        let bus = Bus::new(settings);
        let settings = DomainSettings {
            bus: bus.clone(),
            clock: clock.clone(),
            seed: [7; 32],
        };
        Self {
            bus,
            clock,
            trace,
            main: Domain::new(settings.clone()),
            other: Domain::with_options(settings, DomainOptions::new("other")),
        }
    }

    fn start(&mut self) {
        self.main.start();
        self.other.start();
    }

    fn run_main(&mut self) -> String {
        self.main.run_until_idle(self.clock.now());
        self.trace.take()
    }

    fn run_other(&mut self) -> String {
        self.other.run_until_idle(self.clock.now());
        self.trace.take()
    }

    #[track_caller]
    fn balanced(&self) {
        for domain in [&self.main, &self.other] {
            let wrong = domain.books().balance();
            assert!(wrong.is_empty(), "{}: {wrong:#?}", domain.name());
        }
    }

    fn peer(&self) -> Arc<PeerPort> {
        self.bus.add_peer(&"peer".parse().unwrap())
    }

    fn deliver(&self, peer: &PeerPort, numbers: impl IntoIterator<Item = u32>) -> (u64, u64) {
        let batch = numbers
            .into_iter()
            .map(|n| self.message(&A { n }))
            .collect();
        let delivered = self.bus.deliver(peer, batch);
        (delivered.routed, delivered.unmatched)
    }

    fn message<S: Signal>(&self, signal: &S) -> Delivery {
        let wire = S::structure().wire_fingerprint();
        let Resolution::Local(signal_key) = self.bus.resolve(S::NAME, wire) else {
            panic!("{} is not known", S::NAME)
        };
        let mut payload = BytesMut::new();
        farc_protocol::codec::encode(signal, &mut payload).unwrap();
        Delivery {
            signal: signal_key,
            version: self.bus.interest_version(),
            targets: Vec::new(),
            source: 3,
            payload: Bytes::from(payload),
            class: Class::Normal,
            life: LIFE,
        }
    }
}

fn spawn(domain: &mut Domain, name: &str, priority: u8, script: Script) -> Address<Scripted> {
    let options = ActorOptions {
        priority,
        ..ActorOptions::default()
    };
    domain.spawn(name, script, options).unwrap()
}

fn small(domain: &mut Domain, name: &str, mailbox: usize) -> Address<Scripted> {
    let options = ActorOptions {
        mailbox,
        ..ActorOptions::default()
    };
    domain.spawn(name, script([]), options).unwrap()
}

#[test]
fn c03_a_publication_says_how_many_actors_of_other_domains_took_it() {
    let mut two = Two::new();
    spawn(&mut two.main, "near", 1, script([]));
    spawn(&mut two.other, "far1", 1, script([]));
    spawn(&mut two.other, "far2", 9, script([]));
    two.start();
    let published = two.main.publish(A { n: 1 });
    assert_eq!(
        (
            published.delivered,
            published.accepted,
            published.dropped.total()
        ),
        (1, 2, 0)
    );
    two.balanced();
    assert_eq!(two.run_main(), "near:A1");
    // By priority, in a domain of its own.
    assert_eq!(two.run_other(), "far2:A1 far1:A1");
    // And back.
    let published = two.other.publish(A { n: 2 });
    assert_eq!((published.delivered, published.accepted), (2, 1));
    assert_eq!(two.run_main(), "near:A2");
    two.balanced();
    assert_eq!(two.main.books().unheard + two.other.books().unheard, 0);
}

#[test]
fn c03_a_signal_that_only_another_domain_wants_is_heard() {
    let mut two = Two::new();
    spawn(
        &mut two.other,
        "far",
        1,
        script([("start", vec![Do::Subscribe])]),
    );
    two.start();
    assert_eq!(two.main.publish(B { n: 1 }).accepted, 1);
    assert_eq!(two.main.books().unheard, 0);
    assert_eq!(two.run_other(), "far:B1");
}

#[test]
fn b06a_a_publication_that_finds_no_foreign_permit_is_a_drop_in_the_receivers_books() {
    let mut two = Two::new();
    small(&mut two.other, "far", 4);
    two.start();
    let accepted = [1, 2, 3, 4].map(|n| {
        let published = two.main.publish(A { n });
        (published.accepted, published.dropped.mailbox_full)
    });
    assert_eq!(accepted, [(1, 0), (1, 0), (0, 1), (0, 1)]);
    // Known at once, also where its domain has not looked yet.
    let tally = |two: &Two| two.other.books().actors["far"].clone();
    assert_eq!((tally(&two).intended, tally(&two).queued), (4, 2));
    assert_eq!(tally(&two).dropped[&Cause::MailboxFull], 2);
    two.balanced();
    assert_eq!(two.run_other(), "far!mailbox_full:test.ax2 far:A1 far:A2");
    assert_eq!((tally(&two).intended, tally(&two).delivered), (4, 2));
    assert_eq!(tally(&two).dropped[&Cause::MailboxFull], 2);
    two.balanced();
    // Its permits are free again.
    assert_eq!(two.main.publish(A { n: 5 }).accepted, 1);
}

#[test]
fn b03_posts_and_publications_to_an_actor_of_another_domain_keep_their_order() {
    let mut two = Two::new();
    let far = spawn(&mut two.other, "far", 1, script([]));
    two.start();
    two.main.publish(A { n: 1 });
    two.main.post(&far, InputPosted::Note(2)).unwrap();
    two.main.publish(A { n: 3 });
    two.main.post(&far, InputPosted::Note(4)).unwrap();
    assert_eq!(two.run_other(), "far:A1 far:Note far:A3 far:Note");
    two.balanced();
}

#[test]
fn b05_a_publication_of_another_domain_is_seen_after_at_most_one_further_step() {
    let mut two = Two::new();
    let busy = script([
        ("a1", vec![Do::PostSelf(1)]),
        ("note1", vec![Do::PostSelf(2)]),
    ]);
    spawn(&mut two.other, "low", 1, busy);
    spawn(
        &mut two.other,
        "high",
        9,
        script([("start", vec![Do::Subscribe])]),
    );
    two.start();
    two.other.publish(A { n: 1 });
    assert_eq!(
        two.other.run(two.clock.now(), 2),
        farc::Ran::More,
        "high and low have had A1"
    );
    assert_eq!(two.trace.take(), "high:A1 low:A1");
    two.main.publish(B { n: 7 });
    assert_eq!(two.run_other(), "high:B7 low:Note low:Note");
}

#[test]
fn c01_a_subscription_that_has_ended_takes_nothing_of_other_domains() {
    let mut two = Two::new();
    let rules = script([
        ("start", vec![Do::Subscribe]),
        ("note1", vec![Do::Unsubscribe]),
    ]);
    let far = spawn(&mut two.other, "far", 1, rules);
    two.start();
    assert_eq!(two.main.publish(B { n: 1 }).accepted, 1);
    two.other.post(&far, InputPosted::Note(1)).unwrap();
    // A post of its own domain is in the mailbox at once; what was sent before the end of the subscription is still dispatched.
    assert_eq!(two.run_other(), "far:Note far:B1");
    assert_eq!(two.main.publish(B { n: 2 }), Published::default());
    // Nor does an actor that has stopped.
    assert_eq!(two.main.publish(A { n: 1 }).accepted, 1);
    two.other.stop_actor_named("far");
    assert_eq!(two.trace.take(), "far!stopped:Ax1");
    assert_eq!(two.main.publish(A { n: 2 }), Published::default());
    two.balanced();
}

#[test]
fn c01_the_interest_of_a_node_is_that_of_all_its_domains() {
    let mut two = Two::new();
    spawn(&mut two.main, "near", 1, script([]));
    spawn(&mut two.other, "far", 1, script([]));
    assert_eq!(two.bus.interest().subscriptions.len(), 2);
    two.other.stop();
    assert_eq!(two.bus.interest().subscriptions.len(), 1);
}

#[test]
fn c05_an_event_of_a_peer_goes_to_each_domain_with_a_receiver_and_is_settled_in_each() {
    let mut two = Two::new();
    let peer = two.peer();
    spawn(&mut two.main, "near", 1, script([]));
    spawn(
        &mut two.other,
        "far",
        1,
        script([("start", vec![Do::Subscribe])]),
    );
    two.start();
    assert_eq!(two.deliver(&peer, [1, 2]), (2, 0));
    let only_far = two.message(&B { n: 3 });
    assert_eq!(two.bus.deliver(&peer, vec![only_far]).routed, 1);
    two.balanced();
    let books = peer.books().inbound;
    assert_eq!((books.received, books.routed, books.copied), (3, 3, 2));
    assert_eq!((books.queued, books.drained), (5, 0));
    assert_eq!(two.run_main(), "near:A1@peer near:A2@peer");
    assert_eq!(two.run_other(), "far:A1@peer far:A2@peer far:B3@peer");
    let books = peer.books().inbound;
    assert_eq!((books.queued, books.drained), (0, 5));
    two.balanced();
}

#[test]
fn a_domain_that_does_not_come_to_an_end_holds_up_no_other() {
    let mut two = Two::with(|settings| settings.inbound_messages = 2);
    let peer = two.peer();
    spawn(&mut two.main, "near", 1, script([]));
    spawn(&mut two.other, "far", 1, script([]));
    two.start();
    two.deliver(&peer, [1, 2]);
    assert_eq!(two.run_main(), "near:A1@peer near:A2@peer");
    // The other domain has not looked: what it cannot hold is told to its own actors alone.
    two.deliver(&peer, [3, 4]);
    two.balanced();
    assert_eq!(two.run_main(), "near:A3@peer near:A4@peer");
    assert_eq!(
        two.run_other(),
        "far!lane_full:test.ax2 far?gap:lane_fullx2 far:A1@peer far:A2@peer far:Gap"
    );
    assert_eq!(peer.books().inbound.lane_full, 2);
    two.balanced();
}

#[test]
fn c12_news_of_the_node_its_peers_and_their_gaps_reach_the_actors_of_all_domains() {
    let mut two = Two::new();
    let peer = two.peer();
    spawn(&mut two.main, "near", 1, script([]));
    spawn(&mut two.other, "far", 1, script([]));
    two.start();
    two.bus.gap(
        &peer,
        GapReport {
            life: LIFE,
            class: Class::Normal,
            cause: "expired",
            account: 0,
            signals: vec![("test.a".into(), 3)],
            count: 3,
        },
    );
    two.bus.system(SystemEvent::NodeDown {
        name: "peer".to_owned(),
        life: LIFE,
        reason: DownReason::Left,
    });
    assert_eq!(two.run_main(), "near?gap:expiredx3 near:Gap near:NodeDown");
    assert_eq!(two.run_other(), "far?gap:expiredx3 far:Gap far:NodeDown");
    two.balanced();
}

#[test]
fn c12_the_failure_of_an_actor_is_told_in_every_domain() {
    let mut two = Two::new();
    let options = ActorOptions {
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    };
    let fails = script([("a1", vec![Do::Panic])]);
    two.main.spawn::<Scripted>("fails", fails, options).unwrap();
    spawn(&mut two.main, "near", 1, script([]));
    spawn(&mut two.other, "far", 1, script([]));
    two.start();
    let message = two.message(&A { n: 1 });
    let peer = two.peer();
    two.bus.deliver(&peer, vec![message]);
    assert_eq!(
        two.run_main(),
        "near:A1@peer fails!poison:Ax1 fails:stays-down near:ActorFailed"
    );
    assert_eq!(two.run_other(), "far:A1@peer far:ActorFailed");
    two.balanced();
}

#[test]
fn names_are_unique_over_all_domains_of_a_node() {
    let mut two = Two::new();
    spawn(&mut two.main, "one", 1, script([]));
    let again = two
        .other
        .spawn::<Scripted>("one", script([]), ActorOptions::default());
    assert!(matches!(again, Err(SpawnError::NameTaken { actor }) if actor == "one"));
    // A name that came to nothing is free.
    let refused = script([("refuse", vec![])]);
    let failed = two
        .main
        .spawn::<Scripted>("two", refused, ActorOptions::default());
    assert!(matches!(failed, Err(SpawnError::Build { .. })));
    spawn(&mut two.other, "two", 1, script([]));
}

#[test]
fn a_domain_takes_actors_of_its_priorities_alone() {
    let two = Two::with(|settings| settings.domains = 3);
    let settings = DomainSettings {
        bus: two.bus.clone(),
        clock: two.clock.clone(),
        seed: [0; 32],
    };
    let mut options = DomainOptions::new("control");
    options.priorities = 32..=63;
    let mut control = Domain::with_options(settings, options);
    let refused = control
        .spawn::<Scripted>("one", script([]), ActorOptions::default())
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "actor `one`: priority 0 is not within 32 to 63, those of domain `control`: change it, or spawn the actor in another domain"
    );
    spawn(&mut control, "one", 32, script([]));
}

#[test]
fn a_domain_that_is_gone_is_nobodys_receiver() {
    let mut two = Two::new();
    let peer = two.peer();
    spawn(&mut two.other, "far", 1, script([]));
    two.start();
    two.deliver(&peer, [1]);
    let bus = two.bus.clone();
    let Two {
        mut main, other, ..
    } = two;
    drop(other);
    assert_eq!(main.publish(A { n: 1 }), Published::default());
    let books = peer.books().inbound;
    assert_eq!((books.queued, books.drained), (0, 1));
    // Its name is free.
    spawn(&mut main, "far", 1, script([]));
    assert!(main.books().balance().is_empty());
    drop(bus);
}

#[test]
fn a_bus_serves_no_more_domains_than_it_says() {
    let mut two = Two::with(|settings| settings.domains = 1);
    let peer = two.peer();
    spawn(&mut two.main, "near", 1, script([]));
    spawn(&mut two.other, "far", 1, script([]));
    two.start();
    assert_eq!(two.main.publish(A { n: 1 }).accepted, 0);
    two.deliver(&peer, [2]);
    assert_eq!(two.run_other(), "");
    assert_eq!(two.run_main(), "near:A1 near:A2@peer");
}

#[test]
fn c01_actors_of_several_domains_share_what_peers_know_and_each_domain_gets_its_own() {
    let mut two = Two::new();
    let peer = two.peer();
    // They take the accounts.
    for n in 0..1024 {
        let name = format!("early{n}");
        spawn(&mut two.main, &name, 1, script([]));
        assert!(two.main.stop_actor_named(&name));
    }
    spawn(&mut two.main, "near", 1, script([]));
    let known = two.bus.interest();
    assert_eq!(known.subscriptions.len(), 1);
    spawn(&mut two.other, "far", 1, script([]));
    two.start();
    assert_eq!(two.bus.interest(), known);
    assert_eq!(two.deliver(&peer, [1]), (1, 0));
    assert_eq!(
        (two.run_main(), two.run_other()),
        ("near:A1@peer".to_owned(), "far:A1@peer".to_owned())
    );
    // The domain of the first one is not asked any more when that one is gone.
    assert!(two.main.stop_actor_named("near"));
    assert_eq!(two.bus.interest(), known);
    assert_eq!(two.deliver(&peer, [2]), (1, 0));
    assert_eq!(two.run_other(), "far:A2@peer");
    let inbound = peer.books().inbound;
    assert_eq!((inbound.routed, inbound.copied, inbound.drained), (2, 1, 3));
    assert!(two.other.stop_actor_named("far"));
    assert_eq!(two.deliver(&peer, [3]), (0, 1));
    two.balanced();
}
