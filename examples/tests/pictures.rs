//! Every example draws its charts in every format.

use std::process::Command;

use farc::hsm::chart::Format;

/// What a picture in this format begins with.
fn beginning(format: Format) -> &'static str {
    match format {
        Format::Mermaid => "---\ntitle: ",
        Format::Dot => "digraph ",
        Format::PlantUml => "@startuml\n",
        Format::Scxml => "<?xml ",
        Format::Svg => "<svg ",
    }
}

fn draws_all_formats(program: &str, graph: &[&str]) {
    for format in Format::ALL {
        let output = Command::new(program)
            .args(graph)
            .arg(format.name())
            .output()
            .expect("the example runs");
        let picture = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{graph:?} as {format}");
        assert!(
            picture.starts_with(beginning(format)),
            "{graph:?} as {format}: {picture}"
        );
    }
}

#[test]
fn the_lamp_has_pictures() {
    draws_all_formats(env!("CARGO_BIN_EXE_lamp"), &["graph", "lamp", "--format"]);
}

#[test]
fn the_thermostat_and_its_room_have_pictures() {
    let program = env!("CARGO_BIN_EXE_thermostat");
    for kind in ["thermostat", "room"] {
        draws_all_formats(program, &["graph", kind, "--format"]);
    }
}

#[test]
fn the_chart_of_the_book_has_pictures() {
    draws_all_formats(env!("CARGO_BIN_EXE_qhsmtst"), &["--graph"]);
    draws_all_formats(env!("CARGO_BIN_EXE_hsm_test"), &["--graph"]);
}

#[test]
fn the_programs_of_python_farc_have_pictures() {
    for (program, kinds) in [
        (env!("CARGO_BIN_EXE_countdown"), &["countdown"][..]),
        (env!("CARGO_BIN_EXE_dpp"), &["table", "philosopher"]),
        (env!("CARGO_BIN_EXE_iterate"), &["iterate"]),
        (env!("CARGO_BIN_EXE_on_off_switch"), &["switch", "finger"]),
        (env!("CARGO_BIN_EXE_oneonethousand"), &["mississippi"]),
        (env!("CARGO_BIN_EXE_stoplight"), &["stoplight"]),
        (env!("CARGO_BIN_EXE_threefive"), &["three", "five"]),
        (env!("CARGO_BIN_EXE_udp_server"), &["udp_relay"]),
    ] {
        for kind in kinds {
            draws_all_formats(program, &["graph", kind, "--format"]);
        }
    }
}
