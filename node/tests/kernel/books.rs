//! C3: whatever happens, the books add up.

use farc::prelude::*;
use proptest::prelude::*;

use super::support::{A, B, Bench, Do, InputPosted, Scripted, hush, script};

fn action() -> impl Strategy<Value = Do> {
    prop_oneof![
        Just(Do::PublishB(1)),
        Just(Do::PublishC(1)),
        Just(Do::PostSelf(1)),
        Just(Do::After(3, 2)),
        Just(Do::After(0, 2)),
        Just(Do::Front(1)),
        Just(Do::Front(2)),
        Just(Do::Recall),
        Just(Do::DropDeferred),
        Just(Do::Arm(2, 3)),
        Just(Do::Every(1, 1)),
        Just(Do::Rearm(4)),
        Just(Do::Disarm),
        Just(Do::Defer),
        Just(Do::Defer),
        Just(Do::Defer),
        Just(Do::Subscribe),
        Just(Do::Unsubscribe),
        Just(Do::Away),
        Just(Do::Home),
        Just(Do::Ignore),
        Just(Do::Panic),
        Just(Do::Stop),
    ]
}

fn overflow() -> impl Strategy<Value = Overflow> {
    prop_oneof![
        Just(Overflow::Reject),
        Just(Overflow::DropOldest),
        Just(Overflow::DropNewest),
        Just(Overflow::Conflate),
        Just(Overflow::Fault),
    ]
}

fn rules() -> impl Strategy<Value = Vec<(String, Vec<Do>)>> {
    let trigger = prop_oneof!["entry", "exit", "a[1-3]", "b1", "c1", "note[1-3]"];
    prop::collection::vec((trigger, prop::collection::vec(action(), 0..4)), 0..10)
}

#[derive(Clone, Debug)]
enum Step {
    Publish(u32),
    PublishB,
    Post(usize, u32),
    PostFromElsewhere(usize, u32),
    Run(u64),
    Pass(u64),
    Stop(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..4u32).prop_map(Step::Publish),
        1 => Just(Step::PublishB),
        3 => (0..4usize, 1..4u32).prop_map(|(to, n)| Step::Post(to, n)),
        3 => (0..4usize, 1..4u32).prop_map(|(to, n)| Step::PostFromElsewhere(to, n)),
        4 => (0..6u64).prop_map(Step::Run),
        2 => (1..30u64).prop_map(Step::Pass),
        1 => (0..4usize).prop_map(Step::Stop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_balance_after_every_step(
        actors in prop::collection::vec((0..3u8, 2..8usize, overflow(), rules()), 1..4),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        // Panics are part of it; their messages are not.
        hush("as the script says");
        let mut bench = Bench::new();
        let mut addresses: Vec<Address<Scripted>> = Vec::new();
        for (i, (priority, mailbox, overflow, rules)) in actors.into_iter().enumerate() {
            let mut rules: super::support::Script = rules.into_iter().collect();
            // Bounded, or publishing to oneself would go on for ever.
            rules.insert("start".to_owned(), vec![Do::Subscribe]);
            let options = ActorOptions { priority, mailbox, overflow, ..ActorOptions::default() };
            addresses.push(bench.spawn_with(&i.to_string(), rules, options));
        }
        bench.domain.start();
        for step in steps {
            match step {
                Step::Publish(n) => drop(bench.domain.publish(A { n })),
                Step::PublishB => drop(bench.domain.publish(B { n: 1 })),
                Step::Post(to, n) => drop(bench.domain.post(&addresses[to % addresses.len()], InputPosted::Note(n))),
                Step::PostFromElsewhere(to, n) => drop(addresses[to % addresses.len()].post(InputPosted::Note(n))),
                Step::Run(budget) => drop(bench.domain.run(bench.domain.now(), budget)),
                Step::Pass(time) => {
                    bench.clock.advance(std::time::Duration::from_millis(time));
                    bench.domain.run(bench.domain.now(), 50);
                }
                Step::Stop(which) => drop(bench.domain.stop_actor_named(&(which % addresses.len()).to_string())),
            }
            prop_assert_eq!(bench.domain.books().balance(), Vec::<String>::new());
        }
        bench.domain.stop();
        let books = bench.domain.books();
        prop_assert_eq!(books.balance(), Vec::<String>::new());
        prop_assert!(books.actors.values().all(|tally| tally.queued == 0));
        prop_assert!(bench.domain.is_idle());
        prop_assert!(bench.domain.status().iter().all(|actor| actor.mailbox.deferred == 0));
    }
}

#[test]
fn ten_thousand_panics_lose_nothing_of_others() {
    hush("as the script says");
    let mut bench = Bench::new();
    let forgiving = RestartPolicy::Restart {
        limit: u32::MAX,
        within: std::time::Duration::from_secs(5),
        backoff: std::time::Duration::from_millis(1),
        max_backoff: std::time::Duration::from_millis(1),
    };
    let mut bad = Vec::new();
    for n in 0..10 {
        let options = ActorOptions {
            priority: n % 4,
            restart: forgiving.clone(),
            ..ActorOptions::default()
        };
        bad.push(bench.spawn_with(
            &format!("bad{n}"),
            script([("note1", vec![Do::PublishB(1), Do::Panic])]),
            options,
        ));
    }
    let options = ActorOptions {
        mailbox: 1 << 16,
        ..ActorOptions::default()
    };
    bench.spawn_with("good", script([("start", vec![Do::Subscribe])]), options);
    bench.domain.start();
    for _ in 0..1000 {
        for to in &bad {
            bench.domain.post(to, InputPosted::Note(1)).unwrap();
        }
        // All ten come back within this time: more than that a domain does not let back.
        bench.pass(10);
    }
    bench.pass(10);
    let books = bench.domain.books();
    assert_eq!(books.balance(), Vec::<String>::new());
    // Each panicking step had published before: all of it stands.
    let good = &books.actors["good"];
    assert_eq!((good.delivered, good.dropped_total()), (10_000, 0));
    assert!((0..10).all(|n| books.actors[&format!("bad{n}")].dropped_total() == 1000));
}
