//! The demo as its users start it: a process that starts processes, and ends with a verdict.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails where it stands"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A demo is several processes with much traffic: one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_farc-node"));
    command.arg("demo").args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn verdict(output: &Output) -> Value {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let last = out.lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .unwrap_or_else(|error| panic!("no JSON in the last line ({error}):\n{out}\n{err}"))
}

#[test]
fn a_demo_ends_with_a_good_verdict() {
    let _alone = alone();
    let output = demo(&["--seconds", "12", "--seed", "7", "--json"])
        .output()
        .unwrap();
    let (story, verdict) = (text(&output.stdout), verdict(&output));
    assert_eq!(
        (output.status.code(), &verdict["ok"]),
        (Some(0), &Value::Bool(true)),
        "{story}"
    );
    let count = |field: &str| {
        let number = verdict[field].as_u64();
        number.unwrap_or_else(|| panic!("{field} is no number: {verdict}"))
    };
    assert_eq!((count("nodes"), count("philosophers")), (3, 5));
    for field in ["violations", "lost", "doubled", "reordered", "invented"] {
        assert_eq!(count(field), 0, "{field}");
    }
    // Each of three tickers says 1,000 events a second to the others, and for some seconds one of them is dead.
    let least = [
        ("meals", 5),
        ("offered", 24_000),
        ("dispatched", 48_000),
        ("resumed", 1),
        ("replayed", 1),
        ("deduplicated", 1),
        ("detect_ms", 1),
        ("recover_ms", 1),
        ("dropped", 0),
        ("gaps", 0),
    ];
    for (field, least) in least {
        assert!(count(field) >= least, "{field} is {}", count(field));
    }
    let scenes = [
        "3/3 links up",
        "is hungry",
        "eats",
        "renew the link",
        "events arrived twice",
        "cut the link",
        "lost  node-",
        "found node-",
        "kill -STOP",
        "kill -KILL",
    ];
    for scene in scenes {
        assert!(
            story.contains(scene),
            "the story has no {scene:?}:\n{story}"
        );
    }
    let folder = story
        .lines()
        .find_map(|line| line.split_once("all files in "));
    let folder = Path::new(folder.unwrap().1);
    assert!(!folder.exists(), "{} is left behind", folder.display());
}

#[test]
fn malformed_arguments_are_usage_errors() {
    let wrong: [(&[&str], &str); 8] = [
        (&["--nodes", "1"], "from 2 to 8"),
        (&["--nodes", "three"], "from 2 to 8"),
        (&["--nodes"], "a value is required"),
        (&["--philosophers", "1"], "2..=64"),
        (&["--seconds", "0"], "1..=600"),
        (&["--seconds", "-3"], "-3"),
        (&["--seed", "18446744073709551615"], "--seed"),
        (&["--nodees", "3"], "--nodes"),
    ];
    for (arguments, message) in wrong {
        let output = demo(arguments).output().unwrap();
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(message), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

/// A demo whose card was shown, with the pids that are on it.
fn dining() -> (Child, Vec<i32>) {
    let mut demo = demo(&["--seconds", "60"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let card = lines
        .map(Result::unwrap)
        .take_while(|line| !line.contains("links up"));
    let pid = |line: String| {
        line.split_once("pid ")?
            .1
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    };
    let pids: Vec<i32> = card.filter_map(pid).collect();
    assert_eq!(pids.len(), 3);
    (demo, pids)
}

/// Whether a process is gone, or waits for nothing but to be counted.
fn is_gone(pid: i32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return true;
    };
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

fn all_are_gone(pids: &[i32]) -> bool {
    // Far longer than it takes; nothing tells us when a grandchild ends.
    let by = Instant::now() + Duration::from_secs(20);
    while !pids.iter().all(|pid| is_gone(*pid)) && Instant::now() < by {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    pids.iter().all(|pid| is_gone(*pid))
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_demo_stops_everything() {
    let _alone = alone();
    let (mut demo, pids) = dining();
    kill_process(Pid::from_child(&demo), Signal::INT).unwrap();
    assert_eq!(demo.wait().unwrap().code(), Some(130));
    assert!(all_are_gone(&pids), "{pids:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_demo_leaves_no_node_behind() {
    let _alone = alone();
    let (mut demo, pids) = dining();
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert!(all_are_gone(&pids), "{pids:?}");
}
