//! A chart as SCXML (W3C, State Chart XML 1.0, 2015).
//!
//! The structure is that of the chart: `state`, `parallel` for a composite with regions, `initial`, `history`, `transition`. The actions are
//! Rust and stay outside: `onentry`, `onexit` and the content of initial transitions are empty. What SCXML cannot say is in attributes of
//! another namespace, which its processors skip: `farc:kind` tells what the handler answers (a transition to an enclosing state leaves
//! that state in SCXML, and not in farc; SCXML defers nothing), `farc:trigger` the pattern where it is more than names of events.

use std::fmt::{Result, Write as _};

use super::ChartTransition;
use super::outline::{Depth, Outline, one_line};
use crate::hsm::TransitionKind;

const NAMESPACES: &str =
    r#"xmlns="http://www.w3.org/2005/07/scxml" xmlns:farc="urn:farc:chart" version="1.0""#;

pub(super) fn write(outline: &Outline<'_>) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    // Writing to a string cannot fail.
    let _ = document(&mut text, outline);
    text
}

fn document(text: &mut String, outline: &Outline<'_>) -> Result {
    let name = escaped(outline.chart.name);
    let initial = name_of(outline, outline.chart.initial);
    writeln!(
        text,
        "<scxml {NAMESPACES} datamodel=\"null\" name=\"{name}\" initial=\"{initial}\">"
    )?;
    for root in &outline.roots {
        state(text, outline, *root, 1)?;
    }
    if outline.has_final() {
        writeln!(text, "  <final id=\"top.final\"/>")?;
    }
    writeln!(text, "</scxml>")
}

fn state(text: &mut String, outline: &Outline<'_>, state: usize, level: usize) -> Result {
    let pad = "  ".repeat(level);
    let info = outline.state(state);
    let element = match info.regions.is_empty() {
        true => "state",
        false => "parallel",
    };
    let id = name_of(outline, state);
    let data = info.data.map(one_line).map(|data| attribute("data", &data));
    let data = data.unwrap_or_default();
    let active = match outline.active[state] {
        true => " farc:active=\"true\"",
        false => "",
    };
    writeln!(text, "{pad}<{element} id=\"{id}\"{data}{active}>")?;
    initial(text, outline, state, &pad)?;
    if info.entry {
        writeln!(text, "{pad}  <onentry/>")?;
    }
    if info.exit {
        writeln!(text, "{pad}  <onexit/>")?;
    }
    let rows = outline.chart.transitions.iter();
    for row in rows.filter(|row| row.source == state) {
        transition(text, outline, row, &pad)?;
    }
    for depth in outline.histories(state) {
        history(text, outline, state, depth, &pad)?;
    }
    for child in outline.children(Some(state)) {
        self::state(text, outline, *child, level + 1)?;
    }
    writeln!(text, "{pad}</{element}>")
}

fn initial(text: &mut String, outline: &Outline<'_>, state: usize, pad: &str) -> Result {
    let Some(target) = outline.initial(Some(state)) else {
        return Ok(());
    };
    let target = name_of(outline, target);
    let action = match outline.state(state).init {
        true => " farc:action=\"init\"",
        false => "",
    };
    writeln!(
        text,
        "{pad}  <initial><transition target=\"{target}\"{action}/></initial>"
    )
}

/// SCXML asks for exactly one default; without one of its own it is the composite's initial transition.
fn history(
    text: &mut String,
    outline: &Outline<'_>,
    composite: usize,
    depth: Depth,
    pad: &str,
) -> Result {
    let id = history_id(outline, composite, depth);
    let kind = match depth {
        Depth::Shallow => "shallow",
        Depth::Deep => "deep",
    };
    let default = outline.history_default(composite);
    let targets = match default.or_else(|| outline.initial(Some(composite))) {
        Some(target) => name_of(outline, target),
        None => {
            let regions = outline.children(Some(composite)).iter();
            let names: Vec<_> = regions.map(|region| name_of(outline, *region)).collect();
            names.join(" ")
        }
    };
    writeln!(
        text,
        "{pad}  <history id=\"{id}\" type=\"{kind}\"><transition target=\"{targets}\"/></history>"
    )
}

fn transition(
    text: &mut String,
    outline: &Outline<'_>,
    row: &ChartTransition,
    pad: &str,
) -> Result {
    let events = match row.events.is_empty() {
        true => "*".to_owned(),
        false => row.events.join(" "),
    };
    let trigger = one_line(row.trigger);
    let guard = one_line(row.guard);
    let cond = match guard.is_empty() {
        true => String::new(),
        false => format!(" cond=\"{}\"", escaped(&guard)),
    };
    let target = match (row.kind, row.target) {
        (TransitionKind::Stop, _) => Some("top.final".to_owned()),
        (TransitionKind::History, Some(of)) => Some(history_id(outline, of, Depth::Shallow)),
        (TransitionKind::DeepHistory, Some(of)) => Some(history_id(outline, of, Depth::Deep)),
        (_, Some(target)) => Some(name_of(outline, target)),
        (_, None) => None,
    };
    let target = target.map(|target| format!(" target=\"{target}\""));
    let local = match (row.kind, row.target) {
        (TransitionKind::To, Some(target)) => {
            target != row.source && outline.is_in(target, row.source)
        }
        _ => false,
    };
    let local = if local { " type=\"internal\"" } else { "" };
    let pattern = match trigger == events {
        true => String::new(),
        false => attribute("trigger", &trigger),
    };
    let (events, target) = (escaped(&events), target.unwrap_or_default());
    let kind = attribute("kind", kind(row.kind));
    writeln!(
        text,
        "{pad}  <transition event=\"{events}\"{cond}{target}{local}{kind}{pattern}/>"
    )
}

fn kind(kind: TransitionKind) -> &'static str {
    match kind {
        TransitionKind::To => "to",
        TransitionKind::Reenter => "reenter",
        TransitionKind::History => "history",
        TransitionKind::DeepHistory => "deep-history",
        TransitionKind::Internal => "handled",
        TransitionKind::Defer => "defer",
        TransitionKind::Stop => "stop",
    }
}

/// No name of a state has a dot.
fn history_id(outline: &Outline<'_>, composite: usize, depth: Depth) -> String {
    format!("{}.{}", name_of(outline, composite), depth.id())
}

fn name_of(outline: &Outline<'_>, state: usize) -> String {
    escaped(outline.state(state).name)
}

fn attribute(name: &str, value: &str) -> String {
    format!(" farc:{name}=\"{}\"", escaped(value))
}

/// XML text, in an attribute or between tags.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            // Not characters of XML 1.0, not even as numbers.
            '\u{fffe}' | '\u{ffff}' => {}
            _ if c.is_control() => escaped.push(' '),
            _ => escaped.push(c),
        }
    }
    escaped
}
