//! D1 to D4: a panic ends one step of one actor.

use std::time::Duration;

use farc::prelude::*;
use farc::{Clock as _, SpawnError};

use super::support::{A, Bench, Do, InputPosted, script};

#[test]
fn d01_a_panic_ends_one_actors_step_and_nothing_else() {
    let mut bench = Bench::new();
    bench.spawn("bad", 5, script([("a1", vec![Do::PublishB(1), Do::Panic])]));
    bench.spawn("good", 1, script([("start", vec![Do::Subscribe])]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    // What the failed step had published stands.
    assert_eq!(bench.run(), "bad!poison:Ax1 bad:restarts good:A1 good:B1");
    bench.balanced();
}

#[test]
fn d03_an_actor_comes_back_from_its_arguments_with_its_subscriptions_and_queued_events() {
    let mut bench = Bench::new();
    bench.spawn(
        "bad",
        5,
        script([("a1", vec![Do::Away]), ("a2", vec![Do::Panic])]),
    );
    bench.domain.start();
    for n in 1..=3 {
        bench.domain.publish(A { n });
    }
    assert_eq!(
        bench.run(),
        "bad:home->away bad:A1 bad!poison:Ax1 bad:restarts"
    );
    let status = bench.domain.status();
    assert_eq!(
        (
            status[0].phase,
            status[0].state.as_deref(),
            status[0].mailbox.depth
        ),
        ("failed", None, 1)
    );
    assert_eq!(
        status[0].last_failure.as_deref(),
        Some("as the script says")
    );
    // Still subscribed while it is down.
    bench.domain.publish(A { n: 4 });
    assert_eq!(bench.pass(10), "bad:A3 bad:A4");
    let status = bench.domain.status();
    assert_eq!(
        (
            status[0].phase,
            status[0].state.as_deref(),
            status[0].restarts
        ),
        ("running", Some("home"), 1)
    );
    let letters = bench.domain.dead_letters();
    assert_eq!((letters.len(), letters[0].cause.as_str()), (1, "poison"));
    bench.balanced();
}

#[test]
fn d03_a_restart_cancels_all_timers_and_their_queued_events() {
    let mut bench = Bench::new();
    let rules = script([
        ("start", vec![Do::After(0, 1), Do::After(50, 2)]),
        ("a1", vec![Do::Panic]),
    ]);
    bench.spawn("bad", 5, rules);
    bench.spawn("other", 6, script([]));
    bench.domain.publish(A { n: 1 });
    bench.domain.start();
    assert_eq!(
        bench.run(),
        "other:A1 bad!poison:Ax1 bad!disarmed:timerx1 bad:restarts"
    );
    // The start action armed them anew.
    assert_eq!(bench.pass(10), "bad:Note");
    assert_eq!(bench.pass(60), "bad:Note");
    bench.balanced();
}

#[test]
fn d02_past_the_limit_an_actor_stays_down_and_the_node_is_told() {
    let mut bench = Bench::new();
    let bad = bench.spawn("bad", 5, script([("note1", vec![Do::Panic])]));
    bench.spawn("watcher", 1, script([]));
    bench.domain.start();
    let mut trace = String::new();
    for _ in 0..4 {
        bench.domain.post(&bad, InputPosted::Note(1)).unwrap();
        trace += &bench.run();
        trace += &bench.pass(80);
        trace += ";";
    }
    assert_eq!(
        trace,
        "bad!poison:Notex1 bad:restarts;bad!poison:Notex1 bad:restarts;bad!poison:Notex1 bad:restarts;\
         bad!poison:Notex1 bad:stays-down watcher:ActorFailed;"
    );
    assert!(matches!(
        bench.domain.post(&bad, InputPosted::Note(1)),
        Err(PostError::Stopped(_))
    ));
    assert_eq!(bench.domain.publish(A { n: 1 }).delivered, 1);
    bench.balanced();
}

#[test]
fn d02_failures_that_are_long_past_are_forgiven() {
    let mut bench = Bench::new();
    let bad = bench.spawn("bad", 5, script([("note1", vec![Do::Panic])]));
    bench.domain.start();
    for _ in 0..20 {
        bench.domain.post(&bad, InputPosted::Note(1)).unwrap();
        bench.run();
        bench.pass(10);
        // It has been well for as long as its failures count.
        bench.pass(5_000);
    }
    assert_eq!(bench.domain.status()[0].phase, "running");
    assert_eq!(bench.domain.status()[0].restarts, 20);
}

#[test]
fn d02_the_back_off_doubles_up_to_ten_seconds_and_begins_anew_after_a_healthy_time() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        // Far away: what is looked at is the back-off.
        restart: RestartPolicy::Restart {
            limit: 1000,
            within: Duration::from_secs(5),
            backoff: Duration::from_millis(10),
            max_backoff: Duration::from_secs(10),
        },
        ..ActorOptions::default()
    };
    let bad = bench.spawn_with("bad", script([("note1", vec![Do::Panic])]), options);
    bench.domain.start();
    let fails = |bench: &mut Bench, longest: u64| {
        bench.domain.post(&bad, InputPosted::Note(1)).unwrap();
        let now = bench.domain.now();
        let next = bench.domain.run_until_idle(now).unwrap();
        let down = next - now;
        assert!(
            down <= Duration::from_millis(longest) && down >= Duration::from_millis(longest / 2),
            "{down:?} of at most {longest} ms"
        );
        bench.pass(longest);
        assert_eq!(bench.domain.status()[0].phase, "running");
        down
    };
    let doubling = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120];
    let mut downs = Vec::new();
    for longest in doubling.into_iter().chain([10_000; 4]) {
        downs.push(fails(&mut bench, longest));
    }
    let last = &downs[10..];
    assert!(
        last.iter().any(|down| down != &last[0]),
        "no jitter: {last:?}"
    );
    // The time between restart and failure counts, not that from failure to failure.
    bench.pass(4_000);
    fails(&mut bench, 10_000);
    bench.pass(5_000);
    fails(&mut bench, 10);
    fails(&mut bench, 20);
}

