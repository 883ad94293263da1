//! A daemon as a process: it starts, says how it is, and leaves when it is told to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

struct Daemon {
    process: Child,
    log: BufReader<ChildStderr>,
    socket: PathBuf,
    /// The folder that it alone uses, if it has one.
    _folder: Option<tempfile::TempDir>,
}

impl Daemon {
    /// A local node in a folder of its own.
    fn alone() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut daemon = Self::start(folder.path(), "lonely", "");
        daemon._folder = Some(folder);
        daemon
    }

    /// The node `name`, with its config, its socket and these further lines in `folder`.
    fn start(folder: &Path, name: &str, more: &str) -> Self {
        let socket = format!("{name}.sock");
        let text = format!("[admin]\nsocket = \"{socket}\"\n[node]\nname = \"{name}\"\n{more}");
        let file = folder.join(format!("{name}.toml"));
        std::fs::write(&file, text).unwrap();
        let mut process = run(&file).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        Self {
            process,
            log,
            socket: folder.join(socket),
            _folder: None,
        }
    }

    /// Reads the log until a line with this message.
    fn wait_for(&mut self, message: &str) {
        let mut seen = String::new();
        for line in self.log.by_ref().lines().map_while(Result::ok) {
            let parsed: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if parsed["message"] == message {
                return;
            }
            seen += &format!("{line}\n");
        }
        panic!("the log ended without `{message}`:\n{seen}");
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        ask(&self.socket, arguments)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // After a test that passed it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farc-node"));
    command.args(["run", "--config"]).arg(file);
    command.env_remove("FARC_LOG").env_remove("FARC_ADMIN");
    command
}

fn ask(socket: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_farc-node"))
        .args(arguments)
        .arg("--socket")
        .arg(socket)
        .output()
        .unwrap()
}

