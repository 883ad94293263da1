//! Frames: `type u8 | length varint | body`, written by hand so that every length is checked before anything is held.
//!
//! Two directions of use. [`Reader`] cuts a stream into frames, whatever pieces it arrives in, and never holds more than
//! one frame's bytes. [`Control`] and [`Data`] are the frames of the two kinds of stream; [`batch`] holds the one that
//! matters for speed, which is written into a shared buffer and read as slices of the buffer it came in.
//!
//! Nothing here knows order or state: what a frame means is the session's business.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{close::CloseCode, limits, name::NameError, schema::Fingerprint};

pub mod batch;
mod control;
mod data;
mod fields;
mod hello;
mod reader;

pub(crate) use self::data::{GAP_SIGNALS, put_def};
pub use self::{
    batch::{Batch, BatchBuilder, Message, MessageRef},
    control::{Control, UNLIMITED},
    data::{Data, PREFACE_LEN, Preface},
    hello::{Hello, PeerLimits, Resume},
    reader::{Frame, Reader},
};

/// The type byte of each frame. Bit 7 marks one that a reader may skip when it does not know it.
///
/// The numbers in the gaps belong to frames of capabilities that this version does not announce: 0x08 BLOCKED, 0x0c PEERS,
/// 0x10 DEF_ACK, 0x11 SCHEMA, 0x12 RESOLVE, 0x26 FRAG, 0x27 FRAG_ABORT.
pub mod kind {
    /// Who I am and how far I have come.
    pub const HELLO: u8 = 0x01;
    /// A subscription begins.
    pub const SUB: u8 = 0x02;
    /// A subscription ends.
    pub const UNSUB: u8 = 0x03;
    /// The snapshot, or a change of it, is complete.
    pub const SUBS_END: u8 = 0x04;
    /// The other side's interest is in force here.
    pub const INTEREST_ACK: u8 = 0x05;
    /// A subscription or signal is not taken.
    pub const REFUSE: u8 = 0x06;
    /// How much an account may be sent in all.
    pub const CREDIT: u8 = 0x07;
    /// How far events were accepted.
    pub const ACK: u8 = 0x09;
    /// Are you there?
    pub const PING: u8 = 0x0a;
    /// Yes.
    pub const PONG: u8 = 0x0b;
    /// I am leaving.
    pub const GOAWAY: u8 = 0x0d;
    /// Something is wrong that does not end the connection.
    pub const ERROR: u8 = 0x0e;
    /// What a signal id means.
    pub const DEF: u8 = 0x20;
    /// What an actor id means.
    pub const ADEF: u8 = 0x21;
    /// The version that the following batches were routed with.
    pub const INTEREST: u8 = 0x22;
    /// Events.
    pub const BATCH: u8 = 0x23;
    /// Numbered events that will not come.
    pub const GAP: u8 = 0x24;
    /// Events that were dropped at the source.
    pub const LOSS: u8 = 0x25;
    /// The bit of a type that says: skip me if you do not know me.
    pub const IGNORABLE: u8 = 0x80;
}

/// The priority class of a signal. A class never waits behind a lower one on a link.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Before everything else.
    Realtime = 0,
    /// Before normal traffic.
    High = 1,
    /// What a signal is unless it says otherwise. The only class that is configured so far.
    #[default]
    Normal = 2,
    /// When nothing else wants to go.
    Bulk = 3,
}

impl Class {
    /// How many classes there are.
    pub const COUNT: usize = 4;
    /// All classes, the most urgent first.
    pub const ALL: [Self; Self::COUNT] = [Self::Realtime, Self::High, Self::Normal, Self::Bulk];

    /// Its place in [`Class::ALL`] and its number on the wire.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The class with this number.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|index| Self::ALL.get(index))
            .copied()
    }

    /// Whether this version of the session carries the class.
    #[must_use]
    pub const fn is_configured(self) -> bool {
        matches!(self, Self::Normal)
    }
}

/// How hard a link tries to deliver a signal.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Once and in order across reconnects, or an explicit gap. The only one that is configured so far.
    #[default]
    Reliable = 0,
    /// Only the newest value matters.
    Latest = 1,
    /// May be lost.
    BestEffort = 2,
}

impl Delivery {
    /// All deliveries, by number on the wire.
    pub const ALL: [Self; 3] = [Self::Reliable, Self::Latest, Self::BestEffort];

    /// The delivery with this number.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|index| Self::ALL.get(index))
            .copied()
    }
}

/// What a publishing node says about one of its signals (DEF).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalDef {
    /// The publisher's number for it: dense from 1, stable for the publisher's life.
    pub id: u32,
    /// Its stable name.
    pub name: Arc<str>,
    /// Fingerprint of its layout: two nodes exchange the signal only when these agree.
    pub wire: Fingerprint,
    /// Fingerprint of layout and names: for people and tools.
    pub schema: Fingerprint,
    /// Which stream it travels on.
    pub class: Class,
    /// How hard the link tries.
    pub delivery: Delivery,
}

/// One subscription of a node, as its peers see it (SUB).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The subscriber's number for it, never used again in its life.
    pub id: u32,
    /// The version of the subscriber's interest that it first belongs to.
    pub version: u64,
    /// What it asks for: the name of a signal. Wildcards join later.
    pub pattern: Arc<str>,
    /// The receiver's mailbox, as peers see it; 0 is the shared one.
    pub account: u32,
    /// The layout that the subscriber expects; all zero when it takes any.
    pub wire: Fingerprint,
}

