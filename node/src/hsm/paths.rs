//! Ways through a chart: the shortest path to each state, all simple paths, and a set of paths that covers each transition.
//!
//! They follow from the [`Chart`] alone, so they are ways that the chart *allows*: each step names an answer that is written in a handler
//! and an event that reaches it. Whether its guard holds is up to the actor's fields, which a chart does not know. What drives an actor
//! along them and finds that out is [`testing::Drive`](crate::testing::Drive).
//!
//! A path begins behind the top initial transition. Entries follow initials, histories (what was exited last on this path, or the default),
//! and all regions of a composite. An event that an inner state, or an earlier arm, takes for certain does not reach an outer one: an arm
//! without a guard whose pattern matches every value of the variant.
//!
//! Not followed: what a guard says; what *other* regions do with the event of a step (a step is one transition in one region); the history
//! of composites with regions (they are entered by their initials); and what comes back after [`Defer`](super::Next::Defer), for which
//! reason a path ends with it.
//!
//! ```
//! # use farc::hsm;
//! # use farc::hsm::{Hsm as _, Next::{self, Super, To}};
//! # enum Button { Power, Mode }
//! # struct Lamp;
//! # #[hsm(event = Button, initial = off, context = ())]
//! # impl Lamp {
//! #     #[state]
//! #     fn off(&mut self, event: &Button) -> Next<Self> {
//! #         match event { Button::Power => To(State::On), _ => Super }
//! #     }
//! #     #[state(initial = bright)]
//! #     fn on(&mut self, event: &Button) -> Next<Self> {
//! #         match event { Button::Power => To(State::Off), _ => Super }
//! #     }
//! #     #[state(parent = on)]
//! #     fn bright(&mut self, event: &Button) -> Next<Self> {
//! #         match event { Button::Mode => To(State::Dim), _ => Super }
//! #     }
//! #     #[state(parent = on)]
//! #     fn dim(&mut self, event: &Button) -> Next<Self> {
//! #         match event { Button::Mode => To(State::Bright), _ => Super }
//! #     }
//! # }
//! for path in Lamp::chart().shortest_paths() {
//!     println!("{path}");
//! }
//! ```

mod model;
mod search;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{Chart, TransitionKind};

pub(crate) use self::model::{Config, Model};

/// One step of a path: an answer that a handler gives, and the event that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which row of [`Chart::transitions`] it is.
    pub transition: usize,
    /// The state whose handler answers.
    pub source: &'static str,
    /// The pattern that the event matches.
    pub trigger: &'static str,
    /// The variants of the event that lead to it from where the path is; empty for any event.
    pub events: Vec<&'static str>,
    /// The conditions, joined by `&&`; empty if there are none.
    pub guard: &'static str,
    /// The state that it names.
    pub target: Option<&'static str>,
    /// What kind of answer it is.
    pub kind: TransitionKind,
    /// The leaves that are active afterwards, in the order of writing: one, but for regions; none after `Stop`.
    pub leaves: Vec<&'static str>,
}

/// A way from the top initial transition to a state, or through a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The state that it leads to: active after the last step. After `Stop` the state that answered.
    pub to: &'static str,
    /// The steps; none if the state is active after the start.
    pub steps: Vec<Step>,
}

/// Paths, and whether they are all there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The paths, by state in the order of writing, the shorter ones first.
    pub paths: Vec<Path>,
    /// False if a bound was reached.
    pub complete: bool,
}

/// Paths that together take each transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The paths; none is the beginning of another.
    pub paths: Vec<Path>,
    /// The rows of [`Chart::transitions`] that no path takes: their source is never active, or another answer takes every event before.
    pub missing: Vec<usize>,
    /// False if there are more than 20,000 configurations, and not all were looked at.
    pub complete: bool,
}

/// How many paths [`Chart::simple_paths`] looks for. Their number grows exponentially with the size of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathLimits {
    /// The most steps of a path. Default 8.
    pub steps: usize,
    /// The most paths to one state. Default 64.
    pub paths: usize,
}

impl Default for PathLimits {
    fn default() -> Self {
        Self {
            steps: 8,
            paths: 64,
        }
    }
}

impl Chart {
    /// A path with the fewest steps to each state that can be reached, in the order of writing; among equals one with the fewest guards.
    pub fn shortest_paths(&self) -> Vec<Path> {
        search::shortest(&Model::new(self))
    }

    /// The paths to each state that are in no configuration twice and end where they first arrive, within limits; the shorter ones first.
    pub fn simple_paths(&self, limits: PathLimits) -> Paths {
        search::simple(&Model::new(self), limits)
    }

    /// A set of short paths that together take each transition: for each a shortest path to its source, and the transition itself.
    pub fn covering_paths(&self) -> Cover {
        search::cover(&Model::new(self))
    }
}

impl fmt::Display for Step {
    /// `s11 --D [self.foo]--> s1`; the other kinds are `=reenter=>`, `--history-->` and so on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_transition(
            f,
            (self.source, self.trigger, self.guard),
            self.kind,
            self.target,
        )
    }
}

impl fmt::Display for Path {
    /// `s11: s2 --F--> s11`, and `s211: at once` for a path without steps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.to)?;
        if self.steps.is_empty() {
            return f.write_str("at once");
        }
        for (index, step) in self.steps.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            step.fmt(f)?;
        }
        Ok(())
    }
}

/// A transition on one line: `s11 --D [self.foo]--> s1`, `s1 --I (handled)`, `busy --Press (deferred)`, `s --E--> reenter s11`.
pub(crate) fn write_transition(
    f: &mut fmt::Formatter<'_>,
    (source, trigger, guard): (&str, &str, &str),
    kind: TransitionKind,
    target: Option<&str>,
) -> fmt::Result {
    write!(f, "{source} --{trigger}")?;
    if !guard.is_empty() {
        write!(f, " [{guard}]")?;
    }
    let target = target.unwrap_or("?");
    match kind {
        TransitionKind::To => write!(f, "--> {target}"),
        TransitionKind::Reenter => write!(f, "--> reenter {target}"),
        TransitionKind::History => write!(f, "--> history of {target}"),
        TransitionKind::DeepHistory => write!(f, "--> deep history of {target}"),
        TransitionKind::Internal => f.write_str("-- (handled)"),
        TransitionKind::Defer => f.write_str("-- (deferred)"),
        TransitionKind::Stop => f.write_str("--> stop"),
    }
}
