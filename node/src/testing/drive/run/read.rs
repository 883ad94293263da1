//! What the records of a step say: which rows of the chart were taken, and whether the actor is where they lead.

use super::super::report::row_text;
use super::{Broken, Kind, Live, Run};
use crate::actor::Actor;
use crate::hsm::paths::Config;
use crate::hsm::{Record, TransitionKind};

/// A reaction as the records tell it: from an event to the record that ends it.
#[derive(Default)]
struct Reaction {
    answered: Option<&'static str>,
    exited: Vec<usize>,
    entered: Vec<usize>,
}

impl<A: Actor> Run<'_, '_, '_, A> {
    /// What the actor recorded: which transitions it took, `None` for an event that it ignored. `meant` decides between rows that look alike.
    pub(super) fn read(
        &mut self,
        live: &mut Live<A>,
        meant: Option<usize>,
    ) -> (Vec<Option<usize>>, Option<Broken>) {
        let mut reactions = Vec::new();
        let mut broken = None;
        let mut reaction = Reaction::default();
        for (event, record) in live.bench.records() {
            let kind = match record {
                Record::Answer(state) => {
                    reaction.answered = Some(state);
                    continue;
                }
                Record::Entry(state) => {
                    reaction.entered.extend(self.index(state));
                    continue;
                }
                Record::Exit(state) => {
                    reaction.exited.extend(self.index(state));
                    continue;
                }
                Record::Init(_) | Record::History { .. } | Record::GuardRejected(_) => continue,
                Record::Transition { .. } => TransitionKind::To,
                Record::Internal(_) => TransitionKind::Internal,
                Record::Deferred(_) => TransitionKind::Defer,
                Record::Stopped(_) => TransitionKind::Stop,
                Record::Ignored => {
                    reactions.push(None);
                    continue;
                }
            };
            let reaction = std::mem::take(&mut reaction);
            match self.settle(live, event, kind, &reaction, meant) {
                Ok(row) => {
                    self.taken[row] += 1;
                    reactions.push(Some(row));
                }
                Err(message) => {
                    broken.get_or_insert(Broken {
                        kind: Kind::Chart,
                        message,
                    });
                }
            }
        }
        // The start, or a step that ended in a panic.
        self.model
            .follow(&mut live.config, &reaction.exited, &reaction.entered);
        self.arrived(&live.config, &reaction);
        (reactions, broken)
    }

    /// Finds the row that a reaction was, and goes where it leads.
    fn settle(
        &mut self,
        live: &mut Live<A>,
        event: &str,
        kind: TransitionKind,
        reaction: &Reaction,
        meant: Option<usize>,
    ) -> Result<usize, String> {
        let before = live.config.clone();
        self.model
            .follow(&mut live.config, &reaction.exited, &reaction.entered);
        self.arrived(&live.config, reaction);
        let source = reaction.answered.unwrap_or("?");
        let like: Vec<_> = (0..self.taken.len())
            .filter(|&row| self.looks_like(row, source, event, kind))
            .collect();
        let fits = |row: &usize| {
            let after = self.model.take(&before, *row);
            after.active() == live.config.active()
        };
        let meant = meant.filter(|row| like.contains(row) && fits(row));
        if let Some(row) = meant.or_else(|| like.iter().copied().find(fits)) {
            live.config = self.model.take(&before, row);
            return Ok(row);
        }
        let went = self.model.leaves(&live.config).join(", ");
        Err(match like.first() {
            None => format!("{source} answered {event}, and the chart has no such transition"),
            Some(&row) => {
                let after = self.model.take(&before, row);
                format!(
                    "{} leads to {}, and the actor went to {went}",
                    row_text(self.model.chart, row),
                    self.model.leaves(&after).join(", "),
                )
            }
        })
    }

    fn looks_like(&self, row: usize, source: &str, event: &str, kind: TransitionKind) -> bool {
        let row = &self.model.chart.transitions[row];
        let moves = matches!(
            row.kind,
            TransitionKind::To
                | TransitionKind::Reenter
                | TransitionKind::History
                | TransitionKind::DeepHistory
        );
        self.model.name(row.source) == source
            && (row.events.is_empty() || row.events.contains(&event))
            && (row.kind == kind || (moves && kind == TransitionKind::To))
    }

    fn index(&self, name: &str) -> Option<usize> {
        let states = &self.model.chart.states;
        states.iter().position(|state| state.name == name)
    }

    fn arrived(&mut self, config: &Config, reaction: &Reaction) {
        for &state in config.active().iter().chain(&reaction.entered) {
            if let Some(reached) = self.reached.get_mut(state) {
                *reached = true;
            }
        }
    }
}
