//! The config file of a node: read whole, checked whole, and turned into values that the rest can trust.
//!
//! Nothing is silently ignored and nothing is guessed: a key that nobody reads is an error, and all errors of a file are shown at
//! once, each with its place (see [`Diagnostics`]). What this does not do: it merges no files and reads no environment.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use farc_protocol::limits::Limits;
use farc_protocol::name::{ClusterName, NodeName};

use crate::actor::{
    ActorOptions, DomainOptions, HostOptions, MAIN_DOMAIN, Overflow, RestartPolicy,
};
use crate::link::{Identity, Peer};

mod domains;
mod identity;
mod load;
mod params;
mod report;
mod section;
mod suggest;
mod supervision;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod words;

pub use params::{Params, ParamsError};
pub use report::{Code, Diagnostic, Diagnostics};
pub(crate) use suggest::{listed, nearest};
pub use types::ActorTypes;
pub(crate) use types::{AnyAddress, ConstructError};

/// A config file with every setting, its default and its reason.
pub const DEFAULT: &str = include_str!("config/default.toml");

/// The cluster of a file that names none.
pub const DEFAULT_CLUSTER: &str = "dev";

/// How long a node may take to leave (SEMANTICS D7) unless the file says otherwise: less than the ten seconds after which container
/// engines kill.
pub const DEFAULT_SHUTDOWN: Duration = Duration::from_secs(8);

/// A node, checked: from the file ([`load`]) or built in code.
#[derive(Debug)]
pub struct NodeConfig {
    /// The node's name, unique in its cluster.
    pub name: NodeName,
    /// The cluster; nodes of different clusters never talk.
    pub cluster: ClusterName,
    /// How it meets other nodes; without it the node is local.
    pub link: Option<LinkConfig>,
    /// The domains beside `main`, which is always there and is set here too if it is to be other than the default.
    pub domains: Vec<DomainConfig>,
    /// The actors, in the order in which they are constructed and started.
    pub actors: Vec<ActorConfig>,
    /// The bounds of what peers may make this node hold.
    pub limits: Limits,
    /// Where the status socket is, when the file says so.
    pub admin: Option<PathBuf>,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Where what the actors do is written down.
    pub trace: Option<TraceConfig>,
    /// How long leaving may take.
    pub shutdown: Duration,
    /// When a step has taken too long.
    pub watchdog: WatchdogConfig,
}

impl NodeConfig {
    /// A local node without actors; the rest is set field by field.
    #[must_use]
    pub fn new(name: NodeName, cluster: ClusterName) -> Self {
        Self {
            name,
            cluster,
            link: None,
            domains: Vec::new(),
            actors: Vec::new(),
            limits: Limits::default(),
            admin: None,
            log: LogConfig::default(),
            trace: None,
            shutdown: DEFAULT_SHUTDOWN,
            watchdog: WatchdogConfig::default(),
        }
    }
}

/// When a step of an actor has taken too long (SEMANTICS D6). A step that lasts is told while it runs, up to half of `warn` late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchdogConfig {
    /// It is worth a warning: default 100 ms, since others wait for it.
    pub warn: Duration,
    /// It is worth an error: default 1 s, the time after which a question to the node is given up.
    pub error: Duration,
    /// The node is not healthy: default 5 s, after which it is rather stuck than slow.
    pub unhealthy: Duration,
}

impl Default for WatchdogConfig {
    fn default() -> Self {
        Self {
            warn: Duration::from_millis(100),
            error: Duration::from_secs(1),
            unhealthy: Duration::from_secs(5),
        }
    }
}

/// How a node meets others.
#[derive(Debug)]
pub struct LinkConfig {
    /// The UDP address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who the node is, and whom it trusts.
    pub identity: Identity,
    /// The nodes to meet. Others are refused.
    pub peers: Vec<Peer>,
    /// Where the address is configured (`file:line`), for messages; empty when built in code.
    pub origin: String,
}

impl LinkConfig {
    /// Links without peers.
    #[must_use]
    pub fn new(listen: SocketAddr, identity: Identity) -> Self {
        Self {
            listen,
            identity,
            peers: Vec::new(),
            origin: String::new(),
        }
    }
}

