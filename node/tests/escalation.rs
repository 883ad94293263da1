//! D2 in a process: a node leaves with exit code 70 when an actor fails without which it is of no use.
//!
//! The test runs itself once more as the daemon.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use farc::Daemon;
use farc::prelude::*;

/// Where the child finds its config.
const CONFIG: &str = "FARC_TEST_ESCALATION";

#[derive(Event)]
enum Input {
    #[event(local)]
    Break,
}

struct Vital;

#[hsm(event = Input, initial = whole)]
impl Vital {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        assert!(cx.after(Duration::from_millis(1), Input::Break).is_ok());
    }

    #[state]
    fn whole(&mut self, event: &Input) -> Next<Self> {
        match event {
            Input::Break => panic!("the pump is gone"),
        }
    }
}

impl Actor for Vital {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn d02_an_escalation_ends_the_node_in_order_with_exit_code_70() {
    if let Some(config) = std::env::var_os(CONFIG) {
        let words = ["node".into(), "run".into(), "--config".into(), config];
        let code: ExitCode = Daemon::new().actor::<Vital>("vital").main_with(words);
        std::process::exit(number(code).into());
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("node.toml");
    let text = "[admin]\nsocket = \"node.sock\"\n[log]\nformat = \"json\"\n[node]\nname = \"plant\"\n\
                [[actor]]\nname = \"pump\"\ntype = \"vital\"\nrestart = \"escalate\"\n";
    std::fs::write(&config, text).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("d02_an_escalation_ends_the_node_in_order_with_exit_code_70")
        .env(CONFIG, &config)
        .env_remove("FARC_LOG")
        .env_remove("RUST_BACKTRACE")
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(70), "{said}");
    assert!(
        said.contains("actor `pump` failed, and its policy is to escalate: the pump is gone"),
        "{said}"
    );
    let lines = said
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let lines: Vec<_> = lines.collect();
    // In order: it says that it leaves, and that it has left.
    let told = |message: &str| lines.iter().find(|line| line["message"] == message);
    assert!(told("leaving").is_some(), "{said}");
    assert_eq!(told("left").unwrap()["stopped"], true);
    // One line of the failure, with what the actor was doing and where, instead of the standard message.
    let failure = told("an actor failed and stays stopped").unwrap();
    let doing = [&failure["actor"], &failure["state"], &failure["event"]];
    assert_eq!(doing, ["pump", "whole", "Break"]);
    let panic = failure["panic"].as_str().unwrap();
    assert!(panic.starts_with("the pump is gone (at "), "{panic}");
    assert!(panic.contains("escalation.rs:"), "{panic}");
    assert!(!said.contains("thread 'farc-plant'"), "{said}");
    assert!(!folder.path().join("node.sock").exists());
}

/// The number in an exit code, which it tells to nobody but the process.
fn number(code: ExitCode) -> u8 {
    let is_it = |number: &u8| format!("{:?}", ExitCode::from(*number)) == format!("{code:?}");
    (0..=255).find(is_it).unwrap()
}
