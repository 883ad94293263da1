//! Several nodes on one virtual clock: cuts, crashes, new lives, and what links promise across them.

use std::cell::Cell;
use std::time::Duration;

use expect_test::expect;
use farc::prelude::*;
use farc::sys::{DownReason, Gap, NodeDown, NodeUp, Shutdown};
use farc::testing::{TestCluster, TestNode};
use serde::{Deserialize, Serialize};

use super::node::report;

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("kit.count")]
pub(crate) struct Count {
    pub(crate) n: u32,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("kit.heard")]
pub(crate) struct Heard {
    pub(crate) n: u32,
}

#[derive(Event)]
pub(crate) enum CounterEvent {
    #[event(local)]
    Tick,
}

/// Publishes a number every 100 ms.
pub(crate) struct Counter {
    n: u32,
}

const TICK: Duration = Duration::from_millis(100);

#[hsm(event = CounterEvent, initial = counting)]
impl Counter {
    #[state]
    fn counting(&mut self, event: &CounterEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            CounterEvent::Tick => {
                self.n += 1;
                cx.publish(Count { n: self.n });
                Reenter(State::Counting)
            }
        }
    }

    #[entry(counting)]
    fn arm(&mut self, cx: &mut Context<Self>) {
        let _ = cx.after(TICK, CounterEvent::Tick);
    }
}

impl Actor for Counter {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { n: 0 })
    }
}

#[derive(Event)]
pub(crate) enum EarEvent {
    Count(Count),
    Up(NodeUp),
    Down(NodeDown),
    Gap(Gap),
}

/// Hears the numbers, and tells so.
pub(crate) struct Ear;

#[hsm(event = EarEvent, initial = listening, subscribe = [Count, NodeUp, NodeDown, Gap])]
impl Ear {
    #[state]
    fn listening(&mut self, event: &EarEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            EarEvent::Count(Count { n }) => {
                cx.publish(Heard { n: *n });
                Handled
            }
            EarEvent::Up(_) | EarEvent::Down(_) | EarEvent::Gap(_) => Handled,
        }
    }
}

