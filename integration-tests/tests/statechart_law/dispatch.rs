//! A4 to A9: who is asked, and what each answer exits and enters.

use farc::hsm;
use farc::hsm::Next::{self, Handled, Super, To};
use farc::hsm::Outcome;

use crate::support::{Bench, Key, Log, chart};

/// A guarded door in a room in a house: who answers is printed.
#[derive(Default)]
struct House {
    locked: bool,
}

#[hsm(event = Key, initial = door, context = Log)]
impl House {
    #[state]
    fn house(&mut self, event: &Key, log: &mut Log) -> Next<Self> {
        log.say("house?");
        match event {
            Key::A | Key::B | Key::C => Handled,
            _ => Super,
        }
    }

    #[state(parent = house)]
    fn room(&mut self, event: &Key, log: &mut Log) -> Next<Self> {
        log.say("room?");
        match event {
            Key::A => Handled,
            Key::D => {
                log.say("slam");
                To(State::Garden)
            }
            _ => Super,
        }
    }

    #[state(parent = room)]
    fn door(&mut self, event: &Key, log: &mut Log) -> Next<Self> {
        log.say("door?");
        match event {
            Key::A if self.locked => Handled,
            Key::C if self.locked => To(State::Garden),
            Key::C | Key::E => {
                self.locked = !self.locked;
                Handled
            }
            _ => Super,
        }
    }

    #[state]
    fn garden(&mut self, _: &Key) -> Next<Self> {
        Super
    }
}

#[test]
fn a04_the_leaf_is_asked_first_and_super_passes_to_the_parent() {
    let (mut house, _) = Bench::<House>::start();
    assert_eq!(house.on(Key::E), "door?;");
    assert_eq!(house.on(Key::B), "door?;room?;house?;");
    assert_eq!(
        house.outcome(Key::B),
        Outcome::Internal {
            state: HouseState::House
        }
    );
}

#[test]
fn a04_an_inner_handler_comes_before_an_outer_one() {
    let (mut house, _) = Bench::<House>::start();
    assert_eq!(house.on(Key::A), "door?;room?;");
    house.on(Key::E);
    assert_eq!(house.on(Key::A), "door?;");
}

#[test]
fn a04_a_false_guard_falls_to_the_arms_that_follow() {
    let (mut house, _) = Bench::<House>::start();
    assert_eq!(house.on(Key::C), "door?;");
    assert!(house.machine.actor().locked);
    assert_eq!(
        house.on(Key::C),
        "door?;door-EXIT;room-EXIT;house-EXIT;garden-ENTRY;"
    );
}

#[test]
fn a04_past_the_top_an_event_is_ignored() {
    let (mut house, _) = Bench::<House>::start();
    assert_eq!(house.outcome(Key::G), Outcome::Ignored);
    assert_eq!(house.take(), "door?;room?;house?;");
    assert_eq!(house.leaf(), "door");
}

#[test]
fn a05_handled_exits_and_enters_nothing() {
    let (mut house, _) = Bench::<House>::start();
    assert_eq!(house.on(Key::A), "door?;room?;");
    assert_eq!(house.leaf(), "door");
}

#[test]
fn a06_the_code_in_the_handler_runs_before_exits_and_entries() {
    let (mut house, _) = Bench::<House>::start();
    assert_eq!(
        house.on(Key::D),
        "door?;room?;slam;door-EXIT;room-EXIT;house-EXIT;garden-ENTRY;"
    );
}

// Two branches of unlike depth in one tree, and a state beside it.
chart! { Distances, initial = s;
    s (initial = s11) { B => To(State::S21), F => Reenter(State::S21), G => To(State::S), }
    s1 (parent = s, initial = s11) { C => To(State::S2), }
    s11 (parent = s1) {
        A => To(State::S1),
        B => To(State::S),
        D => To(State::S211),
        E => Reenter(State::S1),
        F => To(State::T),
    }
    s2 (parent = s, initial = s21) { C => To(State::S211), G => Reenter(State::S211), }
    s21 (parent = s2, initial = s211) { D => To(State::S21), }
    s211 (parent = s21) { A => To(State::S211), E => Reenter(State::S2), }
    t { A => To(State::S), B => To(State::S1), C => To(State::S21), }
}

/// What an event prints in `s11`.
fn in_s11(key: Key) -> String {
    Bench::<Distances>::start().0.on(key)
}

/// What an event prints in `s211`.
fn in_s211(key: Key) -> String {
    Bench::<Distances>::start().0.after([Key::D, key])
}

/// What an event prints in `t`.
fn in_t(key: Key) -> String {
    Bench::<Distances>::start().0.after([Key::F, key])
}

#[test]
fn a07_a_state_that_names_itself_is_exited_and_entered() {
    assert_eq!(in_s211(Key::A), "s211-EXIT;s211-ENTRY;");
}

#[test]
fn a07_a_composite_that_names_itself_is_exited_with_what_is_inside_and_entered() {
    assert_eq!(
        in_s211(Key::D),
        "s211-EXIT;s21-EXIT;s21-ENTRY;s21-INIT;s211-ENTRY;"
    );
    assert_eq!(
        in_s11(Key::G),
        "s11-EXIT;s1-EXIT;s-EXIT;s-ENTRY;s-INIT;s1-ENTRY;s11-ENTRY;"
    );
}

