//! Random numbers of an actor: the same for the same node seed and name.

use sha2::{Digest, Sha256};

/// An actor's random numbers: seeded when it asks for the first one, since most never do.
#[derive(Default)]
pub(super) struct Lazy(Option<Box<Random>>);

impl Lazy {
    pub(super) fn next(&mut self, seed: &[u8; 32], actor: &str) -> u64 {
        let random = self
            .0
            .get_or_insert_with(|| Box::new(Random::new(seed, "actor", actor)));
        random.next()
    }
}

/// xoshiro256** (Blackman and Vigna, 2018), seeded from the node's seed and a name. Not for secrets.
pub(super) struct Random([u64; 4]);

impl Random {
    pub(super) fn new(seed: &[u8; 32], purpose: &str, name: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(seed)
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(name)
            .finalize();
        let mut state = [0; 4];
        for (word, bytes) in state.iter_mut().zip(digest.chunks_exact(8)) {
            *word = bytes
                .iter()
                .fold(0, |word, &byte| (word << 8) | u64::from(byte));
        }
        Self(state)
    }

    pub(super) fn next(&mut self) -> u64 {
        let state = &mut self.0;
        let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }
}
