//! The cluster of the demo: its folder, its certificates, its config files and its processes.

use std::{
    fmt::Write as _,
    fs,
    net::{SocketAddr, UdpSocket},
    path::Path,
    time::SystemTime,
};

use anyhow::Context as _;
use farc::certs::{DevRequest, Existing, Validity, write_dev};
use tempfile::TempDir;

use super::{
    Options,
    check::Topology,
    journal::Words,
    process::{Home, Process},
    relay::{Relay, Side},
    watch::Watch,
};

/// The events a second of each ticker.
const PER_SECOND: u32 = 1000;

/// Room for what some seconds of silence of all peers add up to: replays come at once. It grows only when needed.
const TICKER_MAILBOX: usize = 65_536;

/// Philosophers and table hear little, but after a cut they hear it at once.
const DINER_MAILBOX: usize = 4096;

/// The two nodes whose link goes through the relay: the one with the table, and one with philosophers.
pub(super) const CUT: (usize, usize) = (0, 1);

/// All of it.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) homes: Vec<Home>,
    /// The running processes, one a node; none while a node is down.
    pub(super) processes: Vec<Option<Process>>,
    /// Of each node, which of the watched lives is its last.
    pub(super) lives: Vec<usize>,
    pub(super) relay: Relay,
    pub(super) watch: Watch,
    pub(super) folder: TempDir,
    receivers: String,
    started: usize,
}

impl Cluster {
    /// Prepares a cluster. Nothing runs yet.
    pub(super) fn prepare(options: &Options) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("farc-demo-")
            .tempdir()
            .context("failed to make a folder")?;
        let homes = homes(options.nodes, folder.path())?;
        let relay = Relay::start(homes[CUT.0].listen, homes[CUT.1].listen)
            .context("failed to start the relay")?;
        write_dev(&DevRequest {
            out: folder.path().join("certs"),
            cluster: "demo".parse().context("our own cluster name")?,
            nodes: homes
                .iter()
                .map(|home| home.name.parse())
                .collect::<Result<_, _>>()
                .context("our own node names")?,
            validity: Validity::days(SystemTime::now(), 1),
            owner: None,
            existing: Existing::Refuse,
        })?;
        for (at, home) in homes.iter().enumerate() {
            fs::write(&home.config, config(at, &homes, &relay, options))
                .with_context(|| format!("failed to write {}", home.config.display()))?;
        }
        let receivers = receivers(options);
        let receivers = receivers
            .iter()
            .map(|(signal, all)| format!("{signal}={}", all.len()))
            .collect::<Vec<_>>()
            .join(",");
        let processes = homes.iter().map(|_| None).collect();
        let lives = vec![0; homes.len()];
        Ok(Self {
            homes,
            processes,
            lives,
            relay,
            watch: Watch::default(),
            folder,
            receivers,
            started: 0,
        })
    }

    /// Starts a node, for the first time or again.
    pub(super) fn start(&mut self, node: usize) -> anyhow::Result<()> {
        self.started += 1;
        let process = Process::start(&self.homes[node], self.started, &self.receivers)?;
        self.lives[node] = self
            .watch
            .follow(&self.homes[node].name, &process.journal)?;
        self.processes[node] = Some(process);
        Ok(())
    }

    /// Fails if a process has ended that should be running.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        self.processes
            .iter_mut()
            .flatten()
            .try_for_each(Process::check)
    }

    /// Whether both ends say that their link works.
    pub(super) fn linked(&self, one: usize, other: usize) -> bool {
        self.sees(one, other) && self.sees(other, one)
    }

    /// Whether one end says that its link to the other works.
    pub(super) fn sees(&self, one: usize, other: usize) -> bool {
        self.watch
            .link(self.lives[one], &self.homes[other].name)
            .is_some_and(|(_, up)| up)
    }

    /// All pairs of nodes.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let nodes = self.homes.len();
        (0..nodes).flat_map(move |one| (one + 1..nodes).map(move |other| (one, other)))
    }
}

/// The name of a philosopher, who sits on one of the nodes without the table.
pub(super) fn philosopher(seat: u32) -> String {
    format!("philosopher-{seat}")
}

