//! Measures farc beside its peers on the same work: see README.md, and `benchmarks/run --help`.
//!
//! A part is a module with a function that lists its metrics; what all parts share is how contenders take turns ([`measure`]) and how the
//! outcome is shown and written down ([`report`]).

mod arguments;
mod endurance;
mod local;
mod measure;
mod report;
mod resident;
mod statecharts;

use std::path::Path;
use std::process::ExitCode;

use arguments::Arguments;
use measure::Plan;
use report::Metric;

/// One part of the program.
struct Part {
    /// On the command line.
    name: &'static str,
    /// Whether it runs when nobody names a part. A quick run has all of them.
    is_default: bool,
    measure: fn(&Plan) -> Measured,
}

/// What a part has measured, and whether farc has passed: the error says what is wrong with it.
type Measured = (Vec<Metric>, Result<(), String>);

/// In the order of running.
const PARTS: &[Part] = &[
    Part {
        name: "statecharts",
        is_default: true,
        measure: |plan| (statecharts::measure(plan.effort), Ok(())),
    },
    Part {
        name: "local",
        is_default: true,
        measure: |plan| (local::measure(plan), Ok(())),
    },
    Part {
        name: "endurance",
        is_default: false,
        measure: endurance::measure,
    },
];

fn main() -> ExitCode {
    if let Some(measured) = measured_alone() {
        println!("{measured}");
        return ExitCode::SUCCESS;
    }
    let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
    let arguments = match Arguments::parse(std::env::args().skip(1), &names) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The figure that this process was started for by itself, if it was.
fn measured_alone() -> Option<String> {
    let words = || std::env::args().skip(1);
    local::measured_alone(words()).or_else(|| endurance::measured_alone(words()))
}

/// Measures the parts that are asked for. What one has measured that fails is shown and written down all the same.
fn run(arguments: &Arguments) -> Result<(), String> {
    let plan = &arguments.plan;
    report::heading(plan.effort);
    let mut metrics = Vec::new();
    let mut outcome = Ok(());
    for part in PARTS {
        if !arguments.wants(part.name, part.is_default) {
            continue;
        }
        let (measured, passed) = (part.measure)(plan);
        report::table(part.name, &measured);
        metrics.extend(measured);
        outcome = outcome.and(passed.map_err(|wrong| format!("{}: {wrong}", part.name)));
    }
    report::write(Path::new(&arguments.out), &metrics)
        .map_err(|error| format!("failed to write {}: {error}", arguments.out))?;
    outcome
}
