//! The statechart engine: one event taken to completion through a hierarchical state machine.
//!
//! A chart is written as an `impl` block with the attribute [`#[hsm]`](macro@crate::hsm). The attribute knows the whole topology while it
//! compiles: it generates the enum of states ([`StateId`]), the tables that a transition reads, and the implementation of [`Hsm`] that calls
//! the user's methods. [`Machine`] holds the actor and its active leaf, and runs one step at a time.
//!
//! The meaning is that of Samek's *Practical UML Statecharts in C/C++*, 2nd edition, chapter 2, and of QP:
//!
//! - The event goes to the active leaf's handler, and up through the parents while they answer [`Next::Super`].
//! - The code in the handler runs *before* the exits and entries. UML exits first; the guide, `docs/statecharts.md`, has the other differences.
//! - [`Next::To`] an ancestor or a descendant of the state that answered is *local*: the enclosing state is neither left nor entered.
//!   [`Next::Reenter`] is the *external* form.
//! - After the target is entered, its initial transition is taken, and that of the state it leads to, until a state without one is active.
//!
//! Speed comes from what is known while compiling, and not from probing. The attribute writes the bubbling out for each leaf, and the exits
//! and entries of each transition that a leaf can take; charts for which that would be too much code read from tables how many levels a
//! transition keeps, exit along the path of the leaf and enter along the path of the target. Nothing is allocated, nothing recurses, and no
//! step searches the states. A chart with regions is walked instead: it costs more, and a little for each state.
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

pub mod chart;
mod listed;
mod machine;
mod memory;
pub mod paths;
mod regions;
mod snapshot;
mod tables;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::fmt;
use std::hash::Hash;

pub use chart::Chart;
#[doc(hidden)]
pub use listed::rejected;
#[doc(hidden)]
pub use machine::resume;
pub use machine::{Machine, Outcome};
#[doc(hidden)]
pub use memory::{Memory, Remembered, held, seen, taken};
#[doc(hidden)]
pub use regions::{Places, Regional, Regions, in_regions, start_regions, stop_regions};
#[doc(hidden)]
pub use snapshot::{Codec, Coded, Coder, Json, Loaded, Saved, coder, load, save};
pub use snapshot::{MachineSnapshot, Snapshot, SnapshotError};
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
    /// A transition to the composite that ends where the composite was left: like [`To`](Next::To), but in place of its initial the child
    /// that was exited last is entered, and from there the initials are followed.
    ///
    /// Before the composite was ever active, `history(default = …)` is entered, or else its initial transition is taken.
    History(H::State),
    /// Like [`History`](Next::History), down to the leaf that was exited last.
    DeepHistory(H::State),
    /// Not now: the event is kept aside until a transition has been taken, and then comes back before what waits in the mailbox.
    Defer,
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
            Self::History(target) => f.debug_tuple("History").field(target).finish(),
            Self::DeepHistory(target) => f.debug_tuple("DeepHistory").field(target).finish(),
            Self::Defer => f.write_str("Defer"),
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
pub struct StateInfo<S: 'static> {
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
    /// What it remembers of its states when they are exited.
    pub history: Option<HistoryInfo<S>>,
    /// Its regions, active together, in the order in which they are offered an event; empty for most states.
    pub regions: &'static [S],
    /// The type of the data that lives as long as the state is active.
    pub data: Option<&'static str>,
    /// The doc comment of its method, lines joined by `\n`; empty if there is none.
    pub doc: &'static str,
}

/// The history of a composite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryInfo<S> {
    /// Whether the leaf can be asked for, and not only the child.
    pub deep: bool,
    /// What is entered before there is a history; without it, the initial transition is taken.
    pub default: Option<S>,
}

/// An answer that is written in a handler: one row of [`Hsm::TRANSITIONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionInfo<S> {
    /// The state whose handler answers.
    pub source: S,
    /// The pattern that the event matches, as a reader wants it: `Eat(_)`, `A | B`; `*` for any event.
    pub trigger: &'static str,
    /// The variants of the event that the pattern names; empty for any event.
    pub events: &'static [&'static str],
    /// The conditions under which it answers so, joined by `&&`; empty if there are none.
    pub guard: &'static str,
    /// Where it leads; `None` for what stays and for `Stop`.
    pub target: Option<S>,
    /// What kind of answer it is.
    pub kind: TransitionKind,
    /// The doc comment of its arm, lines joined by `\n`; empty if there is none.
    pub doc: &'static str,
}

/// The kind of an answer: the variants of [`Next`] except `Super`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransitionKind {
    /// [`Next::To`].
    To,
    /// [`Next::Reenter`].
    Reenter,
    /// [`Next::History`].
    History,
    /// [`Next::DeepHistory`].
    DeepHistory,
    /// [`Next::Handled`].
    Internal,
    /// [`Next::Defer`].
    Defer,
    /// [`Next::Stop`].
    Stop,
}

