//! Randomness that comes from the node's seed, so that a simulated run is the same run twice.

use sha2::{Digest as _, Sha256};

/// A stream of pseudo-random bytes: SHA-256 in counter mode, so that it is as unpredictable as its seed.
#[derive(Clone)]
pub(crate) struct Random {
    key: [u8; 32],
    counter: u64,
}

impl Random {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self {
            key: *seed,
            counter: 0,
        }
    }

    /// An independent stream for one purpose.
    pub(crate) fn fork(seed: &[u8; 32], purpose: &str) -> Self {
        Self::new(
            &Sha256::new()
                .chain_update(seed)
                .chain_update(purpose)
                .finalize()
                .into(),
        )
    }

    /// At most 32 bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32) }
        let block = Sha256::new()
            .chain_update(self.key)
            .chain_update(self.counter.to_le_bytes())
            .finalize();
        self.counter += 1;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&block[..N]);
        bytes
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A share of one, evenly spread: for jitter.
    pub(crate) fn fraction(&mut self) -> f64 {
        let share = u32::from_le_bytes(self.bytes());
        f64::from(share) / f64::from(u32::MAX)
    }
}