#[test]
fn d02_an_actor_that_fails_now_and_then_backs_off_as_well() {
    let mut bench = Bench::new();
    let bad = bench.spawn("bad", 5, script([("note1", vec![Do::Panic])]));
    bench.domain.start();
    for _ in 0..20 {
        bench.domain.post(&bad, InputPosted::Note(1)).unwrap();
        let now = bench.domain.now();
        let next = bench.domain.run_until_idle(now).unwrap();
        bench.pass((next - now).as_millis() as u64 + 1);
        bench.pass(2_000);
    }
    // Never more than three within five seconds, and never well for as long.
    bench.domain.post(&bad, InputPosted::Note(1)).unwrap();
    let now = bench.domain.now();
    let down = bench.domain.run_until_idle(now).unwrap() - now;
    assert!(down >= Duration::from_secs(5), "{down:?}");
}

#[test]
fn b05_actors_that_come_back_together_take_turns_with_the_steps_of_the_others() {
    const ACTORS: u64 = 10;
    let mut bench = Bench::new();
    for n in 0..ACTORS {
        bench.spawn(&format!("bad/{n}"), 50, script([("a1", vec![Do::Panic])]));
    }
    let busy = bench.spawn("busy", 1, script([]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.run();
    for n in 0..30 {
        bench.domain.post(&busy, InputPosted::Note(n)).unwrap();
    }
    let counted = |bench: &Bench| {
        let mut actors = bench.domain.status();
        let busy = actors.pop().unwrap();
        let back = actors.iter().filter(|actor| actor.phase == "running");
        (back.count() as u64, busy.handled - 1)
    };
    assert_eq!(counted(&bench), (0, 0));
    // All of them are due at once.
    bench.clock.advance(Duration::from_millis(10));
    for n in 1..=ACTORS {
        bench.domain.run(bench.clock.now(), 1);
        assert_eq!(counted(&bench), (n, n - 1));
        bench.domain.run(bench.clock.now(), 1);
        assert_eq!(counted(&bench), (n, n));
    }
}

#[test]
fn d02_a_restart_that_is_called_off_at_its_turn_does_not_come() {
    let mut bench = Bench::new();
    for n in 0..3 {
        bench.spawn(&format!("bad/{n}"), 50, script([("a1", vec![Do::Panic])]));
    }
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.run();
    bench.clock.advance(Duration::from_millis(10));
    // The first is back, and the others have had their time.
    bench.domain.run(bench.clock.now(), 1);
    let phases = |bench: &Bench| {
        let actors = bench.domain.status().into_iter();
        let phases =
            actors.map(|actor| format!("{} {} {}", actor.name, actor.phase, actor.restarts));
        let mut phases: Vec<_> = phases.collect();
        phases.sort_by_key(|line| line.contains("failed"));
        phases
    };
    let before = phases(&bench);
    let waiting: Vec<String> = before[1..]
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(waiting.len(), 2, "{before:?}");
    assert!(
        before[1..].iter().all(|line| line.ends_with("failed 0")),
        "{before:?}"
    );
    assert!(bench.domain.stop_actor_named(&waiting[0]));
    bench.domain.restart_actor_named(&waiting[1]).unwrap();
    bench.run();
    bench.pass(60_000);
    let after = phases(&bench);
    assert!(
        after.iter().all(|line| line.ends_with("running 1")),
        "{after:?}"
    );
    assert_eq!(after.len(), 2);
    bench.balanced();
}

#[test]
fn d02_a_stop_policy_restarts_nothing() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    };
    bench.spawn_with("bad", script([("a1", vec![Do::Panic])]), options);
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.domain.publish(A { n: 2 });
    assert_eq!(bench.run(), "bad!poison:Ax1 bad:stays-down bad!stopped:Ax1");
    bench.balanced();
}

