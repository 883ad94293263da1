//! The protocol of leases, in one domain on a clock of the test's own.

use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use farc::{
    ActorOptions, Bus, Clock as _, Domain, DomainSettings, Life, ManualClock, NodeName, Observer,
    bus::BusSettings,
    observe::Publish,
    sys::{DownReason, NodeDown, NodeUp},
};

use super::{
    check::{Topology, Witness, judge},
    journal::{Reader, Record, Words},
    observe::Journalist,
    philosopher::{Philosopher, Seat},
    signals::{Eating, Grant, Hungry, Release, Stamp},
    table::{LEASE, MARGIN, Size, Table},
};

const LIFE: Life = Life {
    start: 1_000,
    random: 7,
};

fn stamp() -> Stamp {
    Stamp {
        node: "b".into(),
        life: LIFE,
        actor: "test".into(),
        n: 1,
    }
}

/// What the actor under test says.
#[derive(Debug, Default)]
struct Said {
    grants: Mutex<Vec<Grant>>,
    hungry: Mutex<Vec<Hungry>>,
    eating: Mutex<Vec<Eating>>,
    releases: Mutex<Vec<Release>>,
}

impl Observer for Said {
    fn publish(&self, publish: &Publish<'_>) {
        fn note<S: Clone + 'static>(said: &Mutex<Vec<S>>, publish: &Publish<'_>) {
            said.lock()
                .unwrap()
                .extend(publish.payload.downcast_ref::<S>().cloned());
        }
        if publish.actor.is_some() {
            note(&self.grants, publish);
            note(&self.hungry, publish);
            note(&self.eating, publish);
            note(&self.releases, publish);
        }
    }
}

/// One actor, alone, and what it says.
struct Stage {
    clock: Arc<ManualClock>,
    said: Arc<Said>,
    domain: Domain,
}

impl Stage {
    fn new() -> Self {
        let (clock, said) = (Arc::new(ManualClock::new()), Arc::new(Said::default()));
        let domain = domain(&clock, said.clone());
        Self {
            clock,
            said,
            domain,
        }
    }

    /// A table with five seats that has begun to serve.
    fn table() -> Self {
        let mut stage = Self::new();
        let size = Size { seats: 5 };
        stage
            .domain
            .spawn::<Table>("table", size, ActorOptions::default())
            .unwrap();
        stage.domain.start();
        stage.pass(LEASE + MARGIN);
        stage
    }

    /// A philosopher who is hungry, and has asked once.
    fn philosopher() -> Self {
        let mut stage = Self::new();
        let seat = Seat {
            seat: 3,
            seed: Some(1),
        };
        stage
            .domain
            .spawn::<Philosopher>("p", seat, ActorOptions::default())
            .unwrap();
        stage.domain.start();
        while stage.said.hungry.lock().unwrap().is_empty() {
            stage.pass(Duration::from_millis(10));
        }
        stage
    }

    /// Lets time pass, one event after the other.
    fn pass(&mut self, time: Duration) {
        let until = self.clock.now() + time;
        while let Some(next) = self
            .domain
            .run_until_idle(self.clock.now())
            .filter(|at| *at <= until)
        {
            self.clock.advance_to(next);
        }
        self.clock.advance_to(until);
        self.domain.run_until_idle(until);
    }

    fn hungry(&mut self, seat: u32, request: u64) -> Option<u64> {
        let before = self.said.grants.lock().unwrap().len();
        self.domain.publish(Hungry {
            stamp: stamp(),
            seat,
            request,
        });
        self.pass(Duration::ZERO);
        let grants = self.said.grants.lock().unwrap();
        let granted = grants.get(before..).unwrap();
        assert!(
            granted
                .iter()
                .all(|grant| (grant.seat, grant.request) == (seat, request))
        );
        granted.last().map(|grant| grant.lease)
    }

    /// Who was served since, by seat.
    fn release(&mut self, seat: u32, lease: u64) -> Vec<u32> {
        let before = self.said.grants.lock().unwrap().len();
        self.domain.publish(Release {
            stamp: stamp(),
            seat,
            lease,
        });
        self.pass(Duration::ZERO);
        self.served(before)
    }

    fn served(&self, before: usize) -> Vec<u32> {
        let grants = self.said.grants.lock().unwrap();
        grants.iter().skip(before).map(|grant| grant.seat).collect()
    }

