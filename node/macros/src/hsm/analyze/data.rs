//! Data that lives as long as its state: who makes it, and who may ask for it.

use proc_macro2::{Ident, Span};
use syn::{FnArg, ReturnType, Type};

use super::super::Errors;
use super::super::parse::{Argument, By, Method, Parameter, Role, Source, written};
use super::{Chart, Data};

impl Chart {
    /// Finds the data of the states, and who makes it and asks for it.
    pub(super) fn link_data(&mut self, source: &Source, errors: &mut Errors) {
        let mut slot = 0;
        for (index, method) in self.handlers(source) {
            if let Role::State(keys) = &method.role
                && let Some(ty) = &keys.data
            {
                self.states[index].data = Some(Data {
                    ty: ty.clone(),
                    written: written(ty),
                    slot,
                });
                slot += 1;
            }
        }
        self.check_made(source, errors);
        for method in &source.methods {
            self.check_asked(source, method, errors);
        }
    }

    /// The types of all data, in the order of their places in the memory.
    pub(in super::super) fn data(&self) -> Vec<&Type> {
        let data = self.states.iter().filter_map(|state| state.data.as_ref());
        data.map(|data| &data.ty).collect()
    }

    /// The state whose data a method of `state` gets for a type: the state itself or one that encloses it.
    pub(in super::super) fn owner(&self, state: usize, ty: &str) -> Option<usize> {
        let mut near = std::iter::once(state).chain(self.enclosing(state));
        near.find(|&owner| self.written(owner) == Some(ty))
    }

    fn written(&self, state: usize) -> Option<&str> {
        Some(&self.states[state].data.as_ref()?.written)
    }

    /// Each data has an entry action that returns it, and one owner on each path.
    fn check_made(&self, source: &Source, errors: &mut Errors) {
        for (index, state) in self.states.iter().enumerate() {
            let entry = state.entry.as_ref();
            let entry = entry.and_then(|entry| {
                source
                    .methods
                    .iter()
                    .find(|method| method.item == entry.item)
            });
            let body = entry.and_then(|entry| source.body(entry));
            let name = &state.name;
            match (&state.data, body.map(|body| (&body.sig.ident, &body.sig.output))) {
                (None, Some((_, ReturnType::Type(_, ty)))) if !is_unit(ty) => {
                    errors.at(ty, format!("an entry action answers nothing; remove the return type, or give `{name}` what is returned with `data = …` in its #[state]"));
                }
                (None, _) => {}
                (Some(data), None) => errors.at(
                    &data.ty,
                    format!("nothing makes the data of `{name}`; write its entry action, #[entry({name})], and let it return `{}`", plain(&data.written)),
                ),
                (Some(data), Some((_, ReturnType::Type(_, ty)))) if written(ty) != data.written => {
                    errors.at(ty, format!("the entry action of `{name}` makes its data; let it return `{}`", plain(&data.written)));
                }
                (Some(data), Some((ident, ReturnType::Default))) => {
                    errors.at(ident, format!("the entry action of `{name}` makes its data; let it return `{}`", plain(&data.written)));
                }
                (Some(_), Some(_)) => {}
            }
            if let Some(data) = &state.data
                && let Some(outer) = self.states[index]
                    .parent
                    .and_then(|parent| self.owner(parent, &data.written))
            {
                let outer = &self.states[outer].name;
                errors.at(&data.ty, format!("`{outer}`, which encloses `{name}`, has data of this type already; wrap one of the two in a type of its own"));
            }
        }
    }

    /// What a method asks for exists while it runs.
    fn check_asked(&self, source: &Source, method: &Method, errors: &mut Errors) {
        for Parameter { what, position } in &method.parameters {
            let Argument::Data { ty, by } = what else {
                continue;
            };
            let Some(FnArg::Typed(parameter)) = source
                .body(method)
                .and_then(|body| body.sig.inputs.iter().nth(*position))
            else {
                continue;
            };
            let place = &parameter.ty;
            let shown = plain(ty);
            let state = match &method.role {
                Role::State(_) => &method.ident,
                Role::Entry(state)
                | Role::Exit(state)
                | Role::Init(state)
                | Role::Invariant(Some(state)) => state,
                Role::Start | Role::Restored | Role::Invariant(None) => {
                    errors.at(
                        place,
                        format!(
                            "{} belongs to no state and gets no `{shown}`; remove this parameter",
                            method.role.noun()
                        ),
                    );
                    continue;
                }
            };
            let Some(state) = self.position(state) else {
                continue;
            };
            let name = &self.states[state].name;
            let Some(owner) = self.owner(state, ty) else {
                let owners = self.states.iter().enumerate();
                let owners = owners.filter(|&(owner, _)| self.written(owner) == Some(ty));
                let owner = owners
                    .map(|(_, owner)| owner.name.as_str())
                    .next()
                    .unwrap_or_default();
                errors.at(place, format!("`{shown}` is the data of `{owner}`, which does not enclose `{name}`; remove this parameter or move `{name}` into `{owner}`"));
                continue;
            };
            let own = owner == state;
            let (owner, entry, exit) = (
                &self.states[owner].name,
                matches!(method.role, Role::Entry(_)),
                matches!(method.role, Role::Exit(_)),
            );
            if own && entry {
                errors.at(place, format!("the data of `{name}` is what its entry action returns; remove this parameter"));
            } else if *by == By::Value && !(own && exit) {
                errors.at(place, format!("only the exit action of `{owner}` may take its data by value; take `&mut {shown}`"));
            }
        }
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// A type as a reader writes it: the compiler puts a space between all tokens.
pub(in super::super) fn plain(written: &str) -> String {
    let mut text = written.to_owned();
    for (wide, narrow) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ;", ";"),
        ("& ", "&"),
        ("( ", "("),
        (" )", ")"),
        ("[ ", "["),
        (" ]", "]"),
    ] {
        text = text.replace(wide, narrow);
    }
    text
}

/// The place of a slot in the nested pairs of the memory: `memory.data.1.1.0`.
pub(in super::super) fn place(slot: usize) -> proc_macro2::TokenStream {
    let memory = Ident::new("memory", Span::call_site());
    let inwards = std::iter::repeat_n(syn::Index::from(1), slot);
    quote::quote!(#memory.data #(.#inwards)* .0)
}
