//! Exit codes: what a script or a service manager learns from the end of a command. Documented in `--help`, so they do not change.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// It did what it was asked. For `run`: the node left in order.
    Ok,
    /// It failed; the message says why. For `health`: the node is not ready.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The config file is wrong.
    Config,
    /// No node answers.
    Unreachable,
    /// An actor could not be constructed.
    Construction,
    /// An actor with `restart = "escalate"` failed, and the node left in order.
    Escalated,
}

impl Exit {
    /// The number. 70 and 78 are `EX_SOFTWARE` and `EX_CONFIG` of `sysexits.h`.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Unreachable => 4,
            Self::Construction => 78,
            Self::Escalated => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The codes, for `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0   it worked
  1   it failed; the message says why (`health`: not ready)
  2   the command line is wrong
  3   the config file is wrong
  4   no node answers
  70  an actor with `restart = \"escalate\"` failed, and the node left in order
  78  an actor could not be constructed";
