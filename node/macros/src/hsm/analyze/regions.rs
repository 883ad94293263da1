//! Composites that are active in several regions, and the transitions that these allow.

use proc_macro2::Ident;

use super::super::Errors;
use super::super::parse::{Role, Source};
use super::{Chart, State};

impl Chart {
    /// Resolves the regions of composites, and checks that they are just the states directly inside.
    pub(super) fn link_regions(&mut self, source: &Source, errors: &mut Errors) {
        let handlers = self.handlers(source);
        for &(index, method) in &handlers {
            let Role::State(keys) = &method.role else {
                continue;
            };
            let Some(names) = &keys.regions else { continue };
            let found = names
                .iter()
                .filter_map(|name| Some((name, self.find(name, errors)?)))
                .collect::<Vec<_>>();
            self.states[index].regions = found.iter().map(|&(_, region)| region).collect();
            if let Some(initial) = &keys.initial {
                let name = &self.states[index].name;
                errors.at(initial, format!("`{name}` starts in all its regions; remove `initial`, and give each region its own"));
            }
        }
        for (index, method) in handlers {
            if let Role::State(keys) = &method.role
                && let Some(names) = &keys.regions
                && names.len() == self.states[index].regions.len()
            {
                self.check_regions(index, names, errors);
            }
        }
    }

    fn check_regions(&self, composite: usize, names: &[Ident], errors: &mut Errors) {
        let State {
            name: outer,
            regions,
            ..
        } = &self.states[composite];
        if let [only] = names {
            errors.at(only, format!("one region alone is no region; name all states inside `{outer}` that are active together, or write `initial = {only}`"));
            return;
        }
        for (at, (name, &region)) in names.iter().zip(regions).enumerate() {
            if regions[..at].contains(&region) {
                errors.at(name, format!("region `{name}` is named twice; remove one"));
            } else if self.states[region].parent != Some(composite) {
                errors.at(name, format!("region `{name}` is not directly inside `{outer}`; give it `parent = {outer}` or remove it from the regions"));
            } else if !self.is_enterable(region) {
                errors.at(name, format!("region `{name}` has states inside and no initial; add `initial = …` to its #[state]"));
            }
        }
        for (index, state) in self.states.iter().enumerate() {
            if state.parent == Some(composite) && !regions.contains(&index) {
                let name = &state.name;
                errors.at(&state.handler.ident, format!("the states inside `{outer}` are its regions; add `{name}` to them or move it into one of them"));
            }
        }
    }

    /// Checks that a transition does not lead from one region into another that is active beside it.
    pub(super) fn check_crossing(
        &self,
        place: &Ident,
        source: usize,
        target: usize,
        errors: &mut Errors,
    ) {
        let (from, to) = (self.path(source), self.path(target));
        let mut shared = from.iter().zip(&to).take_while(|(a, b)| a == b);
        let Some((&around, _)) = shared.by_ref().last() else {
            return;
        };
        let level = self.path(around).len();
        if let (Some(&one), Some(&other)) = (from.get(level), to.get(level))
            && self.has_regions(around)
        {
            let [around, one, other] = [around, one, other].map(|state| &self.states[state]);
            errors.at(place, format!(
                "the regions `{}` and `{}` are active together and no transition leads from one to the other; answer with To(State::{}), or post an event that `{}` reacts to",
                one.name, other.name, around.variant, other.name
            ));
        }
    }

    pub(super) fn has_regions(&self, state: usize) -> bool {
        !self.states[state].regions.is_empty()
    }

    /// Whether any composite has regions: then the engine walks the chart.
    pub(in super::super) fn is_regional(&self) -> bool {
        (0..self.states.len()).any(|state| self.has_regions(state))
    }
}
