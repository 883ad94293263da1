//! Whole nodes on a simulated network: real quinn, real rustls, real sessions, buses, kernels and actors.
//!
//! `FARC_SIM_SEEDS=N` runs that many seeds instead of 200, `FARC_SIM_SEED=N` only that one, `FARC_SIM_TRACE=FILE` writes the trace of that one.
#![expect(clippy::unwrap_used, reason = "a test panics when it cannot go on")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a sweep reports its figures, and a parent process reads its child"
)]

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use farc_integration_tests::sim::{Counters, Failure, Plan, Report, run, simulate};

mod entropy;

/// Seeds of a sweep, unless `FARC_SIM_SEEDS` says otherwise.
const SEEDS: u64 = 200;

/// How many of them run again in another process.
const AGAIN: u64 = 20;

/// Tells a child process which seeds to run.
const CHILD: &str = "FARC_SIM_CHILD_SEEDS";

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().unwrap())
}

fn run_seed(seed: u64, keep_text: bool) -> Result<Report, Failure> {
    let plan = Plan::new(seed);
    simulate(
        &format!("seed {seed}"),
        move || entropy::seed(seed),
        move || run(plan, keep_text),
    )
}

/// Runs the seeds on two threads and returns the reports in the order of the seeds.
fn sweep(seeds: std::ops::RangeInclusive<u64>) -> Vec<(u64, Result<Report, Failure>)> {
    let next = AtomicU64::new(*seeds.start());
    let reports = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let report = run_seed(seed, false);
                    reports.lock().unwrap().push((seed, report));
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap();
    reports.sort_by_key(|(seed, _)| *seed);
    reports
}

fn explain(seed: u64, failure: &str) -> String {
    format!(
        "{failure}replay: FARC_SIM_SEED={seed} FARC_SIM_TRACE=/tmp/trace cargo test -p farc-integration-tests --test cluster -- one_seed --nocapture\n"
    )
}

#[test]
fn no_seed_breaks_the_promise_and_all_that_is_rare_happens() {
    let again = start_child();
    let seeds = number("FARC_SIM_SEEDS").unwrap_or(SEEDS);
    let reports = sweep(1..=seeds);

    let mut total = Counters::default();
    let mut failures = String::new();
    for (seed, report) in &reports {
        match report {
            Ok(report) if report.violations.is_empty() => total += report.counters.clone(),
            Ok(report) => failures += &explain(*seed, &report.to_string()),
            Err(failure) => {
                failures += &explain(*seed, &format!("{}  FAILED {failure}\n", Plan::new(*seed)))
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    println!("{seeds} seeds: {total:?}");
    assert_eq!(total.never_happened(), [] as [&str; 0], "of {total:?}");

    let theirs = String::from_utf8(again.wait_with_output().unwrap().stdout).unwrap();
    for (seed, report) in reports.iter().take(AGAIN as usize) {
        let mine = format!("seed {seed} digest {}", report.as_ref().unwrap().digest);
        assert!(
            theirs.lines().any(|line| line == mine),
            "another process ran it differently: {mine}\n{theirs}"
        );
    }
}

/// The same seeds in another process, while this one goes on.
fn start_child() -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_runs_some_seeds", "--nocapture"])
        .env(CHILD, AGAIN.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn child_runs_some_seeds() {
    let Some(seeds) = number(CHILD) else { return };
    for seed in 1..=seeds {
        match run_seed(seed, false) {
            Ok(report) => println!("\nseed {seed} digest {}", report.digest),
            Err(failure) => println!("\nseed {seed} failed: {failure}"),
        }
    }
}

#[test]
fn one_seed() {
    let Some(seed) = number("FARC_SIM_SEED") else {
        return;
    };
    let file = std::env::var_os("FARC_SIM_TRACE");
    let report = run_seed(seed, file.is_some())
        .unwrap_or_else(|failure| panic!("{}{failure}", Plan::new(seed)));
    if let (Some(file), Some(text)) = (file, &report.text) {
        std::fs::write(file, text).unwrap();
    }
    eprintln!("{report}");
    assert!(report.violations.is_empty());
}
