//! Actors driven along the paths of their charts: what is covered, what is not and why, and what breaks.

use expect_test::{Expect, expect};
use farc::hsm::Hsm;
use farc::hsm::paths::Step;
use farc::prelude::*;
use farc::testing::{Bench, Coverage, Drive, Missed, WalkLimits};

use crate::qhsmtst::{Letter, QHsmTst};

fn letter(step: &Step) -> Option<Letter> {
    let all = [
        Letter::A,
        Letter::B,
        Letter::C,
        Letter::D,
        Letter::E,
        Letter::F,
        Letter::G,
        Letter::H,
        Letter::I,
    ];
    let named = |letter: &Letter| step.events.contains(&QHsmTst::event_name(letter));
    all.into_iter().find(named)
}

fn prints(coverage: &Coverage, expected: Expect) {
    expected.assert_eq(&coverage.to_string());
}

#[test]
fn every_transition_of_qhsmtst_is_taken() {
    let coverage = Drive::<QHsmTst>::new(()).examples(letter).run().unwrap();
    prints(
        &coverage,
        expect!["QHsmTst: 6 of 6 states, 19 of 19 transitions, no violation; 155 steps"],
    );
    coverage.assert_complete();
}

/// The paths alone: three answers need `foo` to be what it is not on the shortest way there.
#[test]
fn without_walks_the_report_says_what_the_paths_did_not_take_and_why() {
    let coverage = Drive::<QHsmTst>::new(())
        .examples(letter)
        .walks(WalkLimits { walks: 0, steps: 0 })
        .run()
        .unwrap();
    prints(
        &coverage,
        expect![[r#"
        QHsmTst: 6 of 6 states, 17 of 19 transitions, no violation; 27 steps
          not covered: s --I [self.foo]-- (handled): with each example the actor took s2 --I [!self.foo]-- (handled)
          not covered: s11 --D [self.foo]--> s1: with each example the actor took s1 --D [!self.foo]--> s"#]],
    );
    assert!(!coverage.is_complete());
    coverage.assert_sound();
}

#[test]
fn the_same_drive_gives_the_same_report() {
    let drive = || Drive::<QHsmTst>::new(()).examples(letter).run().unwrap();
    assert_eq!(drive(), drive());
}

#[test]
fn a_transition_without_an_example_is_reported() {
    let coverage = Drive::<QHsmTst>::new(())
        .examples(|step| letter(step).filter(|letter| *letter != Letter::G))
        .run()
        .unwrap();
    prints(
        &coverage,
        expect![[r#"
            QHsmTst: 6 of 6 states, 17 of 19 transitions, no violation; 153 steps
              not covered: s11 --G--> s211: there is no example of an event for it
              not covered: s21 --G--> s1: there is no example of an event for it"#]],
    );
    let reasons = coverage.uncovered().map(|row| row.missed.clone());
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        [Some(Missed::NoExample), Some(Missed::NoExample)]
    );
}

#[derive(Event, Debug)]
pub(crate) enum DoorEvent {
    #[event(local)]
    Push(u32),
    #[event(local)]
    Pull,
    #[event(local)]
    Lock(u32),
    #[event(local)]
    Kick,
    #[event(local)]
    Sell,
}

/// A door that forgets to count how often it was closed, if it was locked in between.
#[derive(Default)]
pub(crate) struct Door {
    opened: u32,
    closed: u32,
    code: u32,
}

#[hsm(event = DoorEvent, initial = closed)]
impl Door {
    #[state(initial = shut)]
    fn closed(&mut self, event: &DoorEvent) -> Next<Self> {
        match event {
            DoorEvent::Sell => Stop,
            DoorEvent::Kick => {
                assert!(self.opened < 3, "off its hinges");
                Handled
            }
            _ => Super,
        }
    }

    #[state(parent = closed)]
    fn shut(&mut self, event: &DoorEvent) -> Next<Self> {
        match event {
            DoorEvent::Push(_) => {
                self.opened += 1;
                To(State::Open)
            }
            DoorEvent::Lock(code) => {
                self.code = *code;
                To(State::Locked)
            }
            _ => Super,
        }
    }

    #[state(parent = closed)]
    fn locked(&mut self, event: &DoorEvent) -> Next<Self> {
        match event {
            DoorEvent::Lock(code) if *code == self.code && *code > 10 => {
                self.opened = 0;
                self.closed = 1;
                To(State::Shut)
            }
            DoorEvent::Push(force) if *force > 9000 => To(State::Open),
            _ => Super,
        }
    }

    #[state]
    fn open(&mut self, event: &DoorEvent) -> Next<Self> {
        match event {
            DoorEvent::Pull => {
                self.closed += 1;
                To(State::Shut)
            }
            _ => Super,
        }
    }
}

impl Actor for Door {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

fn door(step: &Step) -> Vec<DoorEvent> {
    match step.events.first().copied() {
        Some("Push") => vec![DoorEvent::Push(1)],
        Some("Pull") => vec![DoorEvent::Pull],
        Some("Lock") => [7, 17].map(DoorEvent::Lock).into(),
        Some("Kick") => vec![DoorEvent::Kick],
        Some("Sell") => vec![DoorEvent::Sell],
        _ => vec![],
    }
}

#[test]
fn examples_are_tried_until_the_guard_holds() {
    let coverage = Drive::<Door>::new(()).examples(door).run().unwrap();
    // 7 does not open the lock, so the path is begun anew with 17; nothing pushes hard enough. Looking for that, a walk finds a panic.
    prints(
        &coverage,
        expect![[r#"
            Door: 4 of 4 states, 6 of 7 transitions, 1 violation; 3478 steps
              not covered: locked --Push(_) [*force > 9000]--> open: with each example the actor ignored the event
              violated by Push, Pull, Push, Pull, Push, Pull, Kick: the actor panicked: off its hinges"#]],
    );
}

#[test]
fn a_broken_invariant_is_found_and_told_by_the_fewest_events() {
    let invariant = |bench: &Bench<Door>| {
        let Door { opened, closed, .. } = bench.actor();
        let open = bench.is_in(DoorState::Open);
        if *opened == closed + u32::from(open) {
            Ok(())
        } else {
            Err(format!("opened {opened} times and closed {closed} times"))
        }
    };
    let coverage = Drive::<Door>::new(())
        .examples(door)
        .invariant(invariant)
        .run()
        .unwrap();
    prints(
        &coverage,
        expect![[r#"
            Door: 4 of 4 states, 6 of 7 transitions, 2 violations; 2325 steps
              not covered: locked --Push(_) [*force > 9000]--> open: with each example the actor ignored the event
              violated by Lock, Lock (in closed.shut): opened 0 times and closed 1 times
              violated by Push, Pull, Push, Pull, Push, Pull, Kick: the actor panicked: off its hinges"#]],
    );
    let fewest = coverage.violations.iter().map(|broken| broken.events.len());
    assert_eq!(fewest.min(), Some(2));
}

/// A chart that was drawn first, and an actor that is not what was drawn.
#[test]
fn an_actor_that_does_not_do_what_the_chart_says_is_found() {
    let mut drawn = Door::chart();
    let pull = drawn
        .transitions
        .iter_mut()
        .find(|row| row.trigger == "Pull")
        .unwrap();
    pull.target = Some(DoorState::Locked.index());
    let coverage = Drive::<Door>::new(())
        .chart(drawn)
        .examples(door)
        .run()
        .unwrap();
    prints(
        &coverage,
        expect![[r#"
            Door: 4 of 4 states, 5 of 7 transitions, 1 violation; 1629 steps
              not covered: locked --Push(_) [*force > 9000]--> open: with each example the actor ignored the event
              not covered: open --Pull--> locked: its step broke: open --Pull--> locked leads to locked, and the actor went to shut
              violated by Push, Pull (in closed.shut): open --Pull--> locked leads to locked, and the actor went to shut"#]],
    );
}
