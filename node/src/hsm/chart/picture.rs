//! What the pictures of a chart have in common: their formats, and which states are marked as active.

use std::fmt;
use std::str::FromStr;

use super::outline::Outline;
use super::{Chart, dot, mermaid, plantuml, scxml, svg};

/// A language that a chart can be written in.
///
/// All five show composites and regions, the initial transitions, history with its default, entry and exit actions, and each row of
/// [`Chart::transitions`]: as an arrow if it has a target or ends the actor, and as a line of text in its state otherwise. An arrow of
/// [`Reenter`](crate::hsm::Next::Reenter) says `(external)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A `stateDiagram-v2` of Mermaid, which GitHub, GitLab and rustdoc with a script draw inside Markdown.
    Mermaid,
    /// A graph for Graphviz.
    Dot,
    /// A state diagram of PlantUML.
    PlantUml,
    /// State Chart XML 1.0. What it has no element for is in attributes of the namespace `urn:farc:chart`.
    Scxml,
    /// A drawing that needs nothing else: no script, no font, no network. It follows the reader's light or dark mode.
    Svg,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Mermaid,
        Self::Dot,
        Self::PlantUml,
        Self::Scxml,
        Self::Svg,
    ];

    /// The name that [`FromStr`] reads, which is also the usual ending of a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
            Self::PlantUml => "plantuml",
            Self::Scxml => "scxml",
            Self::Svg => "svg",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// No [`Format`] has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no format is called `{0}`; there are mermaid, dot, plantuml, scxml and svg")]
pub struct UnknownFormat(String);

impl Chart {
    /// The chart as a picture. The same chart always gives the same text.
    ///
    /// # Panics
    /// When a chart that was put together by hand names a state that it does not have.
    #[must_use]
    pub fn export(&self, format: Format) -> String {
        self.picture().export(format)
    }

    /// The chart with these states, and those that enclose them, marked as active.
    ///
    /// # Panics
    /// When the chart has no such state.
    #[must_use]
    pub fn with_active(&self, states: &[usize]) -> Picture<'_> {
        let mut picture = self.picture();
        let outline = &mut picture.outline;
        outline.active = (0..self.states.len())
            .map(|state| states.iter().any(|inner| outline.is_in(*inner, state)))
            .collect();
        picture
    }

    fn picture(&self) -> Picture<'_> {
        Picture {
            outline: Outline::new(self),
        }
    }
}

/// A chart with active states, from [`Chart::with_active`].
pub struct Picture<'c> {
    outline: Outline<'c>,
}

impl Picture<'_> {
    /// The picture, with the active states highlighted. The same chart and states always give the same text.
    #[must_use]
    pub fn export(&self, format: Format) -> String {
        match format {
            Format::Mermaid => mermaid::write(&self.outline),
            Format::Dot => dot::write(&self.outline),
            Format::PlantUml => plantuml::write(&self.outline),
            Format::Scxml => scxml::write(&self.outline),
            Format::Svg => svg::write(&self.outline),
        }
    }
}
