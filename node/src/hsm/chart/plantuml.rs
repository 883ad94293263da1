//! A chart for PlantUML.
//!
//! States are declared before anything refers to them, and transitions are written at the top level, so that no name is taken for a new
//! state of whatever scope it is first seen in. Regions are composites that say so: PlantUML's own (`--`, `||`) refuse transitions that
//! lead out of one.

use std::fmt::Write as _;

use super::outline::{Depth, End, Outline};
use crate::hsm::TransitionKind;

const HEAD: &str = "hide empty description\nskinparam defaultTextAlignment left\n";
const ACTIVE: &str = " #FFE8A3";

pub(super) fn write(outline: &Outline<'_>) -> String {
    let mut text = format!("@startuml\n{HEAD}title {}\n", escaped(outline.chart.name));
    // Writing to a string cannot fail.
    let _ = states(&mut text, outline, None, 0);
    for arrow in &outline.arrows {
        let source = id(outline, arrow.source);
        let end = match arrow.end {
            End::State(target) => id(outline, target),
            End::History(composite, depth) => history(outline, composite, depth),
            End::Final => "[*]".to_owned(),
        };
        let line = match arrow.kind == TransitionKind::Reenter {
            true => "-[bold]->",
            false => "-->",
        };
        let _ = writeln!(text, "{source} {line} {end} : {}", escaped(&arrow.label));
    }
    text.push_str("@enduml\n");
    text
}

fn states(
    text: &mut String,
    outline: &Outline<'_>,
    of: Option<usize>,
    level: usize,
) -> std::fmt::Result {
    let pad = "  ".repeat(level);
    for state in outline.children(of) {
        let (title, id) = (title(outline, *state), id(outline, *state));
        let active = if outline.active[*state] { ACTIVE } else { "" };
        if outline.is_composite(*state) {
            writeln!(text, "{pad}state \"{title}\" as {id}{active} {{")?;
            states(text, outline, Some(*state), level + 1)?;
            histories(text, outline, *state, level + 1)?;
            writeln!(text, "{pad}}}")?;
        } else {
            writeln!(text, "{pad}state \"{title}\" as {id}{active}")?;
        }
        for line in outline.texts(*state) {
            writeln!(text, "{pad}{id} : {}", escaped(&line))?;
        }
    }
    initial(text, outline, of, &pad)
}

fn title(outline: &Outline<'_>, state: usize) -> String {
    let name = escaped(outline.state(state).name);
    match outline.is_region(state) {
        true => format!("{name} (region)"),
        false => name,
    }
}

fn initial(
    text: &mut String,
    outline: &Outline<'_>,
    of: Option<usize>,
    pad: &str,
) -> std::fmt::Result {
    let Some(target) = outline.initial(of) else {
        return Ok(());
    };
    let target = id(outline, target);
    match outline.initial_label(of) {
        "" => writeln!(text, "{pad}[*] --> {target}"),
        label => writeln!(text, "{pad}[*] --> {target} : {}", escaped(label)),
    }
}

/// The histories of a composite, and where they lead at first.
fn histories(
    text: &mut String,
    outline: &Outline<'_>,
    composite: usize,
    level: usize,
) -> std::fmt::Result {
    let pad = "  ".repeat(level);
    for depth in outline.histories(composite) {
        let id = history(outline, composite, depth);
        // `[H*]` is not known to versions that are in wide use; the stereotype draws the same, and there it is a box with this title.
        let (mark, stereotype) = match depth {
            Depth::Shallow => ("H", "<<history>>"),
            Depth::Deep => ("H<U+002A>", "<<history*>>"),
        };
        writeln!(text, "{pad}state \"{mark}\" as {id} {stereotype}")?;
        if let Some(default) = outline.history_default(composite) {
            writeln!(text, "{pad}{id} --> {}", self::id(outline, default))?;
        }
    }
    Ok(())
}

fn history(outline: &Outline<'_>, composite: usize, depth: Depth) -> String {
    format!("{}_{}", depth.id(), id(outline, composite))
}

/// No name that stands alone, because some are keywords.
fn id(outline: &Outline<'_>, state: usize) -> String {
    super::outline::id(outline.state(state).name, state)
}

/// As numbers, what PlantUML or its markup (Creole) takes for more than text; some characters only when they are doubled.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut last = None;
    while let Some(c) = rest.next() {
        let doubled = last == Some(c) || rest.peek() == Some(&c);
        let plain = match c {
            ' ' | '.' | ',' | '(' | ')' | '[' | ']' | '+' | '=' | '|' => true,
            '/' | '_' | '-' | '!' | ':' => !doubled,
            _ => c.is_alphanumeric(),
        };
        if plain {
            escaped.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "<U+{:04X}>", u32::from(c));
        }
        last = Some(c);
    }
    escaped
}
