//! House rules as a test: who may import whom, what stands alone in which module, and what must not be in the tree.
//!
//! The picture in ARCHITECTURE.md is this table; a new arrow changes both in one commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module of the crate `farc` and the modules of `farc` (or `farc_protocol`) that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("signal", &["farc_protocol"]),
    ("hsm", &[]),
    ("sys", &["signal", "farc_protocol"]),
    ("observe", &["signal", "hsm", "farc_protocol"]),
    ("kernel", &["signal", "hsm", "observe", "clock"]),
    (
        "bus",
        &["signal", "kernel", "observe", "sys", "farc_protocol"],
    ),
    (
        "actor",
        &[
            "signal",
            "hsm",
            "kernel",
            "bus",
            "observe",
            "sys",
            "clock",
            "farc_protocol",
        ],
    ),
    ("trace", &["signal", "hsm", "observe"]),
    (
        "testing",
        &[
            "signal",
            "hsm",
            "kernel",
            "bus",
            "actor",
            "link",
            "observe",
            "trace",
            "clock",
            "farc_protocol",
        ],
    ),
    (
        "link",
        &["bus", "signal", "observe", "clock", "farc_protocol"],
    ),
    ("certs", &["farc_protocol"]),
    (
        "config",
        &["actor", "hsm", "signal", "link", "certs", "farc_protocol"],
    ),
    ("daemon", &["*"]),
    ("admin", &["daemon", "farc_protocol"]),
];

