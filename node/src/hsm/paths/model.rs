//! What a chart does with an event, as far as it can be known from the chart: which states are active before and after.
//!
//! Slow and plain: sets of states, and the rules A7 to A13 and A35 of the semantics one by one. A chart is data that anybody can write; one
//! that makes no sense (a parent that is not there, a circle) leads to paths that make none, and not to a panic.

use super::super::chart::{ChartState, ChartTransition};
use super::{Chart, Step, TransitionKind};

/// Which states are active, and what composites remember.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Config {
    /// By index, ascending.
    active: Vec<usize>,
    /// The leaf that was exited last, by composite: only for those that a transition enters by history.
    memory: Vec<(usize, usize)>,
}

impl Config {
    pub(crate) fn is_active(&self, state: usize) -> bool {
        self.active.binary_search(&state).is_ok()
    }

    pub(crate) fn active(&self) -> &[usize] {
        &self.active
    }

    fn insert(&mut self, state: usize) {
        if let Err(at) = self.active.binary_search(&state) {
            self.active.insert(at, state);
        }
    }

    fn remembered(&self, composite: usize) -> Option<usize> {
        let found = self.memory.iter().find(|(known, _)| *known == composite);
        found.map(|&(_, leaf)| leaf)
    }

    fn remember(&mut self, composite: usize, leaf: usize) {
        match self
            .memory
            .binary_search_by_key(&composite, |&(known, _)| known)
        {
            Ok(at) => self.memory[at].1 = leaf,
            Err(at) => self.memory.insert(at, (composite, leaf)),
        }
    }
}

/// A chart with what is asked often.
pub(crate) struct Model<'c> {
    pub(crate) chart: &'c Chart,
    /// `paths[s]`: from the outermost state to `s` itself.
    paths: Vec<Vec<usize>>,
    /// Composites whose history a transition asks for.
    remembering: Vec<usize>,
    /// All variants that a pattern names.
    alphabet: Vec<&'static str>,
}

impl<'c> Model<'c> {
    pub(crate) fn new(chart: &'c Chart) -> Self {
        let count = chart.states.len();
        let paths = (0..count)
            .map(|state| {
                let parent = |&state: &usize| chart.states.get(state).and_then(|s| s.parent);
                let outwards = std::iter::successors(Some(state), parent);
                // No more steps than there are states: a circle of parents ends.
                let mut path: Vec<_> = outwards.take(count).collect();
                path.reverse();
                path
            })
            .collect();
        let mut alphabet = Vec::new();
        let mut remembering = Vec::new();
        for row in &chart.transitions {
            for event in &row.events {
                if !alphabet.contains(event) {
                    alphabet.push(*event);
                }
            }
            let by_history = matches!(
                row.kind,
                TransitionKind::History | TransitionKind::DeepHistory
            );
            if let Some(target) = row.target.filter(|_| by_history)
                && !remembering.contains(&target)
            {
                remembering.push(target);
            }
        }
        Self {
            chart,
            paths,
            remembering,
            alphabet,
        }
    }

