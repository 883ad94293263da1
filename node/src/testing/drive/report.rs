//! What a drive found.

use std::fmt;

use crate::hsm::Chart;
use crate::hsm::paths::write_transition;

/// What a [`Drive`](super::Drive) reached, and what broke on the way.
///
/// It prints readably:
///
/// ```text
/// QHsmTst: 6 of 6 states, 18 of 19 transitions, 1 violation; 412 steps
///   not covered: s11 --D [self.foo]--> s1: the guard did not hold for any example
///   violated by E, A, D: foo is set in s1
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Coverage {
    /// The chart's name: the actor's type.
    pub chart: &'static str,
    /// The states in the order of writing.
    pub states: Vec<StateCoverage>,
    /// The transitions in the order of writing: the rows of the chart.
    pub transitions: Vec<TransitionCoverage>,
    /// Where the invariant did not hold, the actor panicked or did what the chart does not have. At most 16, one for each message.
    pub violations: Vec<Violation>,
    /// How many events were dispatched.
    pub steps: u64,
}

/// A state of a [`Coverage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCoverage {
    /// Its name.
    pub name: &'static str,
    /// Whether it was ever active.
    pub reached: bool,
}

/// A transition of a [`Coverage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitionCoverage {
    /// Source, trigger, guard, target: `s11 --D [self.foo]--> s1`.
    pub text: String,
    /// How often it was taken.
    ///
    /// Rows that differ in their guards alone cannot be told apart from outside: the one that was meant counts.
    pub taken: u64,
    /// Why it was never taken; `None` if it was.
    pub missed: Option<Missed>,
}

/// Why a transition was never taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missed {
    /// No path of the chart takes it: its source is never active, or another answer takes each of its events before.
    NoPath,
    /// There was no example of an event for it.
    NoExample,
    /// Where it was possible, the actor took none of the examples so. Its guard is in the row.
    Refused {
        /// What the actor did instead with the last example: a transition of the chart, or `ignored the event`.
        instead: String,
    },
    /// The step that should have been this transition broke something.
    Broken {
        /// The message of the violation.
        message: String,
    },
    /// The actor never was in its source: the paths that lead there ended before.
    NotReached {
        /// The step at which the last of them ended, and why.
        ended: String,
    },
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's message, or the actor's panic.
    pub message: String,
    /// The events that lead there from the start, by variant; shortened as far as leaving out single ones allows.
    pub events: Vec<String>,
    /// The active states then, as [`Bench::state`](crate::testing::Bench::state) writes them.
    pub state: String,
}

impl Coverage {
    /// Whether all states were reached, all transitions taken, and nothing was violated.
    pub fn is_complete(&self) -> bool {
        self.violations.is_empty()
            && self.states.iter().all(|state| state.reached)
            && self.uncovered().next().is_none()
    }

    /// The transitions that were never taken.
    pub fn uncovered(&self) -> impl Iterator<Item = &TransitionCoverage> {
        self.transitions.iter().filter(|row| row.missed.is_some())
    }

    /// Does nothing if the coverage [is complete](Self::is_complete).
    ///
    /// # Panics
    ///
    /// With the report, if it is not.
    pub fn assert_complete(&self) {
        assert!(self.is_complete(), "{self}");
    }

    /// Does nothing if nothing was violated; what was not covered does not matter.
    ///
    /// # Panics
    ///
    /// With the report, if something was.
    pub fn assert_sound(&self) {
        assert!(self.violations.is_empty(), "{self}");
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reached = self.states.iter().filter(|state| state.reached).count();
        let taken = self.transitions.len() - self.uncovered().count();
        write!(
            f,
            "{}: {reached} of {} states, {taken} of {} transitions, ",
            self.chart,
            self.states.len(),
            self.transitions.len(),
        )?;
        match self.violations.len() {
            0 => f.write_str("no violation")?,
            1 => f.write_str("1 violation")?,
            count => write!(f, "{count} violations")?,
        }
        write!(f, "; {} steps", self.steps)?;
        for state in self.states.iter().filter(|state| !state.reached) {
            write!(f, "\n  not reached: {}", state.name)?;
        }
        for row in &self.transitions {
            if let Some(missed) = &row.missed {
                write!(f, "\n  not covered: {}: {missed}", row.text)?;
            }
        }
        for violation in &self.violations {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPath => f.write_str("no path of the chart takes it"),
            Self::NoExample => f.write_str("there is no example of an event for it"),
            Self::Refused { instead } => write!(f, "with each example the actor {instead}"),
            Self::Broken { message } => write!(f, "its step broke: {message}"),
            Self::NotReached { ended } => write!(f, "its source was never active: {ended}"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("violated ")?;
        match self.events.is_empty() {
            true => f.write_str("by the start")?,
            false => write!(f, "by {}", self.events.join(", "))?,
        }
        if !self.state.is_empty() {
            write!(f, " (in {})", self.state)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The text of a row.
pub(super) fn row_text(chart: &Chart, row: usize) -> String {
    struct Row<'c>(&'c Chart, usize);
    impl fmt::Display for Row<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let name = |state: usize| self.0.states.get(state).map_or("?", |state| state.name);
            let row = &self.0.transitions[self.1];
            write_transition(
                f,
                (name(row.source), row.trigger, row.guard),
                row.kind,
                row.target.map(name),
            )
        }
    }
    Row(chart, row).to_string()
}
