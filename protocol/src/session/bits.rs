//! A set of small ids: what was said on one stream.

/// A set of `u32` below a bound that the caller keeps. One bit an id.
#[derive(Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn contains(&self, id: u32) -> bool {
        self.0
            .get(id as usize / 64)
            .is_some_and(|word| word & (1 << (id % 64)) != 0)
    }

    /// Whether it was not in the set before.
    pub(super) fn insert(&mut self, id: u32) -> bool {
        let word = id as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let before = self.0[word];
        self.0[word] |= 1 << (id % 64);
        before != self.0[word]
    }
}
