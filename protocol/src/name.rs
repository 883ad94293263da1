//! Names, parsed once at the edge: nodes and clusters are DNS labels, signals and actors are dotted words.
//!
//! A value of these types is well-formed; nothing behind the edge checks again.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits;

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing there.
    #[error("a name must not be empty")]
    Empty,
    /// More bytes than the kind of name may have.
    #[error("a name of {len} bytes is too long: at most {max}")]
    TooLong {
        /// Its length in bytes.
        len: usize,
        /// The most that is allowed.
        max: usize,
    },
    /// A character that this kind of name may not hold.
    #[error("{found:?} is not allowed in a name: use {allowed}")]
    Character {
        /// The first such character.
        found: char,
        /// What may be used, in words.
        allowed: &'static str,
    },
    /// More dotted segments than a signal name may have.
    #[error("a name of {count} segments is too deep: at most {max}")]
    TooDeep {
        /// How many it has.
        count: usize,
        /// The most that is allowed.
        max: usize,
    },
    /// A name of the system's own, which never travels and which no user may take.
    #[error("names that start with '$' belong to farc")]
    Reserved,
}

const LABEL: &str = "lower-case letters, digits and '-'";
const WORD: &str = "letters, digits and any of '_.@/-'";

fn check_label(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > limits::LABEL_LEN {
        return Err(NameError::TooLong {
            len: text.len(),
            max: limits::LABEL_LEN,
        });
    }
    let bad = text
        .chars()
        .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'));
    bad.map_or(Ok(()), |found| {
        Err(NameError::Character {
            found,
            allowed: LABEL,
        })
    })
}

/// Checks the name of a signal: 1 to 255 bytes of `[A-Za-z0-9_.@/-]`, at most 16 segments between dots.
///
/// # Errors
/// The first rule that `text` breaks; a leading `$` is [`NameError::Reserved`] whatever follows.
pub fn check_signal_name(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.starts_with('$') {
        return Err(NameError::Reserved);
    }
    if text.len() > limits::NAME_LEN {
        return Err(NameError::TooLong {
            len: text.len(),
            max: limits::NAME_LEN,
        });
    }
    let word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | '/' | '-');
    if let Some(found) = text.chars().find(|c| !word(c)) {
        return Err(NameError::Character {
            found,
            allowed: WORD,
        });
    }
    let count = text.split('.').count();
    if count > limits::NAME_SEGMENTS {
        return Err(NameError::TooDeep {
            count,
            max: limits::NAME_SEGMENTS,
        });
    }
    Ok(())
}

macro_rules! label {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl TryFrom<&str> for $name {
            type Error = NameError;

            fn try_from(text: &str) -> Result<Self, NameError> {
                check_label(text).map(|()| Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::try_from(text.as_str())
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().into()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

label! {
    /// The name of a node in its cluster: one lower-case DNS label, `[a-z0-9-]{1,63}`.
    NodeName
}

label! {
    /// The name of a cluster: one lower-case DNS label, `[a-z0-9-]{1,63}`.
    ClusterName
}

#[cfg(test)]
mod tests;
