//! The command line that every daemon has, whatever actors are in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use farc_protocol::name::{ClusterName, NameError, NodeName};

use super::exit::{self, Exit};
use super::{Daemon, commands, graph, run};
use crate::actor::{Overflow, RestartPolicy};
use crate::certs::{Existing, Owner};
use crate::hsm::chart::Format;
use crate::signal::check_actor_name;

/// Where a config file and hence the node of a container is expected when nothing is said.
pub(super) const DEFAULT_CONFIG: &str = "/etc/farc/node.toml";

/// Names the status socket for the daemon and its clients alike.
pub(super) const SOCKET_VARIABLE: &str = "FARC_ADMIN";

/// Runs a farc node and asks it how it is.
///
/// A node hosts actors, hierarchical state machines; the signals that they publish reach subscribers on every node of the cluster, over
/// QUIC with mutual TLS.
#[derive(Parser)]
#[command(
    arg_required_else_help = true,
    subcommand_required = true,
    after_long_help = exit::HELP
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run one node until SIGTERM or SIGINT; a second signal ends it at once
    Run(RunArgs),
    /// Check a config file, or print one to begin with
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make certificates
    #[command(subcommand)]
    Certs(CertsCommand),
    /// Show a running node: its links, its actors, and what was counted
    Status(StatusArgs),
    /// End with 0 if a running node is ready, and with 1 otherwise
    Health(Target),
    /// Draw the chart of an actor type, as text for other programs or as SVG
    Graph(GraphArgs),
    /// List the actors of a running node
    Actors(ActorsArgs),
    /// Spawn an actor in a running node
    ///
    /// It is constructed at once and starts as the next step of its domain. It lives until it stops or the node leaves; the config file does not change.
    Spawn(SpawnArgs),
    /// Stop an actor of a running node
    ///
    /// Its exit path runs, what waits for it becomes dead letters, and its name is free.
    Stop(ActorArgs),
    /// Construct an actor of a running node anew, from the parameters that it was spawned with
    ///
    /// Its exit path runs first. Its subscriptions and what waits for it stay; its timers end. It counts as no failure.
    Restart(ActorArgs),
    /// Show the last events of a running node that nobody got, the newest last
    ///
    /// Each with whom it was for and why it was given up: `poison`, whose step panicked; `mailbox_full`; `stopped`, what waited for an actor that is
    /// gone; `no_actor`, and so on, as in the counters of `status`. A node keeps the last 1,024.
    DeadLetters(StatusArgs),
    /// Look after the links of a running node
    #[command(subcommand)]
    Link(LinkCommand),
}

#[derive(Args)]
pub(super) struct RunArgs {
    /// The node's config file
    #[arg(long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    pub(super) config: PathBuf,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Show everything that is wrong with a config file and the files it names
    Check {
        /// The config file
        file: PathBuf,
    },
    /// Print a config file with every setting, its default and its reason
    Init,
}

#[derive(Subcommand)]
enum CertsCommand {
    /// Make an authority and a certificate a node, for development
    Dev(DevArgs),
}

#[derive(Subcommand)]
enum LinkCommand {
    /// Make a new connection to a peer, which takes the place of the one that stands
    ///
    /// Both ends prove who they are anew. The link stays up, and nothing is lost or comes twice.
    Renew(RenewArgs),
}

#[derive(Args)]
pub(super) struct RenewArgs {
    /// The peer's name
    #[arg(value_name = "PEER")]
    pub(super) peer: NodeName,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Args)]
pub(super) struct DevArgs {
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// The nodes, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    pub(super) nodes: Vec<NodeName>,
    /// The cluster whose name is in every certificate
    #[arg(long, value_name = "NAME", default_value = crate::config::DEFAULT_CLUSTER)]
    pub(super) cluster: ClusterName,
    /// How long they are good
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(super) days: u32,
    /// Give the files to this user and group
    #[arg(long, value_name = "UID:GID", value_parser = owner)]
    pub(super) owner: Option<Owner>,
    /// Make only what is missing and keep the rest
    #[arg(long, conflicts_with = "force")]
    if_missing: bool,
    /// Make everything anew, the authority too
    #[arg(long)]
    force: bool,
}

impl DevArgs {
    pub(super) fn existing(&self) -> Existing {
        match (self.if_missing, self.force) {
            (true, _) => Existing::Keep,
            (false, true) => Existing::Replace,
            (false, false) => Existing::Refuse,
        }
    }
}

fn owner(text: &str) -> Result<Owner, String> {
    let parsed = text.split_once(':').and_then(|(uid, gid)| {
        Some(Owner {
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
        })
    });
    parsed.ok_or_else(|| "expected two numbers, such as 65532:65532".to_owned())
}

#[derive(Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) target: Target,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args)]
pub(super) struct GraphArgs {
    /// The actor type, as config files name it
    #[arg(value_name = "TYPE")]
    pub(super) kind: String,
    /// mermaid, dot, plantuml, scxml or svg [default: by the ending of FILE, else mermaid]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<Format>,
    /// Write to this file, and not to stdout
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Mark the active states of this actor of the running node
    #[arg(long, value_name = "ACTOR")]
    pub(super) live: Option<String>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Args)]
pub(super) struct ActorsArgs {
    /// Only actors whose name or type contains this
    #[arg(value_name = "FILTER")]
    pub(super) filter: Option<String>,
    #[command(flatten)]
    pub(super) target: Target,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args)]
