//! The keys of an attribute: a mistake in one is told, and the others are read all the same.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{LitInt, Token, bracketed};

use super::super::{Errors, names};

/// Reads `key …, key …`. What is wrong with a key is an error of its own; one that looks like a known key is read as that, so that what was
/// meant to be there is not missed as well.
///
/// `read` gets the key, the known key that it stands for, and what follows. Tells which keys there were.
pub(super) fn each(
    tokens: TokenStream,
    known: &[&'static str],
    attribute: &str,
    errors: &mut Errors,
    mut read: impl FnMut(&Ident, &'static str, ParseStream<'_>) -> Result<(), syn::Error>,
) -> Vec<&'static str> {
    let (mut seen, mut meant) = (Vec::new(), Vec::new());
    for item in split(tokens) {
        let mut misspelled = None;
        let parsed = (|input: ParseStream<'_>| {
            let key = input.call(Ident::parse_any)?;
            let text = key.unraw().to_string();
            let name = known.iter().copied().find(|name| *name == text);
            let Some(name) = name.or_else(|| names::closest(&text, known.iter().copied())) else {
                input.parse::<TokenStream>()?;
                return Err(unknown_key(&key, None, known, attribute));
            };
            if name != text {
                misspelled = Some(unknown_key(&key, Some(name), known, attribute));
                meant.push(name);
                return read(&key, name, input);
            }
            if seen.contains(&name) {
                input.parse::<TokenStream>()?;
                return Err(syn::Error::new(
                    key.span(),
                    format!("`{key}` is given twice; remove one"),
                ));
            }
            seen.push(name);
            read(&key, name, input)
        })
        .parse2(item);
        // A wrong key may well have a value that does not fit.
        if let Some(error) = misspelled.or_else(|| parsed.err()) {
            errors.push(error);
        }
    }
    seen.append(&mut meant);
    seen
}

/// What stands between commas, but for those in `<…>`.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut items = Vec::new();
    let mut item = TokenStream::new();
    let mut depth = 0_usize;
    let mut arrow = false;
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                ',' if depth == 0 => {
                    items.push(std::mem::take(&mut item));
                    continue;
                }
                '<' => depth += 1,
                '>' if !arrow => depth = depth.saturating_sub(1),
                _ => {}
            }
            arrow = punct.as_char() == '-' && punct.spacing() == Spacing::Joint;
        }
        item.extend([token]);
    }
    if !item.is_empty() {
        items.push(item);
    }
    items
}

/// Reads `=`.
pub(super) fn equals(key: &Ident, input: ParseStream<'_>) -> Result<(), syn::Error> {
    if input.parse::<Option<Token![=]>>()?.is_none() || input.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}` has no value; write `{key} = …`"),
        ));
    }
    Ok(())
}

/// Reads `= state`.
pub(super) fn name(key: &Ident, input: ParseStream<'_>) -> Result<Ident, syn::Error> {
    equals(key, input)?;
    input.call(Ident::parse_any).map_err(|error| {
        syn::Error::new(
            error.span(),
            format!("`{key}` is a state; write the name of the method that handles its events"),
        )
    })
}

/// Reads `= [state, …]`.
pub(super) fn states(key: &Ident, input: ParseStream<'_>) -> Result<Vec<Ident>, syn::Error> {
    equals(key, input)?;
    let what = format!("name the states that are active together: {key} = [a, b]");
    let list;
    if !input.peek(syn::token::Bracket) {
        return Err(input.error(what));
    }
    bracketed!(list in input);
    let states = Punctuated::<Ident, Token![,]>::parse_terminated_with(&list, Ident::parse_any);
    let states = states.map_err(|error| syn::Error::new(error.span(), &what))?;
    if states.is_empty() {
        return Err(syn::Error::new(list.span(), what));
    }
    Ok(states.into_iter().collect())
}

/// Reads `= type`.
pub(super) fn ty(key: &Ident, input: ParseStream<'_>) -> Result<syn::Type, syn::Error> {
    equals(key, input)?;
    input.parse().map_err(|error: syn::Error| {
        syn::Error::new(error.span(), format!("`{key}` is a type; name it"))
    })
}

/// Reads the one word that may stand here.
pub(super) fn word(input: ParseStream<'_>, only: &str, otherwise: &str) -> Result<(), syn::Error> {
    let word = input
        .call(Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), otherwise))?;
    if word == only {
        Ok(())
    } else {
        Err(syn::Error::new(word.span(), otherwise))
    }
}

/// Reads how many events are kept.
pub(super) fn number(input: ParseStream<'_>) -> Result<u16, syn::Error> {
    const WHAT: &str = "`defer` is how many events are kept aside: a number from 0 to 65535";
    let number = input
        .parse::<LitInt>()
        .map_err(|error| syn::Error::new(error.span(), WHAT))?;
    number
        .base10_parse()
        .map_err(|_| syn::Error::new(number.span(), WHAT))
}

fn unknown_key(key: &Ident, meant: Option<&str>, known: &[&str], attribute: &str) -> syn::Error {
    let hint = meant.map_or_else(String::new, |name| format!(", did you mean `{name}`"));
    syn::Error::new(
        key.span(),
        format!(
            "unknown key `{key}`{hint}: the keys of {attribute} are {}",
            names::list(known)
        ),
    )
}
