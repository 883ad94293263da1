//! How much a node carries: a million actors at once.
//!
//! There is no peer beside it: what is shown is that farc does it, not that it does it faster.

mod million;

use crate::measure::Plan;
use crate::report::Metric;

pub(crate) use self::million::measured_alone;

/// Everything of this part.
pub(crate) fn measure(plan: &Plan) -> (Vec<Metric>, Result<(), String>) {
    (million::measure(plan), Ok(()))
}
