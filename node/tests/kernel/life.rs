//! A27, E1 and E2: how actors begin and end.

use farc::SpawnError;
use farc::prelude::*;

use super::support::{A, Bench, Do, InputPosted, Scripted, script};

#[test]
fn all_actors_start_in_order_before_any_event_is_dispatched() {
    let mut bench = Bench::new();
    let publishes = |n| script([("start", vec![Do::PublishA(n)])]);
    bench.spawn("one", 1, publishes(1));
    bench.spawn("two", 9, publishes(2));
    assert_eq!(bench.run(), "");
    bench.domain.start();
    assert_eq!(bench.trace.take(), "");
    // Both subscribed before the first one started, so it has its own signal and the other's, too.
    assert_eq!(bench.run(), "two:A1 two:A2 one:A1 one:A2");
}

#[test]
fn an_actor_spawned_at_run_time_starts_as_the_next_step() {
    let mut bench = Bench::new();
    bench.spawn("one", 63, script([]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    let late = bench.spawn("late", 0, script([("start", vec![Do::PublishA(2)])]));
    bench.domain.post(&late, InputPosted::Note(1)).unwrap();
    assert_eq!(bench.run(), "one:A1 one:A2 late:Note late:A2");
}

#[test]
fn a_stop_from_within_runs_the_exit_path_and_gives_up_what_is_queued() {
    let mut bench = Bench::new();
    let rules = script([("a1", vec![Do::Stop]), ("exit", vec![Do::PublishB(5)])]);
    let one = bench.spawn("one", 5, rules);
    bench.spawn("two", 1, script([("start", vec![Do::Subscribe])]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.domain.publish(A { n: 2 });
    assert_eq!(bench.run(), "one:A1 one!stopped:Ax1 two:A1 two:A2 two:B5");
    assert!(matches!(
        one.post(InputPosted::Note(1)),
        Err(PostError::Stopped(InputPosted::Note(1)))
    ));
    assert_eq!(bench.bus.interest().subscriptions.len(), 3);
    bench.balanced();
}

#[test]
fn a_domain_stops_its_least_urgent_actors_first() {
    let mut bench = Bench::new();
    let says = |n| {
        script([
            ("start", vec![Do::Subscribe]),
            ("exit", vec![Do::PublishB(n)]),
        ])
    };
    bench.spawn("high", 9, says(1));
    bench.spawn("low1", 1, says(2));
    bench.spawn("low2", 1, says(3));
    bench.domain.start();
    bench.run();
    bench.domain.stop();
    // Each tells itself and those that are left, which never get to handle it.
    assert_eq!(
        bench.trace.take(),
        "low2!stopped:Bx1 low1!stopped:Bx1 low1!stopped:Bx1 high!stopped:Bx1 high!stopped:Bx1 high!stopped:Bx1"
    );
    assert!(bench.domain.is_stopped());
    assert_eq!(bench.run(), "");
    bench.balanced();
    let again = bench
        .domain
        .spawn::<Scripted>("new", script([]), ActorOptions::default());
    assert!(matches!(again, Err(SpawnError::Stopped { .. })));
}

#[test]
fn names_priorities_and_mailboxes_are_checked() {
    let mut bench = Bench::new();
    bench.spawn("one", 1, script([]));
    let mut spawn = |name: &str, options| {
        bench
            .domain
            .spawn::<Scripted>(name, script([]), options)
            .unwrap_err()
    };
    let default = ActorOptions::default();
    assert!(matches!(
        spawn("one", default.clone()),
        SpawnError::NameTaken { .. }
    ));
    assert!(matches!(
        spawn(
            "two",
            ActorOptions {
                priority: 64,
                ..default.clone()
            }
        ),
        SpawnError::Priority { .. }
    ));
    assert!(matches!(
        spawn(
            "two",
            ActorOptions {
                mailbox: 1,
                ..default
            }
        ),
        SpawnError::Mailbox { .. }
    ));
}

#[test]
fn an_address_is_found_by_name_and_type() {
    let mut bench = Bench::new();
    let one = bench.spawn("one", 1, script([]));
    bench.domain.start();
    let found = bench.domain.address::<Scripted>("one").unwrap();
    assert_eq!(found.name(), one.name());
    assert!(bench.domain.address::<Scripted>("two").is_none());
}