    fn grant(&mut self, request: u64, lease: u64) {
        self.domain.publish(Grant {
            stamp: stamp(),
            seat: 3,
            request,
            lease,
        });
        self.pass(Duration::ZERO);
    }

    fn state(&self) -> String {
        self.domain
            .status()
            .first()
            .and_then(|actor| actor.state.clone())
            .unwrap()
    }

    fn released(&self) -> Vec<u64> {
        self.said
            .releases
            .lock()
            .unwrap()
            .iter()
            .map(|release| release.lease)
            .collect()
    }
}

fn domain(clock: &Arc<ManualClock>, observer: Arc<dyn Observer>) -> Domain {
    let node: NodeName = "b".parse().unwrap();
    let settings = BusSettings {
        observer: Some(observer),
        ..BusSettings::new(node, LIFE)
    };
    Domain::new(DomainSettings {
        bus: Bus::new(settings),
        clock: clock.clone(),
        seed: [1; 32],
    })
}

#[test]
fn neighbours_wait_for_each_other_and_others_do_not() {
    let mut stage = Stage::table();
    let lease = stage.hungry(0, 1).unwrap();
    assert!(stage.hungry(2, 1).is_some());
    assert_eq!(stage.hungry(1, 1), None);
    assert_eq!(stage.hungry(4, 1), None);
    // 1 needs a fork of 2, who still eats.
    assert_eq!(stage.release(0, lease), [4]);
}

#[test]
fn who_waits_longest_is_not_overtaken_by_a_neighbour() {
    let mut stage = Stage::table();
    let lease = stage.hungry(0, 1).unwrap();
    assert_eq!(stage.hungry(1, 1), None);
    // Both forks of 2 are on the table, but 1 waits for one of them.
    assert_eq!(stage.hungry(2, 1), None);
    assert_eq!(stage.release(0, lease), [1]);
}

#[test]
fn a_table_that_has_just_begun_waits_for_the_leases_of_its_earlier_life() {
    let mut stage = Stage::new();
    stage
        .domain
        .spawn::<Table>("table", Size { seats: 5 }, ActorOptions::default())
        .unwrap();
    stage.domain.start();
    assert_eq!(stage.hungry(0, 1), None);
    stage.pass(LEASE);
    assert_eq!(stage.served(0), [0; 0]);
    stage.pass(MARGIN);
    assert_eq!(stage.served(0), [0]);
}

#[test]
fn a_lease_that_nobody_returns_runs_out() {
    let mut stage = Stage::table();
    stage.hungry(0, 1).unwrap();
    stage.hungry(1, 1);
    stage.pass(LEASE);
    assert_eq!(stage.served(0), [0]);
    stage.pass(MARGIN * 2);
    assert_eq!(stage.served(0), [0, 1]);
}

#[test]
fn a_repeated_request_gets_a_new_lease_on_the_same_forks() {
    let mut stage = Stage::table();
    let first = stage.hungry(0, 1).unwrap();
    let second = stage.hungry(0, 2).unwrap();
    assert!(first > LIFE.start && second > first);
    stage.hungry(1, 1);
    assert_eq!(stage.release(0, first), [0; 0]);
    assert_eq!(stage.release(0, second), [1]);
}

#[test]
fn the_forks_of_a_restarted_node_are_free_at_once_and_those_of_an_unreachable_one_are_not() {
    let mut stage = Stage::table();
    stage.hungry(0, 1).unwrap();
    stage.hungry(1, 1);
    let down = |reason| NodeDown {
        name: "b".into(),
        life: LIFE,
        reason,
    };
    stage.domain.publish(down(DownReason::Unreachable));
    stage.pass(Duration::ZERO);
    assert_eq!(stage.served(0), [0]);
    stage.domain.publish(NodeUp {
        name: "b".into(),
        life: LIFE,
        resumed: true,
    });
    stage.hungry(1, 2);
    assert_eq!(stage.served(0), [0]);
    stage.domain.publish(down(DownReason::Restarted));
    stage.domain.publish(NodeUp {
        name: "b".into(),
        life: LIFE,
        resumed: false,
    });
    stage.hungry(1, 3);
    assert_eq!(stage.served(0), [0, 1]);
}

