//! `farc-node graph`: the charts of the binary's own actors, and of a running one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use expect_test::{expect, expect_file};
use farc::hsm::chart::Format;

use crate::tools::ask;

fn farc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_farc-node"))
        .args(arguments)
        .env_remove("FARC_ADMIN")
        .env_remove("FARC_LOG")
        .env("XDG_RUNTIME_DIR", "/nonexistent")
        .output()
        .unwrap()
}

fn graph(arguments: &[&str]) -> String {
    let output = farc(&[&["graph"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    said(&output.stdout)
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_actor_of_the_demo_has_pictures_in_all_formats() {
    for kind in ["philosopher", "table", "ticker"] {
        for format in Format::ALL {
            let picture = graph(&[kind, "--format", format.name()]);
            let (program, arguments): (_, &[&str]) = match format {
                Format::Mermaid => {
                    assert!(picture.contains("\nstateDiagram-v2\n"), "{picture}");
                    continue;
                }
                Format::Dot => ("dot", &["-Tplain"]),
                Format::PlantUml => ("plantuml", &["-syntax"]),
                Format::Scxml | Format::Svg => ("xmllint", &["--noout", "-"]),
            };
            if let Some(answer) = ask(program, arguments, &picture) {
                assert!(answer.content, "{kind} as {format}: {}", answer.err);
            }
        }
    }
}

#[test]
fn the_table_in_the_documentation_is_that_of_the_demo() {
    let svg = graph(&["table", "--format", "svg"]);
    expect_file!["../../../docs/pictures/table.svg"].assert_eq(&svg);
}

#[test]
fn the_ending_of_the_file_says_the_format() {
    let folder = tempfile::tempdir().unwrap();
    for (ending, format) in [
        ("svg", "svg"),
        ("gv", "dot"),
        ("puml", "plantuml"),
        ("txt", "mermaid"),
    ] {
        let file = folder.path().join(format!("table.{ending}"));
        assert_eq!(graph(&["table", "--out", file.to_str().unwrap()]), "");
        let written = fs::read_to_string(&file).unwrap();
        assert_eq!(written, graph(&["table", "--format", format]), "{ending}");
    }
}

#[test]
fn a_type_that_is_unknown_is_answered_with_those_that_are_not() {
    let output = farc(&["graph", "tabel"]);
    assert_eq!(output.status.code(), Some(2));
    expect![[r#"
        error: no actor type `tabel`: expected `philosopher`, `table` or `ticker`; did you mean `table`?
    "#]]
    .assert_eq(&said(&output.stderr));
}

#[test]
fn a_format_that_is_unknown_is_answered_with_those_that_are_not() {
    let output = farc(&["graph", "table", "--format", "png"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = said(&output.stderr);
    assert!(
        stderr.contains("there are mermaid, dot, plantuml, scxml and svg"),
        "{stderr}"
    );
}

#[test]
fn without_a_node_there_is_nothing_live() {
    let output = farc(&[
        "graph",
        "table",
        "--live",
        "table",
        "--socket",
        "/nonexistent/s",
    ]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output.stderr));
}

/// A node with one table; it ends with this value.
struct Node(Child);

impl Node {
    fn with_a_table(folder: &Path) -> Self {
        let file = folder.join("node.toml");
        let table = "[[actor]]\nname = \"hall/table\"\ntype = \"table\"\nparams = { seats = 5 }\n";
        let text = format!("[admin]\nsocket = \"s\"\n[node]\nname = \"a\"\n{table}");
        fs::write(&file, text).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_farc-node"))
            .args(["run", "--config"])
            .arg(&file)
            .env_remove("FARC_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        let mut lines = log.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("\"message\":\"ready\"")));
        // The rest of the log is read, so that the node never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self(process)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_active_states_of_a_running_actor_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let _node = Node::with_a_table(folder.path());
    let config = folder.path().join("node.toml");
    let of = |kind: &str, actor: &str| {
        farc(&[
            "graph",
            kind,
            "--live",
            actor,
            "--config",
            config.to_str().unwrap(),
        ])
    };

    let output = of("table", "hall/table");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    let marked: Vec<_> = said(&output.stdout)
        .lines()
        .filter(|line| line.ends_with(" active"))
        .map(|line| line.trim().to_owned())
        .collect();
    // Until its lease is over it is opening, and serves from then on.
    assert!(
        marked == ["class s_opening active"] || marked == ["class s_serving active"],
        "{marked:?}"
    );

    let output = of("philosopher", "hall/table");
    assert_eq!(output.status.code(), Some(1));
    expect![[r#"
        error: actor `hall/table` is of type `table`, not `philosopher`
    "#]]
    .assert_eq(&said(&output.stderr));

    let output = of("table", "hall/tabel");
    assert_eq!(output.status.code(), Some(1));
    expect![[r#"
        error: the node has no actor `hall/tabel`; did you mean `hall/table`?
    "#]]
    .assert_eq(&said(&output.stderr));
}
