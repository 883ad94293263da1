//! What links cost a node that has nothing to say.
//!
//! Real processes over QUIC on loopback: this program is the daemon as well, and starts itself with the command line of one. The figure is the time
//! that all threads of one node were on a core, as Linux counts it in nanoseconds, over a stretch in which no actor does anything.

use std::fmt::Write as _;
use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::measure::{Contender, Plan, interleaved};
use crate::report::{FARC, Metric};

/// The commands of the daemon that this part uses.
const COMMANDS: [&str; 3] = ["run", "certs", "health"];

/// For how long a node is watched.
const FULL: Duration = Duration::from_secs(20);
const QUICK: Duration = Duration::from_secs(1);

/// How long nodes may take until all are linked.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs the daemon, if this process was started as one.
pub(crate) fn daemon() -> Option<ExitCode> {
    let command = std::env::args().nth(1)?;
    COMMANDS
        .contains(&command.as_str())
        .then(|| farc::Daemon::new().main())
}

pub(crate) fn measure(plan: &Plan) -> Vec<Metric> {
    let mut effort = plan.effort;
    effort.rounds = effort.rounds.min(3);
    let watched = if plan.is_full() { FULL } else { QUICK };
    [1, 10]
        .into_iter()
        .map(|links| {
            let turn = Contender {
                name: FARC,
                turn: Box::new(move |_| idle(links, watched)),
            };
            Metric {
                name: format!("idle node, links: {links}").into(),
                unit: "% of a core",
                series: interleaved(vec![turn], effort),
                against: &[],
                must: None,
                note: (links == 10).then(|| "at most 0.50".to_owned()),
            }
        })
        .collect()
}

/// The part of a core that a node with so many peers takes, in percent.
fn idle(links: usize, watched: Duration) -> f64 {
    let folder = std::env::temp_dir().join(format!("farc-idle-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("there is room for temporary files");
    let percent = {
        let nodes = start(links, &folder);
        for node in &nodes {
            node.wait_until_ready();
        }
        // The first seconds have what nodes do once.
        thread::sleep(watched.min(Duration::from_secs(5)));
        let (before, began) = (nodes[0].on_core(), Instant::now());
        thread::sleep(watched);
        let busy = nodes[0].on_core() - before;
        100.0 * busy.as_secs_f64() / began.elapsed().as_secs_f64()
    };
    let _ = fs::remove_dir_all(&folder);
    percent
}

/// The node that is watched, and its peers, each of which has no other.
fn start(links: usize, folder: &Path) -> Vec<Node> {
    let names: Vec<String> = (0..=links).map(|n| format!("n{n}")).collect();
    let made = itself()
        .args(["certs", "dev", "--cluster", "idle", "--out"])
        .arg(folder.join("certs"))
        .args(["--nodes", &names.join(",")])
        .stdout(Stdio::null())
        .status()
        .expect("a program can start itself");
    assert!(made.success(), "no certificates were made");
    // Held until all have a number, so that no two get the same.
    let sockets: Vec<UdpSocket> = names
        .iter()
        .map(|_| UdpSocket::bind("127.0.0.1:0").expect("there is a free port"))
        .collect();
    let addresses: Vec<String> = sockets
        .iter()
        .map(|socket| {
            let address = socket.local_addr().expect("it is bound");
            address.to_string()
        })
        .collect();
    drop(sockets);
    let peers = |of: usize| if of == 0 { 1..links + 1 } else { 0..1 };
    (0..=links)
        .map(|n| {
            let (name, address) = (&names[n], &addresses[n]);
            let mut text = format!(
                "[admin]\nsocket = \"{name}.sock\"\n[node]\nname = \"{name}\"\ncluster = \"idle\"\nlisten = \"{address}\"\n\
                 [tls]\nca = \"certs/ca.pem\"\ncert = \"certs/{name}.pem\"\nkey = \"certs/{name}.key\"\n"
            );
            for peer in peers(n) {
                let (name, address) = (&names[peer], &addresses[peer]);
                let _ = write!(
                    text,
                    "[[peer]]\nname = \"{name}\"\naddress = \"{address}\"\n"
                );
            }
            let config = folder.join(format!("{name}.toml"));
            fs::write(&config, text).expect("there is room for temporary files");
            Node::start(config)
        })
        .collect()
}

fn itself() -> Command {
    let program = std::env::current_exe().expect("a program knows its file");
    let mut command = Command::new(program);
    command.env_remove("FARC_LOG").env_remove("FARC_ADMIN");
    command
}

struct Node {
    process: Child,
    config: PathBuf,
}

impl Node {
    fn start(config: PathBuf) -> Self {
        let process = itself()
            .args(["run", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a program can start itself");
        Self { process, config }
    }

    /// Ready is a node whose peers have all exchanged their interest with it.
    fn wait_until_ready(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let health = itself()
                .args(["health", "--config"])
                .arg(&self.config)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("a program can start itself");
            if health.success() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{} is not ready after {PATIENCE:?}",
                self.config.display()
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// How long its threads have been on a core.
    fn on_core(&self) -> Duration {
        let tasks = format!("/proc/{}/task", self.process.id());
        let nanoseconds = fs::read_dir(tasks)
            .expect("it runs, on Linux")
            .filter_map(|task| {
                // A thread may end between the two looks.
                let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
                text.split(' ').next()?.parse::<u64>().ok()
            })
            .sum();
        Duration::from_nanos(nanoseconds)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
