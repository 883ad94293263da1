//! The statechart engine: one event taken to completion through a hierarchical state machine.
//!
//! A chart is written as an `impl` block with the attribute [`#[hsm]`](macro@crate::hsm). The attribute knows the whole topology while it
//! compiles: it generates the enum of states ([`StateId`]), the tables that a transition reads, and the implementation of [`Hsm`] that calls
//! the user's methods. [`Machine`] holds the actor and its active leaf, and runs one step at a time.
//!
//! The meaning is that of Samek's *Practical UML Statecharts in C/C++*, 2nd edition, chapter 2, and of QP:
//!
//! - The event goes to the active leaf's handler, and up through the parents while they answer [`Next::Super`].
//! - The code in the handler runs *before* the exits and entries. UML exits first: this is the one deliberate difference.
//! - [`Next::To`] an ancestor or a descendant of the state that answered is *local*: the enclosing state is neither left nor entered.
//!   [`Next::Reenter`] is the *external* form.
//! - After the target is entered, its initial transition is taken, and that of the state it leads to, until a state without one is active.
//!
//! Speed comes from what is known while compiling, and not from probing. The attribute writes the bubbling out for each leaf, and the exits
//! and entries of each transition that a leaf can take; charts for which that would be too much code read from tables how many levels a
//! transition keeps, exit along the path of the leaf and enter along the path of the target. Nothing is allocated, nothing recurses, and the
//! cost of an event does not depend on the number of states.
//!
//! This module imports nothing of the rest of the crate. What a step tells its surroundings goes through [`Host`], so that a chart can also
//! run without a node, with a context of its own:
//!
//! ```
//! use farc::hsm;
//! use farc::hsm::Machine;
//! use farc::hsm::Next::{self, Super, To};
//!
//! enum Button {
//!     Power,
//!     Mode,
//! }
//!
//! #[derive(Default)]
//! struct Lamp {
//!     switched_on: u32,
//! }
//!
//! #[hsm(event = Button, initial = off, context = ())]
//! impl Lamp {
//!     #[state]
//!     fn off(&mut self, event: &Button) -> Next<Self> {
//!         match event {
//!             Button::Power => To(State::On),
//!             _ => Super,
//!         }
//!     }
//!
//!     #[state(initial = bright)]
//!     fn on(&mut self, event: &Button) -> Next<Self> {
//!         match event {
//!             Button::Power => To(State::Off),
//!             _ => Super,
//!         }
//!     }
//!
//!     #[entry(on)]
//!     fn count(&mut self) {
//!         self.switched_on += 1;
//!     }
//!
//!     #[state(parent = on)]
//!     fn bright(&mut self, event: &Button) -> Next<Self> {
//!         match event {
//!             Button::Mode => To(State::Dim),
//!             _ => Super,
//!         }
//!     }
//!
//!     #[state(parent = on)]
//!     fn dim(&mut self, event: &Button) -> Next<Self> {
//!         match event {
//!             Button::Mode => To(State::Bright),
//!             _ => Super,
//!         }
//!     }
//! }
//!
//! let mut lamp = Machine::new(Lamp::default());
//! lamp.start(&mut ());
//! lamp.dispatch(&Button::Power, &mut ());
//! lamp.dispatch(&Button::Mode, &mut ());
//! assert_eq!(lamp.state(), Some(LampState::Dim));
//! lamp.dispatch(&Button::Power, &mut ());
//! assert_eq!(lamp.state(), Some(LampState::Off));
//! assert_eq!(lamp.actor().switched_on, 1);
//! ```

mod machine;
mod tables;
#[cfg(test)]
mod tests;

use std::fmt;
use std::hash::Hash;

pub use machine::{Machine, Outcome};
#[doc(hidden)]
pub use tables::{Tables, Topology};

/// How deep states may be nested: a state without a parent is at level 1.
///
/// It bounds the longest exit and entry path of a transition, and with it the worst step. Deeper charts are a compile error.
pub const MAX_LEVELS: usize = 16;

/// How many states a chart may have.
///
/// An index must fit a byte, and one value stays free so that "no state" needs no second byte. Larger charts are a compile error.
pub const MAX_STATES: usize = 255;

/// What a state answers to an event.
///
/// Every value that a handler returns is written as one of these variants with a literal target, `To(State::Hungry)`: that is how the whole
/// chart is known at compile time.
pub enum Next<H: Hsm> {
    /// The event is consumed and no state changes: an internal transition.
    Handled,
    /// Not for this state: the event goes on to the parent, and past the top it is ignored.
    Super,
    /// A transition. Exits lead from the active leaf to the state that answered, and on to the least ancestor that it shares with the target;
    /// entries lead down to the target, and then the initials are followed.
    ///
    /// Where the target encloses the state that answered, or lies inside it, the outer of the two is neither exited nor entered. A state that
    /// names itself is exited and entered.
    To(H::State),
    /// An external transition: like [`To`](Next::To), but the target is exited and entered even if it encloses the state that answered, and
    /// that state is exited even if it encloses the target.
    Reenter(H::State),
    /// The actor ends: all active states are exited, the innermost first.
    Stop,
}

impl<H: Hsm> Clone for Next<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: Hsm> Copy for Next<H> {}

impl<H: Hsm> fmt::Debug for Next<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handled => f.write_str("Handled"),
            Self::Super => f.write_str("Super"),
            Self::To(target) => f.debug_tuple("To").field(target).finish(),
            Self::Reenter(target) => f.debug_tuple("Reenter").field(target).finish(),
            Self::Stop => f.write_str("Stop"),
        }
    }
}

