//! A22, A23, A25: timers that are values of their actor.

use std::time::Duration;

use farc::prelude::*;
use farc::{Timer, hsm};

use crate::world::{World, say};

/// The period of what repeats, in milliseconds.
const PERIOD: u64 = 10;

#[derive(Event, Clone, Copy, Debug)]
enum Beat {
    #[event(local)]
    After(u64),
    #[event(local)]
    Skip,
    #[event(local)]
    Burst,
    #[event(local)]
    Delay,
    #[event(local)]
    Rearm(u64),
    #[event(local)]
    Disarm,
    #[event(local)]
    Fired,
    #[event(local)]
    Turn,
    /// Turns, with an order to disarm in front of what is recalled.
    #[event(local)]
    TurnAndDisarm,
}

use Beat::{After, Burst, Delay, Disarm, Fired, Rearm, Skip, Turn, TurnAndDisarm};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

struct Pulse {
    timer: Timer,
}

impl Pulse {
    fn repeat(&mut self, cx: &mut Context<'_, Self>, missed: Missed) {
        self.timer = Timer::new().missed(missed);
        assert!(self.timer.arm_every(cx, ms(PERIOD), Fired).is_ok());
    }
}

fn yes_or_no(answer: bool) {
    say(if answer { "yes" } else { "no" });
}

#[hsm(event = Beat, initial = free)]
impl Pulse {
    #[state]
    fn pulse(&mut self, event: &Beat, cx: &mut Context<'_, Self>) -> Next<Self> {
        match event {
            After(time) => {
                assert!(self.timer.arm_after(cx, ms(*time), Fired).is_ok());
                Handled
            }
            Skip => {
                self.repeat(cx, Missed::Skip);
                Handled
            }
            Burst => {
                self.repeat(cx, Missed::Burst);
                Handled
            }
            Delay => {
                self.repeat(cx, Missed::Delay);
                Handled
            }
            Rearm(time) => {
                yes_or_no(self.timer.rearm(cx, ms(*time)));
                Handled
            }
            Disarm => {
                yes_or_no(self.timer.disarm(cx));
                Handled
            }
            _ => Super,
        }
    }

    #[state(parent = pulse)]
    fn free(&mut self, event: &Beat) -> Next<Self> {
        match event {
            Fired => {
                say("tick");
                Handled
            }
            Turn => To(State::Busy),
            _ => Super,
        }
    }

    #[state(parent = pulse)]
    fn busy(&mut self, event: &Beat, cx: &mut Context<'_, Self>) -> Next<Self> {
        match event {
            Fired => {
                say("(tick)");
                Defer
            }
            Turn => To(State::Free),
            TurnAndDisarm => {
                assert!(cx.post_front(Disarm).is_ok());
                To(State::Free)
            }
            _ => Super,
        }
    }
}

impl Actor for Pulse {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            timer: Timer::new(),
        })
    }
}

fn pulse<const N: usize>(events: [Beat; N]) -> World<Pulse> {
    let mut pulse = World::new();
    pulse.on(events);
    pulse
}

#[test]
fn a22_a_timer_fires_whatever_state_is_active() {
    let mut pulse = pulse([After(5), Turn, Turn]);
    assert_eq!(pulse.wait(4), "");
    assert_eq!(pulse.wait(1), "tick");
    assert_eq!(pulse.wait(100), "");
}

#[test]
fn a22_arming_again_disarms_what_was_armed() {
    let mut pulse = pulse([After(5), After(20)]);
    assert_eq!(pulse.wait(19), "");
    assert_eq!(pulse.wait(1), "tick");
}

#[test]
fn a22_rearm_moves_the_time_and_tells_whether_there_was_one() {
    let mut pulse = pulse([After(10)]);
    pulse.wait(5);
    assert_eq!(pulse.on([Rearm(10)]), "yes");
    assert_eq!(pulse.wait(9), "");
    assert_eq!(pulse.wait(1), "tick");
    assert_eq!(pulse.on([Rearm(10)]), "no");
    assert_eq!(pulse.wait(100), "");
}

#[test]
fn a22_disarm_tells_whether_the_timer_was_armed() {
    let mut pulse = pulse([After(10)]);
    assert_eq!(pulse.on([Disarm, Disarm]), "yes no");
    assert_eq!(pulse.wait(100), "");
}

#[test]
fn a23_a_disarmed_event_in_the_mailbox_is_never_dispatched() {
    let mut pulse = pulse([After(10)]);
    // The order to disarm is in the mailbox before the event.
    pulse.post([Disarm]);
    assert!(!pulse.wait(10).contains("tick"));
    assert_eq!(pulse.wait(100), "");
    assert_eq!(pulse.drops(), "Disarmed: 1");
}

#[test]
fn a23_a_disarmed_event_that_is_deferred_is_never_dispatched() {
    let mut pulse = pulse([Turn, After(10)]);
    assert_eq!(pulse.wait(10), "(tick)");
    pulse.on([Disarm]);
    assert_eq!(pulse.on([Turn]), "");
    assert_eq!(pulse.drops(), "Disarmed: 1");
}

#[test]
fn a23_a_disarmed_event_that_is_recalled_is_never_dispatched() {
    let mut pulse = pulse([Turn, After(10)]);
    assert_eq!(pulse.wait(10), "(tick)");
    assert!(!pulse.on([TurnAndDisarm]).contains("tick"));
    assert_eq!(pulse.drops(), "Disarmed: 1");
}

#[test]
fn a25_a_periodic_timer_keeps_its_phase() {
    let mut pulse = pulse([Skip]);
    assert_eq!(pulse.wait(13), "tick");
    assert_eq!(pulse.wait(6), "");
    assert_eq!(pulse.wait(1), "tick");
    assert_eq!(pulse.wait(10), "tick");
    assert_eq!(pulse.on([Disarm]), "yes");
    assert_eq!(pulse.wait(100), "");
}

#[test]
fn a25_missed_periods_are_skipped_in_a_burst_or_delay_the_next() {
    // Three periods pass at once, and half of the fourth.
    let mut skip = pulse([Skip]);
    assert_eq!(skip.wait(35), "tick");
    assert_eq!(
        (skip.wait(4), skip.wait(1)),
        (String::new(), "tick".to_owned())
    );
    let mut burst = pulse([Burst]);
    assert_eq!(burst.wait(35), "tick tick tick");
    assert_eq!(
        (burst.wait(4), burst.wait(1)),
        (String::new(), "tick".to_owned())
    );
    let mut delay = pulse([Delay]);
    assert_eq!(delay.wait(35), "tick");
    assert_eq!(
        (delay.wait(9), delay.wait(1)),
        (String::new(), "tick".to_owned())
    );
}
