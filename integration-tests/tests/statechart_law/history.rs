//! A11 to A14: what a composite remembers, and when it forgets.

use farc::hsm;
use farc::prelude::*;

use crate::support::Key::{A, B, C, D, E, F};
use crate::support::{Bench, chart};
use crate::world::{World, say};

// `off` asks in three ways; inside, B and C move on, and A leaves.
chart! { Washer, initial = off;
    off { A => To(State::On), B => History(State::On), C => DeepHistory(State::On), D => History(State::Washing), }
    on (initial = idle, history = deep) { A => To(State::Off), E => History(State::On), F => DeepHistory(State::On), }
    idle (parent = on) { B => To(State::Washing), G => To(State::Rinsing), }
    washing (parent = on, initial = soak, history) { D => History(State::Washing), G => Handled, }
    soak (parent = washing) { B => To(State::Spin), }
    spin (parent = washing, initial = fast) { B => To(State::Slow), D => History(State::On), }
    fast (parent = spin) {}
    slow (parent = spin) { C => To(State::Idle), }
    rinsing (parent = on) {}
}

fn washer() -> Bench<Washer> {
    Bench::start().0
}

#[test]
fn a11_history_enters_the_child_that_was_exited_and_follows_its_initials() {
    // Off in `slow`: the child of `on` is `washing`.
    let printed = washer().after([A, B, B, B, A, B]);
    assert_eq!(
        printed,
        "off-EXIT;on-ENTRY;on-HISTORY(washing);washing-ENTRY;washing-INIT;soak-ENTRY;"
    );
}

#[test]
fn a11_deep_history_enters_the_leaf_that_was_exited() {
    let printed = washer().after([A, B, B, B, A, C]);
    assert_eq!(
        printed,
        "off-EXIT;on-ENTRY;on-HISTORY(slow);washing-ENTRY;spin-ENTRY;slow-ENTRY;"
    );
}

#[test]
fn a11_each_composite_remembers_its_own_child() {
    // `washing` was left from `spin`, and after that `on` from `idle`.
    let printed = washer().after([A, B, B, B, C, A, D]);
    assert_eq!(
        printed,
        "off-EXIT;on-ENTRY;washing-ENTRY;washing-HISTORY(spin);spin-ENTRY;spin-INIT;fast-ENTRY;"
    );
    let printed = washer().after([A, B, B, B, C, A, B]);
    assert_eq!(printed, "off-EXIT;on-ENTRY;on-HISTORY(idle);idle-ENTRY;");
}

#[test]
fn a11_history_asked_from_inside_enters_what_was_just_exited_without_leaving_the_composite() {
    let printed = washer().after([A, B, B, D]);
    assert_eq!(
        printed,
        "fast-EXIT;spin-EXIT;washing-EXIT;on-HISTORY(washing);washing-ENTRY;washing-INIT;soak-ENTRY;"
    );
}

#[test]
fn a11_history_of_the_composite_that_answers_exits_and_enters_it() {
    assert_eq!(
        washer().after([A, E]),
        "idle-EXIT;on-EXIT;on-ENTRY;on-HISTORY(idle);idle-ENTRY;"
    );
    assert_eq!(
        washer().after([A, B, B, B, F]),
        "slow-EXIT;spin-EXIT;washing-EXIT;on-EXIT;\
         on-ENTRY;on-HISTORY(slow);washing-ENTRY;spin-ENTRY;slow-ENTRY;"
    );
}

#[test]
fn a12_before_the_first_entry_the_initial_is_taken_with_its_action() {
    for key in [B, C] {
        assert_eq!(
            washer().on(key),
            "off-EXIT;on-ENTRY;on-INIT;idle-ENTRY;",
            "{key:?}"
        );
    }
    assert_eq!(
        washer().on(D),
        "off-EXIT;on-ENTRY;washing-ENTRY;washing-INIT;soak-ENTRY;"
    );
}

