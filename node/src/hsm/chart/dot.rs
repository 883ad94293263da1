//! A chart for Graphviz.
//!
//! A composite is a cluster. Graphviz cannot end an edge at a cluster, only clip it there, so each composite has a point that stands for it:
//! invisible where edges come from outside and are clipped at the border, and drawn where an edge joins the composite with something
//! inside it. With its older way to rank (`newrank=false`) it loses labelled edges between clusters. Identifiers are quoted, and those of pseudo-states contain a dot, which no name of a state does.

use std::fmt::Write as _;

use super::outline::{Arrow, Depth, End, Outline};
use crate::hsm::TransitionKind;

const HEAD: &str = r##"    compound=true; newrank=true; rankdir=TB; nodesep=0.4; ranksep=0.5;
    graph [fontname="Helvetica,sans-serif", fontsize=12, style="rounded", color="#52606d", labeljust=l];
    node [fontname="Helvetica,sans-serif", fontsize=12, shape=box, style="rounded,filled", fillcolor="#ffffff", color="#52606d"];
    edge [fontname="Courier,monospace", fontsize=10, color="#3e4c59"];
"##;
const ACTIVE: &str = r##"fillcolor="#ffe8a3", color="#b7791f", penwidth=2"##;
const DOT: &str = r##"shape=circle, label="", width=0.12, fillcolor="#3e4c59""##;
const BULLSEYE: &str =
    r##"shape=doublecircle, label="", width=0.12, fillcolor="#3e4c59", style=filled"##;

pub(super) fn write(outline: &Outline<'_>) -> String {
    let mut text = format!("digraph {} {{\n{HEAD}", quoted(outline.chart.name));
    // Writing to a string cannot fail.
    let _ = scope(&mut text, outline, None, 1);
    if outline.has_final() {
        let _ = writeln!(text, "    \"top.final\" [{BULLSEYE}];");
    }
    for arrow in &outline.arrows {
        let _ = transition(&mut text, outline, arrow);
    }
    text.push_str("}\n");
    text
}

/// The states of a composite, with its initial transition and its histories.
fn scope(
    text: &mut String,
    outline: &Outline<'_>,
    of: Option<usize>,
    level: usize,
) -> std::fmt::Result {
    let pad = "    ".repeat(level);
    for state in outline.children(of) {
        if outline.is_composite(*state) {
            composite(text, outline, *state, level)?;
        } else {
            let style = match (outline.is_region(*state), outline.active[*state]) {
                (true, true) => format!(", style=\"rounded,filled,dashed\", {ACTIVE}"),
                (true, false) => ", style=\"rounded,filled,dashed\"".to_owned(),
                (false, true) => format!(", {ACTIVE}"),
                (false, false) => String::new(),
            };
            let (name, label) = (quoted(outline.state(*state).name), label(outline, *state));
            writeln!(text, "{pad}{name} [label={label}{style}];")?;
        }
    }
    if let Some(target) = outline.initial(of) {
        let dot = pseudo(outline, of, "initial");
        writeln!(text, "{pad}{dot} [{DOT}];")?;
        let (end, clip) = endpoint(outline, target, None);
        let clip = clip.map(|cluster| format!("lhead={cluster}"));
        let says = outline.initial_label(of);
        let label = (!says.is_empty()).then(|| format!("label={}", quoted(says)));
        edge(text, &pad, &dot, &end, [clip, label])?;
    }
    Ok(())
}

fn composite(
    text: &mut String,
    outline: &Outline<'_>,
    state: usize,
    level: usize,
) -> std::fmt::Result {
    let pad = "    ".repeat(level);
    let inner = "    ".repeat(level + 1);
    let style = match outline.is_region(state) {
        true => "rounded,filled,dashed",
        false => "rounded,filled",
    };
    let colour = match outline.active[state] {
        true => r##"fillcolor="#fff8e6"; color="#b7791f"; penwidth=2;"##,
        false => r##"fillcolor="#f5f7fa"; color="#52606d"; penwidth=1;"##,
    };
    writeln!(text, "{pad}subgraph {} {{", cluster(outline, state))?;
    writeln!(text, "{inner}label={};", label(outline, state))?;
    writeln!(text, "{inner}style={}; {colour}", quoted(style))?;
    let shown = match outline
        .arrows
        .iter()
        .any(|arrow| joins_inside(outline, arrow, state))
    {
        true => "",
        false => ", style=invis",
    };
    let point = pseudo(outline, Some(state), "itself");
    writeln!(text, "{inner}{point} [shape=point, width=0.06{shown}];")?;
    for depth in outline.histories(state) {
        let history = pseudo(outline, Some(state), depth.id());
        let mark = depth.mark();
        writeln!(
            text,
            "{inner}{history} [label=\"{mark}\", shape=circle, style=filled, margin=0, width=0.3];"
        )?;
        if let Some(default) = outline.history_default(state) {
            let (end, clip) = endpoint(outline, default, None);
            let clip = clip.map(|cluster| format!("lhead={cluster}"));
            edge(text, &inner, &history, &end, [clip, None])?;
        }
    }
    scope(text, outline, Some(state), level + 1)?;
    writeln!(text, "{pad}}}")
}

