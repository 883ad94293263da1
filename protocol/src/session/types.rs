//! The values that cross the border of the session.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use crate::{
    close::CloseCode,
    frame::{Cause, Class, RefuseCode, Refused, SignalDef, Subscription},
    life::{Life, NodeId},
    limits::Limits,
    name::{ClusterName, NodeName},
};

/// The driver's number of a connection; rising, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Who opened a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This node did.
    Dialer,
    /// The peer did.
    Acceptor,
}

/// A stream that bytes came in on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// The one bidirectional stream, opened by the dialer.
    Control,
    /// A unidirectional stream of the peer; the number is the driver's, one a stream. Its class is in its preface.
    Data(u64),
}

/// A stream that bytes go out on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// The one bidirectional stream.
    Control,
    /// Our unidirectional stream of a class, opened when it first has something to say.
    Data(Class),
}

/// What a session is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The cluster that both nodes must belong to.
    pub cluster: ClusterName,
    /// Our name.
    pub name: NodeName,
    /// Our id, from our own certificate.
    pub id: NodeId,
    /// Our life.
    pub life: Life,
    /// The configured and verified name of the peer.
    pub peer: NodeName,
    /// Bounds.
    pub limits: Limits,
    /// Where the nonces of this session start: any number that differs between runs.
    pub seed: u64,
}

/// One event for the peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbound {
    /// The signal's id, as given to [`super::Session::define`].
    pub signal: u32,
    /// The publishing actor's id, as given to [`super::Session::define_actor`]; 0 for none.
    pub source: u32,
    /// The version of the peer's interest that chose this peer, from [`Event::Interest`].
    pub version: u64,
    /// Only these subscriptions, at most 16; empty for every one that matches.
    pub targets: Vec<u32>,
    /// The receiving account; 0 is the shared one.
    pub account: u32,
    /// The encoded values.
    pub payload: Bytes,
}

/// One event of the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The peer's id for the signal: see [`Event::Defined`].
    pub signal: u32,
    /// The peer's id for the publishing actor, 0 for none: see [`Event::ActorDefined`].
    pub source: u32,
    /// Only these of our subscriptions; empty for every one that matches.
    pub targets: Vec<u32>,
    /// The account that it is meant for; 0 is the shared one.
    pub account: u32,
    /// A slice of the batch it came in. Use [`crate::frame::detach`] before keeping it for long.
    pub payload: Bytes,
}

/// What became of messages: the receiver's half of the books.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Messages that at least one local receiver was chosen for, whatever became of each copy.
    pub routed: u64,
    /// Messages that matched no subscription (any more).
    pub unmatched: u64,
    /// Messages that were not taken: unknown, mismatching or undecodable ones, or while draining.
    pub refused: Vec<(Cause, u64)>,
}

/// How a peer went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DownReason {
    /// It said so.
    Left,
    /// Another life of it is there.
    Restarted,
    /// No connection. A suspicion, not a death: the same life may come back, and goes on where it was.
    Unreachable,
}

/// An effect that the driver carries out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The peer can be talked to. `resumed`: the same life as before, after a [`Event::Down`] that called it unreachable.
    Up {
        /// The peer's life.
        life: Life,
        /// Whether it goes on with an earlier epoch.
        resumed: bool,
    },
    /// The peer cannot be talked to. Comes once with each loss of the last connection, and once more with
    /// [`DownReason::Restarted`] when a new life shows that the unreachable one has ended.
    Down {
        /// The life that it is about.
        life: Life,
        /// How it went.
        reason: DownReason,
        /// The last sequence number accepted of that life, per class; 0 for none.
        accepted: [u64; Class::COUNT],
    },
    /// Close this connection with this code, at once. What the session had for it may be discarded.
    Close {
        /// Which.
        conn: ConnectionId,
        /// The application close code.
        code: CloseCode,
        /// For people; no control characters.
        reason: String,
    },
    /// The peer's whole interest after a change. Route with it from now on and put `version` into what was routed so.
    /// First hand over what was routed with the version before. INTEREST_ACK goes out once this was taken.
    ///
    /// Version 0 without subscriptions ends the interest of a life that is over. That of a life that was away for too long
    /// stays: what it asks for is dropped in the session, and the peer is told how much when it comes back.
    Interest {
        /// Its version, rising within a life.
        version: u64,
        /// All of it.
        subscriptions: Vec<Subscription>,
    },
    /// The peer announced a signal; it does so again on each connection. Resolve it and answer a mismatch with
    /// [`super::Session::refuse`].
    Defined {
        /// On which connection.
        conn: ConnectionId,
        /// On the stream of which class.
        class: Class,
        /// The announcement. Equal for equal ids within a life.
        def: Arc<SignalDef>,
    },
    /// The peer announced an actor; it does so again on each connection.
    ActorDefined {
        /// On which connection.
        conn: ConnectionId,
        /// The peer's id for it.
        id: u32,
        /// Its name at the peer.
        name: Arc<str>,
    },
    /// Events, once and in order. Deliver them to the subscriptions made at or before `version`, then call
    /// [`super::Session::accepted`] with `up_to`.
    Messages {
        /// The publisher's life.
        life: Life,
        /// Their class.
        class: Class,
        /// The version of our interest that they were routed with.
        version: u64,
        /// The sequence number of the first one.
        first: u64,
        /// One more than the sequence number of the last one. Numbers between that are missing here were refused.
        up_to: u64,
        /// The events.
        messages: Vec<Inbound>,
    },
    /// Numbered events that will never come. Accepted by itself.
    Gap {
        /// The publisher's life.
        life: Life,
        /// Their class.
        class: Class,
        /// The first missing sequence number.
        from: u64,
        /// The last one.
        to: u64,
        /// Why.
        cause: Cause,
        /// How many of which signal; the sum may be below `to - from + 1`.
        counts: Vec<(u32, u64)>,
    },
    /// Events that were dropped at their source, in place. Accepted by itself.
    Loss {
        /// The publisher's life.
        life: Life,
        /// Their class.
        class: Class,
        /// Their signal, by the peer's id.
        signal: u32,
        /// The account they were meant for.
        account: u32,
        /// How many.
        count: u64,
        /// Why.
        cause: Cause,
    },
    /// The peer does not take one of our subscriptions or signals.
    Refused {
        /// Which.
        what: Refused,
        /// Why.
        code: RefuseCode,
    },
    /// The peer knows our interest and we know its: once per connection.
    Ready,
    /// The peer is leaving: it still reads and acknowledges, and new events for it are dropped and counted.
    Draining,
    /// Our own leaving is complete, or its deadline is over. The connection is closed by the [`Event::Close`] that follows.
    Drained,
    /// The peer reports a trouble that did not close the connection.
    PeerError {
        /// Its code.
        code: u64,
        /// Its text, without control characters.
        text: String,
    },
}
