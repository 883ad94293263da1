//! Measures farc beside its peers on the same work: see README.md, and `benchmarks/run --help`.
//!
//! A part is a module with a function that lists its metrics; what all parts share is how contenders take turns ([`measure`]) and how the
//! outcome is shown and written down ([`report`]).

mod arguments;
mod links;
mod local;
mod measure;
mod report;
mod statecharts;

use std::path::Path;
use std::process::ExitCode;

use arguments::Arguments;
use measure::Plan;
use report::Metric;

/// One part: its name on the command line, and what it measures.
type Part = (&'static str, fn(&Plan) -> Vec<Metric>);

/// In the order of running.
const PARTS: &[Part] = &[
    ("statecharts", |plan| statecharts::measure(plan.effort)),
    ("local", local::measure),
    ("links", links::measure),
];

fn main() -> ExitCode {
    if let Some(code) = links::daemon() {
        return code;
    }
    if let Some(measured) = local::measured_alone(std::env::args().skip(1)) {
        println!("{measured}");
        return ExitCode::SUCCESS;
    }
    let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
    let arguments = match Arguments::parse(std::env::args().skip(1), &names) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    report::heading(arguments.plan.effort);
    let mut metrics = Vec::new();
    for (name, measure) in PARTS {
        if arguments.parts.iter().any(|part| part == name) {
            let measured = measure(&arguments.plan);
            report::table(name, &measured);
            metrics.extend(measured);
        }
    }
    match report::write(Path::new(&arguments.out), &metrics) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed to write {}: {error}", arguments.out);
            ExitCode::FAILURE
        }
    }
}
