//! Regions: several leaves are active together (A35).

use expect_test::{Expect, expect};
use farc::hsm::{Host, Hsm, Machine, Record, StateId};
use farc::prelude::*;

/// Writes down what the engine tells, one line a step.
#[derive(Default)]
pub(crate) struct Records(String);

impl<S: StateId> Host<S> for Records {
    fn record(&mut self, record: Record<S>) {
        let text = match record {
            Record::Entry(state) => format!("{state}-ENTRY;"),
            Record::Exit(state) => format!("{state}-EXIT;"),
            Record::Init(state) => format!("{state}-INIT;"),
            Record::Answer(state) => format!("{state}!"),
            Record::History { composite, to } => format!("{composite}-HISTORY({to});"),
            Record::Transition { source, from, to } => format!("[{source}: {from} to {to}]"),
            Record::Internal(_) => "[internal]".to_owned(),
            Record::Deferred(state) => format!("[{state} defers]"),
            Record::Ignored => "[ignored]".to_owned(),
            Record::Stopped(state) => format!("[{state} stops]"),
            Record::GuardRejected(state) => format!("{state}-GUARD;"),
            _ => "?".to_owned(),
        };
        self.0.push_str(&text);
    }
}

/// Starts the actor, dispatches the events, and compares what happened: a line for the start and one for each event, with the active states.
fn check<H>(actor: H, events: &[H::Event], expected: Expect)
where
    H: for<'c> Hsm<Context<'c> = Records>,
{
    let mut machine = Machine::new(actor);
    let mut cx = Records::default();
    let mut text = String::new();
    machine.start(&mut cx);
    let mut line = |machine: &Machine<H>, cx: &mut Records| {
        let path = machine.path().unwrap_or_else(|| "-".to_owned());
        text.push_str(&format!("{}  => {path}\n", std::mem::take(&mut cx.0)));
    };
    line(&machine, &mut cx);
    for event in events {
        machine.dispatch(event, &mut cx);
        line(&machine, &mut cx);
    }
    expected.assert_eq(&text);
}

#[derive(Clone, Copy, PartialEq)]
enum Key {
    /// The motor starts.
    Go,
    /// The motor stops.
    Halt,
    /// Both regions react.
    Both,
    /// The light alone.
    Blink,
    /// The light defers, the motor does not know it.
    Later,
    /// The light defers, the motor takes it.
    Contested,
    /// The motor leaves the machine.
    Power,
    /// The machine itself.
    Whole,
    /// Back to where both were.
    Resume,
    /// The first region starts itself anew.
    Again,
    /// Into the second region from outside.
    Lit,
    /// The light goes to the machine that encloses it.
    Out,
    /// The machine is exited and entered from inside.
    Reset,
    End,
    Unknown,
}

#[derive(Default)]
struct Robot {
    asked: Vec<&'static str>,
}

#[hsm(event = Key, initial = off, context = Records)]
impl Robot {
    #[state]
    fn off(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Power => To(State::On),
            Key::Resume => DeepHistory(State::On),
            Key::Lit => To(State::Lit),
            _ => Super,
        }
    }

    #[state(regions = [motor, light], history = deep)]
    fn on(&mut self, event: &Key) -> Next<Self> {
        self.asked.push("on");
        match event {
            Key::Whole => To(State::On),
            Key::Blink => Handled,
            Key::End => Stop,
            _ => Super,
        }
    }

    #[state(parent = on, initial = idle)]
    fn motor(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Power => To(State::Off),
            Key::Again => To(State::Motor),
            _ => Super,
        }
    }

    #[state(parent = motor)]
    fn idle(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Go | Key::Both | Key::Contested => To(State::Running),
            _ => Super,
        }
    }

    #[state(parent = motor)]
    fn running(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Halt | Key::Both => To(State::Idle),
            Key::Reset => Reenter(State::On),
            _ => Super,
        }
    }

    #[state(parent = on, initial = dark)]
    fn light(&mut self, _: &Key) -> Next<Self> {
        self.asked.push("light");
        Super
    }

    #[state(parent = light)]
    fn dark(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Both | Key::Power => To(State::Lit),
            Key::Later | Key::Contested => Defer,
            Key::Out => To(State::On),
            _ => Super,
        }
    }

    #[state(parent = light)]
    fn lit(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Both => To(State::Dark),
            _ => Super,
        }
    }
}

