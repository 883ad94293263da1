//! What must hold of every step of every chart, whatever the chart: each state is exited as often as it was entered, and one leaf a region is
//! active.

use crate::description::Chart;
use crate::told::Note;

/// The configuration that follows from entries and exits alone.
#[derive(Clone, Debug)]
pub(crate) struct Balance {
    active: Vec<bool>,
    parents: Vec<Option<usize>>,
}

impl Balance {
    pub(crate) fn of(chart: &Chart) -> Self {
        Self {
            active: vec![false; chart.states.len()],
            parents: chart.states.iter().map(|state| state.parent).collect(),
        }
    }

    /// Follows what the engine told.
    pub(crate) fn follow(&mut self, notes: &[Note]) -> Result<(), String> {
        for note in notes {
            if let Note::Entry(state) = *note {
                if std::mem::replace(&mut self.active[state], true) {
                    return Err(format!("s{state} is entered while it is active"));
                }
                if self.parents[state].is_some_and(|parent| !self.active[parent]) {
                    return Err(format!("s{state} is entered before what encloses it"));
                }
            } else if let Note::Exit(state) = *note {
                if !std::mem::replace(&mut self.active[state], false) {
                    return Err(format!("s{state} is exited while it is not active"));
                }
                let inside = |&inner: &usize| self.parents[inner] == Some(state);
                if let Some(left) = self.active().into_iter().find(inside) {
                    return Err(format!("s{state} is exited before s{left} inside it"));
                }
            }
        }
        Ok(())
    }

    fn active(&self) -> Vec<usize> {
        (0..self.active.len())
            .filter(|&state| self.active[state])
            .collect()
    }

    /// One outermost state is active, in each active composite one child or all regions; and nothing at all when it does not run.
    pub(crate) fn is_stable(&self, chart: &Chart, running: bool) -> Result<(), String> {
        let count =
            |children: &[usize]| children.iter().filter(|&&child| self.active[child]).count();
        let outermost: Vec<usize> = (0..chart.states.len())
            .filter(|&state| chart.states[state].parent.is_none())
            .collect();
        if count(&outermost) != usize::from(running) {
            return Err(format!("{:?} are active", self.active()));
        }
        for state in self.active() {
            let children = chart.children(state);
            let wanted = match (children.len(), chart.states[state].regions.len()) {
                (0, _) => 0,
                (_, 0) => 1,
                (_, regions) => regions,
            };
            if count(&children) != wanted {
                return Err(format!(
                    "{:?} are active, not {wanted} in s{state}",
                    self.active()
                ));
            }
        }
        Ok(())
    }
}
