//! What is written: the attribute's keys, and the methods with their roles.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syntax is an open set: what is not named is what is not meant"
)]

mod keys;
mod options;
mod signature;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, Meta, Token, Type, parenthesized};

pub(super) use options::Options;
pub(super) use signature::{event_span, parameter_name, parameter_span};

use super::Errors;

/// What methods can be.
const ROLES: [&str; 7] = [
    "state",
    "entry",
    "exit",
    "init",
    "start",
    "restored",
    "invariant",
];

/// The keys of `#[state(…)]`.
const STATE_KEYS: [&str; 6] = [
    "parent",
    "initial",
    "history",
    "regions",
    "data",
    "unreachable_ok",
];

/// The `impl` block, without our attributes, and what the attributes said.
pub(super) struct Source {
    /// The user's code as it goes out again.
    pub(super) block: ItemImpl,
    /// The type's own name.
    pub(super) name: Ident,
    /// The enum of states.
    pub(super) states: Ident,
    /// The methods that have a role, in the order of writing.
    pub(super) methods: Vec<Method>,
}

/// A method with a role.
pub(super) struct Method {
    pub(super) role: Role,
    pub(super) ident: Ident,
    /// Where the method is among the items of the block.
    pub(super) item: usize,
    /// What it receives beside the actor and the event, in its own order.
    pub(super) parameters: Vec<Parameter>,
}

/// A parameter that the engine has something for.
#[derive(Clone)]
pub(super) struct Parameter {
    pub(super) what: Argument,
    /// Where it is among the inputs of the method.
    pub(super) position: usize,
}

/// What a parameter receives.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Argument {
    Context,
    /// The data of a state, recognised by its type as it is written.
    Data {
        ty: String,
        by: By,
    },
}

/// How data is passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Value,
    Reference,
}

/// What a method does for the chart.
pub(super) enum Role {
    State(Box<StateKeys>),
    Entry(Ident),
    Exit(Ident),
    Init(Ident),
    Start,
    Restored,
    /// For one state, or for all.
    Invariant(Option<Ident>),
}

/// `#[state(…)]`.
#[derive(Default)]
pub(super) struct StateKeys {
    pub(super) parent: Option<Ident>,
    pub(super) initial: Option<Ident>,
    pub(super) history: Option<History>,
    /// The type of what lives as long as the state is active.
    pub(super) data: Option<Type>,
    /// The states inside that are active together.
    pub(super) regions: Option<Vec<Ident>>,
    /// Whether the author says that nothing leads here.
    pub(super) unreachable_ok: bool,
}

/// `history`, `history = deep`, `history(default = …)` or `history(deep, default = …)`.
pub(super) struct History {
    /// The key.
    pub(super) key: Ident,
    pub(super) deep: bool,
    pub(super) default: Option<Ident>,
}

impl Role {
    /// How messages call it.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::State(_) => "a state",
            Self::Entry(_) => "an entry action",
            Self::Exit(_) => "an exit action",
            Self::Init(_) => "an init action",
            Self::Start => "the start action",
            Self::Restored => "the action after a restore",
            Self::Invariant(_) => "an invariant",
        }
    }
}

impl Source {
    pub(super) fn parse(
        item: &TokenStream,
        options: &Options,
        errors: &mut Errors,
    ) -> Result<Self, syn::Error> {
        let misplaced = |place: &dyn ToTokens| {
            syn::Error::new_spanned(place, "put #[hsm] on the `impl` block that has the states")
        };
        let Ok(mut block) = syn::parse2::<ItemImpl>(item.clone()) else {
            // An `impl` block with a mistake of its own gets the parser's message; anything else is no place for a chart.
            return Err(
                match item
                    .clone()
                    .into_iter()
                    .any(|token| token.to_string() == "impl")
                {
                    true => syn::parse2::<ItemImpl>(item.clone())
                        .err()
                        .unwrap_or_else(|| misplaced(item)),
                    false => misplaced(item),
                },
            );
        };
        if let Some((path, _)) = &block.trait_ {
            return Err(syn::Error::new_spanned(
                path,
                "put #[hsm] on an `impl` block of the type itself, not of a trait",
            ));
        }
        if !block.generics.params.is_empty() {
            return Err(syn::Error::new_spanned(
                &block.generics,
                "a chart cannot be generic; write it for one concrete type",
            ));
        }
        let name = match &*block.self_ty {
            Type::Path(path) if path.qself.is_none() => match path.path.segments.last() {
                Some(segment) if segment.arguments.is_none() => segment.ident.clone(),
                _ => {
                    return Err(syn::Error::new_spanned(
                        path,
                        "a chart cannot be generic; write it for one concrete type",
                    ));
                }
            },
            other => {
                return Err(syn::Error::new_spanned(
                    other,
                    "a chart is written for a struct or an enum; name it here",
                ));
            }
        };
        let mut roles = Vec::new();
        for (index, item) in block.items.iter_mut().enumerate() {
            if let ImplItem::Fn(method) = item
                && let Some(role) = take_role(method, errors)
            {
                roles.push((index, role));
            }
        }
        let data = roles.iter().filter_map(|(_, role)| match role {
            Role::State(keys) => keys.data.as_ref().map(written),
            _ => None,
        });
        let data: Vec<String> = data.collect();
        let mut methods = Vec::new();
        for (index, role) in roles {
            if let Some(ImplItem::Fn(method)) = block.items.get(index) {
                methods.push(signature::check_method(
                    method, role, index, options, &data, errors,
                ));
            }
        }
        let states = Ident::new(&format!("{}State", name.unraw()), name.span());
        Ok(Self {
            block,
            name,
            states,
            methods,
        })
    }

