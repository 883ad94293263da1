//! A chart as plain data: what pictures, paths and tools read.
//!
//! ```
//! use farc::hsm;
//! use farc::hsm::chart::Format;
//! use farc::hsm::{Hsm, Next, StateId};
//!
//! enum Switch {
//!     Flip,
//! }
//!
//! struct Light;
//!
//! #[hsm(event = Switch, initial = off, context = ())]
//! impl Light {
//!     #[state]
//!     fn off(&mut self, event: &Switch) -> Next<Self> {
//!         match event {
//!             Switch::Flip => Next::To(State::On),
//!         }
//!     }
//!
//!     #[state]
//!     fn on(&mut self, event: &Switch) -> Next<Self> {
//!         match event {
//!             Switch::Flip => Next::To(State::Off),
//!         }
//!     }
//! }
//!
//! let chart = Light::chart();
//! assert!(chart.export(Format::Svg).starts_with("<svg "));
//! // The same with `on` marked as active.
//! let picture = chart.with_active(&[LightState::On.index()]);
//! assert!(picture.export(Format::Mermaid).ends_with("class s_on active\n"));
//! ```

mod dot;
mod mermaid;
mod outline;
mod picture;
mod plantuml;
mod scxml;
mod svg;

pub use picture::{Format, Picture, UnknownFormat};

use super::{Hsm, StateId, TransitionKind};

/// A statechart as plain data. States are named by their index, so that one type holds every chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The actor's type.
    pub name: &'static str,
    /// Where the top initial transition leads.
    pub initial: usize,
    /// In the order of writing.
    pub states: Vec<ChartState>,
    /// In the order of writing; every answer of a handler but `Super`.
    pub transitions: Vec<ChartTransition>,
}

/// A state of a [`Chart`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartState {
    /// The name of the method that handles its events.
    pub name: &'static str,
    /// The state that directly encloses it.
    pub parent: Option<usize>,
    /// Where its initial transition leads.
    pub initial: Option<usize>,
    /// What it remembers of its states.
    pub history: Option<ChartHistory>,
    /// Its regions, active together.
    pub regions: Vec<usize>,
    /// Whether it has an entry action.
    pub entry: bool,
    /// Whether it has an exit action.
    pub exit: bool,
    /// Whether its initial transition has an action.
    pub init: bool,
    /// The type of its data.
    pub data: Option<&'static str>,
    /// Its doc comment, lines joined by `\n`.
    pub doc: &'static str,
}

/// The history of a composite in a [`Chart`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartHistory {
    /// Whether the leaf can be asked for, and not only the child.
    pub deep: bool,
    /// What is entered before there is a history.
    pub default: Option<usize>,
}

/// An answer of a handler in a [`Chart`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartTransition {
    /// The state whose handler answers.
    pub source: usize,
    /// The pattern that the event matches; `*` for any event.
    pub trigger: &'static str,
    /// The variants of the event that the pattern names; empty for any event.
    pub events: Vec<&'static str>,
    /// The conditions, joined by `&&`; empty if there are none.
    pub guard: &'static str,
    /// Where it leads.
    pub target: Option<usize>,
    /// What kind of answer it is.
    pub kind: TransitionKind,
    /// The doc comment of its arm, lines joined by `\n`.
    pub doc: &'static str,
}

impl Chart {
    /// The chart of an actor's type; the same as [`Hsm::chart`].
    pub fn of<H: Hsm>() -> Self {
        Self {
            name: H::NAME,
            initial: H::INITIAL.index(),
            states: H::STATES
                .iter()
                .map(|state| ChartState {
                    name: state.name,
                    parent: state.parent.map(StateId::index),
                    initial: state.initial.map(StateId::index),
                    history: state.history.map(|history| ChartHistory {
                        deep: history.deep,
                        default: history.default.map(StateId::index),
                    }),
                    regions: state.regions.iter().map(|region| region.index()).collect(),
                    entry: state.entry,
                    exit: state.exit,
                    init: state.init,
                    data: state.data,
                    doc: state.doc,
                })
                .collect(),
            transitions: H::TRANSITIONS
                .iter()
                .map(|row| ChartTransition {
                    source: row.source.index(),
                    trigger: row.trigger,
                    events: row.events.to_vec(),
                    guard: row.guard,
                    target: row.target.map(StateId::index),
                    kind: row.kind,
                    doc: row.doc,
                })
                .collect(),
        }
    }
}
