//! `actors`, `spawn`, `stop` and `restart` against a running daemon.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use expect_test::expect;

struct Daemon {
    process: Child,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Daemon {
    /// A local node with a ticker, when it is ready.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node.toml");
        let actor = "[[actor]]\nname = \"first\"\ntype = \"ticker\"\nparams.per_second = 1\n";
        let text = format!("[admin]\nsocket = \"s\"\n[node]\nname = \"lonely\"\n{actor}");
        std::fs::write(&file, text).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_farc-node"))
            .args(["run", "--config"])
            .arg(&file)
            .env_remove("FARC_LOG")
            .env_remove("FARC_ADMIN")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let ready = log.any(|line| line.unwrap().contains("\"message\":\"ready\""));
        assert!(ready, "the log ended");
        // Nobody reads on: the pipe must not fill, and it holds far more than this test says.
        std::mem::forget(log);
        Self {
            process,
            socket: folder.path().join("s"),
            _folder: folder,
        }
    }

    /// Exit code, and what was said.
    fn ask(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_farc-node"))
            .args(arguments)
            .arg("--socket")
            .arg(&self.socket)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        (output.status.code().unwrap(), said.trim_end().to_owned())
    }

    fn says(&self, arguments: &[&str], code: i32, expected: expect_test::Expect) {
        let (found, said) = self.ask(arguments);
        expected.assert_eq(&said);
        assert_eq!(found, code, "{said}");
    }

    fn actors(&self) -> serde_json::Value {
        serde_json::from_str(&self.ask(&["actors", "--json"]).1).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn actors_are_spawned_listed_restarted_and_stopped() {
    let daemon = Daemon::start();
    let spawn = ["spawn", "ticker", "hall/2", "--param", "per_second=1"];
    let options = [
        "--priority",
        "7",
        "--mailbox",
        "9",
        "--overflow",
        "drop_oldest",
        "--restart",
        "stop",
    ];
    daemon.says(
        &[&spawn[..], &options[..]].concat(),
        0,
        expect!["actor hall/2 is there"],
    );
    daemon.says(
        &["actors", "hall"],
        0,
        expect![[r#"
            actor   type    domain  state    mailbox  restarts
            hall/2  ticker  main    ticking  0/9      0"#]],
    );
    let actors = daemon.actors();
    assert_eq!(actors[1]["name"], "hall/2");
    assert_eq!(actors[1]["priority"], 7);
    daemon.says(
        &["restart", "hall/2"],
        0,
        expect!["actor hall/2 was constructed anew"],
    );
    assert_eq!(daemon.actors()[1]["restarts"], 1);
    daemon.says(&["stop", "hall/2"], 0, expect!["actor hall/2 has stopped"]);
    assert_eq!(daemon.actors().as_array().unwrap().len(), 1);
    // Nothing had waited for it.
    daemon.says(&["dead-letters"], 0, expect!["no dead letters"]);
    let letters = daemon.ask(&["dead-letters", "--json"]).1;
    let letters: serde_json::Value = serde_json::from_str(&letters).unwrap();
    assert_eq!(letters["letters"].as_array().unwrap().len(), 0);
    // Its name is free.
    assert_eq!(daemon.ask(&spawn).0, 0);
}

#[test]
fn what_cannot_be_done_is_said_and_has_its_exit_code() {
    let daemon = Daemon::start();
    daemon.says(&["spawn", "tickr", "a"], 2, expect!["error: no actor type `tickr`: expected `philosopher`, `table` or `ticker`; did you mean `ticker`?"]);
    daemon.says(
        &["spawn", "ticker", "first", "--params", "per_second = 1"],
        1,
        expect!["error: there is an actor `first` already"],
    );
    daemon.says(
        &["spawn", "ticker", "a", "--param", "per_secnd=1"],
        2,
        expect!["error: cannot construct actor `a` of type `ticker`: its params do not fit: unknown parameter `per_secnd`; `per_second` is missing"],
    );
    daemon.says(
        &["spawn", "ticker", "a", "--restart", "never"],
        2,
        expect![[r#"
            error: invalid value 'never' for '--restart <POLICY>': expected restart, stop or escalate

            For more information, try '--help'."#]],
    );
    daemon.says(
        &["spawn", "ticker", "a", "--param", "rate"],
        2,
        expect!["error: `rate` is not key=value"],
    );
    daemon.says(
        &[
            "spawn",
            "ticker",
            "a",
            "--param",
            "per_second=1",
            "--mailbox",
            "1",
        ],
        2,
        expect!["error: actor `a`: a mailbox of 1 is not within 2 to 1048576"],
    );
    daemon.says(
        &["stop", "frist"],
        1,
        expect!["error: the node has no actor `frist`; did you mean `first`?"],
    );
    daemon.says(
        &["restart", "second"],
        1,
        expect!["error: the node has no actor `second`"],
    );
    assert_eq!(daemon.ask(&["stop", "a b"]).0, 2);
    assert_eq!(daemon.actors().as_array().unwrap().len(), 1);
    let nowhere = daemon.socket.with_extension("gone");
    let output = Command::new(env!("CARGO_BIN_EXE_farc-node"))
        .args(["actors", "--socket"])
        .arg(nowhere)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
}
