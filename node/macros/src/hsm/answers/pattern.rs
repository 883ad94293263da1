//! What a pattern says of the event.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syntax is an open set: what is not named is what is not meant"
)]

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{FieldPat, Member, Pat, Path};

use super::text::text;

/// Which events a reaction is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::hsm) struct Trigger {
    /// As a reader wants it: types, references and bindings left out.
    pub(in crate::hsm) text: String,
    /// The variants that it names; empty for any.
    pub(in crate::hsm) events: Vec<Variant>,
}

/// A variant that a pattern names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::hsm) struct Variant {
    pub(in crate::hsm) name: String,
    /// Whether this can be a constant as well: a path in capital letters.
    pub(in crate::hsm) perhaps_constant: bool,
}

impl Trigger {
    /// What a pattern matches; `None` if that is any event.
    pub(super) fn of(pattern: &Pat) -> Option<Self> {
        if is_irrefutable(pattern) {
            return None;
        }
        Some(Self {
            text: show(outermost(pattern)),
            events: variants(pattern).unwrap_or_default(),
        })
    }
}

/// Whether a pattern matches anything, as far as its own tokens tell.
pub(super) fn is_irrefutable(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => is_irrefutable(inner),
            None => !is_path(&name.ident),
        },
        Pat::Paren(inner) => is_irrefutable(&inner.pat),
        Pat::Reference(inner) => is_irrefutable(&inner.pat),
        Pat::Type(inner) => is_irrefutable(&inner.pat),
        Pat::Tuple(tuple) => tuple.elems.iter().all(is_irrefutable),
        Pat::Or(or) => or.cases.iter().any(is_irrefutable),
        _ => false,
    }
}

/// Whether a single word in a pattern is a variant or a constant, and no binding.
fn is_path(word: &Ident) -> bool {
    word.to_string().starts_with(char::is_uppercase)
}

/// The names that a pattern binds.
pub(super) fn bindings(pattern: &Pat) -> Vec<String> {
    struct Bindings(Vec<String>);
    impl Visit<'_> for Bindings {
        fn visit_pat_ident(&mut self, node: &syn::PatIdent) {
            if node.subpat.is_some() || !is_path(&node.ident) {
                self.0.push(node.ident.to_string());
            }
            visit::visit_pat_ident(self, node);
        }

        fn visit_expr(&mut self, _: &syn::Expr) {}
    }
    let mut found = Bindings(Vec::new());
    found.visit_pat(pattern);
    found.0
}

/// The variants that a pattern names at its outermost level; `None` if it may match any.
fn variants(pattern: &Pat) -> Option<Vec<Variant>> {
    match pattern {
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => variants(inner),
            None => is_path(&name.ident).then(|| vec![variant(&name.ident, true)]),
        },
        Pat::Path(path) => Some(vec![variant(last(&path.path)?, true)]),
        Pat::TupleStruct(of) => Some(vec![variant(last(&of.path)?, false)]),
        Pat::Struct(of) => Some(vec![variant(last(&of.path)?, false)]),
        Pat::Paren(inner) => variants(&inner.pat),
        Pat::Reference(inner) => variants(&inner.pat),
        Pat::Type(inner) => variants(&inner.pat),
        Pat::Or(or) => {
            let mut all: Vec<Variant> = Vec::new();
            for case in &or.cases {
                for variant in variants(case)? {
                    if !all.contains(&variant) {
                        all.push(variant);
                    }
                }
            }
            Some(all)
        }
        _ => None,
    }
}

fn variant(name: &Ident, word: bool) -> Variant {
    let name = syn::ext::IdentExt::unraw(name).to_string();
    let perhaps_constant = word && name.len() > 1 && !name.contains(char::is_lowercase);
    Variant {
        name,
        perhaps_constant,
    }
}

fn last(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|segment| &segment.ident)
}

