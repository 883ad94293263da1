//! What rustdoc shows: the chart as a tree on the page of the actor, and the reactions of each state on its variant.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::analyze::{Chart, State, plain};
use super::answers::{Answer, Kind};

/// The whole chart, readable as it is.
///
/// It documents the implementation of `Hsm`: an `impl` block whose methods are all private has no place on the page.
pub(super) fn tree(chart: &Chart) -> TokenStream {
    let mut lines = vec![
        String::new(),
        legend(chart),
        String::new(),
        "```text".into(),
    ];
    if let Some(initial) = chart.initial.and_then(|initial| chart.states.get(initial))
        && initial.parent.is_some()
    {
        lines.push(format!("● {}", initial.name));
    }
    let outermost: Vec<usize> = chart.inside(None).collect();
    for (position, &state) in outermost.iter().enumerate() {
        let last = position + 1 == outermost.len();
        branch(chart, state, "", last, &mut lines);
    }
    lines.push("```".into());
    quote!(#(#[doc = #lines])*)
}

fn legend(chart: &Chart) -> String {
    let mut legend = "The statechart: `●` is where a state starts".to_owned();
    if chart.states.iter().any(|state| state.history.is_some()) {
        legend.push_str(", `H` that it remembers its state inside and `H*` its leaf");
    }
    legend.push('.');
    legend
}

/// A state, what it does and what is inside, behind the lines of what encloses it.
fn branch(chart: &Chart, index: usize, outside: &str, last: bool, lines: &mut Vec<String>) {
    let (Some(state), fork, trunk) = (
        chart.states.get(index),
        if last { "└─" } else { "├─" },
        if last { "   " } else { "│  " },
    ) else {
        return;
    };
    let starts = match state.parent.and_then(|parent| chart.states.get(parent)) {
        None => chart.initial == Some(index),
        Some(parent) => parent.initial == Some(index) || parent.regions.contains(&index),
    };
    let mark = if starts { "● " } else { " " };
    lines.push(format!("{outside}{fork}{mark}{}", title(chart, state)));
    let inside: Vec<usize> = chart.inside(Some(index)).collect();
    let stem = if inside.is_empty() { "   " } else { "│  " };
    for action in actions(state).into_iter().chain(reactions(chart, state)) {
        lines.push(format!("{outside}{trunk}{stem}{action}"));
    }
    for (position, &child) in inside.iter().enumerate() {
        let last = position + 1 == inside.len();
        branch(chart, child, &format!("{outside}{trunk}"), last, lines);
    }
}

/// A state's name and what it keeps.
fn title(chart: &Chart, state: &State) -> String {
    let mut title = state.name.clone();
    // An initial further down has its mark elsewhere.
    if let Some(initial) = state.initial.and_then(|initial| chart.states.get(initial))
        && initial
            .parent
            .and_then(|parent| chart.states.get(parent))
            .is_none_or(|parent| parent.name != state.name)
    {
        title.push_str(&format!("  ● {}", initial.name));
    }
    if let Some(history) = &state.history {
        title.push_str(if history.deep { "  H*" } else { "  H" });
        if let Some(default) = history.default.and_then(|state| chart.states.get(state)) {
            title.push_str(&format!(" (else {})", default.name));
        }
    }
    if !state.regions.is_empty() {
        title.push_str("  (in all of its regions)");
    }
    if let Some(data) = &state.data {
        title.push_str(&format!("  {}", plain(&data.written)));
    }
    title
}

fn actions(state: &State) -> Vec<String> {
    let each = [
        ("entry", &state.entry),
        ("exit", &state.exit),
        ("init", &state.init),
    ];
    let each = each.into_iter();
    each.filter_map(|(name, action)| Some(format!("{name} / {}", action.as_ref()?.ident)))
        .collect()
}

fn reactions(chart: &Chart, state: &State) -> impl Iterator<Item = String> {
    state.answers.iter().map(|answer| {
        let mut line = answer.trigger_text().to_owned();
        if !answer.guard.is_empty() {
            line.push_str(&format!(" if {}", answer.guard));
        }
        let target = chart
            .target(answer)
            .and_then(|index| chart.states.get(index));
        match target {
            Some(target) => line.push_str(&format!(" → {}{}", target.name, how(answer.kind))),
            None => line.push_str(&format!(" / {}", what(answer.kind))),
        }
        one_line(&line)
    })
}

/// What a transition does beside leading to its target.
fn how(kind: Kind) -> &'static str {
    match kind {
        Kind::Reenter => ", entered anew",
        Kind::History => " H",
        Kind::DeepHistory => " H*",
        Kind::To | Kind::Internal | Kind::Defer | Kind::Stop => "",
    }
}

/// What happens where nothing is entered.
fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Defer => "defer",
        Kind::Stop => "stop",
        Kind::Internal | Kind::To | Kind::Reenter | Kind::History | Kind::DeepHistory => "handled",
    }
}

/// The author's words about a state, where it is, and its reactions.
pub(super) fn of_state(chart: &Chart, state: &State, names: &Ident) -> TokenStream {
    let mut lines = state.doc.clone();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(place(chart, state));
    if !state.answers.is_empty() {
        lines.push(String::new());
    }
    for answer in &state.answers {
        let mut line = format!("- {}", code(answer.trigger_text()));
        if !answer.guard.is_empty() {
            line.push_str(&format!(" if {}", code(&answer.guard)));
        }
        line.push_str(&outcome(chart, answer, names));
        if let Some(words) = answer.doc.iter().find(|line| !line.is_empty()) {
            line.push_str(&format!(": {words}"));
        }
        lines.push(line);
    }
    quote!(#(#[doc = #lines])*)
}

fn place(chart: &Chart, state: &State) -> String {
    let mut place = format!("State `{}`", state.name);
    if let Some(parent) = state.parent.and_then(|parent| chart.states.get(parent)) {
        place.push_str(&format!(", inside `{}`", parent.name));
    }
    if let Some(initial) = state.initial.and_then(|initial| chart.states.get(initial)) {
        place.push_str(&format!(", starts in `{}`", initial.name));
    }
    if !state.regions.is_empty() {
        place.push_str(", active in all of its regions");
    }
    if let Some(history) = &state.history {
        place.push_str(match history.deep {
            true => ", remembers its leaf",
            false => ", remembers its state inside",
        });
    }
    place.push('.');
    place
}

fn outcome(chart: &Chart, answer: &Answer, names: &Ident) -> String {
    match chart
        .target(answer)
        .and_then(|index| chart.states.get(index))
    {
        Some(State { name, variant, .. }) => {
            format!(" → [`{name}`]({names}::{variant}){}", how(answer.kind))
        }
        None => format!(" / {}", what(answer.kind)),
    }
}

/// Text as code in Markdown, whatever it contains.
fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max();
    match longest {
        None | Some(0) => format!("`{text}`"),
        Some(longest) => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// A string inside a condition may have lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
