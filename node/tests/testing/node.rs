//! A node of its own: inputs, time, what is expected of it and refused, and panics that a test asks for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use expect_test::expect;
use farc::prelude::*;
use farc::sys::{ActorFailed, Shutdown};
use farc::testing::{PanicAt, Probe, TestNode};
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("kit.opened")]
pub(crate) struct Opened {
    pub(crate) door: u8,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("kit.light")]
pub(crate) struct Light {
    pub(crate) watts: u8,
}

#[derive(Event)]
pub(crate) enum LampEvent {
    Opened(Opened),
    Shutdown(Shutdown),
    #[event(local)]
    Timeout,
    #[event(local)]
    Tell(Address<Lamp>),
}

/// Lit for 30 s by a door that opens, dimmed after 20 s.
pub(crate) struct Lamp {
    watts: u8,
    opened: u32,
}

const BRIGHT: Duration = Duration::from_secs(20);
const DIM: Duration = Duration::from_secs(10);

#[hsm(event = LampEvent, initial = off, subscribe = [Opened, Shutdown])]
impl Lamp {
    #[state]
    fn off(&mut self, event: &LampEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            LampEvent::Opened(_) => {
                self.opened += 1;
                To(State::On)
            }
            LampEvent::Tell(other) => {
                let _ = cx.post(other, Opened { door: 9 });
                Handled
            }
            _ => Super,
        }
    }

    #[state(initial = bright)]
    fn on(&mut self, event: &LampEvent) -> Next<Self> {
        match event {
            LampEvent::Opened(_) => To(State::Bright),
            LampEvent::Shutdown(_) => To(State::Off),
            _ => Super,
        }
    }

    #[state(parent = on)]
    fn bright(&mut self, event: &LampEvent) -> Next<Self> {
        match event {
            LampEvent::Timeout => To(State::Dim),
            _ => Super,
        }
    }

    #[state(parent = on)]
    fn dim(&mut self, event: &LampEvent) -> Next<Self> {
        match event {
            LampEvent::Timeout => To(State::Off),
            _ => Super,
        }
    }

    #[entry(bright)]
    fn light(&mut self, cx: &mut Context<Self>) {
        cx.publish(Light { watts: self.watts });
        let _ = cx.after(BRIGHT, LampEvent::Timeout);
    }

    #[entry(dim)]
    fn darken(&mut self, cx: &mut Context<Self>) {
        cx.publish(Light { watts: 1 });
        let _ = cx.after(DIM, LampEvent::Timeout);
    }
}

impl Actor for Lamp {
    type Args = u8;

    fn new(watts: u8, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { watts, opened: 0 })
    }
}

#[derive(Event)]
pub(crate) enum MeterEvent {
    Light(Light),
    Failed(ActorFailed),
}

/// Counts what the lamps take.
pub(crate) struct Meter;

#[hsm(event = MeterEvent, initial = idle, subscribe = [Light, ActorFailed])]
impl Meter {
    #[state]
    fn idle(&mut self, event: &MeterEvent) -> Next<Self> {
        match event {
            MeterEvent::Light(_) => Handled,
            MeterEvent::Failed(_) => To(State::Alarmed),
        }
    }

    #[state]
    fn alarmed(&mut self, _: &MeterEvent) -> Next<Self> {
        Super
    }
}