/// Whether the arrow leads from the composite to something inside it, or back, or from it to itself.
fn joins_inside(outline: &Outline<'_>, arrow: &Arrow, composite: usize) -> bool {
    match arrow.end {
        End::State(target) => {
            (arrow.source == composite && outline.is_in(target, composite))
                || (target == composite && outline.is_in(arrow.source, composite))
        }
        End::History(of, _) => arrow.source == composite && outline.is_in(of, composite),
        End::Final => false,
    }
}

fn transition(text: &mut String, outline: &Outline<'_>, arrow: &Arrow) -> std::fmt::Result {
    let (end, head) = match arrow.end {
        End::State(target) => endpoint(outline, target, Some(arrow.source)),
        End::History(composite, depth) => (history(outline, composite, depth), None),
        End::Final => ("\"top.final\"".to_owned(), None),
    };
    let inside = match arrow.end {
        End::State(target) | End::History(target, _) => Some(target),
        End::Final => None,
    };
    let (start, tail) = endpoint(outline, arrow.source, inside);
    let clip = [("lhead", head), ("ltail", tail)]
        .into_iter()
        .filter_map(|(name, cluster)| Some(format!("{name}={}", cluster?)));
    let external = arrow.kind == TransitionKind::Reenter;
    let kind = external.then(|| "dir=both, arrowtail=odot".to_owned());
    let label = format!("label={}", quoted(&arrow.label));
    let attributes = clip.chain(kind).chain([label]).map(Some);
    edge(text, "    ", &start, &end, attributes)
}

fn edge(
    text: &mut String,
    pad: &str,
    start: &str,
    end: &str,
    attributes: impl IntoIterator<Item = Option<String>>,
) -> std::fmt::Result {
    let attributes: Vec<_> = attributes.into_iter().flatten().collect();
    match attributes.is_empty() {
        true => writeln!(text, "{pad}{start} -> {end};"),
        false => writeln!(text, "{pad}{start} -> {end} [{}];", attributes.join(", ")),
    }
}

/// The node that an edge ends at, and the cluster that it is clipped at; not if the other end is inside.
fn endpoint(outline: &Outline<'_>, state: usize, other: Option<usize>) -> (String, Option<String>) {
    if !outline.is_composite(state) {
        return (quoted(outline.state(state).name), None);
    }
    let inside = other.is_some_and(|other| outline.is_in(other, state));
    let clip = (!inside).then(|| cluster(outline, state));
    (pseudo(outline, Some(state), "itself"), clip)
}

fn history(outline: &Outline<'_>, composite: usize, depth: Depth) -> String {
    pseudo(outline, Some(composite), depth.id())
}

fn pseudo(outline: &Outline<'_>, of: Option<usize>, what: &str) -> String {
    let scope = of.map_or("top", |state| outline.state(state).name);
    // The chart's own dot must differ from that of a state called `top`.
    let dots = if of.is_some() { "." } else { ".." };
    quoted(&format!("{scope}{dots}{what}"))
}

fn cluster(outline: &Outline<'_>, state: usize) -> String {
    quoted(&format!("cluster_{}", outline.state(state).name))
}

/// The name and the texts of a state; the texts are flush left, and so is the name of a composite.
fn label(outline: &Outline<'_>, state: usize) -> String {
    let mut label = escaped(outline.state(state).name);
    let texts = outline.texts(state);
    label.push_str(match (outline.is_composite(state), texts.is_empty()) {
        (true, _) => "\\l",
        (false, false) => "\\n",
        (false, true) => "",
    });
    for text in texts {
        label.push_str(&escaped(&text));
        label.push_str("\\l");
    }
    format!("\"{label}\"")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// In a quoted string of DOT, `\` begins an escape of labels and `&` an entity.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}
