//! The searches: breadth first over configurations, the nearest and least guarded first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::{Config, Cover, Model, Path, PathLimits, Paths, TransitionKind};

/// How many configurations are looked at. A chart without history and regions has as many as it has leaves; beyond this number of
/// memories and regions a set of paths is no longer something to read.
const MOST_CONFIGS: usize = 20_000;

/// How many beginnings of simple paths are followed for one state: a second of work.
const MOST_BEGINNINGS: usize = 50_000;

/// How far a configuration is: steps, then guards on the way.
type Cost = (usize, usize);

/// A configuration that can be reached, and how.
struct Node {
    config: Config,
    cost: Cost,
    /// The node before, the transition, and the events that lead to it; `None` for the start.
    from: Option<(usize, usize, Vec<&'static str>)>,
}

/// All that can be reached, the nearest first.
struct Reached {
    nodes: Vec<Node>,
    complete: bool,
}

fn reach(model: &Model<'_>) -> Reached {
    let mut nodes = vec![Node {
        config: model.start(),
        cost: (0, 0),
        from: None,
    }];
    let mut known = BTreeMap::from([(nodes[0].config.clone(), 0)]);
    let mut queue = BinaryHeap::from([Reverse(((0, 0), 0))]);
    let mut complete = true;
    while let Some(Reverse((cost, at))) = queue.pop() {
        if cost > nodes[at].cost {
            continue;
        }
        let config = nodes[at].config.clone();
        for (row, events) in model.possible(&config) {
            if ends(model, row) {
                continue;
            }
            let guarded = !model.chart.transitions[row].guard.is_empty();
            let cost = (cost.0 + 1, cost.1 + usize::from(guarded));
            let next = model.take(&config, row);
            let index = match known.get(&next) {
                Some(&index) if nodes[index].cost <= cost => continue,
                Some(&index) => index,
                None if nodes.len() >= MOST_CONFIGS => {
                    complete = false;
                    continue;
                }
                None => {
                    known.insert(next.clone(), nodes.len());
                    nodes.push(Node {
                        config: next,
                        cost,
                        from: None,
                    });
                    nodes.len() - 1
                }
            };
            nodes[index].cost = cost;
            nodes[index].from = Some((at, row, events));
            queue.push(Reverse((cost, index)));
        }
    }
    Reached { nodes, complete }
}

/// Whether a path cannot go on behind this transition: the actor has ended, or what it does next depends on what was deferred.
fn ends(model: &Model<'_>, row: usize) -> bool {
    matches!(
        model.chart.transitions[row].kind,
        TransitionKind::Stop | TransitionKind::Defer
    )
}

impl Reached {
    fn path(&self, model: &Model<'_>, to: &'static str, node: usize) -> Path {
        let mut steps = Vec::new();
        let mut at = node;
        while let Some((before, row, events)) = &self.nodes[at].from {
            steps.push(model.step(*row, events.clone(), &self.nodes[at].config));
            at = *before;
        }
        steps.reverse();
        Path { to, steps }
    }

    /// The nearest node for which `wanted` has something.
    fn nearest<T>(&self, wanted: impl Fn(&Config) -> Option<T>) -> Option<(usize, T)> {
        let found = self
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(index, node)| Some((node.cost, index, wanted(&node.config)?)));
        found
            .min_by_key(|&(cost, index, _)| (cost, index))
            .map(|(_, index, found)| (index, found))
    }
}

pub(super) fn shortest(model: &Model<'_>) -> Vec<Path> {
    let reached = reach(model);
    (0..model.chart.states.len())
        .filter_map(|state| {
            let (node, ()) = reached.nearest(|config| config.is_active(state).then_some(()))?;
            Some(reached.path(model, model.name(state), node))
        })
        .collect()
}

pub(super) fn cover(model: &Model<'_>) -> Cover {
    let reached = reach(model);
    let mut paths: Vec<Path> = Vec::new();
    let mut missing = Vec::new();
    for row in 0..model.chart.transitions.len() {
        let found = reached.nearest(|config| {
            let mut possible = model.possible(config).into_iter();
            possible.find_map(|(other, events)| (other == row).then_some(events))
        });
        let Some((node, events)) = found else {
            missing.push(row);
            continue;
        };
        let after = model.take(&reached.nodes[node].config, row);
        let step = model.step(row, events, &after);
        let transition = &model.chart.transitions[row];
        let to = transition.target.unwrap_or(transition.source);
        let mut path = reached.path(model, model.name(to), node);
        path.steps.push(step);
        paths.push(path);
    }
    let begins = |path: &Path, other: &Path| {
        path.steps.len() < other.steps.len()
            && path
                .steps
                .iter()
                .zip(&other.steps)
                .all(|(a, b)| a.transition == b.transition)
    };
    let all = paths.clone();
    paths.retain(|path| !all.iter().any(|other| begins(path, other)));
    Cover {
        paths,
        missing,
        complete: reached.complete,
    }
}

/// A beginning of a simple path: the configuration where it ends, and how it came there.
struct Beginning {
    config: Config,
    steps: usize,
    from: Option<(usize, usize, Vec<&'static str>)>,
}

pub(super) fn simple(model: &Model<'_>, limits: PathLimits) -> Paths {
    let mut paths = Vec::new();
    let mut complete = true;
    for state in 0..model.chart.states.len() {
        complete &= simple_to(model, state, limits, &mut paths);
    }
    Paths { paths, complete }
}

/// Adds the simple paths to one state; false if a bound was reached.
fn simple_to(model: &Model<'_>, state: usize, limits: PathLimits, paths: &mut Vec<Path>) -> bool {
    let mut beginnings = vec![Beginning {
        config: model.start(),
        steps: 0,
        from: None,
    }];
    let mut found = 0;
    let mut at = 0;
    let mut complete = true;
    while at < beginnings.len() {
        if beginnings[at].config.is_active(state) {
            if found == limits.paths {
                return false;
            }
            found += 1;
            paths.push(written_out(model, &beginnings, at, state));
        } else if beginnings[at].steps == limits.steps || beginnings.len() >= MOST_BEGINNINGS {
            complete = false;
        } else {
            let config = beginnings[at].config.clone();
            for (row, events) in model.possible(&config) {
                let next = model.take(&config, row);
                if !ends(model, row) && !was_in(&beginnings, at, &next) {
                    beginnings.push(Beginning {
                        config: next,
                        steps: beginnings[at].steps + 1,
                        from: Some((at, row, events)),
                    });
                }
            }
        }
        at += 1;
    }
    complete
}

fn was_in(beginnings: &[Beginning], at: usize, config: &Config) -> bool {
    let before = |&at: &usize| beginnings[at].from.as_ref().map(|(before, ..)| *before);
    std::iter::successors(Some(at), before)
        .any(|at| beginnings[at].config.active() == config.active())
}

fn written_out(model: &Model<'_>, beginnings: &[Beginning], end: usize, state: usize) -> Path {
    let mut steps = Vec::new();
    let mut at = end;
    while let Some((before, row, events)) = &beginnings[at].from {
        steps.push(model.step(*row, events.clone(), &beginnings[at].config));
        at = *before;
    }
    steps.reverse();
    Path {
        to: model.name(state),
        steps,
    }
}