    /// The method as written.
    pub(super) fn body(&self, method: &Method) -> Option<&ImplItemFn> {
        self.method(method.item)
    }

    /// The method among the items of the block.
    pub(super) fn method(&self, item: usize) -> Option<&ImplItemFn> {
        match self.block.items.get(item) {
            Some(ImplItem::Fn(body)) => Some(body),
            _ => None,
        }
    }
}

/// A type as it is written: how the data of a state is recognised.
pub(super) fn written(ty: &Type) -> String {
    ty.to_token_stream().to_string()
}

/// Removes our attributes from a method and tells the role they give it.
fn take_role(method: &mut ImplItemFn, errors: &mut Errors) -> Option<Role> {
    let mut found: Option<Role> = None;
    let mut taken = Vec::new();
    method.attrs.retain(|attribute| {
        let ours = ROLES.iter().any(|name| attribute.path().is_ident(name));
        if ours {
            taken.push(attribute.clone());
        }
        !ours
    });
    for attribute in taken {
        match parse_role(&attribute, errors) {
            Ok(_) if found.is_some() => errors.at(
                &attribute,
                format!(
                    "`{}` has a role already; write a method for each role",
                    method.sig.ident
                ),
            ),
            Ok(role) => found = Some(role),
            Err(error) => errors.push(error),
        }
    }
    if found.is_some()
        && let Some(conditional) = method
            .attrs
            .iter()
            .find(|attribute| attribute.path().is_ident("cfg"))
    {
        errors.at(conditional, "a part of a chart cannot be conditional; put the condition on the whole `impl` block or inside the method");
    }
    found
}

fn parse_role(attribute: &Attribute, errors: &mut Errors) -> Result<Role, syn::Error> {
    let path = attribute.path();
    if path.is_ident("state") {
        return Ok(parse_state(attribute, errors));
    }
    if path.is_ident("start") {
        if attribute.meta.require_path_only().is_err() {
            let message = "the start action comes before all states; write #[start]";
            errors.at(attribute, message);
        }
        return Ok(Role::Start);
    }
    if path.is_ident("restored") {
        attribute.meta.require_path_only()?;
        return Ok(Role::Restored);
    }
    if path.is_ident("invariant") && attribute.meta.require_path_only().is_ok() {
        return Ok(Role::Invariant(None));
    }
    let name = path.get_ident().map_or_else(String::new, Ident::to_string);
    let Meta::List(list) = &attribute.meta else {
        return Err(syn::Error::new_spanned(
            attribute,
            format!("name the state whose action this is: #[{name}(…)]"),
        ));
    };
    let state = list.parse_args_with(Ident::parse_any).map_err(|_| {
        syn::Error::new_spanned(
            attribute,
            format!("name one state, the method that handles its events: #[{name}(…)]"),
        )
    })?;
    Ok(match name.as_str() {
        "entry" => Role::Entry(state),
        "exit" => Role::Exit(state),
        "invariant" => Role::Invariant(Some(state)),
        _ => Role::Init(state),
    })
}

fn parse_state(attribute: &Attribute, errors: &mut Errors) -> Role {
    let mut state = StateKeys::default();
    match &attribute.meta {
        Meta::Path(_) => {}
        Meta::NameValue(pair) => {
            errors.at(pair, "write #[state] or #[state(parent = …, initial = …)]")
        }
        Meta::List(list) => {
            let tokens = list.tokens.clone();
            keys::each(
                tokens,
                &STATE_KEYS,
                "#[state]",
                errors,
                |key, name, input| {
                    match name {
                        "parent" => state.parent = Some(keys::name(key, input)?),
                        "initial" => state.initial = Some(keys::name(key, input)?),
                        "history" => state.history = Some(History::parse(key.clone(), input)?),
                        "data" => state.data = Some(keys::ty(key, input)?),
                        "regions" => state.regions = Some(keys::states(key, input)?),
                        _ => state.unreachable_ok = true,
                    }
                    Ok(())
                },
            );
        }
    }
    Role::State(Box::new(state))
}

impl History {
    /// What follows the key.
    fn parse(key: Ident, input: ParseStream<'_>) -> Result<Self, syn::Error> {
        const FORMS: &str = "write `history`, `history = deep`, `history(default = …)` or `history(deep, default = …)`";
        let mut history = Self {
            key,
            deep: false,
            default: None,
        };
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            keys::word(input, "deep", FORMS)?;
            history.deep = true;
        } else if input.peek(syn::token::Paren) {
            let inner;
            parenthesized!(inner in input);
            if inner.is_empty() {
                return Err(syn::Error::new(history.key.span(), FORMS));
            }
            while !inner.is_empty() {
                let word = inner.call(Ident::parse_any)?;
                let given_twice = match word.to_string().as_str() {
                    "deep" => std::mem::replace(&mut history.deep, true),
                    "default" => history
                        .default
                        .replace(keys::name(&word, &inner)?)
                        .is_some(),
                    _ => return Err(syn::Error::new(word.span(), FORMS)),
                };
                if given_twice {
                    return Err(syn::Error::new(
                        word.span(),
                        format!("`{word}` is given twice; remove one"),
                    ));
                }
                if !inner.is_empty() {
                    inner.parse::<Token![,]>()?;
                }
            }
        }
        Ok(history)
    }
}
