//! Random charts, written out as source by the build script, run against an interpreter of the rules.
//!
//! `FARC_CHARTS=N` builds and runs N charts in place of 80, `FARC_CHART_STEPS=N` runs that many steps over all of them in place of a million
//! (a campaign: `FARC_CHARTS=400 FARC_CHART_STEPS=20000000 cargo test -p farc-integration-tests --test random_charts`). The seeds of charts
//! are 0 and up; a failure prints the seed, the chart as source and the events that still fail after shrinking.

mod balance;
mod description;
mod drive;
mod generate;
mod in_domain;
mod interpreter;
mod queues;
mod rng;
mod shrink;
mod told;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the build script writes with it, and failures are shown with it"
)]
mod write;

/// What the build script wrote: a type a chart, and `CHARTS`, the seeds with their drivers.
#[allow(
    clippy::all,
    unused_variables,
    unused_imports,
    unreachable_patterns,
    reason = "generated: not every chart needs all that each may need"
)]
mod generated {
    use farc::hsm::Next::{self, *};

    use crate::drive::{self, Drive};
    use crate::in_domain;
    use crate::told::{Acting as _, D0, D1, D2, D3, D4, D5, D6, D7, Event, Fielded, Fields, Told};

    include!(concat!(env!("OUT_DIR"), "/random_charts.rs"));
}

use description::{Answer, Body, Chart, History};
use generated::CHARTS;
use rng::Rng;

/// Steps over all charts, unless `FARC_CHART_STEPS` says otherwise.
const STEPS: usize = 1_000_000;

/// Strokes of one run: a new run begins without history.
const STROKES: usize = 1_000;

fn number(variable: &str) -> Option<usize> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

#[test]
fn every_step_of_random_charts_agrees_with_the_interpreter() {
    let steps = number("FARC_CHART_STEPS").unwrap_or(STEPS);
    let each = steps.div_ceil(CHARTS.len());
    let mut total = 0;
    for &(seed, drive) in CHARTS {
        let chart = generate::chart(seed, generate::features(seed));
        let mut rng = Rng::new(seed, "tape");
        let mut done = 0;
        while done < each {
            let tape = drive::tape(&mut rng, STROKES);
            match drive(&chart, &tape) {
                Ok(steps) => done += steps,
                Err(failure) => panic!("{}", shrink::report(&chart, &tape, drive, &failure)),
            }
        }
        total += done;
    }
    assert!(total >= steps);
}

#[test]
fn the_charts_are_large_deep_and_of_every_kind() {
    let charts: Vec<Chart> = CHARTS
        .iter()
        .map(|&(seed, _)| generate::chart(seed, generate::features(seed)))
        .collect();
    let states = || charts.iter().flat_map(|chart| &chart.states);
    let levels = |chart: &Chart| {
        let levels = (0..chart.states.len()).map(|state| chart.with_enclosing(state).len());
        levels.max()
    };
    assert!(charts.iter().map(|chart| chart.states.len()).max() >= Some(35));
    assert_eq!(charts.iter().filter_map(levels).max(), Some(8));
    let with = |wanted: fn(&Chart) -> bool| charts.iter().filter(|chart| wanted(chart)).count();
    assert!(with(|chart| !chart.actor) >= 60);
    assert!(with(|chart| chart.actor) >= 15);
    assert!(with(|chart| chart.recall_by_hand) >= 8);
    assert!(with(|chart| chart.states.iter().any(|state| !state.regions.is_empty())) >= 10);
    let kinds = |wanted: fn(History) -> bool| {
        states()
            .filter_map(|state| state.history)
            .filter(|&history| wanted(history))
            .count()
    };
    for (deep, default) in [(false, false), (false, true), (true, false), (true, true)] {
        let found = match (deep, default) {
            (false, false) => kinds(|history| !history.deep && history.default.is_none()),
            (false, true) => kinds(|history| !history.deep && history.default.is_some()),
            (true, false) => kinds(|history| history.deep && history.default.is_none()),
            (true, true) => kinds(|history| history.deep && history.default.is_some()),
        };
        assert!(
            found >= 15,
            "history, deep {deep}, default {default}: {found}"
        );
    }
    let answers: Vec<Answer> = states()
        .flat_map(|state| &state.arms)
        .flat_map(|arm| Body::answers(&arm.body))
        .collect();
    let count = |wanted: fn(&Answer) -> bool| answers.iter().filter(|a| wanted(a)).count();
    assert!(count(|answer| matches!(answer, Answer::To(_))) >= 500);
    assert!(count(|answer| matches!(answer, Answer::Reenter(_))) >= 200);
    assert!(count(|answer| matches!(answer, Answer::History(_))) >= 100);
    assert!(count(|answer| matches!(answer, Answer::DeepHistory(_))) >= 50);
    assert!(count(|answer| *answer == Answer::Defer) >= 200);
    assert!(count(|answer| *answer == Answer::Stop) >= 3);
}