pub(super) struct SpawnArgs {
    /// The actor type, as config files name it
    #[arg(value_name = "TYPE")]
    pub(super) kind: String,
    /// The actor's name, unique in the node
    #[arg(value_name = "NAME", value_parser = actor_name)]
    pub(super) name: String,
    /// A parameter; a value that is no TOML is a string
    #[arg(long = "param", value_name = "KEY=VALUE")]
    pub(super) words: Vec<String>,
    /// All parameters, as TOML
    #[arg(
        long,
        value_name = "TOML",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) params: String,
    /// The domain that it runs in [default: main]
    #[arg(long, value_name = "NAME")]
    pub(super) domain: Option<String>,
    /// 63 runs first, 0 last
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=63))]
    pub(super) priority: Option<u8>,
    /// How many events may wait for it
    #[arg(long, value_name = "N")]
    pub(super) mailbox: Option<usize>,
    /// What happens to an event that finds its mailbox full: reject, drop_oldest, drop_newest, conflate or fault
    #[arg(long, value_name = "POLICY", value_parser = overflow)]
    pub(super) overflow: Option<Overflow>,
    /// What happens after a panic: restart, stop or escalate; a config file can give the numbers of a restart
    #[arg(long, value_name = "POLICY", value_parser = restart)]
    pub(super) restart: Option<RestartPolicy>,
    #[command(flatten)]
    pub(super) target: Target,
}

#[derive(Args)]
pub(super) struct ActorArgs {
    /// The actor's name
    #[arg(value_name = "NAME", value_parser = actor_name)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) target: Target,
}

fn actor_name(text: &str) -> Result<String, NameError> {
    check_actor_name(text).map(|()| text.to_owned())
}

fn overflow(text: &str) -> Result<Overflow, String> {
    match text {
        "reject" => Ok(Overflow::Reject),
        "drop_oldest" => Ok(Overflow::DropOldest),
        "drop_newest" => Ok(Overflow::DropNewest),
        "conflate" => Ok(Overflow::Conflate),
        "fault" => Ok(Overflow::Fault),
        _ => Err("expected reject, drop_oldest, drop_newest, conflate or fault".to_owned()),
    }
}

fn restart(text: &str) -> Result<RestartPolicy, String> {
    match text {
        "restart" => Ok(RestartPolicy::default()),
        "stop" => Ok(RestartPolicy::Stop),
        "escalate" => Ok(RestartPolicy::Escalate),
        _ => Err("expected restart, stop or escalate".to_owned()),
    }
}

/// Which node is asked. Without either option: $FARC_ADMIN, else the node of /etc/farc/node.toml, else the only one that runs here.
#[derive(Args)]
pub(super) struct Target {
    /// The node's config file
    #[arg(long, value_name = "FILE", conflicts_with = "socket")]
    pub(super) config: Option<PathBuf>,
    /// The node's status socket
    #[arg(long, value_name = "PATH")]
    pub(super) socket: Option<PathBuf>,
}

/// Runs the command line `arguments`, the first of which is the program's name.
pub(super) fn main(mut daemon: Daemon, arguments: Vec<OsString>) -> ExitCode {
    let commands = std::mem::take(&mut daemon.commands);
    let matches = match command_line(&commands, &arguments).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => return print_usage(&error),
    };
    if let Some((name, arguments)) = matches.subcommand()
        && let Some(own) = commands.iter().find(|own| own.command.get_name() == name)
    {
        return (own.run)(arguments);
    }
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => dispatch(daemon, cli.command).into(),
        Err(error) => print_usage(&error),
    }
}

fn command_line(commands: &[super::OwnCommand], arguments: &[OsString]) -> clap::Command {
    let name = arguments
        .first()
        .and_then(|path| Path::new(path).file_stem()?.to_str())
        .unwrap_or("farc-node")
        .to_owned();
    let version = concat!("(farc ", env!("CARGO_PKG_VERSION"), ")");
    Cli::command()
        .display_name(name.clone())
        .bin_name(name)
        .version(version)
        .subcommands(commands.iter().map(|own| own.command.clone()))
}

/// What clap has to say: help and version go to stdout and are no error.
fn print_usage(error: &clap::Error) -> ExitCode {
    // When the terminal is gone, there is nobody to tell.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Ok.into()
    }
}

fn dispatch(daemon: Daemon, command: Command) -> Exit {
    match command {
        Command::Run(arguments) => run::run(daemon, &arguments.config),
        Command::Config(ConfigCommand::Check { file }) => {
            commands::check(&daemon.types, &file, SystemTime::now())
        }
        Command::Config(ConfigCommand::Init) => commands::init(),
        Command::Certs(CertsCommand::Dev(arguments)) => {
            commands::dev(&arguments, SystemTime::now())
        }
        Command::Status(arguments) => commands::status(&arguments),
        Command::Health(target) => commands::health(&target),
        Command::Graph(arguments) => graph::graph(&daemon.types, &arguments),
        Command::Actors(arguments) => commands::actors(&arguments),
        Command::Spawn(arguments) => commands::spawn(&arguments),
        Command::Stop(arguments) => commands::stop(&arguments),
        Command::Restart(arguments) => commands::restart(&arguments),
        Command::DeadLetters(arguments) => commands::dead_letters(&arguments),
        Command::Link(LinkCommand::Renew(arguments)) => commands::renew(&arguments),
    }
}