#[test]
fn a07_a_target_inside_is_entered_and_the_state_that_answers_is_not_exited() {
    assert_eq!(in_s211(Key::C), "s211-EXIT;s21-EXIT;s21-ENTRY;s211-ENTRY;");
    assert_eq!(
        in_s211(Key::B),
        "s211-EXIT;s21-EXIT;s2-EXIT;s2-ENTRY;s21-ENTRY;s21-INIT;s211-ENTRY;"
    );
}

#[test]
fn a07_a_target_outside_is_neither_exited_nor_entered() {
    assert_eq!(in_s11(Key::A), "s11-EXIT;s1-INIT;s11-ENTRY;");
    assert_eq!(
        in_s11(Key::B),
        "s11-EXIT;s1-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;"
    );
}

#[test]
fn a07_otherwise_exits_lead_to_the_least_common_ancestor_and_entries_down_to_the_target() {
    assert_eq!(
        in_s11(Key::D),
        "s11-EXIT;s1-EXIT;s2-ENTRY;s21-ENTRY;s211-ENTRY;"
    );
    assert_eq!(
        in_s11(Key::C),
        "s11-EXIT;s1-EXIT;s2-ENTRY;s2-INIT;s21-ENTRY;s21-INIT;s211-ENTRY;"
    );
    assert_eq!(in_s11(Key::F), "s11-EXIT;s1-EXIT;s-EXIT;t-ENTRY;");
}

/// The build script writes it: ten levels, each with its initial one level further in and an answer for each target.
mod ladder {
    use farc::hsm;
    use farc::hsm::Next::{self, Reenter, Super, To};

    use crate::support::Log;

    /// Which level answers, with which target, and whether the transition is external.
    pub(super) struct Go(pub(super) usize, pub(super) usize, pub(super) bool);

    include!(concat!(env!("OUT_DIR"), "/ladder_chart.rs"));
}

/// `l7-EXIT;l6-EXIT;` for 7 down to 6; nothing if that is no way down.
fn exits(from: usize, to: usize) -> String {
    (to..=from)
        .rev()
        .map(|level| format!("l{level}-EXIT;"))
        .collect()
}

/// The entries of levels, and the initials that follow the last.
fn entries(from: usize, to: usize) -> String {
    let entered: String = (from..=to)
        .map(|level| format!("l{level}-ENTRY;"))
        .collect();
    let followed: String = (to..10)
        .map(|level| format!("l{level}-INIT;l{}-ENTRY;", level + 1))
        .collect();
    entered + &followed
}

#[test]
fn a07_ancestors_and_descendants_are_targets_from_every_depth_of_ten_levels() {
    for source in 1..=10 {
        for target in 1..=10 {
            let (mut bench, _) = Bench::<ladder::Ladder>::start();
            let kept = if source == target {
                source - 1
            } else {
                source.min(target)
            };
            let expected = exits(10, kept + 1) + &entries(kept + 1, target);
            let printed = bench.on(ladder::Go(source, target, false));
            assert_eq!(printed, expected, "l{source} to l{target}");
        }
    }
}

#[test]
fn a08_initials_are_followed_with_their_actions_until_a_leaf_is_active() {
    assert_eq!(in_s11(Key::A), "s11-EXIT;s1-INIT;s11-ENTRY;");
    assert_eq!(in_t(Key::A), "t-EXIT;s-ENTRY;s-INIT;s1-ENTRY;s11-ENTRY;");
    assert_eq!(in_t(Key::B), "t-EXIT;s-ENTRY;s1-ENTRY;s1-INIT;s11-ENTRY;");
    assert_eq!(
        in_t(Key::C),
        "t-EXIT;s-ENTRY;s2-ENTRY;s21-ENTRY;s21-INIT;s211-ENTRY;"
    );
}

#[test]
fn a09_reenter_exits_and_enters_a_target_that_encloses_the_state_that_answers() {
    assert_eq!(
        in_s11(Key::E),
        "s11-EXIT;s1-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;"
    );
    assert_eq!(
        in_s211(Key::E),
        "s211-EXIT;s21-EXIT;s2-EXIT;s2-ENTRY;s2-INIT;s21-ENTRY;s21-INIT;s211-ENTRY;"
    );
}

#[test]
fn a09_reenter_exits_the_state_that_answers_when_it_encloses_the_target() {
    assert_eq!(
        in_s211(Key::G),
        "s211-EXIT;s21-EXIT;s2-EXIT;s2-ENTRY;s21-ENTRY;s211-ENTRY;"
    );
    assert_eq!(
        in_s211(Key::F),
        "s211-EXIT;s21-EXIT;s2-EXIT;s-EXIT;s-ENTRY;s2-ENTRY;s21-ENTRY;s21-INIT;s211-ENTRY;"
    );
}

#[test]
fn a09_reenter_is_external_from_every_depth_of_ten_levels() {
    for source in 1..=10 {
        for target in 1..=10 {
            let (mut bench, _) = Bench::<ladder::Ladder>::start();
            let outer = source.min(target);
            let expected = exits(10, outer) + &entries(outer, target);
            let printed = bench.on(ladder::Go(source, target, true));
            assert_eq!(printed, expected, "l{source} to l{target}");
        }
    }
}
