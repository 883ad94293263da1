//! Who a node is: one run of its process ([`Life`]) and the key it proves itself with ([`NodeId`]).
//!
//! Neither is an authority. Sessions and permissions are keyed by the verified *name*; a life tells two runs under that
//! name apart, and a node id only breaks ties.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One run of a node process. Two lives are the same when both parts agree; the one with the later start is newer.
///
/// Nothing else is read from `start`: a clock that was set back makes an older-looking life, which is accepted when the
/// recorded one has no live connection.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Life {
    /// When the process started, in microseconds since the Unix epoch.
    pub start: u64,
    /// Tells apart two runs whose clocks read the same.
    pub random: u64,
}

impl Life {
    /// A life from its two parts.
    #[must_use]
    pub const fn new(start: u64, random: u64) -> Self {
        Self { start, random }
    }

    /// Whether this life began after `other`. Of two lives with the same start neither is newer.
    #[must_use]
    pub const fn is_newer_than(self, other: Self) -> bool {
        self.start > other.start
    }
}

/// `start-random`, the second in hex: short enough for a log line, and unique.
impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:x}", self.start, self.random)
    }
}

/// The first 16 bytes of SHA-256 over a certificate's SubjectPublicKeyInfo. A tie-breaker, never a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub [u8; 16]);

impl NodeId {
    /// The id of the holder of this key; `spki` is the DER of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn from_spki(spki: &[u8]) -> Self {
        let digest = Sha256::digest(spki);
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Life, NodeId};

    #[test]
    fn a_life_is_newer_by_its_start_alone() {
        assert!(Life::new(2, 0).is_newer_than(Life::new(1, 9)));
        assert!(!Life::new(1, 9).is_newer_than(Life::new(1, 0)));
        assert_ne!(Life::new(1, 9), Life::new(1, 0));
    }

    #[test]
    fn a_node_id_is_the_start_of_the_hash_of_its_key() {
        assert_eq!(
            NodeId::from_spki(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223"
        );
    }
}
