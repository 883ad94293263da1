//! What an action does: something that costs little, cannot be left out, and tells afterwards which actions ran.

/// The actions of a chart, numbered from 0.
pub(crate) trait Work: Default {
    /// One action.
    fn act(&mut self, action: usize);

    /// What all actions so far have left behind.
    fn done(&self) -> Vec<u64>;
}

/// All actions add to one number, each its own weight. Neighbours can be folded into one addition where the compiler sees both.
#[derive(Default)]
pub(crate) struct Sum(u64);

impl Work for Sum {
    #[inline(always)]
    fn act(&mut self, action: usize) {
        // Weights that fit an immediate operand, so that an action is one instruction; 2^31 over the golden ratio spreads them.
        let weight = (action as u64 + 1).wrapping_mul(0x4F1B_BCDC) & 0x7FFF_FFFF;
        self.0 = self.0.wrapping_add(weight);
    }

    fn done(&self) -> Vec<u64> {
        vec![self.0]
    }
}

/// Each action counts in a place of its own: nothing can be folded.
pub(crate) struct Counters<const N: usize>([u32; N]);

impl<const N: usize> Default for Counters<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Work for Counters<N> {
    #[inline(always)]
    fn act(&mut self, action: usize) {
        self.0[action] = self.0[action].wrapping_add(1);
    }

    fn done(&self) -> Vec<u64> {
        self.0.iter().copied().map(u64::from).collect()
    }
}
