//! A21 to A24, B5 and B10: time events in a domain.

use std::time::Duration;

use farc::Clock as _;
use farc::prelude::*;

use super::support::{A, Bench, Do, InputPosted, script};

#[test]
fn a24_timers_fire_by_deadline_and_then_in_the_order_of_arming() {
    let mut bench = Bench::new();
    bench.spawn(
        "slow",
        9,
        script([("start", vec![Do::After(30, 1), Do::After(10, 2)])]),
    );
    bench.spawn(
        "fast",
        1,
        script([("start", vec![Do::After(10, 3), Do::After(20, 4)])]),
    );
    bench.domain.start();
    assert_eq!(bench.run(), "");
    assert_eq!(bench.pass(10), "slow:Note fast:Note");
    assert_eq!(bench.pass(10), "fast:Note");
    assert_eq!(bench.pass(10), "slow:Note");
    assert_eq!(bench.domain.run_until_idle(bench.clock.now()), None);
}

#[test]
fn a24_an_earlier_timer_armed_later_still_fires_on_time() {
    let mut bench = Bench::new();
    bench.spawn(
        "one",
        0,
        script([("start", vec![Do::After(1000, 1), Do::After(1, 2)])]),
    );
    bench.domain.start();
    let next = bench.domain.run_until_idle(bench.clock.now());
    assert_eq!(next, Some(bench.clock.now() + Duration::from_millis(1)));
    assert_eq!(bench.pass(1), "one:Note");
    assert_eq!(bench.pass(10_000), "one:Note");
}

#[test]
fn a24_a_deadline_in_the_past_posts_once_behind_what_the_mailbox_holds() {
    let mut bench = Bench::new();
    bench.spawn(
        "one",
        0,
        script([("a1", vec![Do::After(0, 1), Do::PublishA(2)])]),
    );
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    assert_eq!(bench.run(), "one:A1 one:A2 one:Note");
    assert_eq!(bench.pass(1000), "");
}

#[test]
fn a_timer_dies_with_the_exit_of_its_state() {
    let mut bench = Bench::new();
    bench.spawn(
        "one",
        0,
        script([("entry", vec![Do::After(10, 1)]), ("a1", vec![Do::Away])]),
    );
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    assert_eq!(bench.run(), "one:home->away one:A1");
    assert_eq!(bench.pass(100), "");
    bench.balanced();
}

#[test]
fn a_timer_whose_event_waits_in_the_mailbox_dies_with_its_state_too() {
    let mut bench = Bench::new();
    let one = bench.spawn(
        "one",
        0,
        script([("entry", vec![Do::After(10, 1)]), ("note2", vec![Do::Away])]),
    );
    bench.domain.start();
    bench.domain.post(&one, InputPosted::Note(2)).unwrap();
    bench.domain.post(&one, InputPosted::Note(3)).unwrap();
    // Due when the domain looks: it is queued behind the two notes, the first of which leaves the state.
    assert_eq!(
        bench.pass(10),
        "one!disarmed:timerx1 one:home->away one:Note one:Note"
    );
    let books = bench.domain.books();
    assert_eq!(books.actors["one"].intended, 3);
    bench.balanced();
}

#[test]
fn a_timer_of_the_start_action_lives_until_the_actor_stops() {
    let mut bench = Bench::new();
    bench.spawn(
        "one",
        0,
        script([("start", vec![Do::After(10, 1)]), ("a1", vec![Do::Away])]),
    );
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.run();
    assert_eq!(bench.pass(10), "one:Note");
}

#[test]
fn b10_an_actor_may_have_64_timers() {
    let mut bench = Bench::new();
    bench.spawn(
        "one",
        0,
        script([("start", (0..70).map(|n| Do::After(10, n)).collect())]),
    );
    bench.domain.start();
    assert_eq!(bench.pass(10).split(' ').count(), 64);
    bench.balanced();
}

#[test]
fn a_due_timer_that_finds_no_room_waits_and_enters_before_other_posts() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        mailbox: 4,
        ..ActorOptions::default()
    };
    let rules = script([
        ("start", vec![Do::After(5, 1), Do::After(5, 2)]),
        ("a1", vec![Do::PostSelf(9), Do::Ignore]),
    ]);
    bench.spawn_with("one", rules, options);
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.domain.publish(A { n: 2 });
    // The mailbox is full; taking A1 makes room, which the first timer takes before A1's handler can post.
    assert_eq!(bench.pass(5), "one:A1- one:A2 one:Note one:Note");
    bench.balanced();
}

#[test]
fn time_does_not_pass_within_a_step_and_moves_only_when_the_domain_is_idle() {
    let mut bench = Bench::new();
    // Each note posts the next one; a timer of a minute cannot fire in between, however many steps run.
    let mut rules = script([("start", vec![Do::After(60_000, 1)])]);
    for n in 100..400 {
        rules.insert(format!("note{n}"), vec![Do::PostSelf(n + 1)]);
    }
    let one = bench.spawn("one", 0, rules);
    bench.domain.start();
    bench.domain.post(&one, InputPosted::Note(100)).unwrap();
    assert_eq!(bench.run().split(' ').count(), 301);
}

#[test]
fn a25_a_timer_of_a_millisecond_does_not_drift_and_is_never_late_on_a_clock_that_waits() {
    let mut bench = Bench::new();
    bench.spawn("one", 0, script([("start", vec![Do::Every(1, 1)])]));
    let begin = bench.clock.now();
    bench.domain.start();
    for n in 1..=10_000 {
        let next = bench.domain.run_until_idle(bench.clock.now());
        assert_eq!(next, Some(begin + Duration::from_millis(n)));
        bench.clock.advance_to(begin + Duration::from_millis(n));
    }
    bench.run();
    let timers = bench.domain.timers();
    assert_eq!((timers.armed, timers.fired, timers.late), (1, 10_000, 0));
    assert_eq!(timers.max_late, Duration::ZERO);
    assert_eq!(bench.domain.status()[0].handled, 10_000);
}

#[test]
fn b05_how_late_timers_fire_is_measured() {
    let mut bench = Bench::new();
    let rules = (1..=99).map(|n| Do::After(n % 2, 1)).take(60).collect();
    bench.spawn("one", 0, script([("start", rules)]));
    bench.domain.start();
    // Half of them are due now, the others a millisecond later; the domain looks again after eleven.
    bench.run();
    bench.pass(11);
    let timers = bench.domain.timers();
    assert_eq!((timers.armed, timers.fired, timers.late), (0, 60, 30));
    assert_eq!(timers.p50_late, Duration::ZERO);
    assert_eq!(timers.max_late, Duration::from_millis(10));
    assert_eq!(timers.p99_late, Duration::from_millis(10));
}
