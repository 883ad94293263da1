//! QHsmTst whose actions add to one number.

#[path = "by_hand.rs"]
mod by_hand;
#[path = "with_farc.rs"]
mod with_farc;
#[path = "with_statig.rs"]
mod with_statig;

use super::super::subject::{self, Subject, contender};
use super::super::work::Sum;
use super::{Action, Leaf, Letter};
use crate::measure::{Effort, Series, interleaved};
use crate::report::FARC;

/// What the actions do; the charts name it.
type Work = Sum;

/// farc and the match do the same. What statig can express is checked where actions can be told apart.
pub(super) fn check(tape: &[Letter]) {
    subject::check("hand", with_farc::new(), by_hand::new(), tape);
}

pub(super) fn timed(tape: &[Letter], effort: Effort) -> Vec<Series> {
    interleaved(
        vec![
            contender(FARC, with_farc::new(), tape),
            contender("statig", with_statig::new(), tape),
            contender("hand", by_hand::new(), tape),
        ],
        effort,
    )
}
