//! The stock daemon: `farc-node`, with what every daemon has, and the demo.

use std::{io, io::Write as _, process::ExitCode};

mod demo;

fn main() -> ExitCode {
    match demo::join(farc::Daemon::new()) {
        Ok(daemon) => daemon.main(),
        Err(error) => {
            // When stderr is gone, the exit code still tells.
            let _ = writeln!(io::stderr().lock(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
