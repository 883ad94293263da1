//! Writes charts for tests: the random ones that `tests/random_charts` compiles and runs, `FARC_CHARTS` of them or 80, and for
//! `tests/statechart_law` two that are too regular to write by hand.

#[path = "tests/random_charts/description.rs"]
#[allow(dead_code, reason = "the test asks more of a chart")]
mod description;
#[path = "tests/random_charts/generate.rs"]
mod generate;
#[path = "tests/random_charts/rng.rs"]
mod rng;
#[path = "tests/random_charts/write.rs"]
mod write;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Enough to have each kind of state beside each other kind, and built in well under a minute.
const CHARTS: u64 = 80;

fn main() {
    println!("cargo::rerun-if-env-changed=FARC_CHARTS");
    println!("cargo::rerun-if-changed=build.rs");
    for file in ["description", "generate", "rng", "write"] {
        println!("cargo::rerun-if-changed=tests/random_charts/{file}.rs");
    }
    let count = match env::var("FARC_CHARTS") {
        Ok(count) => count.parse().expect("FARC_CHARTS is a number"),
        Err(_) => CHARTS,
    };
    let mut text = String::new();
    let mut table = String::new();
    for seed in 0..count {
        let chart = generate::chart(seed, generate::features(seed));
        text.push_str(&write::source(&chart));
        let _ = writeln!(
            table,
            "    ({seed}, {}::<{}>),",
            if chart.actor {
                "in_domain::actor"
            } else {
                "drive::machine"
            },
            write::type_name(&chart)
        );
    }
    let _ = write!(
        text,
        "pub(crate) const CHARTS: &[(u64, Drive)] = &[\n{table}];\n"
    );
    write("random_charts.rs", &text);
    write("wide_chart.rs", &wide());
    write("ladder_chart.rs", &ladder());
}

/// For `tests/statechart_law`: as many states as there may be, each leading to the next.
fn wide() -> String {
    let mut text =
        "pub(super) struct Wide;\n\n#[hsm(event = (), initial = s0, context = ())]\nimpl Wide {\n"
            .to_owned();
    for state in 0..255 {
        let next = (state + 1) % 255;
        let _ = writeln!(
            text,
            "    #[state]\n    fn s{state}(&mut self, _: &()) -> Next<Self> {{\n        To(State::S{next})\n    }}\n"
        );
    }
    text + "}\n"
}

/// For `tests/statechart_law`: ten levels, each with its initial one level further in and an answer for each target.
fn ladder() -> String {
    let mut text = "#[derive(Default)]\npub(super) struct Ladder;\n\n#[hsm(event = Go, initial = l1, context = Log)]\nimpl Ladder {\n".to_owned();
    for level in 1..=10 {
        let parent = (level > 1).then(|| format!("parent = l{}", level - 1));
        let initial = (level < 10).then(|| format!("initial = l{}", level + 1));
        let keys: Vec<_> = parent.into_iter().chain(initial).collect();
        let _ = writeln!(
            text,
            "    #[state({})]\n    fn l{level}(&mut self, event: &Go) -> Next<Self> {{\n        match event {{",
            keys.join(", ")
        );
        for (external, answer) in [(false, "To"), (true, "Reenter")] {
            for target in 1..=10 {
                let _ = writeln!(
                    text,
                    "            Go({level}, {target}, {external}) => {answer}(State::L{target}),"
                );
            }
        }
        text.push_str("            _ => Super,\n        }\n    }\n\n");
    }
    text + "}\n"
}

fn write(file: &str, text: &str) {
    let out = env::var("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join(file), text)
        .expect("the build script can write where cargo says");
}