/// A dispatch domain of the node: a thread, and the actors that run on it one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainConfig {
    /// Its name, unique in the node. `main` is the one of actors that name none.
    pub name: String,
    /// Which priorities its actors may have.
    pub priorities: RangeInclusive<u8>,
    /// Where it runs.
    pub thread: DomainHost,
    /// How its own thread is run.
    pub host: HostOptions,
    /// Where it is configured (`file:line`), for messages; empty when built in code.
    pub origin: String,
}

impl DomainConfig {
    /// A domain on a thread of its own, for actors of any priority.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let options = DomainOptions::new(name);
        Self {
            name: options.name,
            priorities: options.priorities,
            thread: DomainHost::default(),
            host: HostOptions::default(),
            origin: String::new(),
        }
    }

    pub(crate) fn options(&self) -> DomainOptions {
        DomainOptions {
            name: self.name.clone(),
            priorities: self.priorities.clone(),
        }
    }
}

/// Where a domain runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DomainHost {
    /// On a thread of its own: a busy link does not delay it, nor it the link.
    #[default]
    Own,
    /// On the link's thread: no hop between network and handler, so the lowest latency as long as the handlers are short.
    Link,
}

/// One actor of the file.
#[derive(Clone, Debug)]
pub struct ActorConfig {
    /// Its name, unique in the node.
    pub name: String,
    /// The registered type.
    pub kind: String,
    /// The domain that it runs in.
    pub domain: String,
    /// 63 runs first, 0 last.
    pub priority: u8,
    /// How many events may wait for it.
    pub mailbox: usize,
    /// What happens to an event that finds its mailbox or its side queue full.
    pub overflow: Overflow,
    /// What happens after a panic.
    pub restart: RestartPolicy,
    /// What it is constructed from.
    pub params: Params,
    /// Where it is configured (`file:line`), for messages; empty when built in code.
    pub origin: String,
}

impl ActorConfig {
    /// An actor of the domain `main` with the default priority, mailbox and policy, and without parameters.
    #[must_use]
    pub fn new(name: &str, kind: &str) -> Self {
        let ActorOptions {
            priority,
            mailbox,
            overflow,
            restart,
            ..
        } = ActorOptions::default();
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            domain: MAIN_DOMAIN.to_owned(),
            priority,
            mailbox,
            overflow,
            restart,
            params: Params::default(),
            origin: String::new(),
        }
    }

    /// The same with these parameters.
    #[must_use]
    pub fn with(mut self, params: impl Into<Params>) -> Self {
        self.params = params.into();
        self
    }

    pub(crate) fn options(&self) -> ActorOptions {
        ActorOptions {
            priority: self.priority,
            mailbox: self.mailbox,
            overflow: self.overflow,
            restart: self.restart.clone(),
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// Directives as `FARC_LOG` takes them, such as `info,farc::link=debug`.
    pub filter: Option<String>,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Where what the actors do is written down: see [`trace`](crate::trace).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceConfig {
    /// The file; what it held before is lost.
    pub file: PathBuf,
    /// What is written.
    pub format: TraceFormat,
    /// Where it is configured (`file:line`), for messages; empty when built in code.
    pub origin: String,
}

impl TraceConfig {
    /// A trace as lines of text.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            format: TraceFormat::default(),
            origin: String::new(),
        }
    }
}

/// What a trace file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceFormat {
    /// A line a step.
    #[default]
    Text,
    /// The states over time, for a wave viewer.
    Vcd,
}

/// Reads and checks the file at `path`, with the files that it names. `now` is the time that certificates are held against.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load(path: &Path, types: &ActorTypes, now: SystemTime) -> Result<NodeConfig, Diagnostics> {
    load::load(path, types, now)
}

/// Name, cluster and status socket of the file at `path`, and nothing else of it: for a client, which must be able to ask a running
/// node even when the file has been broken since, or when it may not read the node's key.
#[must_use]
pub fn admin_of(path: &Path) -> Option<AdminOf> {
    load::admin_of(path)
}

/// What a client needs to know from a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminOf {
    /// The node's name.
    pub name: String,
    /// Its cluster.
    pub cluster: String,
    /// Its status socket, when the file says so.
    pub socket: Option<PathBuf>,
}
