//! Why a connection was closed: the QUIC application close codes of `farc/1`.
//!
//! The number travels in QUIC's CONNECTION_CLOSE, beside a text for people. Numbers are never reused.

use std::fmt;

use serde::Serialize;

/// A close code of `farc/1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CloseCode {
    /// The endpoint went without a word: its process ended, or it dropped the connection. QUIC's own default.
    None = 0,
    /// Bytes that `farc/1` does not allow: an unknown frame, a malformed one, one in the wrong place. Counts toward
    /// quarantine.
    Protocol = 1,
    /// A batch or gap that starts behind a hole. Counts toward quarantine.
    Sequence = 2,
    /// Another connection between the same two lives goes on instead of this one. Nothing is wrong.
    Duplicate = 3,
    /// A newer life of the same name is connected. The one who hears this stops dialling and reports itself unhealthy.
    Superseded = 4,
    /// HELLO came too late, or PING was not answered in time.
    Timeout = 5,
    /// HELLO differs from the certificate, or names another cluster.
    Identity = 6,
    /// No common version, or a capability that we must know and do not.
    Version = 7,
    /// A documented bound was passed: see the limits.
    Limit = 8,
    /// The node leaves and has nothing more to say. Nothing is wrong.
    GoingAway = 9,
    /// The verified name is not in the configuration.
    UnknownPeer = 10,
    /// Well-formed, but of a part of `farc/1` that this node has not announced (a class, a finite credit).
    Unsupported = 11,
    /// Three connections in a row broke at the same place; the peer is not listened to for a minute.
    Quarantined = 12,
    /// Our own mistake, found by a check.
    Internal = 13,
}

impl CloseCode {
    /// Every code, in numeric order.
    pub const ALL: [Self; 14] = [
        Self::None,
        Self::Protocol,
        Self::Sequence,
        Self::Duplicate,
        Self::Superseded,
        Self::Timeout,
        Self::Identity,
        Self::Version,
        Self::Limit,
        Self::GoingAway,
        Self::UnknownPeer,
        Self::Unsupported,
        Self::Quarantined,
        Self::Internal,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// The code with this number; `None` for one of a later version.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|index| Self::ALL.get(index))
            .copied()
    }

    /// Whether the closing side blames the bytes it was sent: three of these at one place quarantine the peer.
    #[must_use]
    pub const fn blames_bytes(self) -> bool {
        matches!(self, Self::Protocol | Self::Sequence)
    }
}

/// The name in capitals, as the documents write it.
impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "NONE",
            Self::Protocol => "PROTOCOL",
            Self::Sequence => "SEQUENCE",
            Self::Duplicate => "DUPLICATE",
            Self::Superseded => "SUPERSEDED",
            Self::Timeout => "TIMEOUT",
            Self::Identity => "IDENTITY",
            Self::Version => "VERSION",
            Self::Limit => "LIMIT",
            Self::GoingAway => "GOING_AWAY",
            Self::UnknownPeer => "UNKNOWN_PEER",
            Self::Unsupported => "UNSUPPORTED",
            Self::Quarantined => "QUARANTINED",
            Self::Internal => "INTERNAL",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::CloseCode;

    #[test]
    fn every_code_comes_back_from_its_number() {
        for code in CloseCode::ALL {
            assert_eq!(CloseCode::from_code(u64::from(code.code())), Some(code));
        }
        assert_eq!(CloseCode::from_code(14), None);
        assert_eq!(CloseCode::from_code(u64::MAX), None);
    }
}