/// A crate or path, and the only places below `node/src` that may name it.
const ALONE: &[(&str, &[&str])] = &[
    ("quinn::", &["link"]),
    ("quinn_proto::", &["link"]),
    ("rustls::", &["link"]),
    ("dagre::", &["hsm"]),
    ("dashmap::", &["bus"]),
    ("arc_swap::", &["bus"]),
    ("toml::", &["config"]),
    ("annotate_snippets::", &["config"]),
    ("axum::", &["admin"]),
    ("hyper::", &["admin"]),
    ("clap::", &["daemon", "bin"]),
    ("rcgen::", &["certs"]),
    ("vcd::", &["trace"]),
    ("uuid::", &["signal"]),
    ("jiff::", &["signal"]),
    ("smallvec::", &["signal"]),
    ("indexmap::", &["signal"]),
    ("std::thread", &["kernel"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests live in the workspace")
        .to_path_buf()
}

fn sources(below: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).expect("a folder of the workspace can be read") {
        let path = entry.expect("a folder entry can be read").path();
        if path.is_dir() {
            if path
                .file_name()
                .is_some_and(|name| name != "target" && name != ".git")
            {
                sources(&path, into);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// The lines of a file that are code: no comments, and nothing of a test module of its own.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).expect("a source file is text");
    text.lines()
        .enumerate()
        .map(|(number, line)| {
            (
                number + 1,
                line.split("//").next().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

/// `kernel` for `node/src/kernel/timers.rs` and `node/src/kernel.rs`; `None` for `lib.rs` and `prelude.rs`.
fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("node/src")).ok()?;
    let first = inside
        .components()
        .next()?
        .as_os_str()
        .to_str()?
        .trim_end_matches(".rs")
        .to_owned();
    (first != "lib" && first != "prelude").then_some(first)
}

fn is_test(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

fn library_sources() -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    sources(&root().join("node/src"), &mut files);
    files
        .into_iter()
        .filter(|path| !is_test(path))
        .filter_map(|path| Some((module_of(&path)?, path)))
        .collect()
}

/// The identifiers that follow `prefix` in `line`.
fn named_after<'l>(line: &'l str, prefix: &str) -> Vec<&'l str> {
    line.match_indices(prefix)
        .map(|(at, _)| {
            let rest = &line[at + prefix.len()..];
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

#[test]
fn modules_import_only_what_the_picture_allows() {
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, path) in library_sources() {
        if module == "bin" {
            continue;
        }
        let Some(may) = allowed.get(module.as_str()) else {
            wrong.push(format!(
                "{}: module `{module}` is not in the picture",
                path.display()
            ));
            continue;
        };
        for (number, line) in code(&path) {
            for name in named_after(&line, "crate::") {
                let known = allowed.contains_key(name);
                if known && name != module && !may.contains(&name) && !may.contains(&"*") {
                    wrong.push(format!(
                        "{}:{number}: `{module}` names `{name}`",
                        path.display()
                    ));
                }
            }
            if line.contains("farc_protocol::")
                && !may.contains(&"farc_protocol")
                && !may.contains(&"*")
            {
                wrong.push(format!(
                    "{}:{number}: `{module}` names the protocol",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_outside_crate_is_named_where_the_picture_says() {
    let mut wrong = Vec::new();
    for (module, path) in library_sources() {
        for (number, line) in code(&path) {
            for (name, places) in ALONE {
                let at = line.find(name).filter(|at| {
                    !line[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                });
                if at.is_some() && !places.contains(&module.as_str()) {
                    wrong.push(format!(
                        "{}:{number}: `{module}` names `{name}`",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_binary_uses_the_public_api_only() {
    let mut wrong = Vec::new();
    for (module, path) in library_sources() {
        if module == "bin" {
            for (number, line) in code(&path) {
                if line.contains("farc::__private") || line.contains("farc_protocol") {
                    wrong.push(format!("{}:{number}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_source_file_opens_with_why_it_exists() {
    let mut files = Vec::new();
    for place in [
        "protocol/src",
        "node/src",
        "node/macros/src",
        "examples/src",
        "integration-tests",
        "benchmarks",
    ] {
        sources(&root().join(place), &mut files);
    }
    let silent: Vec<_> = files
        .iter()
        .filter(|path| {
            !fs::read_to_string(path)
                .expect("a source file is text")
                .trim_start()
                .starts_with("//!")
        })
        .map(|path| path.display().to_string())
        .collect();
    assert!(
        silent.is_empty(),
        "no `//!` at the top of:\n{}",
        silent.join("\n")
    );
}

#[test]
fn nothing_is_ignored_left_for_later_or_slept_over() {
    let mut files = Vec::new();
    sources(&root(), &mut files);
    let banned = ["#[ignore", "thread::sleep", "FIXME", "XXX"];
    let mut wrong = Vec::new();
    for path in files.iter().filter(|path| !path.ends_with("tidy.rs")) {
        for (number, line) in code(path) {
            if banned.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stands_only_where_it_is_expected_and_says_why() {
    let mut files = Vec::new();
    for place in ["protocol/src", "node/src", "integration-tests/src"] {
        sources(&root().join(place), &mut files);
    }
    let mut wrong = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("a source file is text");
        let uses = code(&path)
            .iter()
            .any(|(_, line)| line.contains("unsafe {") || line.contains("unsafe impl"));
        if uses && !text.contains("SAFETY") && !text.contains("# Safety") {
            wrong.push(path.display().to_string());
        }
    }
    assert!(
        wrong.is_empty(),
        "unsafe without a SAFETY comment in:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_dependency_needs_a_newer_compiler_than_the_workspace_states() {
    // For this platform alone: what others need has not been downloaded.
    let rustc = Command::new("rustc").arg("-vV").output();
    let version = String::from_utf8(rustc.expect("rustc runs").stdout).expect("rustc prints text");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", host])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let stated = |package: &serde_json::Value| -> Option<(u32, u32)> {
        let text = package["rust_version"].as_str()?;
        let mut parts = text
            .split('.')
            .map(|part| part.parse().expect("a version is numbers"));
        Some((parts.next()?, parts.next().unwrap_or(0)))
    };
    let ours = packages
        .iter()
        .find(|package| package["name"] == "farc")
        .and_then(stated)
        .expect("farc states rust-version");
    let newer: Vec<_> = packages
        .iter()
        .filter(|package| stated(package) > Some(ours))
        .map(|package| {
            format!(
                "{} {} needs {}",
                package["name"], package["version"], package["rust_version"]
            )
        })
        .collect();
    assert!(
        newer.is_empty(),
        "rust-version is {ours:?}, but\n{}",
        newer.join("\n")
    );
}

#[test]
fn each_shared_dependency_has_one_version_in_the_workspace() {
    let mut members = Vec::new();
    for place in [
        "protocol",
        "node",
        "node/macros",
        "examples",
        "integration-tests",
    ] {
        members.push(root().join(place).join("Cargo.toml"));
    }
    for path in members {
        let text = fs::read_to_string(&path).expect("a manifest is text");
        let manifest: toml::Table = text.parse().expect("a manifest is TOML");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in manifest
                .get(section)
                .and_then(toml::Value::as_table)
                .into_iter()
                .flatten()
            {
                let inherited = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(
                    inherited,
                    "{}: `{name}` must come from [workspace.dependencies]",
                    path.display()
                );
            }
        }
    }
}

/// The lines of the fenced blocks of a Markdown text that are in `language`.
fn fenced(text: &str, language: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            inside = !inside && fence == language;
        } else if inside {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[test]
fn every_command_that_the_readme_shows_is_run_by_the_one_check() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let check = fs::read_to_string(root().join(".ci/run")).expect("there is a check");
    let commands: Vec<_> = fenced(&readme, "sh")
        .into_iter()
        .map(|line| {
            line.split(" # ")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect();
    assert!(commands.len() > 5, "the README shows how to run farc");
    let missing: Vec<_> = commands
        .iter()
        .filter(|command| !check.contains(command.as_str()))
        .collect();
    assert!(missing.is_empty(), ".ci/run does not run: {missing:#?}");
}

#[test]
fn the_first_actor_of_the_readme_is_the_example_that_tests_run() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let example =
        fs::read_to_string(root().join("examples/src/bin/lamp.rs")).expect("there is the example");
    let code = example
        .lines()
        .skip_while(|line| line.starts_with("//!") || line.is_empty())
        .collect::<Vec<_>>();
    assert_eq!(fenced(&readme, "rust"), code);
}