/// The one variant that a pattern matches whatever is inside it.
pub(super) fn whole_variant(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => whole_variant(inner),
            None => is_path(&name.ident).then_some(&name.ident),
        },
        Pat::Path(path) => last(&path.path),
        Pat::TupleStruct(of) if of.elems.iter().all(is_irrefutable) => last(&of.path),
        Pat::Struct(of) if of.fields.iter().all(|field| is_irrefutable(&field.pat)) => {
            last(&of.path)
        }
        Pat::Paren(inner) => whole_variant(&inner.pat),
        Pat::Reference(inner) => whole_variant(&inner.pat),
        _ => None,
    }
}

/// The variant whose values a pattern selects from.
pub(super) fn selected_variant(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::TupleStruct(of) => last(&of.path),
        Pat::Struct(of) => last(&of.path),
        Pat::Paren(inner) => selected_variant(&inner.pat),
        Pat::Reference(inner) => selected_variant(&inner.pat),
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => selected_variant(inner),
            None => whole_variant(pattern),
        },
        _ => whole_variant(pattern),
    }
}

/// The alternatives of a pattern.
pub(super) fn alternatives(pattern: &Pat) -> Vec<&Pat> {
    match pattern {
        Pat::Or(or) => or.cases.iter().flat_map(alternatives).collect(),
        Pat::Paren(inner) => alternatives(&inner.pat),
        _ => vec![pattern],
    }
}

/// What is around a whole pattern says nothing of the event.
fn outermost(pattern: &Pat) -> &Pat {
    match pattern {
        Pat::Paren(inner) => outermost(&inner.pat),
        Pat::Reference(inner) => outermost(&inner.pat),
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => outermost(inner),
            None => pattern,
        },
        _ => pattern,
    }
}

/// A pattern as a reader wants it.
fn show(pattern: &Pat) -> String {
    match pattern {
        Pat::Wild(_) => "_".to_owned(),
        Pat::Rest(_) => "..".to_owned(),
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => show(inner),
            None if is_path(&name.ident) => name.ident.to_string(),
            None => "_".to_owned(),
        },
        Pat::Path(path) => last(&path.path).map_or_else(|| text(path), Ident::to_string),
        Pat::TupleStruct(of) => {
            let name = last(&of.path).map(Ident::to_string).unwrap_or_default();
            let inner: Vec<String> = of.elems.iter().map(|inner| content(inner, &name)).collect();
            format!("{name}({})", inner.join(", "))
        }
        Pat::Struct(of) => {
            let name = last(&of.path).map(Ident::to_string).unwrap_or_default();
            let telling = of.fields.iter().filter(|field| !is_irrefutable(&field.pat));
            let mut inner: Vec<String> = telling.map(show_field).collect();
            if inner.len() < of.fields.len() || of.rest.is_some() {
                inner.push("..".to_owned());
            }
            if inner.is_empty() {
                format!("{name} {{}}")
            } else {
                format!("{name} {{ {} }}", inner.join(", "))
            }
        }
        Pat::Paren(inner) => format!("({})", show(&inner.pat)),
        Pat::Reference(inner) => show(&inner.pat),
        Pat::Type(inner) => show(&inner.pat),
        Pat::Or(or) => list(&or.cases, " | "),
        Pat::Tuple(tuple) => format!("({})", list(&tuple.elems, ", ")),
        Pat::Slice(slice) => format!("[{}]", list(&slice.elems, ", ")),
        _ => text(pattern),
    }
}

fn list<'p>(patterns: impl IntoIterator<Item = &'p Pat>, separator: &str) -> String {
    let shown: Vec<String> = patterns.into_iter().map(show).collect();
    shown.join(separator)
}

/// What is inside a variant. A signal has its variant's name most of the time: `Eat(Eat { .. })` says no more than `Eat(_)`.
fn content(inner: &Pat, outer: &str) -> String {
    match inner {
        Pat::Struct(of)
            if last(&of.path).is_some_and(|name| name == outer)
                && of.fields.iter().all(|field| is_irrefutable(&field.pat)) =>
        {
            "_".to_owned()
        }
        _ => show(inner),
    }
}

fn show_field(field: &FieldPat) -> String {
    let member = match &field.member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    };
    format!("{member}: {}", show(&field.pat))
}