/// A state of a chart: the fieldless enum that [`#[hsm]`](macro@crate::hsm) generates.
///
/// The enum has all states, composites too. Its values are ordered as the states are written in the `impl` block.
pub trait StateId: Copy + Ord + Hash + fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// How many states the chart has: 1 to [`MAX_STATES`].
    const COUNT: usize;

    /// The shape of the chart, for the engine.
    #[doc(hidden)]
    type Tables: Topology<Self>;

    /// The shape of the chart, for the engine.
    #[doc(hidden)]
    const TABLES: &'static Self::Tables;

    /// The position of this state in the order of writing: less than [`COUNT`](StateId::COUNT).
    fn index(self) -> usize;

    /// The state at a position, `None` from [`COUNT`](StateId::COUNT) on.
    fn from_index(index: usize) -> Option<Self> {
        Self::all().get(index).copied()
    }

    /// All states, in the order of writing.
    fn all() -> &'static [Self] {
        Self::TABLES.all()
    }

    /// The name of the state: that of the method which handles its events.
    fn name(self) -> &'static str {
        Self::TABLES.name(self)
    }

    /// The state that directly encloses this one.
    fn parent(self) -> Option<Self> {
        Self::TABLES.parent(self)
    }

    /// Whether this state is `ancestor`, or lies inside it.
    fn is_in(self, ancestor: Self) -> bool {
        self.path().contains(&ancestor)
    }

    /// The states that are active when this one is, from the outermost to this one itself.
    fn path(self) -> &'static [Self] {
        Self::TABLES.path(self)
    }
}

/// What the macro knows of a state: one row of [`Hsm::STATES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateInfo<S> {
    /// The state itself.
    pub state: S,
    /// Its name: that of the method which handles its events.
    pub name: &'static str,
    /// The state that directly encloses it.
    pub parent: Option<S>,
    /// Where its initial transition leads: a state somewhere inside.
    pub initial: Option<S>,
    /// Whether it has an entry action.
    pub entry: bool,
    /// Whether it has an exit action.
    pub exit: bool,
    /// Whether its initial transition has an action.
    pub init: bool,
    /// The doc comment of its method, lines joined by `\n`; empty if there is none.
    pub doc: &'static str,
}

/// Something that happened inside a step, in the order of happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record<S> {
    /// The state is entered; its entry action, if there is one, runs next.
    Entry(S),
    /// The state is exited; its exit action, if there is one, runs next.
    Exit(S),
    /// The initial transition of this state is taken; its action, if there is one, runs next.
    Init(S),
    /// A transition is complete.
    Transition {
        /// The state whose handler answered.
        source: S,
        /// The leaf that was active before.
        from: S,
        /// The leaf that is active now.
        to: S,
    },
    /// The handler of this state consumed the event; no state changed.
    Internal(S),
    /// No active state wanted the event.
    Ignored,
    /// The handler of this state ended the actor; all states are exited.
    Stopped(S),
}

/// What the engine tells its surroundings during a step: the context that handlers receive implements it.
///
/// Every method may be left out; an empty one costs nothing.
pub trait Host<S> {
    /// The handler or action of `state` runs next; `None` is the action of `#[start]`, which belongs to no state.
    ///
    /// A time event that is armed now lives until that state is exited. In the action of an initial transition the state is the composite.
    fn scope(&mut self, state: Option<S>) {
        let _ = state;
    }

    /// The state has been exited and its exit action has returned: what was bound to the state ends now.
    fn exited(&mut self, state: S) {
        let _ = state;
    }

    /// One thing that happened, for traces.
    fn record(&mut self, record: Record<S>) {
        let _ = record;
    }
}

/// The context of a machine that needs none.
impl<S> Host<S> for () {}

/// A statechart. Written with the attribute [`#[hsm]`](macro@crate::hsm), never by hand.
pub trait Hsm: Sized + 'static {
    /// The states of the chart.
    type State: StateId;
    /// What the states react to.
    type Event: 'static;
    /// What handlers and actions receive beside the event.
    type Context<'c>: Host<Self::State>;

    /// The name of the type that the chart is written for.
    const NAME: &'static str;
    /// The states in the order of writing: row `i` is the state whose index is `i`.
    const STATES: &'static [StateInfo<Self::State>];
    /// Where the top initial transition leads.
    const INITIAL: Self::State;

    /// Runs the action of `#[start]`.
    #[doc(hidden)]
    fn begin(&mut self, cx: &mut Self::Context<'_>);

    /// Offers the event to the leaf and to its ancestors in turn, until one does not answer `Super`.
    ///
    /// Calls `Host::scope` before each handler.
    #[doc(hidden)]
    fn react(
        &mut self,
        leaf: Self::State,
        event: &Self::Event,
        cx: &mut Self::Context<'_>,
    ) -> Reaction<Self>;

    /// Runs the entry action of the state, if it has one, after `Host::scope`.
    #[doc(hidden)]
    fn enter(&mut self, state: Self::State, cx: &mut Self::Context<'_>);

    /// Runs the exit action of the state, if it has one, after `Host::scope`.
    #[doc(hidden)]
    fn exit(&mut self, state: Self::State, cx: &mut Self::Context<'_>);

    /// Runs the action of the state's initial transition, if it has one, after `Host::scope`.
    #[doc(hidden)]
    fn init(&mut self, state: Self::State, cx: &mut Self::Context<'_>);
}

/// What came of offering an event.
#[doc(hidden)]
pub enum Reaction<H: Hsm> {
    /// The state answered so, and that is still to be done. After the outermost state it is the outermost state that answered `Super`.
    Answer(H::State, Next<H>),
    /// The transition from `source` to `target` has been taken: its exits, entries and init actions have run, and `to` is the leaf.
    Taken {
        source: H::State,
        target: H::State,
        to: H::State,
    },
}
