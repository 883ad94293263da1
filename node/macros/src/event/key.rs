//! `#[event(key = ..)]`: which queued event another one may stand in for.
//!
//! A key is compared where it lies, by `PartialEq`: nothing is hashed, so two keys are equal when they are, and nothing is copied.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syntax is an open set: what is not named is what is not meant"
)]

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Error, Expr, ExprLit, Fields, Lit, Member, Result, Token, Variant,
    parse::{Parse, ParseStream},
    spanned::Spanned as _,
};

const EXPECTED: &str = "expected a field of what the variant holds, as in `key = sensor`, `key = at.room` or `key = (room, sensor)`; \
                        `key` alone stands for the variant";

/// The parts of a key, which are all equal when the key is. Without one, any two events of the variant have the same.
pub(super) struct Key {
    parts: Vec<Expr>,
}

impl Parse for Key {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Token![=]) {
            return Ok(Self { parts: Vec::new() });
        }
        input.parse::<Token![=]>()?;
        let expression: Expr = input.parse()?;
        let mut parts = vec![expression];
        if let [Expr::Tuple(tuple)] = parts.as_slice()
            && !tuple.elems.is_empty()
        {
            parts = tuple.elems.iter().cloned().collect();
        }
        for part in &parts {
            root(part)?;
        }
        Ok(Self { parts })
    }
}

impl Key {
    /// How a new event is held against a queued one.
    pub(super) fn comparison(&self, variant: &Variant, is_signal: bool) -> Result<Comparison> {
        let (mut new, mut queued, mut equal) = (Vec::new(), Vec::new(), Vec::new());
        for (part, at) in self.parts.iter().zip(0_usize..) {
            let field = root(part)?;
            if !is_signal {
                has(variant, &field)?;
            }
            let bound = if is_signal {
                Member::from(0)
            } else {
                field.clone()
            };
            let side = |side: &str| {
                let name = format_ident!("{side}_{at}");
                // A signal is what the variant wraps, and the field is one of its own.
                let base = if is_signal {
                    quote!(#name.#field)
                } else {
                    name.to_token_stream()
                };
                Ok::<_, Error>((quote!(#bound: #name), path(part, &base)?))
            };
            let (pattern, left) = side("new")?;
            new.push(pattern);
            let (pattern, right) = side("queued")?;
            queued.push(pattern);
            equal.push(quote_spanned!(part.span()=> #left == #right));
        }
        if equal.is_empty() {
            equal.push(quote!(true));
        }
        Ok(Comparison {
            ident: variant.ident.clone(),
            new: quote!({ #(#new,)* .. }),
            queued: quote!({ #(#queued,)* .. }),
            equal: quote!(#(#equal)&&*),
        })
    }
}

/// Two events of one variant, and whether their keys are equal.
pub(super) struct Comparison {
    ident: Ident,
    new: TokenStream,
    queued: TokenStream,
    equal: TokenStream,
}

impl Comparison {
    /// The arm of a match on a new event of this type and a queued one.
    pub(super) fn arm(&self, new_type: &TokenStream) -> TokenStream {
        let Self {
            ident,
            new,
            queued,
            equal,
        } = self;
        quote!((#new_type::#ident #new, Self::#ident #queued) => #equal,)
    }
}

/// The field that a part begins with.
fn root(part: &Expr) -> Result<Member> {
    match part {
        Expr::Path(path) => match path.path.get_ident() {
            Some(ident) => Ok(Member::Named(ident.clone())),
            None => Err(Error::new_spanned(part, EXPECTED)),
        },
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) => Ok(Member::Unnamed(syn::Index {
            index: number.base10_parse()?,
            span: number.span(),
        })),
        Expr::Field(field) => root(&field.base),
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Paren(inner) => root(&inner.expr),
        _ => Err(Error::new_spanned(part, EXPECTED)),
    }
}

/// The part, with `base` in the place of the field that it begins with.
fn path(part: &Expr, base: &TokenStream) -> Result<TokenStream> {
    match part {
        Expr::Path(_) | Expr::Lit(_) => Ok(base.clone()),
        Expr::Field(field) => {
            let (inner, member) = (path(&field.base, base)?, &field.member);
            Ok(quote!(#inner.#member))
        }
        Expr::MethodCall(call) => {
            let inner = path(&call.receiver, base)?;
            let (method, turbofish, args) = (&call.method, &call.turbofish, &call.args);
            Ok(quote!(#inner.#method #turbofish (#args)))
        }
        Expr::Paren(parentheses) => path(&parentheses.expr, base),
        _ => Err(Error::new_spanned(part, EXPECTED)),
    }
}

fn has(variant: &Variant, field: &Member) -> Result<()> {
    let known = match (&variant.fields, field) {
        (Fields::Named(named), Member::Named(name)) => {
            let mut fields = named.named.iter();
            fields.any(|known| known.ident.as_ref() == Some(name))
        }
        (Fields::Unnamed(unnamed), Member::Unnamed(index)) => {
            (index.index as usize) < unnamed.unnamed.len()
        }
        (Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit, _) => false,
    };
    if known {
        return Ok(());
    }
    let ident: &Ident = &variant.ident;
    Err(Error::new_spanned(
        field,
        format!("`{ident}` has no such field: a key is made of what the variant holds"),
    ))
}