/// Why events were not delivered, or not accepted. One list for LOSS and GAP frames, counters and status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// A cause of a later version.
    Other = 0,
    /// The outbox of this peer, or the hand-over to it, was full.
    OutboxFull = 1,
    /// Larger than a message may be.
    TooLarge = 2,
    /// The subscriber's life ended with events on the way.
    PeerRestarted = 3,
    /// The peer stayed away longer than its interest is kept.
    InterestEnded = 4,
    /// One of the two nodes is leaving.
    Draining = 5,
    /// The peer refused this signal: its layout differs there.
    Refused = 6,
    /// The class, delivery or message form is not configured on this link.
    Unsupported = 7,
    /// The signal was never defined: a mistake of the local node, counted instead of a panic.
    Undefined = 8,
    /// Numbered, and the peer stayed away longer than the ring keeps it.
    Expired = 9,
    /// Numbered, and three connections broke when the peer read it.
    Poison = 10,
    /// Numbered, and the peer forgot how far it had come.
    Forgotten = 11,
    /// A policy forbids it now.
    Denied = 12,
    /// A mailbox was full.
    MailboxFull = 13,
    /// The payload does not decode.
    Undecodable = 14,
    /// Nobody here knows the signal.
    Unknown = 15,
    /// The two sides have different layouts under one name.
    Mismatch = 16,
}

impl Cause {
    /// Every cause, by number on the wire.
    pub const ALL: [Self; 17] = [
        Self::Other,
        Self::OutboxFull,
        Self::TooLarge,
        Self::PeerRestarted,
        Self::InterestEnded,
        Self::Draining,
        Self::Refused,
        Self::Unsupported,
        Self::Undefined,
        Self::Expired,
        Self::Poison,
        Self::Forgotten,
        Self::Denied,
        Self::MailboxFull,
        Self::Undecodable,
        Self::Unknown,
        Self::Mismatch,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u64 {
        self as u64
    }

    /// The cause with this number; [`Cause::Other`] for one of a later version.
    #[must_use]
    pub fn from_code(code: u64) -> Self {
        usize::try_from(code)
            .ok()
            .and_then(|index| Self::ALL.get(index))
            .copied()
            .unwrap_or(Self::Other)
    }

    /// The word used in counters and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::OutboxFull => "outbox_full",
            Self::TooLarge => "too_large",
            Self::PeerRestarted => "peer_restarted",
            Self::InterestEnded => "interest_ended",
            Self::Draining => "draining",
            Self::Refused => "refused",
            Self::Unsupported => "unsupported",
            Self::Undefined => "undefined",
            Self::Expired => "expired",
            Self::Poison => "poison",
            Self::Forgotten => "forgotten",
            Self::Denied => "denied",
            Self::MailboxFull => "mailbox_full",
            Self::Undecodable => "undecodable",
            Self::Unknown => "unknown",
            Self::Mismatch => "mismatch",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a REFUSE frame is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refused {
    /// A subscription of the peer, by its id.
    Subscription(u32),
    /// A signal that the peer publishes, by its id.
    Signal(u32),
}

/// Why (REFUSE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefuseCode {
    /// Denied or unknown: one answer for both, so that asking tells nothing.
    NotAvailable = 1,
    /// Another layout under the same name.
    Mismatch = 2,
    /// A class or delivery that this node has not announced.
    Unsupported = 3,
    /// A bound of the refusing node.
    Limit = 4,
}

impl RefuseCode {
    /// The code with this number; an unknown one of a later version reads as [`RefuseCode::NotAvailable`].
    #[must_use]
    pub const fn from_code(code: u64) -> Self {
        match code {
            2 => Self::Mismatch,
            3 => Self::Unsupported,
            4 => Self::Limit,
            _ => Self::NotAvailable,
        }
    }
}

/// What is wrong with bytes from a peer. [`FrameError::close_code`] is the answer it gets.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A declared length above the bound, refused before anything is read or held.
    #[error("a {what} of {len} is above the limit of {max}")]
    TooLong {
        /// What was declared.
        what: &'static str,
        /// The declared length.
        len: u64,
        /// The bound.
        max: usize,
    },
    /// A body that ends inside a field.
    #[error("{0} ends inside a field")]
    Truncated(&'static str),
    /// Bytes behind the last field.
    #[error("{0} has bytes behind its last field")]
    Trailing(&'static str),
    /// A field with a value that it may not have.
    #[error("{what} must not be {value}")]
    Value {
        /// Which field.
        what: &'static str,
        /// What was in it.
        value: u64,
    },
    /// Text that is not UTF-8.
    #[error("{0} is not UTF-8")]
    Text(&'static str),
    /// A name that breaks the rules.
    #[error("in {what}: {source}")]
    Name {
        /// Which field.
        what: &'static str,
        /// The rule.
        source: NameError,
    },
    /// A frame type that is not known and not marked as one that may be skipped.
    #[error("unknown frame type {0:#04x}")]
    Unknown(u8),
}

impl FrameError {
    /// The code that the connection is closed with.
    #[must_use]
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::TooLong { .. } => CloseCode::Limit,
            Self::Truncated(_)
            | Self::Trailing(_)
            | Self::Value { .. }
            | Self::Text(_)
            | Self::Name { .. }
            | Self::Unknown(_) => CloseCode::Protocol,
        }
    }
}

/// A payload that may be kept: a copy when it is small, so that it does not pin the block it came in.
#[must_use]
pub fn detach(payload: &Bytes) -> Bytes {
    if payload.len() <= limits::COPY_LEN {
        Bytes::copy_from_slice(payload)
    } else {
        payload.clone()
    }
}

/// Text of a peer or for a peer: no control characters, at most [`limits::TEXT_LEN`] bytes.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut clean = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if clean.len() + c.len_utf8() > limits::TEXT_LEN {
            break;
        }
        clean.push(c);
    }
    clean
}

#[cfg(test)]
mod tests;
