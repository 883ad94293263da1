//! What the attribute says of the chart as a whole.

use proc_macro2::{Ident, TokenStream};
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Lifetime, Token, Type, Visibility, bracketed};

use super::keys;
use crate::hsm::Errors;

/// The keys of `#[hsm(…)]`.
const KEYS: [&str; 9] = [
    "event",
    "initial",
    "subscribe",
    "context",
    "vis",
    "defer",
    "recall",
    "on_panic",
    "snapshot",
];

/// `#[hsm(…)]`.
#[derive(Default)]
pub(in crate::hsm) struct Options {
    /// What the states react to.
    pub(in crate::hsm) event: Option<Type>,
    /// Where the top initial transition leads.
    pub(in crate::hsm) initial: Option<Ident>,
    /// The signals that the actor subscribes to from its start.
    pub(in crate::hsm) subscribe: Vec<Type>,
    /// A context other than an actor's: the chart is a machine of its own.
    pub(in crate::hsm) context: Option<Type>,
    /// How visible the enum of states is; public if not said, because an attribute on an `impl` block cannot see how visible the type is.
    pub(in crate::hsm) vis: Option<Visibility>,
    /// How many deferred events are kept, if it is said.
    pub(in crate::hsm) defer: Option<u16>,
    /// Whether only the context recalls them.
    pub(in crate::hsm) recall_manual: bool,
    /// Whether an event whose step panicked is dispatched once more.
    pub(in crate::hsm) on_panic_retry: bool,
    /// Whether machines can be saved.
    pub(in crate::hsm) snapshot: bool,
}

impl Options {
    pub(in crate::hsm) fn parse(args: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let mut retry = None;
        let seen = keys::each(args, &KEYS, "#[hsm]", errors, |key, name, input| {
            match name {
                "event" => options.event = Some(keys::ty(key, input)?),
                "initial" => options.initial = Some(keys::name(key, input)?),
                "context" => {
                    // Whatever it is, the chart is none of an actor.
                    options.context = Some(syn::parse_quote!(()));
                    options.context = Some(keys::ty(key, input)?);
                }
                "vis" => {
                    keys::equals(key, input)?;
                    options.vis = Some(input.parse()?);
                }
                "snapshot" => options.snapshot = true,
                "defer" => {
                    keys::equals(key, input)?;
                    options.defer = Some(keys::number(input)?);
                }
                "recall" => {
                    keys::equals(key, input)?;
                    keys::word(
                        input,
                        "manual",
                        "transitions recall what was deferred; write `recall = manual` to leave that to the context",
                    )?;
                    options.recall_manual = true;
                }
                "on_panic" => {
                    keys::equals(key, input)?;
                    keys::word(
                        input,
                        "retry",
                        "the event that an actor panicked on is a dead letter; write `on_panic = retry` to have it dispatched once more",
                    )?;
                    options.on_panic_retry = true;
                    retry = Some(key.clone());
                }
                _ => {
                    keys::equals(key, input)?;
                    options.subscribe = signals(input)?;
                }
            }
            Ok(())
        });
        if !seen.contains(&"event") {
            errors.at_attribute(
                "name the type that the states react to: #[hsm(event = …, initial = …)]",
            );
        }
        if !seen.contains(&"initial") {
            errors.at_attribute("name the first state: #[hsm(event = …, initial = …)]");
        }
        if let (Some(_), Some(signal)) = (&options.context, options.subscribe.first()) {
            errors.at(signal, "a chart with a context of its own has no node to subscribe with; remove `subscribe` or `context`");
        }
        if let (Some(_), Some(key)) = (&options.context, &retry) {
            errors.at(key, "a chart with a context of its own has no mailbox that could bring an event back; remove `on_panic` or `context`");
        }
        options
    }

    /// The type of the context, with `'c` for its lifetime.
    pub(in crate::hsm) fn context_type(&self, actor: &Type) -> Type {
        match &self.context {
            // At the place of the type, where it is reported that the type is no actor.
            None => syn::parse_quote_spanned!(actor.span()=> ::farc::Context<'c, #actor>),
            Some(context) => {
                let mut context = context.clone();
                NameElided.visit_type_mut(&mut context);
                context
            }
        }
    }
}

/// Reads `[Signal, …]`.
fn signals(input: ParseStream<'_>) -> Result<Vec<Type>, syn::Error> {
    const WHAT: &str = "`subscribe` is a list of signals; write `[Signal, …]`";
    let list;
    if !input.peek(syn::token::Bracket) {
        return Err(input.error(WHAT));
    }
    bracketed!(list in input);
    let signals = Punctuated::<Type, Token![,]>::parse_terminated(&list);
    let signals = signals.map_err(|error| syn::Error::new(error.span(), WHAT))?;
    Ok(signals.into_iter().collect())
}

/// Gives elided lifetimes the name of the associated type's parameter.
struct NameElided;

impl VisitMut for NameElided {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            lifetime.ident = Ident::new("c", lifetime.ident.span());
        }
    }
}
