//! What a step of a state machine costs: an event is dispatched, and its transition is complete.
//!
//! Every chart is written for farc, for each peer that can express it, and as a nested `match` by hand, with the same actions. Before anything is
//! timed, [`subject::check`] runs all of them over the tape and compares the actions after each event.

mod branches;
mod four_levels;
mod qhsmtst;
mod subject;
mod toggle;
mod work;

use crate::measure::Effort;
use crate::report::Metric;

/// All metrics of this part.
pub(crate) fn measure(effort: Effort) -> Vec<Metric> {
    let mut metrics = qhsmtst::measure(effort);
    metrics.push(toggle::measure(effort));
    metrics.push(four_levels::measure(effort));
    metrics.extend(branches::measure(effort));
    metrics
}
