//! A21 to A24: time events that are bound to states.

use std::time::Duration;

use farc::hsm;
use farc::prelude::*;

use crate::world::{World, say};

/// Milliseconds.
fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[derive(Event, Clone, Debug)]
enum Tick {
    /// A timer's event, by the name of who armed it.
    #[event(local)]
    Fired(String),
    #[event(local)]
    Arm,
    /// Arms three timers, the latest first.
    #[event(local)]
    Three,
    #[event(local)]
    Past,
    #[event(local)]
    Inner,
    #[event(local)]
    Out,
    #[event(local)]
    Back,
}

use Tick::{Arm, Back, Fired, Inner, Out, Past, Three};

struct Clockwork;

impl Clockwork {
    fn arm(cx: &mut Context<'_, Self>, milliseconds: u64, who: &'static str) {
        assert!(cx.after(ms(milliseconds), Fired(who.to_owned())).is_ok());
    }
}

#[hsm(event = Tick, initial = outer)]
impl Clockwork {
    #[start]
    fn begin(&mut self, cx: &mut Context<'_, Self>) {
        Self::arm(cx, 100, "start");
    }

    #[state(initial = first)]
    fn outer(&mut self, event: &Tick, cx: &mut Context<'_, Self>) -> Next<Self> {
        match event {
            Fired(who) => {
                say(who);
                Handled
            }
            Arm => {
                Self::arm(cx, 10, "outer's handler");
                Handled
            }
            Out => To(State::Away),
            _ => Super,
        }
    }

    #[init(outer)]
    fn init_outer(&mut self, cx: &mut Context<'_, Self>) {
        Self::arm(cx, 20, "outer's init");
    }

    #[state(parent = outer)]
    fn first(&mut self, event: &Tick, cx: &mut Context<'_, Self>) -> Next<Self> {
        match event {
            Inner => To(State::Second),
            Three => {
                Self::arm(cx, 5, "third");
                Self::arm(cx, 3, "second");
                Self::arm(cx, 3, "second again");
                Self::arm(cx, 1, "first");
                Handled
            }
            Past => {
                Self::arm(cx, 0, "at once");
                Handled
            }
            _ => Super,
        }
    }

    #[entry(first)]
    fn enter_first(&mut self, cx: &mut Context<'_, Self>) {
        Self::arm(cx, 30, "first's entry");
    }

    #[state(parent = outer)]
    fn second(&mut self, event: &Tick) -> Next<Self> {
        match event {
            Inner => To(State::First),
            _ => Super,
        }
    }

    #[state]
    fn away(&mut self, event: &Tick) -> Next<Self> {
        match event {
            Fired(who) => {
                say(who);
                Handled
            }
            Back => To(State::Outer),
            _ => Super,
        }
    }
}

impl Actor for Clockwork {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

fn clockwork() -> World<Clockwork> {
    World::new()
}

#[test]
fn a21_a_time_event_fires_while_the_state_that_armed_it_is_active() {
    let mut clockwork = clockwork();
    clockwork.on([Arm]);
    assert_eq!(
        clockwork.wait(200),
        "outer's handler outer's init first's entry start"
    );
    assert_eq!(clockwork.wait(200), "");
}

#[test]
fn a21_a_time_event_dies_with_the_exit_of_its_state() {
    let mut clockwork = clockwork();
    clockwork.on([Inner]);
    assert_eq!(clockwork.wait(90), "outer's init");
}

#[test]
fn a21_a_handlers_time_event_belongs_to_the_state_of_the_handler() {
    let mut clockwork = clockwork();
    // `outer` answers in `first`, and stays when `first` goes.
    clockwork.on([Arm, Inner]);
    assert_eq!(clockwork.wait(15), "outer's handler");
    clockwork.on([Arm, Out]);
    assert_eq!(clockwork.wait(15), "");
}

#[test]
fn a21_an_init_actions_time_event_belongs_to_the_composite_and_the_starts_to_none() {
    let mut clockwork = clockwork();
    clockwork.on([Out]);
    assert_eq!(clockwork.wait(200), "start");
}

#[test]
fn a21_each_call_adds_a_time_event() {
    let mut clockwork = clockwork();
    clockwork.on([Arm, Arm]);
    assert_eq!(clockwork.wait(15), "outer's handler outer's handler");
}

#[test]
fn a23_an_event_that_waits_in_the_mailbox_when_its_state_is_exited_is_never_dispatched() {
    let mut clockwork = clockwork();
    // The way out is in the mailbox before the timers are due, and is dispatched before them.
    clockwork.post([Out]);
    assert_eq!(clockwork.wait(100), "start");
    assert!(
        clockwork.drops().contains("Disarmed: 2"),
        "{}",
        clockwork.drops()
    );
    assert_eq!(clockwork.on([Back]), "");
    assert_eq!(clockwork.wait(25), "outer's init");
}

#[test]
fn a24_overdue_timers_fire_by_deadline_and_then_by_the_order_of_arming() {
    let mut clockwork = clockwork();
    clockwork.on([Three]);
    assert_eq!(clockwork.wait(10), "first second second again third");
}

#[test]
fn a24_an_earlier_timer_that_was_armed_later_fires_on_time() {
    let mut clockwork = clockwork();
    clockwork.on([Three]);
    assert_eq!(clockwork.wait(1), "first");
    assert_eq!(clockwork.wait(2), "second second again");
    assert_eq!(clockwork.wait(1), "");
    assert_eq!(clockwork.wait(1), "third");
}

#[test]
fn a24_a_deadline_in_the_past_posts_once_behind_what_the_mailbox_holds() {
    let mut clockwork = clockwork();
    assert_eq!(
        clockwork.on([Past, Fired("waiting".to_owned())]),
        "waiting at once"
    );
    assert_eq!(clockwork.wait(1), "");
}
