//! What every picture of a chart shows, before it is written in some language.
//!
//! It is decided here, and only here, which row of the transitions is an arrow and which is a line of text, where arrows begin and end, and
//! what they say; so the five formats cannot differ in it.

use super::{Chart, ChartState, ChartTransition};
use crate::hsm::TransitionKind;

/// A chart as a tree with arrows.
pub(super) struct Outline<'c> {
    pub(super) chart: &'c Chart,
    /// By state.
    pub(super) active: Vec<bool>,
    /// The states without a parent.
    pub(super) roots: Vec<usize>,
    /// By state.
    children: Vec<Vec<usize>>,
    pub(super) arrows: Vec<Arrow>,
    /// By state.
    memories: Vec<Memories>,
}

/// An arrow: a row of the transitions that leads somewhere.
pub(super) struct Arrow {
    pub(super) source: usize,
    pub(super) end: End,
    pub(super) kind: TransitionKind,
    /// `trigger [guard]`, in one line.
    pub(super) label: String,
    /// The row of the chart's transitions.
    pub(super) row: usize,
}

/// Where an arrow leads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    State(usize),
    /// The history of a composite.
    History(usize, Depth),
    /// The actor ends.
    Final,
}

/// Which history of a composite.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Depth {
    Shallow,
    Deep,
}

impl Depth {
    /// How UML marks it.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Shallow => "H",
            Self::Deep => "H*",
        }
    }

    /// For identifiers.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Shallow => "history",
            Self::Deep => "deep_history",
        }
    }
}

/// The histories of a composite that are drawn.
#[derive(Clone, Copy, Default)]
struct Memories {
    shallow: bool,
    deep: bool,
}

impl<'c> Outline<'c> {
    pub(super) fn new(chart: &'c Chart) -> Self {
        let mut children = vec![Vec::new(); chart.states.len()];
        let mut roots = Vec::new();
        for (state, info) in chart.states.iter().enumerate() {
            match info.parent {
                Some(parent) => children[parent].push(state),
                None => roots.push(state),
            }
        }
        // Regions come in the order of their activity, which need not be that of writing.
        for (state, info) in chart.states.iter().enumerate() {
            let place = |child: &usize| info.regions.iter().position(|region| region == child);
            children[state].sort_by_key(|child| place(child).unwrap_or(usize::MAX));
        }
        let arrows: Vec<_> = chart
            .transitions
            .iter()
            .enumerate()
            .filter_map(arrow)
            .collect();
        let memories = (0..chart.states.len())
            .map(|state| memories(chart, &arrows, state))
            .collect();
        Self {
            chart,
            active: vec![false; chart.states.len()],
            roots,
            children,
            arrows,
            memories,
        }
    }

