//! Programs of the Savina suite (Imam and Sarkar, *Savina: an actor benchmark suite*, AGERE! 2014), with its parameters made smaller where a
//! round would take too long.

mod big;
mod chameneos;
mod count;
mod creation;
mod philosophers;
mod throughput;

use super::program;
use crate::measure::Plan;
use crate::report::Metric;

pub(crate) fn measure(plan: &Plan) -> Vec<Metric> {
    let mut metrics = Vec::new();
    metrics.extend(program::measure::<count::Count>(plan));
    metrics.extend(program::measure::<throughput::Throughput>(plan));
    metrics.extend(program::measure::<creation::Creation>(plan));
    metrics.extend(program::measure::<big::Big>(plan));
    metrics.extend(program::measure::<chameneos::Chameneos>(plan));
    metrics.extend(program::measure::<philosophers::Philosophers>(plan));
    metrics
}

/// What Savina's workers do with a message: little, and nothing that a compiler could leave out.
#[inline]
fn work() -> u64 {
    let sine = std::hint::black_box(37.2_f64).sin();
    u64::from(std::hint::black_box(sine * sine) > 0.0)
}
