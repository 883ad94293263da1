//! The drive itself: first along the paths, then wherever something is still missing.

mod read;

use std::collections::BTreeMap;

use super::report::row_text;
use super::{Coverage, Drive, Missed, StateCoverage, TransitionCoverage, Violation, WalkLimits};
use crate::actor::{Actor, SpawnError};
use crate::hsm::TransitionKind;
use crate::hsm::paths::{Config, Model, Path, Step};
use crate::testing::Bench;

/// How often one path is begun anew because an example led elsewhere.
const MOST_TRIES: usize = 256;

/// How many violations are reported.
const MOST_VIOLATIONS: usize = 16;

pub(super) struct Run<'r, 'f, 'c, A: Actor> {
    drive: &'r mut Drive<'f, A>,
    model: &'r Model<'c>,
    reached: Vec<bool>,
    taken: Vec<u64>,
    missed: Vec<Option<Missed>>,
    violations: Vec<Violation>,
    steps: u64,
}

/// An actor on its way.
struct Live<A: Actor> {
    bench: Bench<A>,
    /// Where it is, and what its composites remember, as the records tell.
    config: Config,
    events: Vec<Chosen>,
}

/// An event that was dispatched, so that it can be had again.
#[derive(Clone)]
struct Chosen {
    step: Step,
    example: usize,
    name: &'static str,
}

/// What came of an event.
enum Fed {
    /// The transition that was meant.
    Took,
    /// Something else; `moved` if the actor is not where it was.
    Instead { text: String, moved: bool },
    /// There is no such example.
    NoExample,
    /// Something that must not be.
    Broken(Broken),
}

struct Broken {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invariant,
    Panic,
    Chart,
}

/// Active states, and a transition that is possible there.
type Place = (Vec<usize>, usize);

/// How often it was tried there, whether it was ever taken, and a random number.
type Rank = (u64, bool, u64);

impl<'r, 'f, 'c, A: Actor> Run<'r, 'f, 'c, A> {
    pub(super) fn new(drive: &'r mut Drive<'f, A>, model: &'r Model<'c>) -> Self {
        Self {
            reached: vec![false; model.chart.states.len()],
            taken: vec![0; model.chart.transitions.len()],
            missed: vec![None; model.chart.transitions.len()],
            drive,
            model,
            violations: Vec::new(),
            steps: 0,
        }
    }

    pub(super) fn drive(mut self) -> Result<Coverage, SpawnError> {
        let cover = self.model.chart.covering_paths();
        for &row in &cover.missing {
            self.missed[row] = Some(Missed::NoPath);
        }
        // Also a chart without transitions is started once.
        if cover.paths.is_empty() {
            self.begin()?;
        }
        for path in &cover.paths {
            self.follow(path)?;
        }
        self.walk()?;
        Ok(self.report())
    }

    fn report(self) -> Coverage {
        let chart = self.model.chart;
        let rows = self.taken.iter().zip(self.missed).enumerate();
        Coverage {
            chart: chart.name,
            states: chart
                .states
                .iter()
                .zip(&self.reached)
                .map(|(state, &reached)| StateCoverage {
                    name: state.name,
                    reached,
                })
                .collect(),
            transitions: rows
                .map(|(row, (&taken, missed))| TransitionCoverage {
                    text: row_text(chart, row),
                    taken,
                    missed: (taken == 0).then(|| missed.unwrap_or(Missed::NoExample)),
                })
                .collect(),
            violations: self.violations,
            steps: self.steps,
        }
    }

    /// A fresh actor that has started; `None` if that broke something.
    fn begin(&mut self) -> Result<Option<Live<A>>, SpawnError> {
        match self.begin_or_break()? {
            (live, None) => Ok(Some(live)),
            (live, Some(broken)) => {
                self.violated(&live, broken);
                Ok(None)
            }
        }
    }

    fn begin_or_break(&mut self) -> Result<(Live<A>, Option<Broken>), SpawnError> {
        let settings = self.drive.settings.clone();
        let mut live = Live {
            bench: Bench::with(self.drive.args.clone(), settings)?,
            config: Config::default(),
            events: Vec::new(),
        };
        live.bench.start();
        let (_, broken) = self.read(&mut live, None);
        let broken = broken.or_else(|| self.check(&live));
        Ok((live, broken))
    }

