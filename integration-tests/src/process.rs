//! Real processes: how a test runs one, and waits for what it does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// How often a condition in another process is looked at: often enough to be quick, seldom enough to leave the cores to it.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests live in the workspace")
        .to_path_buf()
}

/// Waits until `look` finds something, or fails the test with `what` when `within` has passed.
///
/// # Panics
/// When it did not happen in time.
pub fn wait_for<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "waited {within:?} in vain for: {what}"
        );
        std::thread::park_timeout(LOOK_EVERY);
    }
}

/// Runs a command to its end and gives its standard output.
///
/// # Panics
/// When it cannot be started or exits with an error; the message has its standard error.
pub fn output_of(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .unwrap_or_else(|error| panic!("failed to run {command:?}: {error}"));
    assert!(
        status.success(),
        "{command:?} ended with {status}:\n{}",
        String::from_utf8_lossy(&stderr)
    );
    String::from_utf8_lossy(&stdout).into_owned()
}
