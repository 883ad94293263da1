//! What a machine keeps beside its active leaf.

use super::{StateId, Topology};

/// History and state data of a chart of states `S`.
pub trait Memory<S>: Default + 'static {
    /// Whether what is recorded of a composite is its child and not the leaf.
    const CHILDREN: bool = false;

    /// The leaf has been exited: every composite around it that has a history remembers it.
    #[inline]
    fn exited(&mut self, leaf: S) {
        let _ = leaf;
    }

    /// The leaf of the composite that was exited last.
    #[inline]
    fn recorded(&self, composite: S) -> Option<S> {
        let _ = composite;
        None
    }

    /// Whether the state is active, when `leaf` is the first of the active leaves.
    fn is_active(&self, leaf: S, state: S) -> bool
    where
        S: StateId,
    {
        leaf.is_in(state)
    }

    /// The state is active, says a snapshot; it comes after the states around it, and after those before it in the order of writing.
    fn activate(&mut self, state: S) {
        let _ = state;
    }

    /// The composite was last left from this leaf, says a snapshot.
    fn remember(&mut self, composite: S, leaf: S) {
        let _ = (composite, leaf);
    }
}

/// A chart without history and state data.
impl<S> Memory<S> for () {}

/// The memory of a chart with history or state data: one byte for each of the `K` composites that have a history, and the data `D`.
#[derive(Debug)]
pub struct Remembered<S, const K: usize, D> {
    /// The leaf that was exited last in each composite, by its [`slot`](Topology::slot).
    leaves: [Option<S>; K],
    /// The data of the states, `None` in those that are not active.
    pub data: D,
}

impl<S: Copy, const K: usize, D> Remembered<S, K, D> {
    /// The leaf has been exited: the composite of this slot remembers it.
    #[inline]
    pub fn keep(&mut self, slot: usize, leaf: S) {
        if let Some(place) = self.leaves.get_mut(slot) {
            *place = Some(leaf);
        }
    }
}

impl<S: Copy, const K: usize, D: Default> Default for Remembered<S, K, D> {
    fn default() -> Self {
        Self {
            leaves: [None; K],
            data: D::default(),
        }
    }
}

impl<S: StateId, const K: usize, D: Default + 'static> Memory<S> for Remembered<S, K, D> {
    #[inline]
    fn exited(&mut self, leaf: S) {
        for &state in leaf.path() {
            if let Some(slot) = S::TABLES.slot(state) {
                self.keep(slot, leaf);
            }
        }
    }

    #[inline]
    fn recorded(&self, composite: S) -> Option<S> {
        let slot = S::TABLES.slot(composite)?;
        *self.leaves.get(slot)?
    }

    fn remember(&mut self, composite: S, leaf: S) {
        if let Some(slot) = S::TABLES.slot(composite) {
            self.keep(slot, leaf);
        }
    }
}

/// The data of a state that is active.
///
/// # Panics
///
/// Never: a state is active from the moment its data was made until it is taken.
#[inline]
#[track_caller]
pub fn held<T>(place: &mut Option<T>) -> &mut T {
    place.as_mut().expect("the data of an active state exists")
}

/// The same for who only looks.
///
/// # Panics
///
/// Never, for the same reason as in [`held`].
#[inline]
#[track_caller]
pub fn seen<T>(place: &Option<T>) -> &T {
    place.as_ref().expect("the data of an active state exists")
}

/// The data of a state that is exited.
///
/// # Panics
///
/// Never, for the same reason as in [`held`].
#[inline]
#[track_caller]
pub fn taken<T>(place: &mut Option<T>) -> T {
    place.take().expect("the data of an active state exists")
}
