//! Composites that remember, and the answers that ask them to.

use proc_macro2::Ident;

use super::super::Errors;
use super::super::answers::Kind;
use super::super::parse::{Role, Source};
use super::{Chart, History};

impl Chart {
    /// Resolves what composites remember.
    pub(super) fn link_history(&mut self, source: &Source, errors: &mut Errors) {
        let mut slot = 0;
        for (index, method) in self.handlers(source) {
            let Role::State(keys) = &method.role else {
                continue;
            };
            let Some(written) = &keys.history else {
                continue;
            };
            let name = &self.states[index].name;
            if !self.is_composite(index) {
                errors.at(
                    &written.key,
                    format!("`{name}` has no states inside to remember; remove `history`"),
                );
                continue;
            }
            let default = written.default.as_ref().and_then(|default| {
                let inner = self.find(default, errors)?;
                if self.enclosing(inner).any(|up| up == index) {
                    self.check_enterable(default, inner, errors);
                } else {
                    errors.at(default, format!("`{default}` is not inside `{name}`; name one of the states inside as the default of its history"));
                }
                Some(inner)
            });
            self.states[index].history = Some(History {
                deep: written.deep,
                default,
                slot,
            });
            slot += 1;
        }
    }

    /// How many composites remember.
    pub(in super::super) fn histories(&self) -> usize {
        self.states
            .iter()
            .filter(|state| state.history.is_some())
            .count()
    }

    /// The places in the memory that hold a leaf when it has been exited.
    pub(in super::super) fn remembered_in(&self, leaf: usize) -> impl Iterator<Item = usize> {
        self.path(leaf)
            .into_iter()
            .filter_map(|state| Some(self.states[state].history.as_ref()?.slot))
    }

    /// Where a transition leads that finds no history.
    pub(super) fn leads_to(&self, target: usize, kind: Kind) -> usize {
        let history = self.states[target].history.as_ref();
        match kind {
            Kind::History | Kind::DeepHistory => history
                .and_then(|history| history.default)
                .unwrap_or(target),
            Kind::To | Kind::Reenter | Kind::Internal | Kind::Defer | Kind::Stop => target,
        }
    }

    /// A state that a shallow history enters as the child it remembers, and that is not known to be entered otherwise: only its initial is
    /// followed then, while it can be active by a way past that.
    pub(super) fn resumed(&self, active: &[bool], entered: &[bool]) -> Option<usize> {
        let sources = (0..self.states.len()).filter(|&source| active[source]);
        let asked = sources.flat_map(|source| self.targets(source));
        let shallow = asked.filter(|&(_, kind)| kind == Kind::History);
        let mut children = shallow.flat_map(|(composite, _)| {
            (0..self.states.len())
                .filter(move |&child| self.states[child].parent == Some(composite))
        });
        children.find(|&child| active[child] && !entered[child])
    }

    /// A state can be asked for its history if it keeps one, of this kind, and if there is a way to a leaf with and without it.
    pub(super) fn check_resumable(
        &self,
        place: &Ident,
        target: usize,
        kind: Kind,
        errors: &mut Errors,
    ) {
        let state = &self.states[target];
        let name = &state.name;
        let Some(history) = &state.history else {
            let to_write = if kind == Kind::DeepHistory {
                "history = deep"
            } else {
                "history"
            };
            errors.at(place, format!("`{name}` keeps no history; add `{to_write}` to its #[state] or answer with To(State::{place})"));
            return;
        };
        if kind == Kind::DeepHistory && !history.deep {
            errors.at(place, format!("`{name}` remembers its child and not the leaf; write `history = deep` or answer with History(State::{place})"));
            return;
        }
        if history.default.is_none() && !self.is_enterable(target) {
            errors.at(place, format!("before `{name}` was active its history leads nowhere; add `initial = …` or `history(default = …)` to its #[state]"));
        }
        if kind == Kind::DeepHistory {
            return;
        }
        for (index, child) in self.states.iter().enumerate() {
            if child.parent == Some(target) && !self.is_enterable(index) {
                let child = &child.name;
                errors.at(place, format!("the history of `{name}` may lead to `{child}`, which has states inside and no initial; add `initial = …` to the #[state] of `{child}`"));
            }
        }
    }
}
