//! An answer, and what is known of the place where it is written.

use proc_macro2::{Ident, Span};

use super::Trigger;

/// An answer that is written in a handler, anything but `Super`.
pub(in crate::hsm) struct Answer {
    pub(in crate::hsm) kind: Kind,
    /// `X` of `To(State::X)`.
    pub(in crate::hsm) target: Option<Ident>,
    /// The events it is given to; `None` for any.
    pub(in crate::hsm) trigger: Option<Trigger>,
    /// The conditions under which it is given, joined by `&&`.
    pub(in crate::hsm) guard: String,
    /// The doc comment of its arm, a line each.
    pub(in crate::hsm) doc: Vec<String>,
}

impl Answer {
    /// Its trigger as a reader wants it.
    pub(in crate::hsm) fn trigger_text(&self) -> &str {
        self.trigger.as_ref().map_or("*", |trigger| &trigger.text)
    }
}

/// The kind of an answer, `farc::hsm::TransitionKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hsm) enum Kind {
    To,
    Reenter,
    History,
    DeepHistory,
    Internal,
    Defer,
    Stop,
}

impl Kind {
    /// The kind of an answer that names a target.
    pub(super) fn with_target(name: &str) -> Option<Self> {
        match name {
            "To" => Some(Self::To),
            "Reenter" => Some(Self::Reenter),
            "History" => Some(Self::History),
            "DeepHistory" => Some(Self::DeepHistory),
            _ => None,
        }
    }

    /// The variant of `farc::hsm::Next` that it is.
    pub(in crate::hsm) fn variant(self) -> Ident {
        let name = match self {
            Self::To => "To",
            Self::Reenter => "Reenter",
            Self::History => "History",
            Self::DeepHistory => "DeepHistory",
            Self::Internal => "Handled",
            Self::Defer => "Defer",
            Self::Stop => "Stop",
        };
        Ident::new(name, Span::call_site())
    }

    /// The kind of an answer that is one word.
    pub(super) fn bare(name: &str) -> Option<Self> {
        match name {
            "Handled" => Some(Self::Internal),
            "Defer" => Some(Self::Defer),
            "Stop" => Some(Self::Stop),
            _ => None,
        }
    }
}
