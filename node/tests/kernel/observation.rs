//! What an observer sees of an actor's state machine.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use expect_test::expect;
use farc::observe::{Observer, StateRecord};

use super::support::{A, Bench, Do, script};

#[test]
fn an_observer_sees_every_record_with_the_event_that_led_to_it() {
    let mut bench = Bench::new();
    bench.trace.every_record.store(true, Ordering::Relaxed);
    bench.spawn(
        "one",
        0,
        script([
            ("a1", vec![Do::Away]),
            ("a2", vec![Do::Ignore]),
            ("a3", vec![]),
        ]),
    );
    bench.domain.start();
    for n in 1..=3 {
        bench.domain.publish(A { n });
    }
    bench.run_to(expect![[r#"
        one[]Entry("home")
        one[A]Answer("home")
        one[A]Exit("home")
        one[A]Entry("away")
        one[A]Transition { source: "home", from: "home", to: "away" }
        one:A1
        one[A]GuardRejected("away")
        one[A]Ignored
        one:A2-
        one[A]Answer("away")
        one[A]Internal("away")
        one:A3
    "#]]);
    bench.domain.stop();
    bench.run_to(expect![[r#"
        one[]Exit("away")
    "#]]);
}

#[test]
fn an_observer_that_panics_harms_no_actor() {
    struct Bad;
    impl Observer for Bad {
        fn record(&self, _: &StateRecord<'_>) {
            panic!("in the observer");
        }
    }
    std::panic::set_hook(Box::new(|_| ()));
    let mut bench = Bench::with(|settings| settings.observer = Some(Arc::new(Bad)));
    bench.spawn("one", 0, script([("a1", vec![Do::Away])]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.run();
    let status = &bench.domain.status()[0];
    assert_eq!(
        (status.state.as_deref(), status.restarts),
        (Some("away"), 0)
    );
}