#[test]
fn a35_all_regions_are_entered_in_order_and_exited_in_reverse() {
    check(
        Robot::default(),
        &[Key::Power, Key::Go, Key::Power],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]  => on.{motor.running, light.dark}
            motor!dark-EXIT;light-EXIT;running-EXIT;motor-EXIT;on-EXIT;off-ENTRY;[motor: running to off]  => off
        "#]],
    );
}

#[test]
fn a35_each_region_is_offered_the_event() {
    check(
        Robot::default(),
        &[Key::Power, Key::Both, Key::Both],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]dark!dark-EXIT;lit-ENTRY;[dark: dark to lit]  => on.{motor.running, light.lit}
            running!running-EXIT;idle-ENTRY;[running: running to idle]lit!lit-EXIT;dark-ENTRY;[lit: lit to dark]  => on.{motor.idle, light.dark}
        "#]],
    );
}

#[test]
fn a35_an_event_that_no_region_wants_bubbles_to_the_composite_once() {
    check(
        Robot::default(),
        &[Key::Power, Key::Blink, Key::Unknown],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            on![internal]  => on.{motor.idle, light.dark}
            [ignored]  => on.{motor.idle, light.dark}
        "#]],
    );
}

#[test]
fn a35_deferral_counts_only_if_no_region_took_the_event() {
    check(
        Robot::default(),
        &[Key::Power, Key::Later, Key::Contested],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            dark![dark defers]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]dark!  => on.{motor.running, light.dark}
        "#]],
    );
}

#[test]
fn a35_a_region_that_leaves_the_composite_ends_the_offer() {
    // `dark` would answer `Power` too, but the motor leaves first.
    check(
        Robot::default(),
        &[Key::Power, Key::Power],
        expect![[r#"
        off-ENTRY;  => off
        off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
        motor!dark-EXIT;light-EXIT;idle-EXIT;motor-EXIT;on-EXIT;off-ENTRY;[motor: idle to off]  => off
    "#]],
    );
}

#[test]
fn a35_a_transition_to_the_composite_leaves_and_enters_all_regions() {
    check(
        Robot::default(),
        &[
            Key::Power,
            Key::Go,
            Key::Out,
            Key::Go,
            Key::Whole,
            Key::Go,
            Key::Reset,
        ],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]  => on.{motor.running, light.dark}
            dark!dark-EXIT;light-EXIT;running-EXIT;motor-EXIT;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[dark: dark to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]  => on.{motor.running, light.dark}
            on!dark-EXIT;light-EXIT;running-EXIT;motor-EXIT;on-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[on: running to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]  => on.{motor.running, light.dark}
            running!dark-EXIT;light-EXIT;running-EXIT;motor-EXIT;on-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[running: running to idle]  => on.{motor.idle, light.dark}
        "#]],
    );
}

#[test]
fn a35_a_region_that_starts_anew_leaves_the_others_alone() {
    check(
        Robot::default(),
        &[Key::Power, Key::Both, Key::Again],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]dark!dark-EXIT;lit-ENTRY;[dark: dark to lit]  => on.{motor.running, light.lit}
            motor!running-EXIT;motor-EXIT;motor-ENTRY;motor-INIT;idle-ENTRY;[motor: running to idle]  => on.{motor.idle, light.lit}
        "#]],
    );
}

