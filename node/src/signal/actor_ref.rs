//! The name of an actor on any node.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use farc_protocol::name::{NameError, NodeName};
use farc_protocol::schema::{Fields, Structure};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Isolated;
use super::shape::{Figures, Row, shape};

/// The longest name of an actor, in bytes: what a peer accepts.
const MAX_ACTOR: usize = 255;

/// What names an actor: `node/actor`, on this node or on any other. It is a value like any other: it can be a part of signals, arguments and files.
///
/// The first segment is the node; the rest, which may contain further `/`, is the actor. It names whoever has that name when it is used: an actor
/// that is stopped and spawned anew is reached by the references of its predecessor.
///
/// ```
/// use farc::ActorRef;
///
/// let kitchen: ActorRef = "home-1/thermostat/kitchen".parse()?;
/// assert_eq!((kitchen.node(), kitchen.actor()), ("home-1", "thermostat/kitchen"));
/// assert_eq!(kitchen.to_string(), "home-1/thermostat/kitchen");
/// assert!("Home/thermostat".parse::<ActorRef>().is_err());
/// # Ok::<_, farc::signal::RefError>(())
/// ```
///
/// What comes from elsewhere is not refused when it is no such name: it names an actor that no node has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorRef {
    /// Nobody can change it, or reach it from elsewhere.
    text: Arc<str>,
}

/// Why a text names no actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefError {
    /// There is no `/` in it.
    #[error("expected `node/actor`")]
    NoNode,
    /// Its first segment is not the name of a node.
    #[error("the node's name: {0}")]
    Node(#[source] NameError),
    /// What follows is not the name of an actor.
    #[error("the actor's name: {0}")]
    Actor(#[source] NameError),
}

impl ActorRef {
    /// The reference to an actor of a node.
    ///
    /// # Errors
    ///
    /// When `actor` is not the name of an actor: 1 to 255 bytes of `[A-Za-z0-9_.@/-]`.
    pub fn new(node: &NodeName, actor: &str) -> Result<Self, RefError> {
        check_actor_name(actor).map_err(RefError::Actor)?;
        Ok(Self::of(node.as_ref(), actor))
    }

    /// Of names that were checked.
    pub(crate) fn of(node: &str, actor: &str) -> Self {
        let text = format!("{node}/{actor}");
        Self { text: text.into() }
    }

    /// The node.
    pub fn node(&self) -> &str {
        self.split().0
    }

    /// The actor of that node.
    pub fn actor(&self) -> &str {
        self.split().1
    }

    /// `node/actor`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn split(&self) -> (&str, &str) {
        self.text.split_once('/').unwrap_or((&self.text, ""))
    }
}

/// Checks the name of an actor: 1 to 255 bytes of `[A-Za-z0-9_.@/-]`.
pub(crate) fn check_actor_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > MAX_ACTOR {
        return Err(NameError::TooLong {
            len: name.len(),
            max: MAX_ACTOR,
        });
    }
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "_.@/-".contains(*c);
    match name.chars().find(|c| !allowed(c)) {
        Some(found) => Err(NameError::Character {
            found,
            allowed: "letters, digits and any of '_.@/-'",
        }),
        None => Ok(()),
    }
}

impl FromStr for ActorRef {
    type Err = RefError;

    fn from_str(text: &str) -> Result<Self, RefError> {
        let (node, actor) = text.split_once('/').ok_or(RefError::NoNode)?;
        NodeName::try_from(node).map_err(RefError::Node)?;
        check_actor_name(actor).map_err(RefError::Actor)?;
        Ok(Self { text: text.into() })
    }
}

impl fmt::Display for ActorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for ActorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActorRef").field(&&*self.text).finish()
    }
}

impl Serialize for ActorRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("ActorRef", &*self.text)
    }
}

impl<'de> Deserialize<'de> for ActorRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "ActorRef")]
        struct Text(String);
        // Not checked: every text is read, as its structure says, and one that is no reference leads nowhere.
        let Text(text) = Text::deserialize(deserializer)?;
        Ok(Self { text: text.into() })
    }
}

// SAFETY: a text that nobody can change, in storage that only copies of this value reach. It leads to an actor only through the node that is
// asked to post there, which is an event for that actor and nothing else.
unsafe impl Isolated for ActorRef {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures =
        Row::EMPTY.and(shape::<String>()).figures();

    fn structure() -> Structure {
        Structure::Struct {
            name: "ActorRef".into(),
            fields: Fields::Newtype(Box::new(Structure::String)),
        }
    }
}