chart! { Defaults, initial = off;
    off {
        A => History(State::Shallow),
        B => History(State::Deep),
        C => DeepHistory(State::Deep),
        D => To(State::Shallow),
        E => To(State::Deep),
    }
    shallow (initial = s1, history(default = s22)) { D => To(State::Off), }
    s1 (parent = shallow) {}
    s2 (parent = shallow, initial = s21) {}
    s21 (parent = s2) {}
    s22 (parent = s2) { E => To(State::S2), }
    deep (initial = d1, history(deep, default = d2)) { D => To(State::Off), E => To(State::D22), }
    d1 (parent = deep) {}
    d2 (parent = deep, initial = d21) {}
    d21 (parent = d2) {}
    d22 (parent = d2) {}
}

#[test]
fn a12_before_the_first_entry_a_default_is_entered_without_an_init_action() {
    let (mut bench, _) = Bench::<Defaults>::start();
    assert_eq!(
        bench.on(A),
        "off-EXIT;shallow-ENTRY;shallow-HISTORY(s22);s2-ENTRY;s22-ENTRY;"
    );
    // What is entered as a default is a target like another: its own initial is followed.
    for key in [B, C] {
        let (mut bench, _) = Bench::<Defaults>::start();
        assert_eq!(
            bench.on(key),
            "off-EXIT;deep-ENTRY;deep-HISTORY(d2);d2-ENTRY;d2-INIT;d21-ENTRY;"
        );
    }
}

#[test]
fn a12_after_the_first_exit_the_default_is_forgotten() {
    let (mut bench, _) = Bench::<Defaults>::start();
    assert_eq!(
        bench.after([A, D, A]),
        "off-EXIT;shallow-ENTRY;shallow-HISTORY(s2);s2-ENTRY;s2-INIT;s21-ENTRY;"
    );
}

#[test]
fn a13_deep_history_allows_both_forms() {
    let (mut bench, _) = Bench::<Defaults>::start();
    assert_eq!(
        bench.after([B, E, D, C]),
        "off-EXIT;deep-ENTRY;deep-HISTORY(d22);d2-ENTRY;d22-ENTRY;"
    );
    assert_eq!(
        bench.after([D, B]),
        "off-EXIT;deep-ENTRY;deep-HISTORY(d2);d2-ENTRY;d2-INIT;d21-ENTRY;"
    );
}

#[derive(Event, Clone, Copy)]
enum Press {
    #[event(local)]
    On,
    #[event(local)]
    Next,
    #[event(local)]
    Off,
    #[event(local)]
    Break,
}

struct Radio;

#[hsm(event = Press, initial = silent)]
impl Radio {
    #[state]
    fn silent(&mut self, event: &Press) -> Next<Self> {
        match event {
            Press::On => History(State::Playing),
            _ => Super,
        }
    }

    #[state(initial = first, history)]
    fn playing(&mut self, event: &Press) -> Next<Self> {
        match event {
            Press::Off => To(State::Silent),
            Press::Break => panic!("a fuse blew"),
            _ => Super,
        }
    }

    #[state(parent = playing)]
    fn first(&mut self, event: &Press) -> Next<Self> {
        match event {
            Press::Next => To(State::Second),
            _ => Super,
        }
    }

    #[entry(first)]
    fn enter_first(&mut self) {
        say("first");
    }

    #[state(parent = playing)]
    fn second(&mut self, _: &Press) -> Next<Self> {
        Super
    }

    #[entry(second)]
    fn enter_second(&mut self) {
        say("second");
    }
}

impl Actor for Radio {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn a14_a_restart_clears_history() {
    let mut radio = World::<Radio>::new();
    assert_eq!(radio.on([Press::On, Press::Next]), "first second");
    assert_eq!(radio.on([Press::Off, Press::On]), "second");
    radio.on([Press::Break]);
    radio.wait(1_000);
    assert_eq!(radio.state(), "silent");
    assert_eq!(radio.on([Press::On]), "first");
}