#[test]
fn a35_a_way_into_one_region_enters_the_others_by_their_initials() {
    check(
        Robot::default(),
        &[Key::Lit],
        expect![[r#"
        off-ENTRY;  => off
        off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;lit-ENTRY;[off: off to lit]  => on.{motor.idle, light.lit}
    "#]],
    );
}

#[test]
fn a35_deep_history_restores_every_region() {
    check(
        Robot::default(),
        &[Key::Resume, Key::Both, Key::Power, Key::Resume],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]dark!dark-EXIT;lit-ENTRY;[dark: dark to lit]  => on.{motor.running, light.lit}
            motor!lit-EXIT;light-EXIT;running-EXIT;motor-EXIT;on-EXIT;off-ENTRY;[motor: running to off]  => off
            off!off-EXIT;on-ENTRY;on-HISTORY(running);motor-ENTRY;running-ENTRY;light-ENTRY;lit-ENTRY;[off: off to running]  => on.{motor.running, light.lit}
        "#]],
    );
}

#[test]
fn a35_stop_exits_every_region() {
    check(
        Robot::default(),
        &[Key::Power, Key::Go, Key::End, Key::Go],
        expect![[r#"
            off-ENTRY;  => off
            off!off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;idle-ENTRY;light-ENTRY;light-INIT;dark-ENTRY;[off: off to idle]  => on.{motor.idle, light.dark}
            idle!idle-EXIT;running-ENTRY;[idle: idle to running]  => on.{motor.running, light.dark}
            on!dark-EXIT;light-EXIT;running-EXIT;motor-EXIT;on-EXIT;[on stops]  => -
              => -
        "#]],
    );
}

#[test]
fn a_stop_from_outside_exits_every_region() {
    let mut machine = Machine::new(Robot::default());
    let mut cx = Records::default();
    machine.start(&mut cx);
    machine.dispatch(&Key::Power, &mut cx);
    cx.0.clear();
    machine.stop(&mut cx);
    expect!["dark-EXIT;light-EXIT;idle-EXIT;motor-EXIT;on-EXIT;"].assert_eq(&cx.0);
    assert_eq!(machine.path(), None);
}

#[test]
fn is_in_speaks_of_a_set() {
    let mut machine = Machine::new(Robot::default());
    let mut cx = Records::default();
    machine.start(&mut cx);
    machine.dispatch(&Key::Power, &mut cx);
    machine.dispatch(&Key::Go, &mut cx);
    use RobotState::{Dark, Idle, Light, Motor, Off, On, Running};
    for active in [On, Motor, Running, Light, Dark] {
        assert!(machine.is_in(active), "{active}");
    }
    for other in [Off, Idle] {
        assert!(!machine.is_in(other), "{other}");
    }
    assert_eq!(machine.states().collect::<Vec<_>>(), [Running, Dark]);
}

#[test]
fn the_composite_is_asked_once_and_after_its_regions() {
    let mut machine = Machine::new(Robot::default());
    let mut cx = Records::default();
    machine.start(&mut cx);
    machine.dispatch(&Key::Power, &mut cx);
    machine.dispatch(&Key::Unknown, &mut cx);
    assert_eq!(machine.actor().asked, ["light", "on"]);
}

/// A composite with regions inside a region of another one.
#[derive(Default)]
struct Nested;

#[hsm(event = Key, initial = world, context = Records)]
impl Nested {
    #[state(regions = [left, right])]
    fn world(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = world)]
    fn left(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Both => Handled,
            _ => Super,
        }
    }

    #[state(parent = world, initial = single, history = deep)]
    fn right(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Resume => DeepHistory(State::Right),
            Key::Again => To(State::Right),
            _ => Super,
        }
    }

    #[state(parent = right)]
    fn single(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Go => To(State::Inner2b),
            _ => Super,
        }
    }

    #[state(parent = right, regions = [inner1, inner2, inner3])]
    fn double(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Halt => To(State::Single),
            Key::Whole => To(State::Inner1b),
            _ => Super,
        }
    }

    #[state(parent = double, initial = inner1a)]
    fn inner1(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = inner1)]
    fn inner1a(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Both => To(State::Inner1b),
            _ => Super,
        }
    }

    #[state(parent = inner1)]
    fn inner1b(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = double, initial = inner2a)]
    fn inner2(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[init(inner2)]
    fn start_inner2(&mut self) {}

    #[state(parent = inner2)]
    fn inner2a(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = inner2)]
    fn inner2b(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Both => Reenter(State::Inner2),
            _ => Super,
        }
    }

    #[state(parent = double)]
    fn inner3(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::End => To(State::Inner3),
            _ => Super,
        }
    }
}

