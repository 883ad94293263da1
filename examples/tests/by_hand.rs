//! Two daemons started from the two config files of `examples/config`, as README.md says: they exchange signals, and killing and starting
//! either one heals without help.
#![expect(clippy::unwrap_used, reason = "a test panics when it cannot go on")]

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use farc_integration_tests::process::{output_of, wait_for, workspace};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// More than start, detection and the longest redial pause together, on a busy machine.
const SOON: Duration = Duration::from_secs(40);

/// A folder with certificates and both configs on a port that is free now.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(TempDir::new().unwrap());
        let free = |address| {
            UdpSocket::bind((address, 0))
                .unwrap()
                .local_addr()
                .unwrap()
                .port()
        };
        let ports = [
            ("127.0.0.1", free("127.0.0.1")),
            ("127.0.0.2", free("127.0.0.2")),
        ];
        for file in ["a.toml", "b.toml"] {
            let mut text =
                fs::read_to_string(workspace().join("examples/config").join(file)).unwrap();
            for (address, port) in ports {
                text = text.replace(&format!("{address}:4433"), &format!("{address}:{port}"));
            }
            fs::write(home.path().join(file), text).unwrap();
        }
        output_of(&mut home.command(&[
            "certs",
            "dev",
            "--out",
            "certs",
            "--nodes",
            "a,b",
            "--cluster",
            "home",
        ]));
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_thermostat"));
        command
            .args(args)
            .current_dir(self.path())
            .env("XDG_RUNTIME_DIR", self.path());
        command
    }

    fn start(&self, node: &str) -> Daemon {
        let log = fs::File::create(self.path().join(format!("{node}.log"))).unwrap();
        let child = self
            .command(&["run", "--config", &format!("{node}.toml")])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Daemon(child)
    }

    fn status(&self, node: &str) -> Option<Value> {
        let output = self
            .command(&["status", "--json", "--config", &format!("{node}.toml")])
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).ok()
    }

    fn handled(&self, node: &str) -> Option<u64> {
        self.status(node)?["actors"][0]["handled"].as_u64()
    }

    /// The link is up on both sides, and the thermostat hears the room.
    fn wait_until_signals_arrive(&self) {
        for node in ["a", "b"] {
            wait_for(&format!("the link of {node} is up"), SOON, || {
                (self.status(node)?["links"][0]["state"] == "up").then_some(())
            });
        }
        let before = wait_for("a status", SOON, || self.handled("a"));
        wait_for("a temperature reaches the thermostat", SOON, || {
            self.handled("a").filter(|now| *now > before)
        });
    }
}

/// A daemon that does not outlive its test.
struct Daemon(Child);

impl Daemon {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Fails only if the process has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn two_daemons_exchange_signals_and_either_one_may_die() {
    let home = Home::new();
    let mut daemons = [home.start("a"), home.start("b")];
    home.wait_until_signals_arrive();

    for (index, node) in ["a", "b"].into_iter().enumerate() {
        let life = home.status(node).unwrap()["node"]["life"].clone();
        daemons[index].signal(Signal::KILL);
        daemons[index].0.wait().unwrap();
        daemons[index] = home.start(node);
        wait_for(&format!("{node} lives again"), SOON, || {
            (home.status(node)?["node"]["life"] != life).then_some(())
        });
        home.wait_until_signals_arrive();
    }

    for daemon in &mut daemons {
        daemon.signal(Signal::TERM);
    }
    for daemon in &mut daemons {
        assert_eq!(daemon.0.wait().unwrap().code(), Some(0));
    }
}
