//! Actors by the hundred thousand, and by the million one after the other.

use std::sync::Arc;

use farc::prelude::*;
use farc::{DomainSettings, ManualClock};
use serde::{Deserialize, Serialize};

use super::support::Lab;

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.to_all")]
struct ToAll {
    n: u32,
}

#[derive(Event)]
enum IdleEvent {
    ToAll(ToAll),
}

struct Idle;

#[hsm(event = IdleEvent, initial = idle, subscribe = [ToAll])]
impl Idle {
    #[state]
    fn idle(&mut self, event: &IdleEvent) -> Next<Self> {
        match event {
            IdleEvent::ToAll(ToAll { n: 0 }) => Stop,
            IdleEvent::ToAll(_) => Handled,
        }
    }
}

impl Actor for Idle {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

/// A hundred thousand; a quadratic way through any table takes minutes.
const MANY: u32 = 100_000;

fn spawn(lab: &mut Lab, count: u32) {
    for n in 0..count {
        let options = ActorOptions {
            // Of all priorities, mixed.
            priority: (n.wrapping_mul(7) % 64) as u8,
            ..ActorOptions::default()
        };
        lab.domain
            .spawn::<Idle>(&format!("idle/{n}"), (), options)
            .unwrap();
    }
}

#[test]
fn a_hundred_thousand_actors_get_one_signal_and_stop() {
    let mut lab = Lab::new();
    spawn(&mut lab, MANY);
    lab.run();
    assert_eq!(lab.bus.actors(), MANY as usize);
    let published = lab.domain.publish(ToAll { n: 1 });
    assert_eq!(published.delivered, MANY);
    lab.run();
    let books = lab.domain.books();
    assert_eq!(books.balance(), Vec::<String>::new());
    assert!(books.actors.values().all(|tally| tally.delivered == 1));
    // One by one, from the middle outwards and from both ends.
    for n in (0..MANY).map(|n| if n % 2 == 0 { n } else { MANY - n }) {
        assert!(lab.domain.stop_actor_named(&format!("idle/{n}")));
    }
    let books = lab.domain.books();
    assert!(books.actors.is_empty());
    assert_eq!(books.gone.delivered, u64::from(MANY));
    assert_eq!(books.balance(), Vec::<String>::new());
    assert!(lab.bus.interest().subscriptions.is_empty());
    assert_eq!(lab.bus.actors(), 0);
}

#[test]
fn a_hundred_thousand_actors_stop_themselves_and_a_domain_stops_as_many() {
    let mut lab = Lab::new();
    spawn(&mut lab, MANY);
    lab.run();
    assert_eq!(lab.domain.publish(ToAll { n: 0 }).delivered, MANY);
    lab.run();
    assert!(lab.domain.status().is_empty());
    spawn(&mut lab, MANY);
    lab.run();
    lab.domain.stop();
    assert!(lab.domain.is_stopped());
    lab.balanced();
}

#[test]
fn actors_come_and_go_in_the_places_of_those_before_them() {
    let mut lab = Lab::new();
    spawn(&mut lab, 10);
    lab.run();
    let mut most = 0;
    for n in 0..20_000_u32 {
        let name = format!("passing/{}", n % 100);
        lab.domain
            .spawn::<Idle>(&name, (), ActorOptions::default())
            .unwrap();
        lab.run();
        lab.domain.publish(ToAll { n: 1 });
        lab.run();
        assert!(lab.domain.stop_actor_named(&name));
        most = most.max(lab.domain.places());
    }
    // Ten that stay, and one that passes.
    assert_eq!(most, 11);
    assert_eq!(lab.bus.actors(), 10);
    assert_eq!(lab.bus.interest().subscriptions.len(), 10);
    // 100 names of those who passed, and 10 that stay, are all that peers could ever have heard of.
    assert_eq!(lab.bus.actor(110).as_deref(), Some("passing/99"));
    assert_eq!(lab.bus.actor(111), None);
    lab.balanced();
}

#[test]
fn a_million_actors_one_after_the_other_leave_nothing_behind() {
    let clock = Arc::new(ManualClock::new());
    let node = "crowd".parse().unwrap();
    let mut domain = Domain::new(DomainSettings::alone(node, clock, [0; 32]));
    domain.start();
    let cycle = |domain: &mut Domain, count: u32| {
        for _ in 0..count {
            let passing = domain.spawn::<Idle>("passing", (), ActorOptions::default());
            passing.unwrap().post(ToAll { n: 1 }).unwrap();
            domain.run_until_idle(domain.now());
            assert!(domain.stop_actor_named("passing"));
        }
    };
    cycle(&mut domain, 1000);
    let before = super::live_bytes();
    cycle(&mut domain, 1_000_000);
    assert_eq!(super::live_bytes() - before, 0);
    assert_eq!(domain.places(), 1);
    let gone = domain.books().gone;
    assert_eq!((gone.delivered, gone.imbalance()), (1_001_000, 0));
}

#[test]
fn posts_of_other_threads_leave_nothing_in_the_places_of_those_who_have_stopped() {
    const COUNT: u32 = 1000;
    let clock = Arc::new(ManualClock::new());
    let node = "crowd".parse().unwrap();
    let mut domain = Domain::new(DomainSettings::alone(node, clock, [0; 32]));
    domain.start();
    let mut cycle = |posts: u32| {
        let name = |n| format!("passing/{n}");
        for n in 0..COUNT {
            let options = ActorOptions::default();
            let passing = domain.spawn::<Idle>(&name(n), (), options).unwrap();
            for _ in 0..posts {
                passing.post(ToAll { n: 1 }).unwrap();
            }
        }
        domain.run_until_idle(domain.now());
        for n in 0..COUNT {
            assert!(domain.stop_actor_named(&name(n)));
        }
        assert_eq!(domain.books().balance(), Vec::<String>::new());
        super::live_bytes()
    };
    // Everything has its size.
    cycle(5);
    let with_posts = cycle(5);
    assert_eq!(cycle(0), with_posts);
    let gone = domain.books().gone;
    assert_eq!(gone.delivered, u64::from(10 * COUNT));
}