    /// Along one path, until its end or until something stands in the way.
    fn follow(&mut self, path: &Path) -> Result<(), SpawnError> {
        let mut examples = vec![0; path.steps.len()];
        let mut instead = vec![None; path.steps.len()];
        for _ in 0..MOST_TRIES {
            let Some(mut live) = self.begin()? else {
                return Ok(());
            };
            match self.follow_once(path, &mut examples, &mut instead, &mut live) {
                Followed::Again => {}
                Followed::Over => return Ok(()),
                Followed::Broken(broken) => return self.broke(live, broken),
            }
        }
        Ok(())
    }

    fn follow_once(
        &mut self,
        path: &Path,
        examples: &mut [usize],
        instead: &mut [Option<String>],
        live: &mut Live<A>,
    ) -> Followed {
        for (at, step) in path.steps.iter().enumerate() {
            let source = self.model.chart.transitions[step.transition].source;
            if !live.config.is_active(source) {
                let ended = format!("before {step} the actor went to {}", live.bench.state());
                self.ends(path, at, ended);
                return Followed::Over;
            }
            loop {
                match self.feed(live, step, examples[at]) {
                    Fed::Took => break,
                    Fed::Broken(broken) => {
                        self.breaks(step.transition, &broken);
                        return Followed::Broken(broken);
                    }
                    Fed::Instead { text, moved } => {
                        examples[at] += 1;
                        instead[at] = Some(text);
                        if moved {
                            return Followed::Again;
                        }
                    }
                    Fed::NoExample => {
                        self.refuse(step.transition, instead[at].take());
                        let missed = self.missed[step.transition].as_ref();
                        let why = missed.map(ToString::to_string).unwrap_or_default();
                        self.ends(path, at + 1, format!("{step}: {why}"));
                        return Followed::Over;
                    }
                }
            }
        }
        Followed::Over
    }

    /// None of the examples led to this transition.
    fn refuse(&mut self, row: usize, instead: Option<String>) {
        let missed = match instead {
            Some(instead) => Missed::Refused { instead },
            None => Missed::NoExample,
        };
        self.missed[row] = Some(missed);
    }

    /// The step that was meant to be this transition broke something.
    fn breaks(&mut self, row: usize, broken: &Broken) {
        self.missed[row] = Some(Missed::Broken {
            message: broken.message.clone(),
        });
    }

    /// Whether looking further can change nothing: all is taken, or nothing leads to the rest.
    fn is_done(&self) -> bool {
        self.taken.iter().zip(&self.missed).all(|(&taken, missed)| {
            taken > 0 || matches!(missed, Some(Missed::NoExample | Missed::NoPath))
        })
    }

    /// The steps of a path from here on were not tried.
    fn ends(&mut self, path: &Path, from: usize, ended: String) {
        for step in &path.steps[from.min(path.steps.len())..] {
            let missed = &mut self.missed[step.transition];
            if missed.is_none() {
                *missed = Some(Missed::NotReached {
                    ended: ended.clone(),
                });
            }
        }
    }

    /// Takes what was tried least, or anything, wherever it is, until nothing is missing or the walks are over.
    fn walk(&mut self) -> Result<(), SpawnError> {
        let WalkLimits { walks, steps } = self.drive.walks;
        let mut random = self.drive.settings.seed ^ 0x9e37_79b9_7f4a_7c15;
        let mut tries = BTreeMap::new();
        for walk in 0..walks {
            if self.is_done() {
                break;
            }
            let Some(mut live) = self.begin()? else {
                break;
            };
            // Every second walk takes whatever comes: turns that are always the same keep some fields as they are.
            let fair = walk % 2 == 0;
            for _ in 0..steps {
                let chosen = self.choose(&live, fair, &mut tries, &mut random);
                let Some((step, example)) = chosen else {
                    break;
                };
                match self.feed(&mut live, &step, example) {
                    Fed::Broken(broken) => {
                        self.breaks(step.transition, &broken);
                        self.broke(live, broken)?;
                        break;
                    }
                    Fed::Instead { text, .. } if self.taken[step.transition] == 0 => {
                        self.refuse(step.transition, Some(text));
                    }
                    Fed::Took | Fed::Instead { .. } | Fed::NoExample => {}
                }
            }
        }
        Ok(())
    }

