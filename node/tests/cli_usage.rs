//! The command line as a person or a script meets it: help, exit codes, `config` and `certs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Output};

use expect_test::expect;

fn farc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_farc-node"))
        .args(arguments)
        .env_remove("FARC_ADMIN")
        .env_remove("FARC_LOG")
        .env("XDG_RUNTIME_DIR", "/nonexistent")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn certs(out: &Path, more: &[&str]) -> Output {
    let out = out.display().to_string();
    let mut arguments = vec![
        "certs",
        "dev",
        "--out",
        &out,
        "--nodes",
        "a,b",
        "--cluster",
        "home",
    ];
    arguments.extend(more);
    farc(&arguments)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_demo_says_what_it_does() {
    let about = "Start a cluster here, disturb it, and judge how it took it";
    assert!(stdout(&farc(&["demo", "--help"])).starts_with(about));
    assert!(stdout(&farc(&["--help"])).contains(about));
}

#[test]
fn a_journal_that_cannot_be_written_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_farc-node"))
        .arg("--version")
        .env("FARC_JOURNAL", "/nonexistent/journal")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("/nonexistent/journal of FARC_JOURNAL"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let output = farc(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    for word in [
        "run",
        "config",
        "certs",
        "status",
        "health",
        "dead-letters",
        "link",
        "Exit codes:",
        "78",
    ] {
        assert!(text.contains(word), "no `{word}` in:\n{text}");
    }
}

#[test]
fn the_version_is_that_of_farc() {
    let output = farc(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stdout(&output),
        format!("farc-node (farc {})\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_wrong_command_line_exits_2_and_says_what_was_meant() {
    let output = farc(&["stauts"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("status"), "{}", stderr(&output));
    assert_eq!(farc(&[]).status.code(), Some(2));
    assert_eq!(farc(&["run", "--confg", "x"]).status.code(), Some(2));
}

#[test]
fn a_bad_config_exits_3_before_anything_happens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    fs::write(&file, "[node]\nname = \"a\"\nport = 1\n").unwrap();
    let file = file.display().to_string();
    let checked = farc(&["config", "check", &file]);
    let run = farc(&["run", "--config", &file]);
    assert_eq!(checked.status.code(), Some(3));
    assert_eq!(run.status.code(), Some(3));
    assert_eq!(stderr(&checked), stderr(&run));
    assert!(
        stderr(&checked).contains("node.toml:3:1"),
        "{}",
        stderr(&checked)
    );
}

#[test]
fn a_good_config_exits_0_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    fs::write(&file, stdout(&farc(&["config", "init"]))).unwrap();
    let output = farc(&["config", "check", &file.display().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output).replace(&folder.path().display().to_string(), "DIR");
    expect![[r#"
        DIR/node.toml: node node-a is well configured: 0 actors, 0 peers
    "#]]
    .assert_eq(&said);
}

#[test]
fn keys_are_closed_to_others_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("certs");
    let output = certs(&out, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for name in ["ca.key", "a.key", "b.key"] {
        assert_eq!(mode(&out.join(name)), 0o600, "{name}");
    }
    for name in ["ca.pem", "a.pem", "b.pem"] {
        assert_eq!(mode(&out.join(name)) & 0o022, 0, "{name}");
    }
    assert_eq!(
        fs::read_dir(&out).unwrap().count(),
        6,
        "nothing else is left behind"
    );
}

#[test]
fn nothing_is_overwritten_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    assert_eq!(certs(out, &[]).status.code(), Some(0));
    let inode = || fs::metadata(out.join("a.key")).unwrap().ino();
    let first = inode();

    let again = certs(out, &[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        stderr(&again).contains("--if-missing"),
        "{}",
        stderr(&again)
    );
    assert_eq!(inode(), first);

    assert_eq!(certs(out, &["--if-missing"]).status.code(), Some(0));
    assert_eq!(inode(), first);

    assert_eq!(certs(out, &["--force"]).status.code(), Some(0));
    assert_ne!(inode(), first);
}

#[test]
fn a_node_can_join_later_under_the_same_authority() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    assert_eq!(certs(folder.path(), &[]).status.code(), Some(0));
    let before = fs::read(folder.path().join("ca.pem")).unwrap();
    let more = [
        "certs",
        "dev",
        "--out",
        &out,
        "--nodes",
        "c",
        "--cluster",
        "home",
    ];
    assert_eq!(farc(&more).status.code(), Some(0));
    assert_eq!(fs::read(folder.path().join("ca.pem")).unwrap(), before);
    fs::write(
        folder.path().join("c.toml"),
        "[node]\nname = \"c\"\ncluster = \"home\"\nlisten = \"127.0.0.1:0\"\n[tls]\nca = \"ca.pem\"\ncert = \"c.pem\"\nkey = \"c.key\"\n",
    )
    .unwrap();
    let checked = farc(&[
        "config",
        "check",
        &folder.path().join("c.toml").display().to_string(),
    ]);
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
}

#[test]
fn an_authority_of_another_cluster_does_not_sign() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    assert_eq!(certs(folder.path(), &[]).status.code(), Some(0));
    let other = farc(&[
        "certs",
        "dev",
        "--out",
        &out,
        "--nodes",
        "c",
        "--cluster",
        "office",
    ]);
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("office"), "{}", stderr(&other));
}

#[test]
fn without_a_node_status_and_renewal_exit_4_and_health_1() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("none.sock").display().to_string();
    let status = farc(&["status", "--socket", &socket]);
    assert_eq!(status.status.code(), Some(4));
    assert!(
        stderr(&status).contains("no node answers"),
        "{}",
        stderr(&status)
    );
    assert_eq!(
        farc(&["health", "--socket", &socket]).status.code(),
        Some(1)
    );
    let renew = farc(&["link", "renew", "node-b", "--socket", &socket]);
    assert_eq!(renew.status.code(), Some(4), "{}", stderr(&renew));
}
