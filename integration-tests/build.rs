//! Writes the random charts that `tests/random_charts` compiles and runs: `FARC_CHARTS` of them, or 64.

#[path = "tests/random_charts/description.rs"]
#[allow(dead_code, reason = "the test asks more of a chart")]
mod description;
#[path = "tests/random_charts/generate.rs"]
mod generate;
#[path = "src/sim/rng.rs"]
#[allow(
    dead_code,
    reason = "the simulation's generator, of which charts need a part"
)]
mod rng;
#[path = "tests/random_charts/write.rs"]
mod write;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Enough to have each kind of state beside each other kind, and built in well under a minute.
const CHARTS: u64 = 64;

fn main() {
    println!("cargo::rerun-if-env-changed=FARC_CHARTS");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/sim/rng.rs");
    for file in ["description", "generate", "write"] {
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
            "    ({seed}, drive::machine::<{}>),",
            write::type_name(&chart)
        );
    }
    let _ = write!(
        text,
        "pub(crate) const CHARTS: &[(u64, Drive)] = &[\n{table}];\n"
    );
    let out = env::var("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join("random_charts.rs"), text)
        .expect("the build script can write where cargo says");
}
