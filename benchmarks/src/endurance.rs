//! How much a node carries, and for how long: a million actors at once, and actors that come and go for minutes in memory that stays flat.
//!
//! There is no peer beside it: what is shown is that farc does it, not that it does it faster. Each program is a process of its own, so that the
//! memory it tells is its own: the [million](million) is this program once more, and the churn is `farc-endurance`, which has an allocator that
//! counts and would disturb everything that is measured here.

mod million;

use std::process::Command;

use crate::measure::Plan;
use crate::report::{FARC, Metric};

pub(crate) use self::million::measured_alone;

/// How long actors come and go in a run that is to be believed.
const MINUTES: f64 = 10.0;
/// In one that shows that everything runs: three seconds.
const QUICK_MINUTES: f64 = 0.05;

/// The population of the churn, around which it wanders.
const ACTORS: u64 = 100_000;
/// For a check that everything runs.
const FEW_ACTORS: u64 = 20_000;

/// Everything of this part. The churn prints its own table; it has no figure that could be better or worse, only a verdict.
pub(crate) fn measure(plan: &Plan) -> (Vec<Metric>, Result<(), String>) {
    let metrics = million::measure(plan);
    let is_wanted = plan.wants("churn") && plan.takes(FARC);
    let passed = if is_wanted { churn(plan) } else { Ok(()) };
    (metrics, passed)
}

/// Runs `farc-endurance`, which is built beside this program.
fn churn(plan: &Plan) -> Result<(), String> {
    let (actors, minutes) = if plan.is_quick {
        (FEW_ACTORS, QUICK_MINUTES)
    } else {
        (ACTORS, MINUTES)
    };
    let minutes = plan.minutes.unwrap_or(minutes);
    let program = std::env::current_exe()
        .expect("a program knows its file")
        .with_file_name("farc-endurance");
    let status = Command::new(&program)
        .args(["--actors", &actors.to_string()])
        .args(["--minutes", &minutes.to_string()])
        .args(["--seed", &plan.seed.to_string()])
        .status()
        .map_err(|error| format!("failed to start {}: {error}", program.display()))?;
    // What is wrong it has said itself.
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("{} ended with {status}", program.display()))
}
