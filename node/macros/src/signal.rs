//! `#[derive(Signal)]`: a stable name, and the proof and shape of `#[derive(Isolated)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, DeriveInput, Error, GenericParam, Ident, LitInt, LitStr, Result, Token, Type,
    parse::{Parse, ParseStream},
};

use crate::isolated::{self, Errors};

/// The longest name, in bytes.
const MAX_NAME: usize = 255;
/// The most segments of a name, between dots.
const MAX_SEGMENTS: usize = 16;
/// The most publications of a signal that are kept: what a late subscriber gets at once must fit into a mailbox that somebody made for it.
const MAX_RETAINED: u16 = 1024;
/// Names that begin with it are farc's own, and never on the wire.
const SYSTEM: char = '$';

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Errors::default();
    for parameter in &item.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            errors.push(
                parameter,
                "a signal has one name and one structure, so no parameters: make a signal of each type that is needed, \
                 and give the generic part `#[derive(farc::Isolated)]`",
            );
        }
    }
    let arguments = arguments(item).map_err(|error| errors.add(error)).ok();
    errors.finish()?;
    let isolated = isolated::expand(item)?;
    let ident = &item.ident;
    let Some(arguments) = arguments else {
        return Ok(isolated);
    };
    let (name, reply) = (arguments.name, arguments.reply);
    let retain = arguments
        .retain
        .map(|count| quote!(const RETAIN: ::core::primitive::u16 = #count;));
    let dead_letter = arguments.dead_letter.map(|_| {
        quote!(
            const DEAD_LETTER: ::core::primitive::bool = true;
        )
    });
    let request = reply.map(|reply| {
        quote! {
            #[automatically_derived]
            impl ::farc::Request for #ident {
                type Reply = #reply;
            }
        }
    });
    Ok(quote! {
        #isolated

        #[automatically_derived]
        impl ::farc::Signal for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            const CLASS: ::farc::__private::Class = ::farc::__private::Class::Normal;
            const DELIVERY: ::farc::__private::Delivery = ::farc::__private::Delivery::Reliable;
            #retain
            #dead_letter
        }

        #request
    })
}

fn arguments(item: &DeriveInput) -> Result<Arguments> {
    let mut attributes = item
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("signal"));
    let Some(attribute) = attributes.next() else {
        return Err(Error::new_spanned(
            &item.ident,
            "a signal needs a stable name, which peers subscribe to: add `#[signal(\"family.name\")]`",
        ));
    };
    if let Some(second) = attributes.next() {
        return Err(Error::new_spanned(
            second,
            "a signal has one name: write all of it into one `#[signal(..)]`",
        ));
    }
    let arguments = parse(attribute)?;
    check(&arguments)?;
    Ok(arguments)
}

fn parse(attribute: &Attribute) -> Result<Arguments> {
    if matches!(attribute.meta, syn::Meta::Path(_)) {
        return Err(Error::new_spanned(
            attribute,
            "name the signal: `#[signal(\"family.name\")]`",
        ));
    }
    attribute.parse_args()
}

/// What stands in `#[signal(..)]`.
struct Arguments {
    name: LitStr,
    /// One of farc's own, such as `$sys.node_up`.
    system: Option<Ident>,
    /// What it is answered with.
    reply: Option<Type>,
    /// How many are kept for who subscribes later.
    retain: Option<u16>,
    /// Whether what nobody wants becomes a dead letter.
    dead_letter: Option<Ident>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(LitStr) {
            return Err(input
                .error("the name of the signal comes first, as in `#[signal(\"family.name\")]`"));
        }
        let mut arguments = Self {
            name: input.parse()?,
            system: None,
            reply: None,
            retain: None,
            dead_letter: None,
        };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key: Ident = input.parse()?;
            match key.to_string().as_str() {
                "class" => only(input, "normal", "class")?,
                "delivery" => only(input, "reliable", "delivery")?,
                "dead_letter" => arguments.dead_letter = Some(key),
                "system" => arguments.system = Some(key),
                "reply" => {
                    input.parse::<Token![=]>()?;
                    arguments.reply = Some(input.parse()?);
                }
                "retain" => {
                    input.parse::<Token![=]>()?;
                    arguments.retain = Some(retained(&input.parse()?)?);
                }
                _ => {
                    let message = "expected `class = \"normal\"`, `delivery = \"reliable\"`, `reply = Type`, `retain = 1` or `dead_letter`";
                    return Err(Error::new_spanned(key, message));
                }
            }
        }
        Ok(arguments)
    }
}

/// How many publications are kept.
fn retained(count: &LitInt) -> Result<u16> {
    let given = count.base10_parse::<u16>().ok();
    given.filter(|given| (1..=MAX_RETAINED).contains(given)).ok_or_else(|| {
        let message = format!("expected how many of the last ones are kept for who subscribes later, 1 to {MAX_RETAINED}");
        Error::new_spanned(count, message)
    })
}

/// A setting that so far has one value.
fn only(input: ParseStream<'_>, value: &str, key: &str) -> Result<()> {
    input.parse::<Token![=]>()?;
    let given: LitStr = input.parse()?;
    if given.value() == value {
        return Ok(());
    }
    let message = format!("this version of farc has one {key}, \"{value}\", which is the default");
    Err(Error::new_spanned(given, message))
}

fn check(arguments: &Arguments) -> Result<()> {
    let name = arguments.name.value();
    if let (Some(_), Some(dead_letter)) = (arguments.retain, &arguments.dead_letter) {
        return Err(Error::new_spanned(
            dead_letter,
            "what is retained waits for who subscribes later, and is no dead letter: leave this out, or `retain`",
        ));
    }
    if let Some(system) = &arguments.system {
        if std::env::var("CARGO_CRATE_NAME").as_deref() != Ok("farc") {
            return Err(Error::new_spanned(
                system,
                "`system` signals are farc's own: leave it out",
            ));
        }
        if !name.starts_with(SYSTEM) {
            return Err(Error::new_spanned(
                &arguments.name,
                "the name of a system signal starts with `$`",
            ));
        }
        return check_name(name.trim_start_matches(SYSTEM))
            .map_err(|why| Error::new_spanned(&arguments.name, why));
    }
    check_name(&name).map_err(|why| Error::new_spanned(&arguments.name, why))
}

/// The rules of `farc_protocol::name::check_signal_name`, at compile time.
fn check_name(name: &str) -> std::result::Result<(), String> {
    if name.is_empty() {
        return Err("the name of a signal is empty: write `family.name`".to_owned());
    }
    if name.starts_with(SYSTEM) {
        return Err(
            "names that start with `$` are farc's own and never on the wire: choose a name without"
                .to_owned(),
        );
    }
    if name.len() > MAX_NAME {
        return Err(format!(
            "the name has {} bytes; {MAX_NAME} are allowed",
            name.len()
        ));
    }
    if let Some(bad) = name.chars().find(|c| !allowed(*c)) {
        return Err(format!(
            "{bad:?} cannot be in the name of a signal; letters, digits and `_ . @ / -` can"
        ));
    }
    let segments = name.split('.').count();
    if segments > MAX_SEGMENTS {
        return Err(format!(
            "the name has {segments} segments; {MAX_SEGMENTS} are allowed"
        ));
    }
    if name.split('.').any(str::is_empty) {
        return Err(
            "the name has an empty segment: write one word between dots, as in `family.name`"
                .to_owned(),
        );
    }
    Ok(())
}

fn allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | '/' | '-')
}
