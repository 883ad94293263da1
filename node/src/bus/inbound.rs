//! What comes in from the links: events of peers, gaps, and news of the nodes, in one order.

use std::sync::Arc;

use bytes::Bytes;
use farc_protocol::frame::Class;
use farc_protocol::life::Life;

use super::{Local, SignalKey};
use crate::kernel::Core;
use crate::sys::DownReason;

/// One event of a peer.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What our node calls the signal: from [`Bus::resolve`](super::Bus::resolve).
    pub signal: SignalKey,
    /// The version of our interest that the peer routed it with.
    pub version: u64,
    /// Only these of our subscriptions; empty for every one that matches.
    pub targets: Vec<u32>,
    /// The peer's number of the publishing actor, 0 for none.
    pub source: u32,
    /// The encoded signal.
    pub payload: Bytes,
    /// The class it came in.
    pub class: Class,
    /// The life of the peer that published it.
    pub life: Life,
}

/// Events of a peer that will never come.
#[derive(Clone, Debug)]
pub struct GapReport {
    /// The life of the peer that published them.
    pub life: Life,
    /// Their class.
    pub class: Class,
    /// Why, in the word that counters use.
    pub cause: &'static str,
    /// The receiver they were meant for, as our subscriptions number accounts; 0 for all.
    pub account: u32,
    /// How many by signal, as far as the names are known.
    pub signals: Vec<(Arc<str>, u64)>,
    /// How many in all: at least the sum of `signals`. What is not accounted for there concerns every receiver of the peer's events.
    pub count: u64,
}

/// News that farc itself tells the actors, as [`sys`](crate::sys) says: never refused, and the newest are never dropped.
#[derive(Clone, Debug)]
pub enum SystemEvent {
    /// A peer can be talked to.
    NodeUp {
        /// Its name.
        name: String,
        /// Its life.
        life: Life,
        /// Whether this life was known before.
        resumed: bool,
    },
    /// A peer cannot be talked to.
    NodeDown {
        /// Its name.
        name: String,
        /// The life that it is about.
        life: Life,
        /// How it went.
        reason: DownReason,
    },
    /// This node is about to stop.
    Shutdown {
        /// Who asked for it.
        reason: String,
    },
}

/// What waits for a domain, in the order in which it happened.
pub(super) enum Inbound {
    /// An event, from the peer with this number.
    Message(u16, Delivery),
    /// A gap, from the peer with this number.
    Gap(u16, GapReport),
    /// Events for which the lane had no room.
    Overflow {
        peer: u16,
        signal: SignalKey,
        life: Life,
        class: Class,
        version: u64,
        count: u64,
    },
    /// News.
    System(SystemEvent),
    /// News of another domain of this node.
    Announce(Announcement),
}

/// Tells the subscribers in a domain.
pub(super) type Announcement = Box<dyn FnOnce(&mut Local, &mut Core) + Send>;