impl Actor for Ear {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// A counter in the shed, an ear in the house, nothing in the yard.
fn three(seed: u64) -> TestCluster {
    let cluster = TestCluster::new(seed);
    cluster
        .add("house", |node| node.spawn::<Ear>("ear", ()).map(drop))
        .unwrap();
    cluster
        .add("shed", |node| {
            node.spawn::<Counter>("counter", ()).map(drop)
        })
        .unwrap();
    cluster.add("yard", |_| Ok(())).unwrap();
    cluster.start();
    cluster
}

/// The numbers that the ear has handled: each is the next one.
fn consecutive(counts: &[Count]) -> bool {
    counts.windows(2).all(|pair| pair[1].n == pair[0].n + 1)
}

#[test]
fn what_is_published_on_one_node_is_handled_on_another() {
    let cluster = three(1);
    let house = cluster.node("house");
    assert_eq!(house.expect::<Heard>(SECOND), Heard { n: 1 });
    let latency = cluster.elapsed() - TICK;
    assert!(
        latency >= Duration::from_micros(500) && latency <= Duration::from_micros(1500),
        "{latency:?}"
    );
    assert_eq!(
        cluster.expect::<Count>(SECOND),
        ("shed".to_owned(), Count { n: 1 })
    );
    assert_eq!(house.expect_handled::<Count>("ear", SECOND), Count { n: 1 });
    let ups = house.handled::<NodeUp>("ear");
    assert_eq!(ups.len(), 2);
    assert!(ups.iter().all(|up| !up.resumed));
    assert_eq!(cluster.balance(), Vec::<String>::new());
}

#[test]
fn nothing_is_lost_across_a_cut_that_heals() {
    for seed in 0..10 {
        let cluster = three(seed);
        let house = cluster.node("house");
        cluster.advance(SECOND);
        cluster.cut("house", "shed");
        let down = house.expect_handled::<NodeDown>("ear", 3 * SECOND);
        assert_eq!(
            (&*down.name, down.reason),
            ("shed", DownReason::Unreachable)
        );
        assert!(!cluster.is_up("house", "shed"));
        assert!(cluster.is_up("house", "yard"));
        cluster.advance(10 * SECOND);
        house.handled::<NodeUp>("ear");
        cluster.heal("house", "shed");
        let up = house.expect_handled::<NodeUp>("ear", 3 * SECOND);
        assert!(up.resumed);
        assert_eq!(up.life, down.life);
        cluster.advance(SECOND);
        let counts = house.handled::<Count>("ear");
        assert!(counts.len() > 120, "{}", counts.len());
        assert!(
            counts[0].n == 1 && consecutive(&counts),
            "seed {seed}: {counts:?}"
        );
        assert_eq!(house.handled::<Gap>("ear"), []);
        assert_eq!(cluster.balance(), Vec::<String>::new());
    }
}

#[test]
fn a_short_cut_is_not_noticed_by_anyone() {
    let cluster = three(3);
    let house = cluster.node("house");
    cluster.advance(SECOND);
    house.handled::<Count>("ear");
    cluster.cut("house", "shed");
    house.refuse_handled::<Count>("ear", SECOND);
    cluster.heal("house", "shed");
    house.refuse_handled::<NodeDown>("ear", 5 * SECOND);
    let counts = house.handled::<Count>("ear");
    assert!(counts.len() > 50 && consecutive(&counts));
}

#[test]
fn what_waits_for_longer_than_its_age_is_a_gap() {
    let cluster = three(4);
    let house = cluster.node("house");
    cluster.advance(SECOND);
    cluster.cut("house", "shed");
    cluster.advance(40 * SECOND);
    cluster.heal("house", "shed");
    let gap = house.expect_handled::<Gap>("ear", 5 * SECOND);
    assert_eq!((&*gap.peer, &*gap.cause), ("shed", "expired"));
    cluster.advance(SECOND);
    let counts = house.handled::<Count>("ear");
    let lost = counts.last().unwrap().n - counts.len() as u32;
    let gaps: u64 = house
        .handled::<Gap>("ear")
        .iter()
        .map(|gap| gap.count)
        .sum();
    assert_eq!(gap.count + gaps, u64::from(lost));
    assert_eq!(cluster.balance(), Vec::<String>::new());
}

#[test]
fn a_node_that_is_killed_comes_back_as_another_life() {
    for seed in 0..10 {
        let cluster = three(seed);
        let house = cluster.node("house");
        cluster.advance(SECOND);
        cluster.crash("shed");
        assert!(!cluster.is_running("shed"));
        let down = house.expect_handled::<NodeDown>("ear", 3 * SECOND);
        assert_eq!(down.reason, DownReason::Unreachable);
        let before = house.handled::<Count>("ear");
        house.handled::<NodeUp>("ear");
        cluster.restart("shed").unwrap();
        let up = house.expect_handled::<NodeUp>("ear", 5 * SECOND);
        assert!(!up.resumed && up.life.is_newer_than(down.life));
        let again = house.expect_handled::<NodeDown>("ear", SECOND);
        assert_eq!(
            (again.life, again.reason),
            (down.life, DownReason::Restarted)
        );
        cluster.advance(SECOND);
        let after = house.handled::<Count>("ear");
        assert!(before.len() >= 8 && consecutive(&before), "{before:?}");
        // The counter of the new life begins anew; what it published before it knew of the ear had nobody to go to.
        assert!(
            after[0].n < before.last().unwrap().n && consecutive(&after),
            "{after:?}"
        );
        assert_eq!(cluster.balance(), Vec::<String>::new());
    }
}

#[test]
fn a_receiver_that_restarts_misses_what_its_old_life_was_sent() {
    let cluster = three(5);
    cluster.advance(SECOND);
    let house = cluster.node("house");
    let before = house.handled::<Count>("ear").last().unwrap().n;
    assert_eq!(house.handled::<NodeUp>("ear").len(), 2);
    cluster.restart("house").unwrap();
    let first = house.expect_handled::<Count>("ear", 5 * SECOND).n;
    assert!(first > before, "{first} after {before}");
    cluster.advance(SECOND);
    assert!(consecutive(&house.handled::<Count>("ear")));
    assert_eq!(house.handled::<NodeUp>("ear").len(), 2);
}

#[test]
fn a_node_that_leaves_says_so_and_loses_nothing() {
    let cluster = three(6);
    let house = cluster.node("house");
    cluster.advance(SECOND);
    let published = cluster.node("shed");
    cluster.leave("shed");
    assert!(!cluster.is_running("shed"));
    let down = house.expect_handled::<NodeDown>("ear", SECOND);
    assert_eq!(down.reason, DownReason::Left);
    assert_eq!(
        house.handled::<Count>("ear"),
        published.published::<Count>()
    );
    let told = report(|| published.expect_state("counter", "counting"));
    assert_eq!(told, "node `shed` is down");
}

#[derive(Event)]
enum WitnessEvent {
    Count(Count),
    Shutdown(Shutdown),
    #[event(local)]
    Tick,
    #[event(local)]
    Last,
}

/// Publishes what it is told until the end, and a number of its own when it leaves its state.
struct Witness {
    farewell: u32,
}

#[hsm(event = WitnessEvent, initial = watching, subscribe = [Count, Shutdown])]
impl Witness {
    #[state]
    fn watching(&mut self, event: &WitnessEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            WitnessEvent::Count(_) => Handled,
            WitnessEvent::Shutdown(_) => {
                // Due long before the end, and of no use then.
                let _ = cx.after(Duration::from_millis(1), WitnessEvent::Tick);
                let posted = cx.post_self(WitnessEvent::Last);
                assert!(posted.is_ok());
                Handled
            }
            WitnessEvent::Last => {
                cx.publish(Heard { n: 1 });
                Handled
            }
            WitnessEvent::Tick => {
                cx.publish(Heard { n: 99 });
                Handled
            }
        }
    }