#[test]
fn a_local_node_is_ready_says_so_and_leaves_in_order_on_sigterm() {
    let mut daemon = Daemon::alone();
    daemon.wait_for("ready");

    let health = daemon.ask(&["health"]);
    assert_eq!(health.status.code(), Some(0), "{health:?}");
    let status = daemon.ask(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["node"]["name"], "lonely");
    assert_eq!(status["node"]["ready"], true);
    assert_eq!(status["node"]["listen"], serde_json::Value::Null);
    let shown = daemon.ask(&["status"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.starts_with("node lonely of cluster dev: ready\n"),
        "{shown}"
    );

    daemon.signal(Signal::TERM);
    daemon.wait_for("left");
    assert_eq!(daemon.process.wait().unwrap().code(), Some(0));
    assert!(!daemon.socket.exists());
}

#[test]
fn sigint_ends_it_in_order_as_well() {
    let mut daemon = Daemon::alone();
    daemon.wait_for("started");
    daemon.signal(Signal::INT);
    assert_eq!(daemon.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_second_node_on_the_same_socket_is_refused() {
    let mut daemon = Daemon::alone();
    daemon.wait_for("ready");
    let second = run(&daemon.socket.with_extension("toml")).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another node answers"), "{said}");
    assert_eq!(daemon.ask(&["health"]).status.code(), Some(0));
}

#[test]
fn a_killed_node_leaves_a_socket_that_the_next_one_replaces() {
    let mut daemon = Daemon::alone();
    daemon.wait_for("ready");
    daemon.signal(Signal::KILL);
    daemon.process.wait().unwrap();
    assert!(daemon.socket.exists());
    assert_eq!(daemon.ask(&["health"]).status.code(), Some(1));

    let mut next = run(&daemon.socket.with_extension("toml"));
    let mut next = next.stderr(Stdio::piped()).spawn().unwrap();
    daemon.log = BufReader::new(next.stderr.take().unwrap());
    daemon.process = next;
    daemon.wait_for("ready");
    assert_eq!(daemon.ask(&["health"]).status.code(), Some(0));
}

#[test]
fn a_busy_port_is_one_clear_message() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let farc = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_farc-node"))
            .args(arguments)
            .output()
            .unwrap()
    };
    let certs = farc(&["certs", "dev", "--out", &at(""), "--nodes", "a"]);
    assert!(certs.status.success());
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = format!(
        "[node]\nname = \"a\"\nlisten = \"{address}\"\n[tls]\nca = \"ca.pem\"\ncert = \"a.pem\"\nkey = \"a.key\"\n[admin]\nsocket = \"s\"\n"
    );
    std::fs::write(at("a.toml"), text).unwrap();

    let output = farc(&["run", "--config", &at("a.toml")]);

    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = said
        .lines()
        .find(|line| line.starts_with("error"))
        .unwrap_or(&said);
    let said = said
        .replace(&at("a.toml"), "a.toml")
        .replace(&address.to_string(), "ADDRESS");
    expect_test::expect!["error: a.toml:3: cannot listen on ADDRESS: Address already in use (os error 98); stop the process that listens there, or change `listen` in [node]"].assert_eq(&said);
}

#[test]
fn a_second_signal_ends_a_node_that_still_owes_something_to_a_peer() {
    let folder = tempfile::tempdir().unwrap();
    let certs = Command::new(env!("CARGO_BIN_EXE_farc-node"))
        .args(["certs", "dev", "--nodes", "a,b", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(certs.status.success(), "{certs:?}");
    let bound = [(); 2].map(|()| std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
    let ports = bound.map(|socket| socket.local_addr().unwrap().port());
    let start = |name: &str, own: u16, peer: &str, other: u16| {
        let tls = format!("[tls]\nca = \"ca.pem\"\ncert = \"{name}.pem\"\nkey = \"{name}.key\"\n");
        let peer = format!("[[peer]]\nname = \"{peer}\"\naddress = \"127.0.0.1:{other}\"\n");
        let ticker = "[[actor]]\nname = \"ticker\"\ntype = \"ticker\"\nparams.per_second = 1000\n";
        let more = format!("listen = \"127.0.0.1:{own}\"\n{tls}{peer}{ticker}");
        Daemon::start(folder.path(), name, &more)
    };
    let mut a = start("a", ports[0], "b", ports[1]);
    let mut b = start("b", ports[1], "a", ports[0]);
    a.wait_for("ready");
    b.wait_for("ready");

    // What a sends from now on stays unacknowledged: it waits for b to come back.
    b.signal(Signal::KILL);
    b.process.wait().unwrap();
    let owes = |a: &Daemon| {
        let status = a.ask(&["status", "--json"]);
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
        status["links"][0]["classes"]["normal"]["unacknowledged"].as_u64() > Some(0)
    };
    while !owes(&a) {}
    a.signal(Signal::TERM);
    a.wait_for("leaving");
    a.signal(Signal::TERM);

    a.wait_for("second signal: leaving at once");
    assert_eq!(a.process.wait().unwrap().code(), Some(1));
    assert!(!a.socket.exists());
}

#[test]
fn e03_an_actor_that_cannot_be_constructed_ends_the_process_with_78_and_nothing_was_begun() {
    let folder = tempfile::tempdir().unwrap();
    let certs = Command::new(env!("CARGO_BIN_EXE_farc-node"))
        .args(["certs", "dev", "--nodes", "a,b", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(certs.status.success(), "{certs:?}");
    // Where the peer would be, and what would have come there.
    let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_nonblocking(true).unwrap();
    let own = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let listen = own.local_addr().unwrap();
    drop(own);
    let text = |seats: u8| {
        format!(
            "[admin]\nsocket = \"s\"\n[node]\nname = \"a\"\nlisten = \"{listen}\"\n\
             [tls]\nca = \"ca.pem\"\ncert = \"a.pem\"\nkey = \"a.key\"\n\
             [[peer]]\nname = \"b\"\naddress = \"{}\"\n\
             [[actor]]\nname = \"first\"\ntype = \"ticker\"\nparams.per_second = 1000\n\
             [[actor]]\nname = \"round\"\ntype = \"table\"\nparams.seats = {seats}\n",
            peer.local_addr().unwrap()
        )
    };
    let file = folder.path().join("a.toml");
    let journal = folder.path().join("journal");
    let start = |seats| {
        std::fs::write(&file, text(seats)).unwrap();
        let mut command = run(&file);
        command.env("FARC_JOURNAL", &journal);
        command
    };

    let output = start(1).output().unwrap();

    assert_eq!(output.status.code(), Some(78), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let errors: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("error"))
        .map(|line| line.replace(&file.display().to_string(), "a.toml"))
        .collect();
    expect_test::expect!["error: a.toml:17: cannot construct actor `round` of type `table`: argument `seats`: a table has 2 to 1024 seats, not 1"].assert_eq(&errors.join("\n"));
    assert!(!folder.path().join("s").exists(), "nobody answers");
    assert!(std::net::UdpSocket::bind(listen).is_ok(), "nobody listens");
    let datagram = peer.recv_from(&mut [0; 2048]);
    assert_eq!(
        datagram.unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "nobody called"
    );
    let written = std::fs::read_to_string(&journal).unwrap();
    assert!(!written.contains("first"), "nobody has started: {written}");

    // With the seats that it takes the same node calls its peer, and its ticker is in the journal.
    let mut process = start(3).stderr(Stdio::null()).spawn().unwrap();
    let called = || peer.recv_from(&mut [0; 2048]).is_ok();
    let ticks = || std::fs::read_to_string(&journal).unwrap().contains("first");
    let mut both = (false, false);
    while both != (true, true) {
        both = (both.0 || called(), both.1 || ticks());
    }
    process.kill().unwrap();
    process.wait().unwrap();
}
