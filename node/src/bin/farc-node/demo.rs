//! `farc-node demo`: a cluster of real processes on one machine, disturbed on purpose, and judged.
//!
//! The cast is in [`table`], [`philosopher`] and [`ticker`], written as any user of the library would. [`script`] starts
//! them ([`cluster`], [`process`]), renews a link and cuts it ([`relay`]), stops a node and kills one. Each process keeps
//! a journal ([`observe`], [`journal`]); [`watch`] reads them all, [`story`] tells what is in them, and [`check`] judges.

use std::{io, io::Write as _, process::ExitCode};

use clap::{Args as _, FromArgMatches as _, value_parser};
use farc::Daemon;
use tokio::signal::unix::{SignalKind, signal};

mod books;
mod check;
mod cluster;
mod journal;
mod lifeline;
mod observe;
mod philosopher;
mod process;
mod relay;
mod report;
mod script;
mod signals;
mod story;
mod table;
mod ticker;
mod watch;

/// The run was interrupted: 128 + SIGINT, as a shell says it.
const INTERRUPTED: u8 = 130;

/// What the demo is asked for.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// How long to dine, in seconds; the faults need about 15, and a shorter meal lasts as long as they do
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Processes: one for the table, the others for the philosophers
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = nodes)]
    nodes: usize,
    /// Philosophers around the table
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u32).range(2..=64))]
    philosophers: u32,
    /// How long they think and eat follows from this number
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(..=i64::MAX as u64))]
    seed: u64,
    /// End with one JSON object on a line of its own
    #[arg(long)]
    json: bool,
}

/// At least one node beside the table's; more than eight do not fit a small machine, with 1,000 events a second from
/// each to each.
fn nodes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(nodes @ 2..=8) => Ok(nodes),
        _ => Err("expected a number from 2 to 8".to_owned()),
    }
}

/// The stock daemon with the demo in it: its actor types, its journal, and its command.
///
/// # Errors
/// The journal that the environment asks for cannot be written, or the demo that started this process is gone.
pub(crate) fn join(daemon: Daemon) -> io::Result<Daemon> {
    lifeline::hold()?;
    let daemon = daemon
        .actor::<table::Table>("table")
        .actor::<philosopher::Philosopher>("philosopher")
        .actor::<ticker::Ticker>("ticker")
        .command(
            // Said last: the derive would put the doc comment of its struct there.
            Options::augment_args(clap::Command::new("demo"))
                .about("Start a cluster here, disturb it, and judge how it took it"),
            run,
        );
    Ok(match observe::Journalist::from_env()? {
        Some(journalist) => daemon.observer(journalist),
        None => daemon,
    })
}

fn run(matches: &clap::ArgMatches) -> ExitCode {
    let played = Options::from_arg_matches(matches)
        .map_err(anyhow::Error::from)
        .and_then(|options| play(&options));
    played.unwrap_or_else(|error| {
        // When stderr is gone, the exit code still tells.
        let _ = writeln!(io::stderr().lock(), "error: the demo failed: {error:#}");
        ExitCode::FAILURE
    })
}

fn play(options: &Options) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (mut interrupt, mut terminate) = (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        );
        let mut play = script::Play::prepare(options)?;
        // Whatever ends it, the nodes are dropped with the play, and a dropped node is a killed one.
        let ended = tokio::select! {
            biased;
            _ = interrupt.recv() => None,
            _ = terminate.recv() => None,
            ended = play.run() => Some(ended),
        };
        match ended {
            None => Ok(ExitCode::from(INTERRUPTED)),
            Some(Ok(outcome)) => Ok(play.close(&outcome)),
            Some(Err(error)) => Err(error.context(play.keep())),
        }
    })
}

#[cfg(test)]
mod tests;