    #[exit(watching)]
    fn leave(&mut self, cx: &mut Context<Self>) {
        cx.publish(Heard { n: self.farewell });
    }
}

impl Actor for Witness {
    type Args = u32;

    fn new(farewell: u32, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { farewell })
    }
}

#[derive(Event)]
enum ScribeEvent {
    Heard(Heard),
    Down(NodeDown),
}

/// Hears what the others publish at last, and until when they are there.
struct Scribe;

#[hsm(event = ScribeEvent, initial = writing, subscribe = [Heard, NodeDown])]
impl Scribe {
    #[state]
    fn writing(&mut self, event: &ScribeEvent) -> Next<Self> {
        match event {
            ScribeEvent::Heard(_) | ScribeEvent::Down(_) => Handled,
        }
    }
}

impl Actor for Scribe {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn d07_a_node_that_leaves_ends_its_sources_works_off_what_waits_and_its_last_words_arrive() {
    for seed in 0..20 {
        let cluster = TestCluster::new(seed);
        let leaver = cluster
            .add("leaver", |node| {
                for (name, priority, farewell) in [("high", 60, 3), ("low", 1, 2)] {
                    let options = ActorOptions {
                        priority,
                        ..ActorOptions::default()
                    };
                    node.spawn_with::<Witness>(name, farewell, options)?;
                }
                Ok(())
            })
            .unwrap();
        let stays = cluster
            .add("stays", |node| {
                node.spawn::<Scribe>("scribe", ())?;
                node.spawn::<Counter>("counter", ()).map(drop)
            })
            .unwrap();
        cluster.start();
        cluster.until_ready(5 * SECOND);
        cluster.advance(SECOND);
        let before = cluster.elapsed();
        cluster.leave("leaver");
        assert!(cluster.elapsed() - before < SECOND, "it waits for no timer");
        // Both have worked off what they sent themselves; then they left their states, the least urgent first.
        let heard: Vec<u32> = stays
            .handled::<Heard>("scribe")
            .iter()
            .map(|heard| heard.n)
            .collect();
        assert_eq!(heard, [1, 1, 2, 3], "seed {seed}");
        let down = stays.expect_handled::<NodeDown>("scribe", SECOND);
        assert_eq!(down.reason, DownReason::Left);
        assert!(!cluster.is_running("leaver"));
        assert_eq!(cluster.balance(), Vec::<String>::new());
        drop(leaver);
    }
}

#[test]
fn a_partition_separates_groups_and_a_delay_slows_a_path() {
    let cluster = three(7);
    cluster.partition(&[&["house"], &["shed", "yard"]]);
    cluster.until(
        |cluster| !cluster.is_up("house", "shed") && !cluster.is_up("house", "yard"),
        5 * SECOND,
    );
    assert!(cluster.is_up("shed", "yard"));
    cluster.heal_all();
    cluster.until_ready(5 * SECOND);
    cluster.settle(5 * SECOND);
    let house = cluster.node("house");
    house.published::<Heard>();
    cluster.delay("house", "shed", 20 * TICK / 4);
    let counted = house.expect::<Heard>(2 * SECOND);
    let sent = cluster
        .node("shed")
        .actor("counter", |counter: &Counter| counter.n);
    assert!(sent >= counted.n + 4, "{sent} sent, {counted:?}");
}

#[test]
fn what_does_not_happen_in_a_cluster_is_reported_with_its_links() {
    let cluster = three(8);
    cluster.advance(TICK + TICK / 2);
    cluster.cut("house", "shed");
    cluster.crash("yard");
    cluster.advance(TICK);
    let told = report(|| cluster.refuse::<Heard>(SECOND / 4));
    expect![[r#"
        `kit.heard` was not to be published during 250ms, and `house/ear` did
        at 0.256700, next deadline at 0.300000
        house/ear: listening, 3 handled
        shed/counter: counting, 2 handled
        yard: down
        link house-shed: up, cut
        link house-yard: up
        link shed-yard: up
        last steps:
          0.000000 house/ear start: top-INIT;listening-ENTRY;
          0.000000 shed/counter start: top-INIT;counting-ENTRY;
          0.003900 yard/$link house: up;
          0.004200 shed/$link house: up;
          0.004300 shed/$link yard: up;
          0.004600 house/$link yard: up;
          0.004600 house/ear Up: listening-Up;
          0.005000 house/$link shed: up;
          0.005000 house/ear Up: listening-Up;
          0.005100 yard/$link shed: up;
          0.100000 shed/counter Tick: counting-Tick;publish kit.count {"n":1};counting-EXIT;counting-ENTRY;
          0.101100 house/ear Count: listening-Count;publish kit.heard {"n":1};
          0.156700 house/$link shed: cut;
          0.156700 shed/$link house: cut;
          0.156700 yard/$node crashed;
          0.200000 shed/counter Tick: counting-Tick;publish kit.count {"n":2};counting-EXIT;counting-ENTRY;
    "#]].assert_eq(&told);
    cluster.advance(3 * SECOND);
    let told = report(|| cluster.until_ready(SECOND));
    assert!(
        told.starts_with("all links were to be ready within 1s\n"),
        "{told}"
    );
}

#[test]
fn a_cluster_is_settled_when_nothing_is_under_way() {
    let cluster = TestCluster::new(9);
    cluster
        .add("house", |node| node.spawn::<Ear>("ear", ()).map(drop))
        .unwrap();
    let shed = cluster.add("shed", |_| Ok(())).unwrap();
    cluster.start();
    shed.publish(Count { n: 1 });
    assert_eq!(cluster.node("house").handled::<Count>("ear"), []);
    let took = cluster.settle(SECOND);
    assert!(took < Duration::from_millis(50), "{took:?}");
    assert_eq!(
        cluster.node("house").handled::<Count>("ear"),
        [Count { n: 1 }]
    );
}

/// Everything that this cluster can do, as a trace.
fn story(seed: u64) -> String {
    let cluster = three(seed);
    cluster.node("shed").panic_next("counter");
    cluster.advance(2 * SECOND);
    cluster.cut("house", "shed");
    cluster.advance(4 * SECOND);
    cluster.heal("house", "shed");
    cluster.delay("house", "yard", TICK);
    cluster.advance(3 * SECOND);
    cluster.restart("shed").unwrap();
    cluster.advance(3 * SECOND);
    cluster.leave("yard");
    cluster.advance(SECOND);
    assert_eq!(cluster.balance(), Vec::<String>::new());
    cluster.trace()
}

#[test]
fn b09_the_same_seed_gives_the_same_trace_to_the_byte() {
    let stories: Vec<String> = (0..20).map(story).collect();
    for (seed, first) in stories.iter().enumerate() {
        assert!(*first == story(seed as u64), "seed {seed}");
    }
    let mut different = stories.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), stories.len());
}

#[test]
fn other_seeds_find_other_orders_of_what_arrives_at_the_same_time() {
    let heard = |seed| {
        let cluster = TestCluster::new(seed);
        let ear = |node: &TestNode| node.spawn::<Ear>("ear", ()).map(drop);
        let house = cluster.add("house", ear).unwrap();
        let one = cluster.add("one", |_| Ok(())).unwrap();
        let other = cluster.add("other", |_| Ok(())).unwrap();
        cluster.start();
        one.publish(Count { n: 1 });
        other.publish(Count { n: 2 });
        let next = || (house.expect::<Heard>(SECOND).n, cluster.elapsed());
        (next(), next())
    };
    let orders = (0..100).map(heard);
    let at_once = orders.filter(|((_, first), (_, second))| first == second);
    let orders: Vec<(u32, u32)> = at_once.map(|((a, _), (b, _))| (a, b)).collect();
    assert!(
        orders.contains(&(1, 2)) && orders.contains(&(2, 1)),
        "{orders:?}"
    );
}

#[test]
fn what_is_still_under_way_is_reported() {
    let cluster = three(10);
    cluster.advance(TICK);
    let told = report(|| {
        cluster.settle(Duration::ZERO);
    });
    assert!(
        told.starts_with("nothing was to be under way within 0ns\nat 0."),
        "{told}"
    );
    cluster.settle(SECOND);
    let told = report(|| {
        cluster.expect::<NodeUp>(SECOND);
    });
    assert!(
        told.starts_with("`$sys.node_up` was to be published within 1s\n"),
        "{told}"
    );
    assert_eq!(
        report(|| drop(cluster.node("garden"))),
        "the cluster has no node `garden`"
    );
}

#[test]
fn a_node_whose_actors_cannot_be_constructed_anew_stays_down() {
    let cluster = TestCluster::new(11);
    let lives = Cell::new(0);
    cluster
        .add("house", move |node| {
            lives.set(lives.get() + 1);
            let twice = if lives.get() == 2 { 2 } else { 1 };
            (0..twice).try_for_each(|_| node.spawn::<Ear>("ear", ()).map(drop))
        })
        .unwrap();
    cluster.start();
    let error = cluster.restart("house").unwrap_err();
    assert_eq!(error.to_string(), "there is an actor `ear` already");
    assert!(!cluster.is_running("house"));
    cluster.restart("house").unwrap();
    cluster.node("house").expect_state("ear", "listening");
}

#[test]
#[should_panic(expected = "nodes are added before the start of the cluster")]
fn nodes_are_added_before_the_start() {
    let cluster = three(0);
    let _ = cluster.add("late", |_| Ok(()));
}
