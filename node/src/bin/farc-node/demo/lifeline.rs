//! A child of the demo dies with the demo, even when that is killed.

use std::{env, io};

/// The process that a child must not outlive.
pub(super) const PARENT: &str = "FARC_DEMO_PARENT";

/// Ties this process to the one that started it, if that one asked for it.
///
/// # Errors
/// The parent is gone already, or the system refuses.
pub(super) fn hold() -> io::Result<()> {
    let Some(parent) = env::var(PARENT).ok().and_then(|text| text.parse().ok()) else {
        return Ok(());
    };
    tie(parent)
}

#[cfg(target_os = "linux")]
fn tie(parent: i32) -> io::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have died before we asked.
    match getppid() {
        Some(id) if id.as_raw_pid() == parent => Ok(()),
        _ => Err(io::Error::other("the demo that started this node is gone")),
    }
}

/// Elsewhere a demo that is killed, not interrupted, leaves its nodes behind.
#[cfg(not(target_os = "linux"))]
fn tie(_: i32) -> io::Result<()> {
    Ok(())
}
