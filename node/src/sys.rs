//! What farc itself tells the actors of a node: the `$sys` signals.
//!
//! An actor subscribes to them like to any signal. They are published locally and never on the wire, and nobody is refused: one that finds a full
//! mailbox waits beside it and enters it first. At most 1,024 wait so for an actor; of more the oldest is dropped, counted as `mailbox_full`
//! and a dead letter, so that the newest, such as the end of the node, gets through to an actor that has not run for very long. A gap has a
//! place of its own and is not among them: losses merge there.

use farc_protocol::life::Life;
use serde::{Deserialize, Serialize};

use crate::{Isolated, Signal};

/// A peer can be talked to.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[signal("$sys.node_up", system)]
pub struct NodeUp {
    /// The peer's name.
    pub name: String,
    /// Which run of the peer's process this is.
    pub life: Life,
    /// Whether this life was known before: what was under way goes on where it was.
    pub resumed: bool,
}

/// A peer cannot be talked to.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[signal("$sys.node_down", system)]
pub struct NodeDown {
    /// The peer's name.
    pub name: String,
    /// The life that is gone, or out of reach.
    pub life: Life,
    /// How it went.
    pub reason: DownReason,
}

/// How a peer went.
#[derive(Isolated, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownReason {
    /// It said so.
    Left,
    /// Another life of it is there.
    Restarted,
    /// No connection: a suspicion, not a death. The same life may come back, and what was queued for it is replayed.
    Unreachable,
}

impl From<farc_protocol::session::DownReason> for DownReason {
    fn from(reason: farc_protocol::session::DownReason) -> Self {
        match reason {
            farc_protocol::session::DownReason::Left => Self::Left,
            farc_protocol::session::DownReason::Restarted => Self::Restarted,
            farc_protocol::session::DownReason::Unreachable => Self::Unreachable,
        }
    }
}

/// Events of a peer that this actor subscribes to will never come. Dispatched before its next event from that peer.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[signal("$sys.gap", system)]
pub struct Gap {
    /// The publishing node.
    pub peer: String,
    /// Its life when it published them.
    pub life: Life,
    /// The class they were sent in, by its number on the wire: 0 realtime, 1 high, 2 normal, 3 bulk.
    pub class: u8,
    /// How many are missing.
    pub count: u64,
    /// The same by signal. The sum is below `count` when some of their names are not known.
    pub signals: Vec<(String, u64)>,
    /// Why, in the word that counters use: `expired`, `mailbox_full`, `undecodable`, …
    pub cause: String,
}

/// The node is about to stop. Actors that listen have until the deadline of the shutdown to bring what they do to an end.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[signal("$sys.shutdown", system)]
pub struct Shutdown {
    /// Who asked for it, for logs: a signal of the operating system, or a command.
    pub reason: String,
}

/// An actor failed too often and stays stopped.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[signal("$sys.actor_failed", system)]
pub struct ActorFailed {
    /// Its name.
    pub actor: String,
    /// The message of the last panic, or why it could not be constructed anew.
    pub cause: String,
}
