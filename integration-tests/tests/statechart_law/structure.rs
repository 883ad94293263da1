//! A1 to A3, A10: states, their enum, their actions, and how many there may be.

use farc::hsm;
use farc::hsm::Next::{self, Super, To};
use farc::hsm::{Hsm, MAX_LEVELS, MAX_STATES, StateId};

use crate::support::{Bench, Key, Log, chart};

chart! { Forest, initial = oak;
    oak (initial = branch) { A => To(State::Pine), }
    branch (parent = oak, initial = leaf) {}
    leaf (parent = branch) {}
    pine { A => To(State::Branch), B => To(State::Oak), }
}

#[test]
fn a01_states_form_a_forest_and_the_enum_has_composites_too() {
    use ForestState::{Branch, Leaf, Oak, Pine};
    assert_eq!(ForestState::all(), [Oak, Branch, Leaf, Pine]);
    let parents = ForestState::all().iter().map(|state| state.parent());
    let parents: Vec<_> = parents.collect();
    assert_eq!(parents, [None, Some(Oak), Some(Branch), None]);
    assert_eq!(Leaf.path(), [Oak, Branch, Leaf]);
    assert!(Leaf.is_in(Oak) && Leaf.is_in(Leaf) && !Oak.is_in(Leaf) && !Leaf.is_in(Pine));
    assert_eq!(Leaf.name(), "leaf");
}

#[test]
fn a01_a_state_is_one_byte_and_copied() {
    fn copy<T: Copy>(_: T) -> usize {
        size_of::<T>()
    }
    assert_eq!(copy(ForestState::Pine), 1);
    assert_eq!(size_of::<Option<ForestState>>(), 1);
}

#[test]
fn a01_a_composite_with_an_initial_is_a_target() {
    let (mut forest, _) = Bench::<Forest>::start();
    assert_eq!(
        forest.after([Key::A, Key::B]),
        "pine-EXIT;oak-ENTRY;oak-INIT;branch-ENTRY;branch-INIT;leaf-ENTRY;"
    );
    assert_eq!(
        forest.after([Key::A, Key::A]),
        "pine-EXIT;oak-ENTRY;branch-ENTRY;branch-INIT;leaf-ENTRY;"
    );
}

#[test]
fn a01_state_means_its_own_enum_in_each_of_two_actors_in_one_function() {
    chart! { Left, initial = one;
        one { A => To(State::Two), }
        two { A => To(State::One), }
    }
    chart! { Right, initial = two;
        one { A => To(State::Two), }
        two { A => To(State::One), }
    }
    let (mut left, _) = Bench::<Left>::start();
    let (mut right, _) = Bench::<Right>::start();
    assert_eq!(left.on(Key::A), "one-EXIT;two-ENTRY;");
    assert_eq!(right.on(Key::A), "two-EXIT;one-ENTRY;");
}

/// Every kind of action on a path that an initial transition skips along.
#[derive(Default)]
struct Actions;

#[hsm(event = Key, initial = outer, context = Log)]
impl Actions {
    #[start]
    fn begin(&mut self, log: &mut Log) {
        log.say("begin");
    }

    #[state(initial = inmost)]
    fn outer(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::A => To(State::Other),
            _ => Super,
        }
    }

    #[entry(outer)]
    fn enter_outer(&mut self, log: &mut Log) {
        log.say("hello");
    }

    #[exit(outer)]
    fn exit_outer(&mut self, log: &mut Log) {
        log.say("bye");
    }

    #[init(outer)]
    fn init_outer(&mut self, log: &mut Log) {
        log.say("inwards");
    }

    #[state(parent = outer, initial = beside)]
    fn inner(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[init(inner)]
    fn init_inner(&mut self, log: &mut Log) {
        log.say("never");
    }

    #[state(parent = inner)]
    fn inmost(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = inner, unreachable_ok)]
    fn beside(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state]
    fn other(&mut self, _: &Key) -> Next<Self> {
        Super
    }
}

#[test]
fn a02_the_start_action_runs_once_before_the_first_entry() {
    let (mut bench, started) = Bench::<Actions>::start();
    assert_eq!(
        started,
        "begin;outer-ENTRY;hello;outer-INIT;inwards;inner-ENTRY;inmost-ENTRY;"
    );
    bench.machine.start(&mut bench.log);
    assert_eq!(bench.take(), "");
}