/// Something that happened inside a step, in the order of happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record<S> {
    /// The handler of this state took the event: it answered something other than `Super`. What its answer leads to comes next.
    Answer(S),
    /// The handler of this state has a guarded reaction to the event and answered `Super`.
    GuardRejected(S),
    /// The state is entered; its entry action, if there is one, runs next.
    Entry(S),
    /// The state is exited; its exit action, if there is one, runs next.
    Exit(S),
    /// The initial transition of this state is taken; its action, if there is one, runs next.
    Init(S),
    /// The composite is entered by its history: what lies between it and `to` is entered next.
    History {
        /// The composite.
        composite: S,
        /// The child or leaf that was exited last.
        to: S,
    },
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
    /// The handler of this state deferred the event; no state changed.
    Deferred(S),
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

    /// A handler has answered `Stop`: the exits that follow are the machine's last. A panic in one of them abandons the rest, and nothing else.
    fn stopping(&mut self) {}

    /// Whether anybody looks at the records: what takes a search to know is left out otherwise.
    fn observes(&self) -> bool {
        false
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
    /// What a machine keeps beside its active leaf: history and state data. `()` for most charts.
    #[doc(hidden)]
    type Memory: Memory<Self::State>;

    /// The name of the type that the chart is written for.
    const NAME: &'static str;
    /// The states in the order of writing: row `i` is the state whose index is `i`.
    const STATES: &'static [StateInfo<Self::State>];
    /// The answers that handlers give, in the order of writing, without `Super`.
    const TRANSITIONS: &'static [TransitionInfo<Self::State>];
    /// Where the top initial transition leads.
    const INITIAL: Self::State;
    /// How many events may be kept aside, deferred and recalled ones together.
    const DEFER: u16;
    /// Whether a transition recalls what was deferred; otherwise only `recall` of the context does.
    const RECALL: bool;
    /// Whether an event whose step panicked is dispatched once more after the restart: `on_panic = retry`.
    const RETRY: bool = false;

    /// Whether there are invariants to look at, and the actor's crate has debug assertions.
    #[doc(hidden)]
    const CHECKED: bool = false;

    /// How a machine is saved, if the chart has the key `snapshot`.
    #[doc(hidden)]
    const CODEC: Option<Codec<Self>> = None;

    /// The chart as plain data, for pictures, paths and tools.
    fn chart() -> Chart {
        Chart::of::<Self>()
    }

    /// The name of the event's variant, if its type derives [`Event`](macro@crate::Event); empty otherwise.
    fn event_name(event: &Self::Event) -> &'static str;

    /// Runs the action of `#[start]`.
    #[doc(hidden)]
    fn begin(&mut self, cx: &mut Self::Context<'_>);

    /// Offers the event to the leaf and to its ancestors in turn, until one does not answer `Super`.
    ///
    /// Calls `Host::scope` before each handler and records the answer.
    #[doc(hidden)]
    fn react(
        &mut self,
        memory: &mut Self::Memory,
        leaf: Self::State,
        event: &Self::Event,
        cx: &mut Self::Context<'_>,
    ) -> Reaction<Self>;

    /// Takes the top initial transition; returns the leaf.
    #[doc(hidden)]
    fn open(&mut self, memory: &mut Self::Memory, cx: &mut Self::Context<'_>) -> Self::State {
        machine::arrive(self, memory, 0, Self::INITIAL, cx)
    }

    /// Exits all active states.
    #[doc(hidden)]
    fn close(&mut self, memory: &mut Self::Memory, leaf: Self::State, cx: &mut Self::Context<'_>) {
        machine::leave(self, memory, leaf, 0, cx);
    }

    /// Runs the entry action of the state, if it has one, after `Host::scope`.
    #[doc(hidden)]
    fn enter(&mut self, memory: &mut Self::Memory, state: Self::State, cx: &mut Self::Context<'_>);

    /// Runs the exit action of the state, if it has one, after `Host::scope`.
    #[doc(hidden)]
    fn exit(&mut self, memory: &mut Self::Memory, state: Self::State, cx: &mut Self::Context<'_>);

    /// Runs the action of the state's initial transition, if it has one, after `Host::scope`.
    #[doc(hidden)]
    fn init(&mut self, memory: &mut Self::Memory, state: Self::State, cx: &mut Self::Context<'_>);

    /// The first invariant that does not hold.
    #[doc(hidden)]
    fn broken(&self, memory: &Self::Memory, leaf: Self::State) -> Option<&'static str> {
        let _ = (memory, leaf);
        None
    }

    /// Runs the action of `#[restored]`.
    #[doc(hidden)]
    fn restored(&mut self, cx: &mut Self::Context<'_>) {
        let _ = cx;
    }

    /// The data of the state as a value, while it exists.
    #[doc(hidden)]
    fn save_data(memory: &Self::Memory, state: Self::State) -> Coded<Option<Json>> {
        let _ = (memory, state);
        Ok(None)
    }

    /// The data of the state from a value.
    #[doc(hidden)]
    fn load_data(memory: &mut Self::Memory, state: Self::State, value: &Json) -> Coded<()> {
        let _ = (memory, state, value);
        Ok(())
    }

    /// The data of the state, while it exists.
    #[doc(hidden)]
    fn data(memory: &Self::Memory, state: Self::State) -> Option<&dyn Any> {
        let _ = (memory, state);
        None
    }
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
    /// The whole step is done, by a chart that has regions; the first of the active leaves, if any.
    Done(Outcome<H>, Option<H::State>),
}