    /// The transition that was tried least from here, or any if it need not be `fair`, and one of the examples for it.
    fn choose(
        &mut self,
        live: &Live<A>,
        fair: bool,
        tries: &mut BTreeMap<Place, u64>,
        random: &mut u64,
    ) -> Option<(Step, usize)> {
        let mut best: Option<(Rank, Place, Step, usize)> = None;
        for (row, events) in self.model.possible(&live.config) {
            let stops = self.model.chart.transitions[row].kind == TransitionKind::Stop;
            if stops && self.taken[row] > 0 {
                // It would only make walks short.
                continue;
            }
            let step = self
                .model
                .step(row, events, &self.model.take(&live.config, row));
            let count = (self.drive.examples)(&step).len();
            if count > 0 {
                let place = (live.config.active().to_vec(), row);
                let tried = tries.get(&place).copied().unwrap_or_default();
                let rank = if fair {
                    (tried, self.taken[row] > 0, next(random))
                } else {
                    (0, false, next(random))
                };
                if best.as_ref().is_none_or(|(known, ..)| rank < *known) {
                    let example = (next(random) % count as u64) as usize;
                    best = Some((rank, place, step, example));
                }
            }
        }
        let (_, place, step, example) = best?;
        *tries.entry(place).or_default() += 1;
        Some((step, example))
    }

    /// Dispatches one example of a step.
    fn feed(&mut self, live: &mut Live<A>, step: &Step, example: usize) -> Fed {
        let mut examples = (self.drive.examples)(step);
        if example >= examples.len() {
            return Fed::NoExample;
        }
        let event = examples.swap_remove(example);
        live.events.push(Chosen {
            step: step.clone(),
            example,
            name: A::event_name(&event),
        });
        let before = live.config.clone();
        live.bench.dispatch(event);
        self.steps += 1;
        let (reactions, broken) = self.read(live, Some(step.transition));
        if let Some(broken) = broken.or_else(|| self.check(live)) {
            return Fed::Broken(broken);
        }
        if reactions.contains(&Some(step.transition)) {
            return Fed::Took;
        }
        let text = match reactions.first() {
            Some(&Some(row)) => format!("took {}", row_text(self.model.chart, row)),
            _ => "ignored the event".to_owned(),
        };
        Fed::Instead {
            text,
            moved: live.config != before,
        }
    }

    fn check(&mut self, live: &Live<A>) -> Option<Broken> {
        if let Some(panic) = live.bench.failed() {
            return Some(Broken {
                kind: Kind::Panic,
                message: format!("the actor panicked: {panic}"),
            });
        }
        // An actor that has stopped has nothing left to look at.
        if live.config.active().is_empty() {
            return None;
        }
        let message = (self.drive.invariant)(&live.bench).err()?;
        Some(Broken {
            kind: Kind::Invariant,
            message,
        })
    }

    fn is_known(&self, broken: &Broken) -> bool {
        let mut known = self.violations.iter();
        known.any(|violation| violation.message == broken.message)
    }

    fn violated(&mut self, live: &Live<A>, broken: Broken) {
        if self.violations.len() < MOST_VIOLATIONS && !self.is_known(&broken) {
            let names = live.events.iter().map(|chosen| chosen.name.to_owned());
            self.violations.push(Violation {
                message: broken.message,
                events: names.collect(),
                state: live.bench.state(),
            });
        }
    }

    /// Reports a violation, by as few events as leaving some out allows: halves first, single events last.
    fn broke(&mut self, live: Live<A>, broken: Broken) -> Result<(), SpawnError> {
        if self.is_known(&broken) || self.violations.len() >= MOST_VIOLATIONS {
            return Ok(());
        }
        let kind = broken.kind;
        let mut shortest = (live, broken);
        let mut size = shortest.0.events.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < shortest.0.events.len() {
                let mut fewer = shortest.0.events.clone();
                fewer.drain(at..(at + size).min(fewer.len()));
                match self.replay(&fewer, kind)? {
                    Some(found) => shortest = found,
                    None => at += size,
                }
            }
            size /= 2;
        }
        let (live, broken) = shortest;
        self.violated(&live, broken);
        Ok(())
    }

    /// Whether these events break the same kind of thing.
    fn replay(
        &mut self,
        events: &[Chosen],
        kind: Kind,
    ) -> Result<Option<(Live<A>, Broken)>, SpawnError> {
        let (mut live, mut broken) = self.begin_or_break()?;
        for chosen in events {
            if broken.is_some() {
                break;
            }
            if let Fed::Broken(found) = self.feed(&mut live, &chosen.step, chosen.example) {
                broken = Some(found);
            }
        }
        Ok(broken
            .filter(|broken| broken.kind == kind)
            .map(|broken| (live, broken)))
    }
}

/// How far a path was followed.
enum Followed {
    /// An example led elsewhere: once more from the start, with the next one.
    Again,
    Over,
    Broken(Broken),
}

/// xorshift64* (Vigna, 2016).
fn next(random: &mut u64) -> u64 {
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    random.wrapping_mul(0x2545_f491_4f6c_dd1d)
}
