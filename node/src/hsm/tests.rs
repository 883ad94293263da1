//! The tables of a small tree, and which levels its transitions keep.

use super::{StateId, Tables, Topology};

/// `a { b { c } } d`, written out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Tree {
    C,
    A,
    D,
    B,
}

use Tree::{A, B, C, D};

impl std::fmt::Display for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl StateId for Tree {
    const COUNT: usize = 4;
    type Tables = Tables<Self, 4, 4>;
    const TABLES: &'static Self::Tables = &Tables::new(
        [C, A, D, B],
        ["c", "a", "d", "b"],
        [3, 255, 255, 1],
        [255, 0, 255, 255],
    );

    fn index(self) -> usize {
        self as usize
    }
}

#[test]
fn paths_lead_from_the_outermost_state_inwards() {
    assert_eq!(C.path(), [A, B, C]);
    assert_eq!(B.path(), [A, B]);
    assert_eq!(D.path(), [D]);
    assert_eq!((Tree::TABLES.depth(C), Tree::TABLES.step(C, 1)), (3, B));
}

#[test]
fn an_initial_may_skip_levels() {
    assert_eq!(Tree::TABLES.initial(A), Some(C));
    assert_eq!(Tree::TABLES.initial(B), None);
}

#[test]
fn a_transition_keeps_what_encloses_both_ends() {
    let kept = [[2, 1, 0, 2], [1, 0, 0, 1], [0, 0, 0, 0], [2, 1, 0, 1]];
    for (source, row) in Tree::all().iter().zip(kept) {
        for (target, kept) in Tree::all().iter().zip(row) {
            assert_eq!(
                Tree::TABLES.kept(*source, *target),
                kept,
                "{source} to {target}"
            );
        }
    }
}

#[test]
fn an_external_transition_keeps_neither_end() {
    let kept = [[2, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]];
    for (source, row) in Tree::all().iter().zip(kept) {
        for (target, kept) in Tree::all().iter().zip(row) {
            assert_eq!(
                Tree::TABLES.kept_by_reentry(*source, *target),
                kept,
                "{source} to {target}"
            );
        }
    }
}
