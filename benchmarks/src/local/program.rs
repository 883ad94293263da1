//! A program that every contender runs, in each placement.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use super::peers::{
    self, Actix, Kameo, KameoBounded, Ractor, System, Tachyonix, Tokio, TokioBounded,
};
use crate::measure::{Contender, Effort, Plan, interleaved};
use crate::report::{FARC, Metric};

/// Which threads a contender may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// All on the thread that measures: a domain that it drives, tokio's `current_thread`, actix's `System`.
    OneThread,
    /// Two threads: tokio's `multi_thread` with two workers, two of actix's arbiters, a domain on its own thread with others posting to it.
    TwoWorkers,
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneThread => "one thread",
            Self::TwoWorkers => "two workers",
        })
    }
}

/// The same work for all contenders. A pass returns how long its `count` units took, without the time to set it up and to take it down, and
/// panics if its result is wrong.
pub(crate) trait Program: 'static {
    /// Its name in the table.
    const NAME: &'static str;
    /// The unit of its figures: nanoseconds for one unit of work.
    const UNIT: &'static str;
    /// How many times better than the best peer farc must be.
    const MUST: Option<f64>;
    /// The peers among which the best one is sought.
    const AGAINST: &'static [&'static str] = PEERS;
    /// Units of work in a pass.
    const COUNT: u64;
    /// Where it makes sense.
    const PLACEMENTS: &'static [Placement] = &[Placement::OneThread, Placement::TwoWorkers];

    /// A pass of farc.
    fn farc(placement: Placement, count: u64) -> Duration;

    /// A pass of a peer, on its runtime.
    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send;
}

/// Everyone but farc.
pub(crate) const PEERS: &[&str] = &[
    Tokio::NAME,
    TokioBounded::NAME,
    Tachyonix::NAME,
    Actix::NAME,
    Ractor::NAME,
    Kameo::NAME,
    KameoBounded::NAME,
];

/// Of those, the ones that publish, or for which the target names a figure: tachyonix is a channel.
pub(crate) const PUBLISHERS: &[&str] = &[
    Tokio::NAME,
    TokioBounded::NAME,
    Actix::NAME,
    Ractor::NAME,
    Kameo::NAME,
    KameoBounded::NAME,
];

/// A program's metrics: one a placement.
pub(crate) fn measure<P: Program>(plan: &Plan) -> Vec<Metric> {
    if !plan.wants(P::NAME) {
        return Vec::new();
    }
    let metric = |&placement| Metric {
        name: format!("{}, {placement}", P::NAME).into(),
        unit: P::UNIT,
        series: interleaved(contenders::<P>(plan, placement), plan.effort),
        against: P::AGAINST,
        must: P::MUST,
        note: None,
    };
    P::PLACEMENTS.iter().map(metric).collect()
}

/// Everyone who takes part.
fn contenders<P: Program>(plan: &Plan, placement: Placement) -> Vec<Contender> {
    let all = vec![
        contender::<P>(FARC, move |count| P::farc(placement, count)),
        peer::<P, Tokio>(placement),
        peer::<P, TokioBounded>(placement),
        peer::<P, Tachyonix>(placement),
        peer::<P, Actix>(placement),
        peer::<P, Ractor>(placement),
        peer::<P, Kameo>(placement),
        peer::<P, KameoBounded>(placement),
    ];
    all.into_iter()
        .filter(|contender| plan.takes(contender.name))
        .collect()
}

fn peer<P: Program, S: System>(placement: Placement) -> Contender {
    contender::<P>(S::NAME, move |count| peers::pass::<P, S>(placement, count))
}

/// A turn repeats the pass until its time is over, and its value is the mean: what a pass costs now and then counts too.
fn contender<P: Program>(
    name: &'static str,
    mut pass: impl FnMut(u64) -> Duration + 'static,
) -> Contender {
    let turn = move |effort: Effort| {
        let count = if effort.turn_ms < Effort::FULL.turn_ms {
            P::COUNT / 10
        } else {
            P::COUNT
        };
        let begin = Instant::now();
        pass(P::COUNT / 10);
        let (mut time, mut units) = (Duration::ZERO, 0);
        while units == 0 || begin.elapsed() < Duration::from_millis(effort.turn_ms) {
            time += pass(count);
            units += count;
        }
        time.as_secs_f64() * 1e9 / units as f64
    };
    Contender {
        name,
        turn: Box::new(turn),
    }
}
