//! The programs that the formats are for understand every chart.
//!
//! Mermaid runs in a browser and has no parser here, so its texts are held against a strict grammar of our own: one that allows much less
//! than Mermaid does. PlantUML checks its own.

use std::collections::BTreeSet;

use farc::hsm::chart::{Chart, Format};

use crate::charts;
use crate::tools::{Said, ask};

/// The initial transitions and the defaults of histories that a chart draws beside its rows.
fn beside_rows(text: &str) -> usize {
    let begins = |line: &&str| {
        let name = line.trim().split('"').nth(1).unwrap_or_default();
        line.contains("\" -> \"")
            && [".initial", "history"]
                .iter()
                .any(|end| name.ends_with(end))
    };
    text.lines().filter(begins).count()
}

#[test]
fn graphviz_draws_every_edge_and_complains_of_nothing() {
    for chart in charts::all() {
        let text = chart.export(Format::Dot);
        let Some(Said { out, err, content }) = ask("dot", &["-Tplain"], &text) else {
            return;
        };
        assert!(content, "{}: {err}", chart.name);
        assert_eq!(err, "", "{}", chart.name);
        let edges = out.lines().filter(|line| line.starts_with("edge ")).count();
        let arrows = chart
            .transitions
            .iter()
            .filter(|row| leads(chart_row(row)))
            .count();
        assert_eq!(edges, arrows + beside_rows(&text), "{}", chart.name);
    }
}

fn chart_row(row: &farc::hsm::chart::ChartTransition) -> (Option<usize>, bool) {
    (row.target, row.kind == farc::hsm::TransitionKind::Stop)
}

fn leads((target, stops): (Option<usize>, bool)) -> bool {
    target.is_some() || stops
}

#[test]
fn graphviz_shows_texts_as_they_are() {
    let chart = charts::nasty();
    let text = chart.export(Format::Dot);
    let Some(Said { out, .. }) = ask("dot", &["-Tsvg"], &text) else {
        return;
    };
    let guard =
        "Text(t) [t == &quot;a \\&quot;b\\&quot;\\n; c: d&quot; &amp;&amp; x &lt; 3 || y &gt; 2]";
    let unbroken = out
        .replace("&#45;", "-")
        .replace("&#39;", "'")
        .replace("&#160;", " ");
    assert!(unbroken.contains(guard), "{unbroken}");
}

#[test]
fn scxml_is_well_formed_and_its_references_hold() {
    for chart in charts::all() {
        let text = chart.with_active(&[0]).export(Format::Scxml);
        let count = |what: &str| Some(xpath(&text, &format!("count({what})"))?.trim().to_owned());
        let state = "//*[local-name()='state' or local-name()='parallel']";
        let Some(states) = count(state) else { return };
        assert_eq!(states, chart.states.len().to_string(), "{}", chart.name);
        for never in [
            // An id that another element has.
            "//*[@id = preceding::*/@id or @id = ancestor::*/@id]",
            // A single target that is no id.
            "//*[@target and not(contains(@target, ' ')) and not(@target = //@id)]",
            // An initial transition that leaves its state.
            "//*[local-name()='initial'][not(*/@target = ../descendant::*/@id)]",
            // A history with anything but one default inside its composite.
            "//*[local-name()='history'][not(count(*)=1)]",
            "/*[not(@initial = //@id)]",
            "//*[local-name()='parallel']/*[local-name()='initial']",
        ] {
            assert_eq!(
                count(never).as_deref(),
                Some("0"),
                "{}: {never}",
                chart.name
            );
        }
    }
}

#[test]
fn scxml_keeps_guards_to_the_letter() {
    let chart = charts::nasty();
    let text = chart.export(Format::Scxml);
    let Some(guard) = xpath(&text, "string(//*[@farc:trigger='Text(t)']/@cond)") else {
        return;
    };
    assert_eq!(guard.trim_end(), chart.transitions[0].guard);
}

fn xpath(text: &str, path: &str) -> Option<String> {
    let path = path.replace(
        "@farc:",
        "@*[namespace-uri()='urn:farc:chart' and local-name()='",
    );
    let path = path.replace("local-name()='trigger=", "local-name()='trigger']=");
    let Said { out, err, content } = ask("xmllint", &["--xpath", &path, "-"], text)?;
    assert!(content, "{path}: {err}\n{text}");
    Some(out)
}