#[test]
fn regions_nest() {
    check(
        Nested,
        &[
            Key::Go,
            Key::Both,
            Key::End,
            Key::Whole,
            Key::Halt,
            Key::Resume,
            Key::Go,
            Key::Resume,
            Key::Again,
        ],
        expect![[r#"
            world-ENTRY;left-ENTRY;right-ENTRY;right-INIT;single-ENTRY;  => world.{left, right.single}
            single!single-EXIT;double-ENTRY;inner1-ENTRY;inner1-INIT;inner1a-ENTRY;inner2-ENTRY;inner2b-ENTRY;inner3-ENTRY;[single: single to inner2b]  => world.{left, right.double.{inner1.inner1a, inner2.inner2b, inner3}}
            left![internal]inner1a!inner1a-EXIT;inner1b-ENTRY;[inner1a: inner1a to inner1b]inner2b!inner2b-EXIT;inner2-EXIT;inner2-ENTRY;inner2-INIT;inner2a-ENTRY;[inner2b: inner2b to inner2a]  => world.{left, right.double.{inner1.inner1b, inner2.inner2a, inner3}}
            inner3!inner3-EXIT;inner3-ENTRY;[inner3: inner3 to inner3]  => world.{left, right.double.{inner1.inner1b, inner2.inner2a, inner3}}
            double!inner3-EXIT;inner2a-EXIT;inner2-EXIT;inner1b-EXIT;inner1-EXIT;inner1-ENTRY;inner1b-ENTRY;inner2-ENTRY;inner2-INIT;inner2a-ENTRY;inner3-ENTRY;[double: inner1b to inner1b]  => world.{left, right.double.{inner1.inner1b, inner2.inner2a, inner3}}
            double!inner3-EXIT;inner2a-EXIT;inner2-EXIT;inner1b-EXIT;inner1-EXIT;double-EXIT;single-ENTRY;[double: inner1b to single]  => world.{left, right.single}
            right!single-EXIT;right-EXIT;right-ENTRY;right-HISTORY(single);single-ENTRY;[right: single to single]  => world.{left, right.single}
            single!single-EXIT;double-ENTRY;inner1-ENTRY;inner1-INIT;inner1a-ENTRY;inner2-ENTRY;inner2b-ENTRY;inner3-ENTRY;[single: single to inner2b]  => world.{left, right.double.{inner1.inner1a, inner2.inner2b, inner3}}
            right!inner3-EXIT;inner2b-EXIT;inner2-EXIT;inner1a-EXIT;inner1-EXIT;double-EXIT;right-EXIT;right-ENTRY;right-HISTORY(inner1a);double-ENTRY;inner1-ENTRY;inner1a-ENTRY;inner2-ENTRY;inner2b-ENTRY;inner3-ENTRY;[right: inner1a to inner1a]  => world.{left, right.double.{inner1.inner1a, inner2.inner2b, inner3}}
            right!inner3-EXIT;inner2b-EXIT;inner2-EXIT;inner1a-EXIT;inner1-EXIT;double-EXIT;right-EXIT;right-ENTRY;right-INIT;single-ENTRY;[right: inner1a to single]  => world.{left, right.single}
        "#]],
    );
}

/// What lives while a region does.
struct Turns(u32);

#[derive(Default)]
struct Counting {
    seen: Vec<u32>,
}

#[hsm(event = Key, initial = counts, context = Records)]
impl Counting {
    #[state(regions = [wheel, gate])]
    fn counts(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Whole => To(State::Counts),
            _ => Super,
        }
    }

    #[state(parent = counts, data = Turns)]
    fn wheel(&mut self, event: &Key, turns: &mut Turns) -> Next<Self> {
        match event {
            Key::Go => {
                turns.0 += 1;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(wheel)]
    fn count_from_zero(&mut self) -> Turns {
        Turns(0)
    }

    #[exit(wheel)]
    fn note(&mut self, turns: Turns) {
        self.seen.push(turns.0);
    }

    #[state(parent = counts)]
    fn gate(&mut self, _: &Key) -> Next<Self> {
        Super
    }
}

#[test]
fn a26_the_data_of_a_region_lives_as_long_as_the_region() {
    let mut machine = Machine::new(Counting::default());
    let mut cx = Records::default();
    machine.start(&mut cx);
    for key in [Key::Go, Key::Go, Key::Whole, Key::Go] {
        machine.dispatch(&key, &mut cx);
    }
    machine.stop(&mut cx);
    assert_eq!(machine.actor().seen, [2, 1]);
}
