//! How long a node waits before it calls a peer again.

use std::time::Duration;

use super::random::Random;

/// The first pause after a failure; short, since most failures are a peer that is just starting.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause: a peer that was away for long is still found within seconds of its return.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause after a call that nobody answered: the call itself has knocked for two seconds, and a healed network should carry traffic again within 1.5 s.
pub(crate) const PAUSE_AFTER_SILENCE: Duration = Duration::from_millis(500);

/// How long to wait after each failure.
pub(crate) struct Pauses {
    bound: Duration,
    random: Random,
}

impl Pauses {
    pub(crate) fn new(random: Random) -> Self {
        Self {
            bound: FIRST_PAUSE,
            random,
        }
    }

    /// Half of a pause is chance, so that two nodes that lost each other do not keep calling at the same moment.
    pub(crate) fn next(&mut self, longest: Duration) -> Duration {
        let pause = self
            .bound
            .min(longest)
            .mul_f64(0.5 + 0.5 * self.random.fraction());
        self.bound = (self.bound * 2).min(LONGEST_PAUSE);
        pause
    }

    pub(crate) fn forgive(&mut self) {
        self.bound = FIRST_PAUSE;
    }
}

#[cfg(test)]
mod tests;
