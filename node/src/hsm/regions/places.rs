//! Which states of a chart with regions are active, and which were.

use crate::hsm::{Memory, StateId};

/// Where a chart with regions is.
pub trait Places<S>: Memory<S> {
    /// Whether the state is active.
    fn holds(&self, state: S) -> bool;
    /// The active child of the state; of several regions any.
    fn child(&self, state: S) -> Option<S>;
    /// What was active directly inside the state when that was exited last.
    fn last(&self, state: S) -> Option<S>;
    /// A step begins.
    fn begin_step(&mut self);
    /// Whether the state has been exited in this step.
    fn was_left(&self, state: S) -> bool;
    /// The state is entered.
    fn enter(&mut self, state: S);
    /// The state has been exited.
    fn exit(&mut self, state: S);
}

/// The memory of a chart with regions of `N` states, with state data `D`.
#[derive(Debug)]
pub struct Regions<S, const N: usize, D> {
    /// The data of the active states.
    pub data: D,
    places: [Place<S>; N],
}

/// A state, seen from its place in the tree.
#[derive(Clone, Copy, Debug)]
struct Place<S> {
    active: bool,
    left: bool,
    child: Option<S>,
    last: Option<S>,
}

impl<S: Copy, D: Default, const N: usize> Default for Regions<S, N, D> {
    fn default() -> Self {
        let nowhere = Place {
            active: false,
            left: false,
            child: None,
            last: None,
        };
        Self {
            data: D::default(),
            places: [nowhere; N],
        }
    }
}

impl<S: StateId, D: Default + 'static, const N: usize> Memory<S> for Regions<S, N, D> {
    const CHILDREN: bool = true;

    fn activate(&mut self, state: S) {
        self.enter(state);
    }

    fn remember(&mut self, composite: S, child: S) {
        self.places[composite.index()].last = Some(child);
    }

    fn recorded(&self, composite: S) -> Option<S> {
        self.last(composite)
    }

    fn is_active(&self, _: S, state: S) -> bool {
        self.holds(state)
    }
}

impl<S: StateId, D: Default + 'static, const N: usize> Places<S> for Regions<S, N, D> {
    fn holds(&self, state: S) -> bool {
        self.places[state.index()].active
    }

    fn child(&self, state: S) -> Option<S> {
        self.places[state.index()].child
    }

    fn last(&self, state: S) -> Option<S> {
        self.places[state.index()].last
    }

    fn begin_step(&mut self) {
        for place in &mut self.places {
            place.left = false;
        }
    }

    fn was_left(&self, state: S) -> bool {
        self.places[state.index()].left
    }

    fn enter(&mut self, state: S) {
        self.places[state.index()].active = true;
        if let Some(parent) = state.parent() {
            // Any of several regions stands for them all.
            self.places[parent.index()].child.get_or_insert(state);
        }
    }

    fn exit(&mut self, state: S) {
        let place = &mut self.places[state.index()];
        (place.active, place.left) = (false, true);
        if let Some(parent) = state.parent() {
            let parent = &mut self.places[parent.index()];
            parent.last = Some(state);
            if parent.child == Some(state) {
                parent.child = None;
            }
        }
    }
}