#[test]
fn a03_entry_exit_and_init_actions_run_with_their_states_and_an_initial_may_skip_levels() {
    let (mut bench, started) = Bench::<Actions>::start();
    assert!(started.ends_with("inwards;inner-ENTRY;inmost-ENTRY;"));
    assert_eq!(
        bench.on(Key::A),
        "inmost-EXIT;inner-EXIT;outer-EXIT;bye;other-ENTRY;"
    );
    let rows = Actions::STATES.iter();
    let actions: Vec<_> = rows.map(|row| (row.entry, row.exit, row.init)).collect();
    let none = (false, false, false);
    assert_eq!(
        actions,
        [(true, true, true), (false, false, true), none, none, none]
    );
}

chart! { Tower, initial = t1;
    t1 (initial = t3) { A => To(State::T16), B => Reenter(State::T16), C => To(State::T1), }
    t2 (parent = t1) {}
    t3 (parent = t2, initial = t8) {}
    t4 (parent = t3) {}
    t5 (parent = t4) {}
    t6 (parent = t5) {}
    t7 (parent = t6) {}
    t8 (parent = t7, initial = t16) { D => To(State::T8), E => Reenter(State::T1), }
    t9 (parent = t8) {}
    t10 (parent = t9) {}
    t11 (parent = t10) {}
    t12 (parent = t11) {}
    t13 (parent = t12) {}
    t14 (parent = t13) {}
    t15 (parent = t14) {}
    t16 (parent = t15) { F => To(State::T1), G => Reenter(State::T8), }
}

/// `t7-EXIT;t6-EXIT;` for 7 down to 6, `t6-ENTRY;t7-ENTRY;` for 6 up to 7.
fn levels(from: usize, to: usize, what: &str) -> String {
    let line = |level: usize| format!("t{level}-{what};");
    if from <= to {
        (from..=to).map(line).collect()
    } else {
        (to..=from).rev().map(line).collect()
    }
}

#[test]
fn a10_sixteen_levels_are_entered_and_left() {
    assert_eq!(MAX_LEVELS, 16);
    let (mut tower, started) = Bench::<Tower>::start();
    let (up, down) = (levels(9, 16, "ENTRY"), levels(4, 8, "ENTRY"));
    let home = format!("t3-INIT;{down}t8-INIT;{up}");
    let whole = format!("t1-INIT;t2-ENTRY;t3-ENTRY;{home}");
    assert_eq!(started, format!("t1-ENTRY;{whole}"));

    let (out, enter) = (levels(16, 2, "EXIT"), levels(2, 16, "ENTRY"));
    assert_eq!(tower.on(Key::A), format!("{out}{enter}"));
    let again = format!("{out}t1-EXIT;t1-ENTRY;{enter}");
    assert_eq!(tower.on(Key::B), again);
    assert_eq!(tower.on(Key::C), format!("{out}t1-EXIT;t1-ENTRY;{whole}"));
    let (out8, back) = (levels(16, 8, "EXIT"), format!("t8-ENTRY;t8-INIT;{up}"));
    assert_eq!(tower.on(Key::D), format!("{out8}{back}"));
    assert_eq!(tower.on(Key::E), format!("{out}t1-EXIT;t1-ENTRY;{whole}"));
    assert_eq!(tower.on(Key::F), format!("{out}{whole}"));
    assert_eq!(tower.on(Key::G), format!("{out8}{back}"));
}

/// The build script writes it: a row of states, each leading to the next.
mod wide {
    use farc::hsm;
    use farc::hsm::Next::{self, To};

    include!(concat!(env!("OUT_DIR"), "/wide_chart.rs"));
}

#[test]
fn a10_a_chart_may_have_255_states() {
    assert_eq!(MAX_STATES, 255);
    assert_eq!(wide::WideState::COUNT, 255);
    let mut machine = hsm::Machine::new(wide::Wide);
    machine.start(&mut ());
    for step in 0..600 {
        assert_eq!(machine.state().map(StateId::index), Some(step % 255));
        machine.dispatch(&(), &mut ());
    }
}
