//! The composition root: a node built from its config and its environment, and the program around it.
//!
//! This is the one place that knows all parts, chooses the real clock and the real network, and names the runtime. [`Node`] is a node as
//! a value, in production, in a test or in a simulation; [`Daemon`] is a whole program with the command line of `farc-node` and a
//! user's own actors in it.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::actor::Actor;
use crate::config::ActorTypes;
use crate::observe::Observer;

mod actors;
mod cli;
mod commands;
mod domains;
mod environment;
mod exit;
mod graph;
mod logs;
mod node;
mod recording;
mod render;
mod run;
mod status;
#[cfg(test)]
mod tests;
mod watchdog;

pub use crate::link::RenewError;
pub use actors::{Refusal, SpawnOrder};
/// What [`Daemon::command`] takes, for programs that do not depend on it themselves.
pub use clap;
pub use environment::{Environment, Host};
pub use exit::Exit;
pub use logs::FILTER_VARIABLE;
pub use node::{Node, NotReady, ShutdownReport, StartError};
pub use status::{
    ActorBooks, ActorStatus, DeadLetterStatus, DeadLettersStatus, Health, LinkBooks, LinkStatus,
    MailboxStatus, NodeStatus, Status, TimersStatus,
};
pub use watchdog::LongStep;

/// A daemon with actor types of one's own: the whole program.
///
/// ```no_run
/// # use std::process::ExitCode;
/// fn main() -> ExitCode {
///     farc::Daemon::new().main()
/// }
/// ```
///
/// It understands `run`, `config`, `certs`, `status`, `health`, `graph`, `link`, `actors`, `spawn`, `stop`, `restart` and `dead-letters`, as `--help` says, and ends with the codes of [`Exit`].
#[derive(Default)]
pub struct Daemon {
    types: ActorTypes,
    observer: Option<Arc<dyn Observer>>,
    commands: Vec<OwnCommand>,
}

/// A subcommand that the program has beside those of every daemon.
struct OwnCommand {
    command: clap::Command,
    run: fn(&clap::ArgMatches) -> ExitCode,
}

impl Daemon {
    /// A daemon without actor types.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `A` available to config files as `type = "<kind>"`, with its `Args` read from `params`.
    ///
    /// # Panics
    /// When another type has this name.
    #[must_use]
    pub fn actor<A: Actor>(mut self, kind: &str) -> Self
    where
        A::Args: DeserializeOwned,
    {
        self.types.add::<A>(kind);
        self
    }

    /// Has `observer` see everything that happens in the node. Of several the last one counts.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Adds a subcommand; `run` gets its arguments and gives the program's exit code.
    #[must_use]
    pub fn command(
        mut self,
        command: clap::Command,
        run: fn(&clap::ArgMatches) -> ExitCode,
    ) -> Self {
        self.commands.push(OwnCommand { command, run });
        self
    }

    /// Runs the command line of the process.
    #[must_use]
    pub fn main(self) -> ExitCode {
        self.main_with(std::env::args_os())
    }

    /// Runs this command line, whose first word is the program's name.
    #[must_use]
    pub fn main_with(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        cli::main(self, arguments.into_iter().collect())
    }
}