    pub(super) fn state(&self, state: usize) -> &'c ChartState {
        &self.chart.states[state]
    }

    /// The states directly inside, or the outermost ones.
    pub(super) fn children(&self, of: Option<usize>) -> &[usize] {
        match of {
            Some(state) => &self.children[state],
            None => &self.roots,
        }
    }

    pub(super) fn is_composite(&self, state: usize) -> bool {
        !self.children[state].is_empty()
    }

    /// Whether the state is one of several that are active together.
    pub(super) fn is_region(&self, state: usize) -> bool {
        let parent = self.state(state).parent;
        parent.is_some_and(|parent| self.state(parent).regions.contains(&state))
    }

    /// The state and all that enclose it, the innermost first.
    pub(super) fn path(&self, state: usize) -> impl Iterator<Item = usize> {
        // A chart made by hand may have a circle of parents; no honest path is longer than there are states.
        let parent = |state: &usize| self.state(*state).parent;
        std::iter::successors(Some(state), parent).take(self.chart.states.len())
    }

    /// Whether `inner` lies inside `outer`, or is it.
    pub(super) fn is_in(&self, inner: usize, outer: usize) -> bool {
        self.path(inner).any(|state| state == outer)
    }

    /// Where the initial transition of a composite, or of the whole chart, leads.
    pub(super) fn initial(&self, of: Option<usize>) -> Option<usize> {
        match of {
            Some(state) => self.state(state).initial,
            None => Some(self.chart.initial),
        }
    }

    /// What the initial transition says.
    pub(super) fn initial_label(&self, of: Option<usize>) -> &'static str {
        match of {
            Some(state) if self.state(state).init => "/ init",
            _ => "",
        }
    }

    /// The histories of a composite: those it declares, and those that transitions lead to.
    pub(super) fn histories(&self, composite: usize) -> impl Iterator<Item = Depth> {
        let Memories { shallow, deep } = self.memories[composite];
        let shallow = shallow.then_some(Depth::Shallow);
        shallow.into_iter().chain(deep.then_some(Depth::Deep))
    }

    /// Where the histories of a composite lead before they have anything to remember.
    pub(super) fn history_default(&self, composite: usize) -> Option<usize> {
        self.state(composite).history?.default
    }

    /// Whether some state ends the actor.
    pub(super) fn has_final(&self) -> bool {
        self.arrows.iter().any(|arrow| arrow.end == End::Final)
    }

    /// What is written in a state below its name: its data, its actions, and its reactions that lead nowhere.
    pub(super) fn texts(&self, state: usize) -> Vec<String> {
        let info = self.state(state);
        let data = info.data.map(|data| format!("data: {}", one_line(data)));
        let entry = info.entry.then(|| "entry /".to_owned());
        let exit = info.exit.then(|| "exit /".to_owned());
        let rows = self.chart.transitions.iter();
        let reactions = rows.filter(|row| row.source == state).filter_map(reaction);
        data.into_iter()
            .chain(entry)
            .chain(exit)
            .chain(reactions)
            .collect()
    }
}

fn memories(chart: &Chart, arrows: &[Arrow], state: usize) -> Memories {
    let declared = chart.states[state].history.map(|history| history.deep);
    let wanted = |depth| {
        arrows
            .iter()
            .any(|arrow| arrow.end == End::History(state, depth))
    };
    Memories {
        shallow: declared == Some(false) || wanted(Depth::Shallow),
        deep: declared == Some(true) || wanted(Depth::Deep),
    }
}

fn arrow((row, transition): (usize, &ChartTransition)) -> Option<Arrow> {
    let end = match (transition.kind, transition.target) {
        (TransitionKind::Stop, _) => End::Final,
        (TransitionKind::History, Some(target)) => End::History(target, Depth::Shallow),
        (TransitionKind::DeepHistory, Some(target)) => End::History(target, Depth::Deep),
        (_, Some(target)) => End::State(target),
        (_, None) => return None,
    };
    let mut label = condition(transition);
    if transition.kind == TransitionKind::Reenter {
        label.push_str(" (external)");
    }
    Some(Arrow {
        source: transition.source,
        end,
        kind: transition.kind,
        label,
        row,
    })
}

/// A row that is no arrow, as text.
fn reaction(transition: &ChartTransition) -> Option<String> {
    let answer = match (transition.kind, transition.target) {
        (TransitionKind::Stop, _) | (_, Some(_)) => return None,
        (TransitionKind::Defer, None) => "defer",
        (_, None) => "handled",
    };
    Some(format!("{} / {answer}", condition(transition)))
}

/// `trigger [guard]`, in one line.
fn condition(transition: &ChartTransition) -> String {
    let trigger = one_line(transition.trigger);
    match one_line(transition.guard) {
        guard if guard.is_empty() => trigger,
        guard => format!("{trigger} [{guard}]"),
    }
}

/// The text with each run of white space as one space, and without other control characters.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !c.is_control()));
    }
    line
}

/// An identifier for languages in which a name could be a keyword, or have letters that are not allowed.
pub(super) fn id(name: &str, state: usize) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain {
        true => format!("s_{name}"),
        false => format!("s{state}"),
    }
}