/// The node of a philosopher.
pub(super) fn node_of(seat: u32, options: &Options) -> usize {
    1 + seat as usize % (options.nodes - 1)
}

/// Who is meant to get each signal, as (node, actor).
fn receivers(options: &Options) -> Vec<(&'static str, Vec<(usize, String)>)> {
    let table = vec![(0, "table".to_owned())];
    let philosophers = (0..options.philosophers)
        .map(|seat| (node_of(seat, options), philosopher(seat)))
        .collect();
    let tickers = (0..options.nodes)
        .map(|node| (node, "ticker".to_owned()))
        .collect();
    vec![
        ("dining.hungry", table.clone()),
        ("dining.release", table),
        ("dining.grant", philosophers),
        ("dining.eating", Vec::new()),
        ("demo.tick", tickers),
    ]
}

/// The same, for the judge.
pub(super) fn topology(options: &Options, homes: &[Home], words: &mut Words) -> Topology {
    let mut topology = Topology::default();
    for (signal, all) in receivers(options) {
        let all = all
            .iter()
            .map(|(node, actor)| (words.number(&homes[*node].name), words.number(actor)))
            .collect();
        topology.receivers.insert(words.number(signal), all);
    }
    topology.seats = (0..options.philosophers)
        .map(|seat| words.number(&homes[node_of(seat, options)].name))
        .collect();
    topology
}

/// Names and free ports. The ports are held until all are known, so that they differ, and let go for the nodes to take.
fn homes(nodes: usize, folder: &Path) -> anyhow::Result<Vec<Home>> {
    let sockets = (0..nodes)
        .map(|_| UdpSocket::bind("127.0.0.1:0"))
        .collect::<Result<Vec<_>, _>>()
        .context("failed to find free ports")?;
    let mut homes = Vec::new();
    for (letter, socket) in ('a'..='z').zip(&sockets) {
        let name = format!("node-{letter}");
        homes.push(Home {
            listen: socket.local_addr()?,
            config: folder.join(format!("{name}.toml")),
            socket: folder.join(format!("{name}.sock")),
            folder: folder.to_path_buf(),
            name,
        });
    }
    Ok(homes)
}

fn config(at: usize, homes: &[Home], relay: &Relay, options: &Options) -> String {
    let Home {
        name,
        listen,
        socket,
        ..
    } = &homes[at];
    let mut text = format!(
        "[node]\nname = \"{name}\"\ncluster = \"demo\"\nlisten = \"{listen}\"\n\n\
         [tls]\nca = \"certs/ca.pem\"\ncert = \"certs/{name}.pem\"\nkey = \"certs/{name}.key\"\n\n\
         [admin]\nsocket = {socket:?}\n\n[log]\nformat = \"pretty\"\n"
    );
    for (other, home) in homes.iter().enumerate().filter(|(other, _)| *other != at) {
        let address: SocketAddr = match (at, other) {
            CUT => relay.address_for(Side::Left),
            (one, other) if (other, one) == CUT => relay.address_for(Side::Right),
            _ => home.listen,
        };
        add(
            &mut text,
            format_args!(
                "\n[[peer]]\nname = \"{}\"\naddress = \"{address}\"\n",
                home.name
            ),
        );
    }
    let mut actor = |name: &str, kind: &str, mailbox: usize, params: &str| {
        add(
            &mut text,
            format_args!(
                "\n[[actor]]\nname = \"{name}\"\ntype = \"{kind}\"\nmailbox = {mailbox}\nparams = {{ {params} }}\n"
            ),
        );
    };
    if at == 0 {
        actor(
            "table",
            "table",
            DINER_MAILBOX,
            &format!("seats = {}", options.philosophers),
        );
    }
    for seat in (0..options.philosophers).filter(|seat| node_of(*seat, options) == at) {
        actor(
            &philosopher(seat),
            "philosopher",
            DINER_MAILBOX,
            &format!("seat = {seat}, seed = {}", options.seed),
        );
    }
    actor(
        "ticker",
        "ticker",
        TICKER_MAILBOX,
        &format!("per_second = {PER_SECOND}"),
    );
    text
}

fn add(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more)
        .expect("writing to a string cannot fail");
}
