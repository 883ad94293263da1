//! The shape of a chart as constant tables, computed while the user's crate compiles.
//!
//! Rows are indexed by a fieldless enum with exactly as many values as there are rows, and columns by a number masked to the power of two
//! that is their length, so that the optimiser drops the bounds checks.

use super::StateId;

/// The index that stands for "no state" in what the macro passes.
const NONE: u8 = u8::MAX;

/// The tables of a chart of `N` states whose longest path has at most `D` of them; `D` is a power of two.
#[derive(Debug)]
pub struct Tables<S: 'static, const N: usize, const D: usize> {
    all: [S; N],
    names: [&'static str; N],
    parent: [Option<S>; N],
    initial: [Option<S>; N],
    /// How many states are active when this one is the innermost: the length of its path.
    depth: [u8; N],
    /// From the outermost state inwards; filled up with the state itself.
    path: [[S; D]; N],
    /// How many of the outermost states stay active in a transition from the row to the column.
    kept: [[u8; N]; N],
    /// The place of the state's history in the memory of a machine.
    slot: [u8; N],
}

impl<S: Copy, const N: usize, const D: usize> Tables<S, N, D> {
    /// Computes the tables from the parent and the initial of each state, given as indices into `all`, 255 for none.
    ///
    /// The macro has checked that the parents form a forest of at most `D` levels.
    pub const fn new(
        all: [S; N],
        names: [&'static str; N],
        parents: [u8; N],
        initials: [u8; N],
    ) -> Self {
        let mut tables = Self {
            all,
            names,
            parent: [None; N],
            initial: [None; N],
            depth: [0; N],
            path: [[all[0]; D]; N],
            kept: [[0; N]; N],
            slot: [NONE; N],
        };
        let mut i = 0;
        while i < N {
            if parents[i] != NONE {
                tables.parent[i] = Some(all[parents[i] as usize]);
            }
            if initials[i] != NONE {
                tables.initial[i] = Some(all[initials[i] as usize]);
            }
            let mut levels = 0;
            let mut up = i as u8;
            while up != NONE {
                levels += 1;
                up = parents[up as usize];
            }
            tables.depth[i] = levels;
            tables.path[i] = [all[i]; D];
            let mut up = i as u8;
            while up != NONE {
                levels -= 1;
                tables.path[i][levels as usize] = all[up as usize];
                up = parents[up as usize];
            }
            i += 1;
        }
        let mut source = 0;
        while source < N {
            let mut target = 0;
            while target < N {
                tables.kept[source][target] = Self::shared(&parents, &tables.depth, source, target);
                target += 1;
            }
            source += 1;
        }
        tables
    }

    /// The same with the place of each state's history, 255 for none.
    pub const fn remembering(mut self, slots: [u8; N]) -> Self {
        self.slot = slots;
        self
    }

    /// The number of levels that two states share; one less for a state and itself, which is exited and entered.
    const fn shared(parents: &[u8; N], depth: &[u8; N], source: usize, target: usize) -> u8 {
        if source == target {
            return depth[source] - 1;
        }
        let (mut a, mut b) = (source, target);
        while a != b {
            // The deeper one goes up. Two different outermost states share nothing.
            let higher = if depth[a] >= depth[b] { &mut a } else { &mut b };
            if parents[*higher] == NONE {
                return 0;
            }
            *higher = parents[*higher] as usize;
        }
        depth[a]
    }
}

/// What the engine asks of the tables of a chart.
pub trait Topology<S>: 'static {
    /// The states in the order of writing.
    fn all(&self) -> &[S];
    /// The name of a state.
    fn name(&self, state: S) -> &'static str;
    /// The state that directly encloses this one.
    fn parent(&self, state: S) -> Option<S>;
    /// Where the initial transition of the state leads.
    fn initial(&self, state: S) -> Option<S>;
    /// The length of the state's path.
    fn depth(&self, state: S) -> usize;
    /// The path from the outermost state to this one.
    fn path(&self, state: S) -> &[S];
    /// The state at a level of the path, counted from 0 outside.
    fn step(&self, state: S, level: usize) -> S;
    /// The place of the state's history in the memory of a machine, if it has one.
    fn slot(&self, state: S) -> Option<usize>;
    /// How many outermost states `To(target)` keeps when `source` answered.
    fn kept(&self, source: S, target: S) -> usize;
    /// How many outermost states `Reenter(target)` keeps when `source` answered.
    fn kept_by_reentry(&self, source: S, target: S) -> usize;
}

impl<S: StateId, const N: usize, const D: usize> Topology<S> for Tables<S, N, D> {
    #[inline]
    fn all(&self) -> &[S] {
        &self.all
    }

    #[inline]
    fn name(&self, state: S) -> &'static str {
        self.names[state.index()]
    }

    #[inline]
    fn parent(&self, state: S) -> Option<S> {
        self.parent[state.index()]
    }

    #[inline]
    fn initial(&self, state: S) -> Option<S> {
        self.initial[state.index()]
    }

    #[inline]
    fn depth(&self, state: S) -> usize {
        usize::from(self.depth[state.index()])
    }

    #[inline]
    fn path(&self, state: S) -> &[S] {
        let row = &self.path[state.index()];
        row.get(..self.depth(state)).unwrap_or(row)
    }

    #[inline]
    fn step(&self, state: S, level: usize) -> S {
        self.path[state.index()][level & const { D - 1 }]
    }

    #[inline]
    fn slot(&self, state: S) -> Option<usize> {
        match self.slot[state.index()] {
            NONE => None,
            slot => Some(usize::from(slot)),
        }
    }

    #[inline]
    fn kept(&self, source: S, target: S) -> usize {
        usize::from(self.kept[source.index()][target.index()])
    }

    #[inline]
    fn kept_by_reentry(&self, source: S, target: S) -> usize {
        let outside_both = self.depth(source).min(self.depth(target)) - 1;
        self.kept(source, target).min(outside_both)
    }
}