impl Actor for Meter {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn house() -> TestNode {
    let node = TestNode::new("house");
    node.spawn::<Lamp>("lamp", 5).unwrap();
    node.spawn::<Meter>("meter", ()).unwrap();
    node.start();
    node
}

/// The message of the panic that ends a test.
pub(crate) fn report(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("the test should have failed");
    *panic.downcast::<String>().expect("a report is text")
}

#[test]
fn an_expected_signal_is_taken_or_waited_for() {
    let house = house();
    house.publish(Opened { door: 1 });
    assert_eq!(house.expect::<Light>(Duration::ZERO), Light { watts: 5 });
    assert_eq!(house.expect::<Light>(MINUTE), Light { watts: 1 });
    assert_eq!(house.elapsed(), BRIGHT);
    house.refuse::<Light>(MINUTE);
    assert_eq!(house.elapsed(), BRIGHT + MINUTE);
}

#[test]
fn what_does_not_come_is_reported_with_what_did() {
    let house = house();
    house.publish(Opened { door: 1 });
    house.expect::<Light>(SECOND);
    let told = report(|| {
        house.expect::<Light>(SECOND);
    });
    expect![[r#"
        `kit.light` was to be published within 1s
        at 1.000000, next deadline at 20.000000
        lamp: on.bright, 1 handled
        meter: idle, 1 handled
        last steps:
          0.000000 lamp start: top-INIT;off-ENTRY;
          0.000000 meter start: top-INIT;idle-ENTRY;
          0.000000 lamp Opened: off-Opened;off-EXIT;on-ENTRY;on-INIT;bright-ENTRY;publish kit.light {"watts":5};
          0.000000 meter Light: idle-Light;
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_refused_signal_that_comes_is_reported_with_its_publisher() {
    let house = house();
    house.publish(Opened { door: 1 });
    house.published::<Light>();
    house.refuse::<Light>(BRIGHT - SECOND);
    let told = report(|| house.refuse::<Light>(SECOND));
    assert!(
        told.starts_with(
            "`kit.light` was not to be published during 1s, and `lamp` did\nat 20.000000,"
        ),
        "{told}"
    );
    // One that nobody took is refused as well.
    house.publish(Opened { door: 1 });
    report(|| house.refuse::<Light>(Duration::ZERO));
}

#[test]
fn what_an_actor_handles_is_expected_and_refused() {
    let house = house();
    house.publish(Opened { door: 7 });
    assert_eq!(
        house.expect_handled::<Opened>("lamp", Duration::ZERO),
        Opened { door: 7 }
    );
    house.refuse_handled::<Opened>("lamp", MINUTE);
    assert_eq!(
        house.handled::<Light>("meter"),
        [Light { watts: 5 }, Light { watts: 1 }]
    );
    let told = report(|| {
        house.expect_handled::<Opened>("lamp", SECOND);
    });
    assert!(told.starts_with("`lamp` was to handle `kit.opened` within 1s\n"));
    house.publish(Opened { door: 8 });
    let told = report(|| house.refuse_handled::<Opened>("lamp", SECOND));
    assert!(told.starts_with("`lamp` was not to handle `kit.opened` during 1s\n"));
}

#[test]
fn a_state_is_expected_now_or_waited_for_from_timer_to_timer() {
    let house = house();
    house.expect_state("lamp", "off");
    house.publish(Opened { door: 1 });
    house.expect_state("lamp", "on");
    house.expect_state("lamp", "on.bright");
    assert!(house.is_in::<Lamp>("lamp", LampState::Bright));
    house.until_state("lamp", "dim", MINUTE);
    assert_eq!(house.elapsed(), BRIGHT);
    house.until_state("lamp", "off", DIM);
    assert_eq!(house.elapsed(), BRIGHT + DIM);
    assert_eq!(house.actor("lamp", |lamp: &Lamp| lamp.opened), 1);
}

#[test]
fn a_state_that_is_not_reached_is_reported() {
    let house = house();
    house.publish(Opened { door: 1 });
    let now = report(|| house.expect_state("lamp", "off"));
    assert!(now.starts_with("`lamp` was to be in `off`, and is in `on.bright`\nat 0.000000,"));
    let later = report(|| house.until_state("lamp", "off", BRIGHT));
    assert!(
        later.starts_with(
            "`lamp` was to come to `off` within 20s, and is in `on.dim`\nat 20.000000,"
        ),
        "{later}"
    );
    let nobody = report(|| house.expect_state("lantern", "off"));
    assert!(
        nobody.starts_with("node `house` has no actor `lantern`"),
        "{nobody}"
    );
}

#[test]
fn a_condition_is_looked_at_when_nothing_is_left_to_do() {
    let house = house();
    house.publish(Opened { door: 1 });
    house.until(|house| house.state("lamp") == "off", MINUTE);
    assert_eq!(house.elapsed(), BRIGHT + DIM);
    let told = report(|| house.until(|_| false, MINUTE));
    assert!(told.starts_with("the condition was to hold within 60s\nat 90.000000, no deadline\n"));
}

#[test]
fn events_are_posted_by_address_and_probes_stand_in_for_others() {
    let house = house();
    let mut other = Probe::<Lamp>::new("other");
    let lamp = house.address::<Lamp>("lamp");
    house.post(&lamp, LampEvent::Tell(other.address())).unwrap();
    let received = other.received();
    assert!(matches!(
        received[..],
        [LampEvent::Opened(Opened { door: 9 })]
    ));
    house.stop_actor("lamp");
    assert!(house.post(&lamp, LampEvent::Timeout).is_err());
}

#[test]
fn the_shutdown_is_an_event_and_the_books_stay_right() {
    let house = house();
    house.publish(Opened { door: 1 });
    house.announce_shutdown("enough");
    house.expect_state("lamp", "off");
    assert_eq!(
        house.expect_handled::<Shutdown>("lamp", SECOND).reason,
        "enough"
    );
    let books = house.books();
    assert_eq!(books.balance(), Vec::<String>::new());
    assert_eq!(books.actors["lamp"].delivered, 2);
}

#[test]
fn time_goes_from_deadline_to_deadline() {
    let house = house();
    assert_eq!(house.run_until_idle(), None);
    house.publish(Opened { door: 1 });
    assert_eq!(house.run_until_idle(), Some(BRIGHT));
    house.trace();
    house.advance(MINUTE);
    expect![[r#"
        20.000000 lamp Timeout: bright-Timeout;bright-EXIT;dim-ENTRY;publish kit.light {"watts":1};
        20.000000 meter Light: idle-Light;
        30.000000 lamp Timeout: dim-Timeout;dim-EXIT;on-EXIT;off-ENTRY;
    "#]]
    .assert_eq(&house.trace());
    assert_eq!(house.trace(), "");
    assert_eq!(house.elapsed(), MINUTE);
}

#[test]
fn a_panic_that_the_test_asks_for_is_supervised_like_any_other() {
    let house = house();
    house.panic_next("lamp");
    house.publish(Opened { door: 1 });
    assert_eq!(house.state("lamp"), "");
    house.until_state("lamp", "off", SECOND);
    let status = house.status("lamp");
    assert_eq!((status.restarts, status.handled), (1, 0));
    assert_eq!(
        status.last_failure.as_deref(),
        Some("the test says so, at its next event")
    );
    let dead = house.dead_letters();
    assert_eq!(
        (&*dead[0].actor, dead[0].event, dead[0].cause.as_str()),
        ("lamp", "Opened", "poison")
    );
    // Once, and not again.
    house.publish(Opened { door: 1 });
    house.expect_state("lamp", "on");
    assert_eq!(house.books().balance(), Vec::<String>::new());
}

#[test]
fn a_panic_strikes_where_it_is_asked_for() {
    let house = house();
    house.panic_at("lamp", PanicAt::Event(2));
    house.panic_at("lamp", PanicAt::Entry("dim".to_owned()));
    house.panic_at("lamp", PanicAt::Exit("bright".to_owned()));
    house.panic_at("lamp", PanicAt::Start);
    house.trace();
    for door in 1..=4 {
        house.publish(Opened { door });
        house.advance(SECOND);
    }
    house.advance(MINUTE);
    house.publish(Opened { door: 5 });
    house.advance(BRIGHT);
    let trace = house.trace();
    let steps = trace.lines().filter(|line| line.contains("lamp"));
    // How long it stays down is up to its random numbers.
    let steps: Vec<&str> = steps
        .filter_map(|line| line.split_once(' '))
        .map(|(_, step)| step)
        .collect();
    expect![[r#"
        lamp Opened: off-Opened;off-EXIT;on-ENTRY;on-INIT;bright-ENTRY;publish kit.light {"watts":5};
        lamp Opened: panic "the test says so, at its event 2 from now";
        lamp start: top-INIT;off-ENTRY;panic "the test says so, at its start";
        lamp restart: top-INIT;off-ENTRY;
        lamp Opened: off-Opened;off-EXIT;on-ENTRY;on-INIT;bright-ENTRY;publish kit.light {"watts":5};
        lamp Opened: on-Opened;bright-EXIT;panic "the test says so, at the exit of `bright`";
        lamp restart: top-INIT;off-ENTRY;
        lamp Opened: off-Opened;off-EXIT;on-ENTRY;on-INIT;bright-ENTRY;publish kit.light {"watts":5};
        lamp Timeout: bright-Timeout;bright-EXIT;dim-ENTRY;panic "the test says so, at the entry of `dim`";
    "#]]
    .assert_eq(&(steps.join("\n") + "\n"));
}

#[test]
fn an_actor_that_fails_too_often_is_announced() {
    let house = TestNode::new("house");
    let options = ActorOptions {
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    };
    house.spawn_with::<Lamp>("lamp", 5, options).unwrap();
    house.spawn::<Meter>("meter", ()).unwrap();
    house.start();
    house.panic_at("lamp", PanicAt::Entry("bright".to_owned()));
    house.publish(Opened { door: 1 });
    house.expect_state("meter", "alarmed");
    assert_eq!(house.status("lamp").phase, "stopped");
    assert_eq!(house.published::<Light>(), []);
}

#[test]
fn a_panic_that_did_not_happen_is_in_the_report() {
    let house = house();
    house.panic_at("lamp", PanicAt::Exit("dim".to_owned()));
    let told = report(|| house.until_state("lamp", "on", SECOND));
    assert!(
        told.contains("\nstill to panic: lamp at the exit of `dim`\n"),
        "{told}"
    );
}

#[test]
fn the_seed_is_in_the_random_numbers_and_equal_calls_give_equal_traces() {
    let trace = |seed| {
        let house = TestNode::seeded("house", seed);
        house.spawn::<Lamp>("lamp", 5).unwrap();
        house.start();
        house.panic_next("lamp");
        house.publish(Opened { door: 1 });
        house.advance(SECOND);
        house.trace()
    };
    assert_eq!(trace(1), trace(1));
    assert_ne!(trace(1), trace(2));
}

#[test]
#[should_panic(expected = "who posts to whom for ever?")]
fn actors_that_feed_each_other_are_found_out() {
    let node = TestNode::new("node");
    node.spawn::<Echo>("echo", ()).unwrap();
    node.start();
    node.publish(Light { watts: 1 });
}

#[derive(Event)]
pub(crate) enum EchoEvent {
    Light(Light),
}

/// Answers each light with another one.
pub(crate) struct Echo;

#[hsm(event = EchoEvent, initial = idle, subscribe = [Light])]
impl Echo {
    #[state]
    fn idle(&mut self, event: &EchoEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            EchoEvent::Light(light) => {
                cx.publish(light.clone());
                Handled
            }
        }
    }
}

impl Actor for Echo {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
#[should_panic(expected = "`House` cannot be the name of a node")]
fn a_node_has_a_name_that_a_certificate_can_carry() {
    TestNode::new("House");
}
