//! `graph`: the chart of an actor type as a picture, with the active states of a running actor if one is named.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::cli::GraphArgs;
use super::commands::{self, fail, say, unanswered};
use super::exit::Exit;
use super::status::ActorStatus;
use crate::config::{ActorTypes, nearest};
use crate::hsm::chart::{Chart, Format};

/// `graph TYPE`.
pub(super) fn graph(types: &ActorTypes, arguments: &GraphArgs) -> Exit {
    let Some(chart) = types.chart(&arguments.kind) else {
        fail(&super::actors::unknown_type(types, &arguments.kind));
        return Exit::Usage;
    };
    let active = match &arguments.live {
        Some(actor) => match live(arguments, actor, &chart) {
            Ok(active) => active,
            Err(exit) => return exit,
        },
        None => Vec::new(),
    };
    let picture = chart.with_active(&active).export(format(arguments));
    let Some(file) = &arguments.out else {
        say(picture.trim_end());
        return Exit::Ok;
    };
    match fs::write(file, picture) {
        Ok(()) => Exit::Ok,
        Err(error) => fail(&format!("cannot write {}: {error}", file.display())),
    }
}

/// What was asked for; else what the ending of the file means; else what a terminal can show and a forge can draw.
fn format(arguments: &GraphArgs) -> Format {
    let ending = arguments.out.as_deref().and_then(Path::extension);
    let meant = match ending.and_then(OsStr::to_str) {
        Some("svg") => Format::Svg,
        Some("dot" | "gv") => Format::Dot,
        Some("puml" | "plantuml") => Format::PlantUml,
        Some("scxml") => Format::Scxml,
        _ => Format::Mermaid,
    };
    arguments.format.unwrap_or(meant)
}

/// The active states of an actor of the running node.
fn live(arguments: &GraphArgs, name: &str, chart: &Chart) -> Result<Vec<usize>, Exit> {
    let status = commands::ask_status(&arguments.target).map_err(|error| unanswered(&error))?;
    let actor = actor(&status.actors, name).map_err(|error| fail(&error))?;
    if actor.kind != arguments.kind && actor.kind != chart.name {
        let (kind, asked) = (&actor.kind, &arguments.kind);
        return Err(fail(&format!(
            "actor `{name}` is of type `{kind}`, not `{asked}`"
        )));
    }
    active(&actor.state, chart).map_err(|error| fail(&error))
}

fn actor<'a>(actors: &'a [ActorStatus], name: &str) -> Result<&'a ActorStatus, String> {
    let names = || actors.iter().map(|actor| actor.name.as_str());
    if let Some(actor) = actors.iter().find(|actor| actor.name == name) {
        return Ok(actor);
    }
    let hint = match nearest(name, names()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if actors.is_empty() => "; it has none".to_owned(),
        None => format!("; it has {}", shortened(names())),
    };
    Err(format!("the node has no actor `{name}`{hint}"))
}

/// Some of the names: a node may have 100,000 actors.
fn shortened<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const SHOWN: usize = 10;
    let mut names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// The states that a status names, whatever stands between them. The node may run another version of the chart.
fn active(state: &str, chart: &Chart) -> Result<Vec<usize>, String> {
    let words = state.split(|c: char| !c.is_alphanumeric() && c != '_');
    let place = |word: &str| {
        let mut states = chart.states.iter();
        let found = states.position(|state| state.name == word);
        found.ok_or_else(|| {
            format!("the actor is in `{word}`, which this binary's chart does not have")
        })
    };
    words.filter(|word| !word.is_empty()).map(place).collect()
}
