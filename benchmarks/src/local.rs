//! What actors of one process cost: a message, a publication, a spawn, an idle actor.
//!
//! Each program is written once for farc, as one writes for farc, and once for all peers, against the little that they have in common
//! ([`peers`]). Whoever runs it counts or adds up what arrives, and a pass whose result is wrong panics: a contender that loses a message has
//! no figure.

mod fan_in;
mod latency;
mod memory;
mod peers;
mod program;
mod publish;
mod relay;
mod savina;
mod spawn;
mod timers;
pub(crate) mod with_farc;

use crate::measure::Plan;
use crate::report::Metric;

pub(crate) use self::memory::measured_alone;

/// All metrics of this part.
pub(crate) fn measure(plan: &Plan) -> Vec<Metric> {
    let mut metrics = Vec::new();
    metrics.extend(program::measure::<relay::Relay<2>>(plan));
    metrics.extend(program::measure::<relay::Relay<1000>>(plan));
    metrics.extend(program::measure::<fan_in::FanIn>(plan));
    metrics.extend(program::measure::<fan_in::FromThreads>(plan));
    metrics.extend(program::measure::<publish::Publish>(plan));
    metrics.extend(program::measure::<spawn::Spawn>(plan));
    metrics.extend(memory::measure(plan));
    metrics.extend(timers::measure(plan));
    metrics.extend(latency::measure(plan));
    metrics.extend(savina::measure(plan));
    metrics
}
