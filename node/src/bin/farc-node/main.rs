//! The stock daemon: `farc-node`, with what every daemon has.

use std::process::ExitCode;

fn main() -> ExitCode {
    farc::Daemon::new().main()
}