#[test]
fn svg_is_well_formed_and_draws() {
    for chart in charts::all() {
        let text = chart.export(Format::Svg);
        if let Some(Said { err, content, .. }) = ask("xmllint", &["--noout", "--nonet", "-"], &text)
        {
            assert!(content, "{}: {err}", chart.name);
        }
        if let Some(Said { out, err, content }) = ask("rsvg-convert", &[], &text) {
            assert!(content, "{}: {err}", chart.name);
            assert!(out.contains("PNG"), "{}", chart.name);
        }
    }
}

#[test]
fn plantuml_takes_every_chart_for_a_state_diagram() {
    for chart in charts::all() {
        let text = chart.with_active(&[0]).export(Format::PlantUml);
        let Some(Said { out, err, .. }) = ask("plantuml", &["-syntax"], &text) else {
            return;
        };
        assert!(
            out.starts_with("STATE"),
            "{}: {out}{err}\n{text}",
            chart.name
        );
    }
}

#[test]
fn mermaid_is_written_in_the_few_forms_that_do_not_break_it() {
    for chart in charts::all() {
        check_mermaid(&chart, &chart.with_active(&[0]).export(Format::Mermaid));
    }
}

/// Every line has one of a few forms, identifiers are declared before they are used and only once, and every edge is at the top level and
/// joins states that have none inside.
pub(crate) fn check_mermaid(chart: &Chart, text: &str) {
    let mut lines = text.lines();
    let head: Vec<_> = lines.by_ref().take(4).collect();
    let title = format!("title: \"{}\"", chart.name);
    assert_eq!(head, ["---", &title, "---", "stateDiagram-v2"]);
    let (mut open, mut leaves, mut composites) = (0, BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let words: Vec<_> = line.trim().splitn(4, ' ').collect();
        let known = |id: &str| id == "[*]" || leaves.contains(id);
        match words.as_slice() {
            ["classDef", _, style] | ["classDef", _, style, _] => assert!(!style.is_empty()),
            ["class", id, "active" | "pseudo" | "itself"] => {
                assert!(known(id) || composites.contains(*id), "{line}");
            }
            ["}"] => open -= 1,
            ["state", ..] => {
                let (title, id) = declaration(line.trim());
                plain(title);
                let is_new = match id.strip_suffix(" {") {
                    Some(id) => {
                        open += 1;
                        composites.insert(identifier(id))
                    }
                    None => leaves.insert(identifier(id)),
                };
                assert!(is_new, "{line}");
            }
            [from, "-->", to] => assert!(open == 0 && known(from) && known(to), "{line}"),
            [from, "-->", to, label] => {
                assert!(open == 0 && known(from) && known(to), "{line}");
                plain(label.strip_prefix(": ").unwrap());
            }
            [id, ":", ..] => {
                assert!(known(id), "{line}");
                plain(line.split_once(" : ").unwrap().1);
            }
            _ => panic!("{}: {line}", chart.name),
        }
    }
    assert_eq!(open, 0);
    assert_eq!(leaves.intersection(&composites).count(), 0);
}

/// The title and the rest of `state "title" as rest`.
fn declaration(line: &str) -> (&str, &str) {
    let inside = line.strip_prefix("state \"").unwrap();
    inside.split_once("\" as ").unwrap()
}

fn identifier(id: &str) -> String {
    let starts = [
        "s_",
        "s",
        "itself_",
        "initial_",
        "history_",
        "deep_history_",
    ];
    assert!(starts.iter().any(|start| id.starts_with(start)), "{id}");
    assert!(
        id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
        "{id}"
    );
    id.to_owned()
}

/// Letters, a few signs, and everything else as `#number;`.
fn plain(text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let (before, number) = (&rest[..at], rest[at + 1..].split_once(';').unwrap());
        assert!(before.chars().all(is_plain), "{text}");
        assert!(number.0.parse::<u32>().is_ok(), "{text}");
        rest = number.1;
    }
    assert!(rest.chars().all(is_plain), "{text}");
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || " .,()[]/=+!|●".contains(c)
}