#[test]
fn d02_a_panic_in_the_start_action_or_the_initial_entry_is_a_failure() {
    for trigger in ["start", "entry"] {
        let mut bench = Bench::new();
        bench.spawn("bad", 5, script([(trigger, vec![Do::Panic])]));
        bench.domain.start();
        let mut trace = bench.run();
        for _ in 0..5 {
            trace += " ";
            trace += &bench.pass(100);
        }
        assert_eq!(
            trace.trim_end(),
            "bad:restarts bad:restarts bad:restarts bad:stays-down"
        );
        bench.balanced();
    }
}

#[test]
fn a27_a_panic_in_an_exit_action_while_stopping_abandons_the_remaining_exits() {
    let mut bench = Bench::new();
    bench.spawn("bad", 5, script([("exit", vec![Do::Panic])]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    assert!(bench.domain.stop_actor_named("bad"));
    assert!(bench.domain.status().is_empty());
    bench.balanced();
}

#[test]
fn e03_a_construction_that_fails_names_the_actor_the_argument_and_the_cause() {
    let mut bench = Bench::new();
    let refused = bench.domain.spawn::<super::support::Scripted>(
        "bad",
        script([("refuse", vec![])]),
        ActorOptions::default(),
    );
    let message = refused.unwrap_err().to_string();
    assert_eq!(
        message,
        "failed to construct actor `bad` (Scripted): argument `script`: it says so"
    );
    let panicked = bench.domain.spawn::<super::support::Scripted>(
        "bad",
        script([("panic", vec![])]),
        ActorOptions::default(),
    );
    assert!(
        matches!(panicked, Err(SpawnError::Panicked { panic, .. }) if panic == "in the constructor")
    );
    assert!(bench.domain.status().is_empty());
    assert!(bench.bus.interest().subscriptions.is_empty());
}