#[test]
fn a_philosopher_asks_until_it_is_heard() {
    let mut stage = Stage::philosopher();
    stage.pass(LEASE);
    let asked = stage
        .said
        .hungry
        .lock()
        .unwrap()
        .iter()
        .map(|hungry| hungry.request)
        .collect::<Vec<_>>();
    assert_eq!(asked, [1, 2, 3, 4, 5]);
}

#[test]
fn a_philosopher_eats_and_gives_back() {
    let mut stage = Stage::philosopher();
    stage.grant(1, 77);
    assert_eq!(stage.state(), "eating");
    let eating = stage.said.eating.lock().unwrap().last().cloned().unwrap();
    assert!(eating.lease == 77 && eating.left <= LEASE);
    stage.pass(LEASE);
    assert_eq!(stage.released(), [77]);
}

#[test]
fn a_grant_counts_from_its_request_and_comes_too_late_after_a_cut() {
    let mut stage = Stage::philosopher();
    stage.pass(LEASE);
    stage.grant(1, 77);
    assert_eq!(
        (stage.state().as_str(), stage.released()),
        ("hungry", vec![77])
    );
    stage.grant(5, 78);
    assert_eq!(stage.state(), "eating");
}

#[test]
fn a_second_lease_on_the_same_forks_is_kept_until_the_meal_is_over() {
    let mut stage = Stage::philosopher();
    stage.pass(Duration::from_millis(600));
    stage.grant(1, 77);
    stage.grant(2, 78);
    assert_eq!(
        (stage.state().as_str(), stage.released()),
        ("eating", vec![])
    );
    stage.pass(LEASE);
    assert_eq!(stage.released().get(..2), Some(&[77, 78][..]));
}

#[test]
fn what_a_sated_philosopher_is_offered_goes_back() {
    let mut stage = Stage::philosopher();
    stage.grant(1, 77);
    while stage.state() != "thinking" {
        stage.pass(Duration::from_millis(10));
    }
    stage.grant(1, 78);
    assert_eq!(
        (stage.state().as_str(), stage.released()),
        ("thinking", vec![77, 78])
    );
}

#[test]
fn five_philosophers_dine_without_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let receivers = "dining.hungry=1,dining.release=1,dining.grant=5";
    let journalist = Journalist::open(&path, receivers).unwrap();
    let clock = Arc::new(ManualClock::new());
    let mut domain = domain(&clock, Arc::new(journalist));
    domain
        .spawn::<Table>("table", Size { seats: 5 }, ActorOptions::default())
        .unwrap();
    for seat in 0..5 {
        let args = Seat {
            seat,
            seed: Some(9),
        };
        domain
            .spawn::<Philosopher>(&format!("p{seat}"), args, ActorOptions::default())
            .unwrap();
    }
    domain.start();
    let until = clock.now() + Duration::from_secs(60);
    while let Some(next) = domain.run_until_idle(clock.now()).filter(|at| *at <= until) {
        clock.advance_to(next);
    }
    drop(domain);

    let (mut words, mut records) = (Words::default(), Vec::new());
    Reader::default()
        .feed(&fs::read(&path).unwrap(), &mut words, &mut records)
        .unwrap();
    let Some((_, Record::Start { node, life })) = records.first().cloned() else {
        panic!("the journal begins with {:?}", records.first());
    };
    let witness = Witness {
        node,
        life,
        ready: Some(0),
        ended: None,
        frozen: Vec::new(),
        records,
    };
    let table = vec![(node, words.number("table"))];
    let philosophers = (0..5)
        .map(|seat| (node, words.number(&format!("p{seat}"))))
        .collect();
    let receivers = [
        ("dining.hungry", table.clone()),
        ("dining.release", table),
        ("dining.grant", philosophers),
        ("dining.eating", vec![]),
    ];
    let receivers = receivers
        .map(|(signal, all)| (words.number(signal), all))
        .into();
    let verdict = judge(
        &[&witness],
        &Topology {
            receivers,
            seats: vec![node; 5],
        },
        u64::MAX,
        &words,
    );
    assert_eq!(verdict.problems, [""; 0]);
    assert!(
        verdict.meals.iter().all(|meals| *meals > 20),
        "{:?}",
        verdict.meals
    );
}