    pub(crate) fn name(&self, state: usize) -> &'static str {
        self.state(state).map_or("?", |state| state.name)
    }

    fn state(&self, state: usize) -> Option<&'c ChartState> {
        self.chart.states.get(state)
    }

    fn path(&self, state: usize) -> &[usize] {
        self.paths.get(state).map_or(&[], Vec::as_slice)
    }

    fn is_in(&self, state: usize, ancestor: usize) -> bool {
        self.path(state).contains(&ancestor)
    }

    /// Active states with nothing active inside.
    pub(crate) fn leaves(&self, config: &Config) -> Vec<&'static str> {
        let leaves = config
            .active
            .iter()
            .filter(|&&state| self.is_leaf(config, state));
        leaves.map(|&state| self.name(state)).collect()
    }

    fn is_leaf(&self, config: &Config, state: usize) -> bool {
        !config
            .active
            .iter()
            .any(|&other| other != state && self.is_in(other, state))
    }

    /// After the top initial transition.
    pub(crate) fn start(&self) -> Config {
        let mut config = Config::default();
        self.descend(&mut config, self.chart.initial);
        self.settle(&mut config, self.chart.initial);
        config
    }

    /// The transitions that an event can lead to, in the order of writing, with the events.
    pub(crate) fn possible(&self, config: &Config) -> Vec<(usize, Vec<&'static str>)> {
        (0..self.chart.transitions.len())
            .filter_map(|row| Some((row, self.events(config, row)?)))
            .collect()
    }

    /// The events that reach this answer; `None` if there are none, an empty list for any.
    fn events(&self, config: &Config, row: usize) -> Option<Vec<&'static str>> {
        let transition = &self.chart.transitions[row];
        if !config.is_active(transition.source) {
            return None;
        }
        let before: Vec<_> = (0..self.chart.transitions.len())
            .filter(|&other| self.comes_before(config, other, row))
            .map(|other| &self.chart.transitions[other])
            .collect();
        if before.iter().any(|other| takes_all(other)) {
            return None;
        }
        let named = if transition.events.is_empty() {
            &self.alphabet
        } else {
            &transition.events
        };
        let left: Vec<_> = named
            .iter()
            .copied()
            .filter(|event| !before.iter().any(|other| takes(other, event)))
            .collect();
        (transition.events.is_empty() || !left.is_empty()).then_some(left)
    }

    /// Whether the first answer is asked for before the second.
    fn comes_before(&self, config: &Config, first: usize, second: usize) -> bool {
        let inner = self.chart.transitions[first].source;
        let outer = self.chart.transitions[second].source;
        if inner == outer {
            return first < second;
        }
        config.is_active(inner) && self.is_in(inner, outer)
    }

    /// The states after a transition. After `Stop` there are none.
    pub(crate) fn take(&self, config: &Config, row: usize) -> Config {
        let ChartTransition {
            source,
            target,
            kind,
            ..
        } = self.chart.transitions[row];
        let mut next = config.clone();
        let target = match (kind, target) {
            (TransitionKind::Stop, _) => {
                self.exit(&mut next, |_| true);
                return next;
            }
            (TransitionKind::Internal | TransitionKind::Defer, _) | (_, None) => return next,
            (_, Some(target)) => target,
        };
        self.leave(&mut next, source, target, kind == TransitionKind::Reenter);
        self.descend(&mut next, target);
        let history = match kind {
            TransitionKind::History => self.history(&next, target, false),
            TransitionKind::DeepHistory => self.history(&next, target, true),
            TransitionKind::To
            | TransitionKind::Reenter
            | TransitionKind::Internal
            | TransitionKind::Defer
            | TransitionKind::Stop => None,
        };
        if let Some(inner) = history {
            self.descend(&mut next, inner);
            self.settle(&mut next, inner);
        } else {
            self.settle(&mut next, target);
        }
        next
    }

    /// A7 and A9: what is exited.
    fn leave(&self, config: &mut Config, source: usize, target: usize, reenter: bool) {
        if source == target || (reenter && self.is_in(target, source)) {
            self.exit(config, |state| self.is_in(state, source));
        } else if reenter && self.is_in(source, target) {
            self.exit(config, |state| self.is_in(state, target));
        } else {
            // The least ancestor-or-self that both share stays active: the outer of the two, if one encloses the other.
            let shared = self.path(source).iter().zip(self.path(target));
            let shared = shared.take_while(|(a, b)| a == b).last();
            match shared {
                Some((&kept, _)) => {
                    self.exit(config, |state| state != kept && self.is_in(state, kept))
                }
                None => self.exit(config, |_| true),
            }
        }
    }

    fn exit(&self, config: &mut Config, leaves: impl Fn(usize) -> bool) {
        let exited: Vec<_> = config
            .active
            .iter()
            .copied()
            .filter(|&state| leaves(state) && self.is_leaf(config, state))
            .collect();
        for leaf in exited {
            for &composite in self.path(leaf) {
                if composite != leaf && self.remembering.contains(&composite) {
                    config.remember(composite, leaf);
                }
            }
        }
        config.active.retain(|&state| !leaves(state));
    }

    /// A11 and A12: the state that stands in for the composite's initial.
    fn history(&self, config: &Config, composite: usize, deep: bool) -> Option<usize> {
        let state = self.state(composite)?;
        if !state.regions.is_empty() {
            return None;
        }
        match config.remembered(composite) {
            Some(leaf) if deep => Some(leaf),
            Some(leaf) => self.path(leaf).get(self.path(composite).len()).copied(),
            None => state.history.and_then(|history| history.default),
        }
    }

    /// Enters what lies between the active states and this one, with the other regions on the way.
    fn descend(&self, config: &mut Config, target: usize) {
        for &state in self.path(target) {
            config.insert(state);
        }
        for &state in self.path(target) {
            if state != target {
                self.complete(config, state);
            }
        }
    }

    /// Enters the regions that are not active yet by their initials.
    fn complete(&self, config: &mut Config, composite: usize) {
        for &region in self.state(composite).map_or(&[][..], |s| &s.regions) {
            if !config.is_active(region) {
                config.insert(region);
                self.settle(config, region);
            }
        }
    }

    /// A8: follows the initials, and enters all regions.
    fn settle(&self, config: &mut Config, state: usize) {
        let mut current = state;
        // No more steps than there are states: a circle of initials ends.
        for _ in 0..self.chart.states.len() {
            self.complete(config, current);
            let Some(initial) = self.state(current).and_then(|state| state.initial) else {
                return;
            };
            self.descend(config, initial);
            current = initial;
        }
    }

    /// One step of a path.
    pub(crate) fn step(&self, row: usize, events: Vec<&'static str>, after: &Config) -> Step {
        let transition = &self.chart.transitions[row];
        Step {
            transition: row,
            source: self.name(transition.source),
            trigger: transition.trigger,
            events,
            guard: transition.guard,
            target: transition.target.map(|target| self.name(target)),
            kind: transition.kind,
            leaves: self.leaves(after),
        }
    }

    /// Enters and exits as they were seen, for a machine that did what the chart does not say.
    pub(crate) fn follow(&self, config: &mut Config, exited: &[usize], entered: &[usize]) {
        self.exit(config, |state| exited.contains(&state));
        for &state in entered {
            config.insert(state);
        }
    }
}

/// Whether the answer takes every event, whatever the actor's fields are.
fn takes_all(row: &ChartTransition) -> bool {
    row.guard.is_empty() && row.events.is_empty() && matches!(row.trigger, "*" | "_")
}

/// Whether the answer takes every event of this variant, whatever its values and the actor's fields are.
fn takes(row: &ChartTransition, event: &str) -> bool {
    row.guard.is_empty()
        && row.events.contains(&event)
        && row
            .trigger
            .split('|')
            .filter_map(|pattern| pattern.trim().strip_prefix(event))
            .any(is_irrefutable)
}

/// Whether what follows a variant's name matches all of its values: nothing, or names and `_` in brackets.
fn is_irrefutable(fields: &str) -> bool {
    let fields = fields.trim();
    let inner = fields
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .or_else(|| {
            let inner = fields.strip_prefix('{')?;
            inner.strip_suffix('}')
        });
    match inner {
        None => fields.is_empty(),
        Some(inner) => inner.split(',').all(|field| {
            let field = field.trim();
            field == ".."
                || field
                    .chars()
                    .all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
                    && !field.starts_with(|c: char| c.is_ascii_digit())
                    && !matches!(field, "true" | "false")
        }),
    }
}
