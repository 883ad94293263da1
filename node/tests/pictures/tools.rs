//! The programs that read the formats. They may be missing, unless `FARC_REQUIRE_TOOLS` is set.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a program said of a text: its stdout, its stderr, and whether it was content.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) content: bool,
}

/// Gives the text to a program; `None` when there is no such program and none is required.
pub(crate) fn ask(program: &str, arguments: &[&str], text: &str) -> Option<Said> {
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut process = match started {
        Ok(process) => process,
        Err(error) => {
            let required = std::env::var_os("FARC_REQUIRE_TOOLS").is_some();
            assert!(!required, "`{program}` is required: {error}");
            eprintln!("skipped: there is no `{program}` here");
            return None;
        }
    };
    let mut input = process.stdin.take().unwrap();
    let text = text.to_owned();
    // A program that ends early closes its end, which is for it to explain.
    let writer = std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap();
    Some(Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        content: output.status.success(),
    })
}
