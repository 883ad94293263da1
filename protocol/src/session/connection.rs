//! One connection below a session: what is known of it in each of its phases, and no more.

use std::{collections::BTreeMap, time::Instant};

use bytes::Bytes;

use super::{
    ConnectionId, Role, Stream,
    inbound::Known,
    interest::{Staged, Told},
    liveness::{Meter, Pings},
    outbound::StreamOut,
};
use crate::{
    close::CloseCode,
    frame::{Class, FrameError, Hello, Reader, RefuseCode, Refused},
    life::{Life, NodeId},
    limits::{self, Limits},
};

/// Why a connection is closed by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: CloseCode,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn new(code: CloseCode, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}

impl From<FrameError> for Fault {
    fn from(error: FrameError) -> Self {
        Self::new(error.close_code(), error.to_string())
    }
}

/// A connection that the driver has and nobody has closed.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) role: Role,
    /// The id in the peer's certificate.
    pub(super) peer_id: NodeId,
    /// Our number of it, in our HELLO.
    pub(super) nonce: u64,
    /// What our HELLO said that we held besides; 0 for nothing.
    pub(super) have: u64,
    /// How far our HELLO said that we had come, per class.
    pub(super) told: [u64; Class::COUNT],
    /// In the events of which life of the peer.
    pub(super) told_of: Option<Life>,
    pub(super) since: Instant,
    /// Our HELLO, until the driver has taken it.
    pub(super) hello: Option<Bytes>,
    pub(super) control: Reader,
    pub(super) meter: Meter,
    pub(super) phase: Phase,
}

/// How far a connection is.
#[derive(Debug)]
pub(super) enum Phase {
    /// The peer's HELLO has not come.
    Greeting(Early),
    /// Verified. Waits for a decision between it and another one.
    Candidate(Box<Candidate>),
    /// Carries the session.
    Live(Box<Live>),
}

/// What came on data streams before it could be read: streams overtake each other.
#[derive(Debug, Default)]
pub(super) struct Early {
    pieces: Vec<(Stream, Bytes)>,
    bytes: usize,
}

impl Early {
    pub(super) fn push(
        &mut self,
        stream: Stream,
        bytes: Bytes,
        limits: &Limits,
    ) -> Result<(), Fault> {
        self.bytes += bytes.len();
        if self.bytes > limits.early_bytes || self.pieces.len() >= limits.early_bytes {
            return Err(Fault::new(CloseCode::Limit, "too much data before HELLO"));
        }
        self.pieces.push((stream, bytes));
        Ok(())
    }

    pub(super) fn into_pieces(self) -> Vec<(Stream, Bytes)> {
        self.pieces
    }
}

/// A connection with a verified HELLO.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) hello: Hello,
    pub(super) early: Early,
    /// When it decides for itself.
    pub(super) deadline: Instant,
}

/// What is said and heard on the one connection that carries the session. Gone with it.
#[derive(Debug)]
pub(super) struct Live {
    /// The peer's number of this connection.
    pub(super) nonce: u64,
    /// What the peer's HELLO said that it held besides.
    pub(super) have: u64,
    pub(super) outgoing: [StreamOut; Class::COUNT],
    pub(super) incoming: BTreeMap<u64, StreamIn>,
    pub(super) known: [Known; Class::COUNT],
    pub(super) actors: super::bits::Bits,
    pub(super) pings: Pings,
    pub(super) told: Told,
    pub(super) staged: Staged,
    /// The peer's SUBS_END has come.
    pub(super) snapshot_complete: bool,
    /// The latest version of the peer's interest that the driver routes with and we have not confirmed.
    pub(super) interest_ack: Option<u64>,
    /// The latest version of ours that the peer has confirmed.
    pub(super) interest_acknowledged: Option<u64>,
    pub(super) ready_told: bool,
    pub(super) credit_told: bool,
    pub(super) goaway_told: bool,
    pub(super) refusals: BTreeMap<Refused, RefuseCode>,
}

impl Live {
    pub(super) fn new(
        hello: &Hello,
        role: Role,
        now: Instant,
        outgoing: [StreamOut; Class::COUNT],
        limits: &Limits,
    ) -> Self {
        Self {
            nonce: hello.nonce,
            have: hello.have,
            outgoing,
            incoming: BTreeMap::new(),
            known: Default::default(),
            actors: super::bits::Bits::default(),
            pings: Pings::new(now, role, limits),
            told: Told::default(),
            staged: Staged::default(),
            snapshot_complete: false,
            interest_ack: None,
            interest_acknowledged: None,
            ready_told: false,
            credit_told: false,
            goaway_told: false,
            refusals: BTreeMap::new(),
        }
    }
}

/// A data stream of the peer.
#[derive(Debug)]
pub(super) struct StreamIn {
    pub(super) reader: Reader,
    /// Known when the preface has come.
    pub(super) class: Option<Class>,
    /// The version that its batches are routed with.
    pub(super) version: u64,
}

impl StreamIn {
    pub(super) fn new() -> Self {
        Self {
            reader: Reader::new(limits::FRAME_LEN),
            class: None,
            version: 0,
        }
    }
}

impl Connection {
    /// The peer's number of this connection, once its HELLO was verified.
    pub(super) fn peer_nonce(&self) -> Option<u64> {
        match &self.phase {
            Phase::Greeting(_) => None,
            Phase::Candidate(candidate) => Some(candidate.hello.nonce),
            Phase::Live(live) => Some(live.nonce),
        }
    }

    pub(super) const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live(_))
    }

    /// When its phase has taken too long, whatever that means in it.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        match &self.phase {
            Phase::Greeting(_) => Some(self.since + limits.hello_within),
            Phase::Candidate(candidate) => Some(candidate.deadline),
            Phase::Live(_) => None,
        }
    }
}
