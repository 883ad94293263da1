//! Every transition that a tree allows: from each leaf, by each of its ancestors, to each state, local and external.

use farc::hsm;
use farc::hsm::Next::{self, Reenter, Super, To};
use farc::hsm::{Hsm, Machine, Outcome, StateId};

use crate::chart::Told;
use crate::reference::{Answer, Chart, Interpreter, Reaction, State};

/// Asks the state `from` to go to the state `to`.
struct Go {
    from: String,
    to: String,
    external: bool,
}

impl Go {
    fn is(&self, to: &str, external: bool) -> bool {
        self.to == to && self.external == external
    }
}

/// A chart that can take every transition, and its tree as data.
trait Tree: for<'c> Hsm<Event = Go, Context<'c> = Told> {
    fn new() -> Self;
    fn tree() -> Chart;
}

macro_rules! jumps {
    ($chart:ident, initial = $first:ident; $($state:ident $(in $parent:ident)? $(-> $initial:ident)? => $($target:ident)*;)*) => {
        struct $chart;

        #[hsm(event = Go, initial = $first, context = Told)]
        impl $chart {
            $(#[state($(parent = $parent,)? $(initial = $initial)?)]
            fn $state(&mut self, go: &Go) -> Next<Self> {
                match go {
                    _ if go.from != stringify!($state) => Super,
                    $(_ if go.is(stringify!($target), false) => To(State::$target),)*
                    $(_ if go.is(stringify!($target), true) => Reenter(State::$target),)*
                    _ => unreachable!("the test names states of the chart"),
                }
            })*
        }

        impl Tree for $chart {
            fn new() -> Self {
                Self
            }

            fn tree() -> Chart {
                let tree: &[(&str, &[&str], &[&str])] =
                    &[$((stringify!($state), &[$(stringify!($parent))?], &[$(stringify!($initial))?])),*];
                let states = tree.iter().map(|(name, parent, initial)| State {
                    name: (*name).to_owned(),
                    parent: parent.first().map(|&name| name.to_owned()),
                    initial: initial.first().map(|&name| name.to_owned()),
                    reactions: Vec::new(),
                });
                Chart { initial: stringify!($first).to_owned(), states: states.collect() }
            }
        }
    };
}

// Too many lines to write out: the engine takes these transitions by its tables.
jumps! { Large, initial = p;
    p -> q1 => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    q in p -> q2 => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    q1 in q => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    q2 in q => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    r in p -> r1 => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    r1 in r => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    x -> y => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    y in x -> z1 => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    y1 in y => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    y2 in y => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    z in y -> z1 => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    z1 in z => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
    lone => P Q Q1 Q2 R R1 X Y Y1 Y2 Z Z1 Lone;
}

// Few enough lines: the attribute writes them out.
jumps! { Small, initial = k;
    k -> l1 => K L L1 M M1 N;
    l in k -> l1 => K L L1 M M1 N;
    l1 in l => K L L1 M M1 N;
    m in k -> m1 => K L L1 M M1 N;
    m1 in m => K L L1 M M1 N;
    n => K L L1 M M1 N;
}

/// Takes every transition in a machine and in the interpreter; tells how many there were.
fn take_every_transition<H: Tree>() -> usize {
    let tree = H::tree();
    let mut told = Told::default();
    let mut taken = 0;
    for leaf in tree.leaves() {
        let at_leaf = *H::State::all()
            .iter()
            .find(|state| state.name() == leaf)
            .expect("each state of the data is one of the actor");
        for &source in at_leaf.path() {
            for &target in H::State::all() {
                for external in [false, true] {
                    let mut machine = Machine::new(H::new());
                    machine.start(&mut told);
                    let here = machine.state().expect("it runs").to_string();
                    machine.dispatch(
                        &Go {
                            from: here,
                            to: format!("{at_leaf:?}"),
                            external: false,
                        },
                        &mut told,
                    );
                    assert_eq!(machine.state(), Some(at_leaf));
                    told.take();

                    let go = Go {
                        from: source.to_string(),
                        to: format!("{target:?}"),
                        external,
                    };
                    let outcome = machine.dispatch(&go, &mut told);

                    let mut interpreter = Interpreter::new(tree.clone());
                    interpreter.active = Some(leaf.clone());
                    let answer = if external {
                        Answer::Reenter
                    } else {
                        Answer::To
                    };
                    let answer = answer(target.to_string());
                    let reaction = Reaction {
                        event: "GO".to_owned(),
                        guard: None,
                        set: None,
                        answer,
                    };
                    let state = interpreter
                        .chart
                        .states
                        .iter_mut()
                        .find(|state| state.name == source.name());
                    state
                        .expect("the data has the states of the actor")
                        .reactions
                        .push(reaction);
                    let expected = interpreter.dispatch("GO");

                    assert_eq!(
                        format!("{source}-GO;{}", told.take()),
                        expected,
                        "{leaf}: {source} to {target}"
                    );
                    assert_eq!(
                        machine.state().map(|state| state.to_string()),
                        interpreter.active
                    );
                    assert_eq!(outcome, Outcome::Transition { source, target });
                    taken += 1;
                }
            }
        }
    }
    taken
}

#[test]
fn every_transition_by_tables_agrees_with_the_interpreter() {
    // 7 leaves with 3, 3, 3, 3, 3, 4 and 1 states on their paths, 13 targets, two kinds.
    assert_eq!(take_every_transition::<Large>(), 20 * 13 * 2);
}

#[test]
fn every_transition_written_out_agrees_with_the_interpreter() {
    // 3 leaves with 3, 3 and 1 states on their paths, 6 targets, two kinds.
    assert_eq!(take_every_transition::<Small>(), 7 * 6 * 2);
}
