//! `#[derive(Event)]`: the inbox of an actor, with who may put what into it.

mod key;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Fields, Ident, Result, Token, Type, Variant, Visibility,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    spanned::Spanned,
};

use self::key::{Comparison, Key};
use crate::isolated::{self, Errors};

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Errors::default();
    if let Some(parameter) = item.generics.params.first() {
        errors.push(
            parameter,
            "the event of an actor has no parameters: name the types that it holds",
        );
    }
    let variants = match &item.data {
        Data::Enum(data) => analyse(data.variants.iter(), &mut errors),
        Data::Struct(data) => {
            errors.push(
                data.struct_token,
                "an event is an enum with a variant for each signal that the actor handles",
            );
            Vec::new()
        }
        Data::Union(data) => {
            errors.push(
                data.union_token,
                "an event is an enum with a variant for each signal that the actor handles",
            );
            Vec::new()
        }
    };
    errors.finish()?;
    Ok(generate(item, &variants))
}

/// One variant, and who may create it.
struct Analysed<'a> {
    variant: &'a Variant,
    kind: Kind<'a>,
    key: Option<Comparison>,
}

enum Kind<'a> {
    /// It wraps a signal of this type: anyone publishes or posts it.
    Signal(&'a Type),
    /// It is private to this node: actors here post it.
    Local,
    /// Only the actor itself creates it.
    Own,
}

fn analyse<'a>(
    variants: impl Iterator<Item = &'a Variant>,
    errors: &mut Errors,
) -> Vec<Analysed<'a>> {
    let mut seen: Vec<String> = Vec::new();
    let mut analysed = Vec::new();
    for variant in variants {
        match kind(variant) {
            Ok((kind, key)) => {
                if let Kind::Signal(signal) = kind {
                    let text = signal.to_token_stream().to_string();
                    if seen.contains(&text) {
                        let message = format!(
                            "two variants wrap `{text}`, so an occurrence of it has no one place: keep one"
                        );
                        errors.push(signal, message);
                    }
                    seen.push(text);
                }
                let is_signal = matches!(kind, Kind::Signal(_));
                let key = key.map(|key| key.comparison(variant, is_signal));
                let key = key.transpose().unwrap_or_else(|error| {
                    errors.add(error);
                    None
                });
                analysed.push(Analysed { variant, kind, key });
            }
            Err(error) => errors.add(error),
        }
    }
    analysed
}

fn kind(variant: &Variant) -> Result<(Kind<'_>, Option<Key>)> {
    let mut marks = variant
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("event"));
    let marks = match (marks.next(), marks.next()) {
        (None, _) => Marks::default(),
        (Some(mark), None) => marked(mark)?,
        (Some(_), Some(second)) => {
            return Err(syn::Error::new_spanned(
                second,
                "one `#[event(..)]` says who creates the variant, and its key: write all of it into one",
            ));
        }
    };
    let kind = match marks.creator {
        Some(Creator::Local) => Kind::Local,
        Some(Creator::Own) => Kind::Own,
        None => wrapped(variant).map(Kind::Signal)?,
    };
    Ok((kind, marks.key))
}

/// Who creates a variant that is no signal.
enum Creator {
    Local,
    Own,
}

/// What stands in `#[event(..)]`.
#[derive(Default)]
struct Marks {
    creator: Option<Creator>,
    key: Option<Key>,
}

const EXPECTED: &str = "expected `local`, for what actors of this node post, or `own`, for what only the actor itself creates, \
                        and `key = field`, for what stands in for a queued event of equal key, as in `#[event(local, key = axis)]`";

impl Parse for Marks {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut marks = Self::default();
        loop {
            let mark: Ident = input
                .call(Ident::parse_any)
                .map_err(|error| syn::Error::new(error.span(), EXPECTED))?;
            match mark.to_string().as_str() {
                "local" if marks.creator.is_none() => marks.creator = Some(Creator::Local),
                "own" if marks.creator.is_none() => marks.creator = Some(Creator::Own),
                "key" if marks.key.is_none() => marks.key = Some(input.parse()?),
                _ => return Err(syn::Error::new_spanned(mark, EXPECTED)),
            }
            if input.is_empty() {
                return Ok(marks);
            }
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                return Ok(marks);
            }
        }
    }
}

fn marked(mark: &Attribute) -> Result<Marks> {
    match mark.meta {
        syn::Meta::List(_) => mark.parse_args(),
        syn::Meta::Path(_) | syn::Meta::NameValue(_) => {
            Err(syn::Error::new_spanned(mark, EXPECTED))
        }
    }
}

fn wrapped(variant: &Variant) -> Result<&Type> {
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(&fields.unnamed[0].ty),
        Fields::Unnamed(_) | Fields::Named(_) | Fields::Unit => Err(syn::Error::new_spanned(
            variant,
            format!(
                "a variant wraps one signal, as in `{0}({0})`: mark it `#[event(local)]` if it is none, \
                 or `#[event(own)]` if only the actor itself creates it",
                variant.ident
            ),
        )),
    }
}

fn generate(item: &DeriveInput, variants: &[Analysed<'_>]) -> TokenStream {
    let name = &item.ident;
    let own = variants
        .iter()
        .any(|variant| matches!(variant.kind, Kind::Own));
    let posted = if own {
        format_ident!("{name}Posted")
    } else {
        name.clone()
    };
    let names = variants
        .iter()
        .map(|variant| variant.variant.ident.unraw().to_string());
    let index = match_self(
        variants,
        variants.iter().enumerate().map(|(index, variant)| {
            let ident = &variant.variant.ident;
            quote!(Self::#ident { .. } => #index,)
        }),
    );
    let payloads = variants.iter().filter_map(|variant| {
        let ident = &variant.variant.ident;
        let Kind::Signal(signal) = variant.kind else {
            return None;
        };
        let known = signal_of(signal);
        Some(quote! {
            Self::#ident(signal) => ::core::option::Option::Some(#known.payload(signal)),
        })
    });
    let others = variants
        .iter()
        .filter(|variant| !matches!(variant.kind, Kind::Signal(_)))
        .map(|variant| {
            let ident = &variant.variant.ident;
            quote!(Self::#ident { .. } => ::core::option::Option::None,)
        });
    let payload = match_self(variants, payloads.chain(others));
    let seen = seen(&posted, variants);
    let checks = variants.iter().flat_map(|variant| checks(variant));
    let accepts = variants.iter().filter_map(|variant| accepts(name, variant));
    // The macro's own span, as in `isolated`: the derive checks what the trait asks.
    let unsafe_impl = quote_spanned!(Span::mixed_site()=> unsafe impl);
    let accepted = variants.iter().filter_map(|variant| {
        let Kind::Signal(signal) = variant.kind else {
            return None;
        };
        let known = signal_of(signal);
        let ident = &variant.variant.ident;
        Some(quote! {
            #known.accepted(|event: Self, into| match event {
                Self::#ident(signal) => ::farc::__private::put(signal, into),
                #[allow(unreachable_patterns)]
                _ => {}
            })
        })
    });
    let replaces = replaces(&posted, variants);
    let posted_enum = own.then(|| posted_enum(&item.vis, name, &posted, variants));
    quote! {
        #[automatically_derived]
        #unsafe_impl ::farc::Event for #name {
            type Posted = #posted;
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
            const ACCEPTS: &'static [::farc::__private::Accepted<Self>] = &[#(#accepted),*];

            #[inline]
            fn index(&self) -> ::core::primitive::usize {
                #index
            }

            #[inline]
            fn payload(&self) -> ::core::option::Option<(&'static ::core::primitive::str, &dyn ::farc::signal::AnySignal)> {
                #payload
            }

            #seen

            #replaces
        }
        const _: () = { #(#checks)* };
        #(#accepts)*
        #posted_enum
    }
}

/// What observers get to see of a post.
fn seen(posted: &Ident, variants: &[Analysed<'_>]) -> TokenStream {
    let arms: Vec<_> = variants
        .iter()
        .filter_map(|variant| {
            let ident = &variant.variant.ident;
            let name = ident.unraw().to_string();
            match variant.kind {
                Kind::Signal(signal) => {
                    let known = signal_of(signal);
                    Some(quote! {
                        #posted::#ident(signal) => (#name, ::core::option::Option::Some(#known.payload(signal).1)),
                    })
                }
                Kind::Local => {
                    Some(quote!(#posted::#ident { .. } => (#name, ::core::option::Option::None),))
                }
                Kind::Own => None,
            }
        })
        .collect();
    let body = if arms.is_empty() {
        quote!(match *posted {})
    } else {
        quote!(match posted { #(#arms)* })
    };
    quote! {
        // The user may have imported the variants.
        #[allow(unused_qualifications)]
        fn seen(
            posted: &#posted,
        ) -> (&'static ::core::primitive::str, ::core::option::Option<&dyn ::farc::signal::AnySignal>) {
            #body
        }
    }
}

/// Which events have a key, and when two are equal.
fn replaces(posted: &Ident, variants: &[Analysed<'_>]) -> Option<TokenStream> {
    let arms = |new: &TokenStream, of_own: bool| -> TokenStream {
        variants
            .iter()
            .filter(|variant| of_own || !matches!(variant.kind, Kind::Own))
            .filter_map(|variant| variant.key.as_ref())
            .map(|key| key.arm(new))
            .collect()
    };
    let of_self = arms(&quote!(Self), true);
    let of_posted = arms(&posted.to_token_stream(), false);
    (!of_self.is_empty()).then(|| {
        quote! {
            const KEYED: ::core::primitive::bool = true;

            fn replaces(&self, queued: &Self) -> ::core::primitive::bool {
                match (self, queued) {
                    #of_self
                    #[allow(unreachable_patterns)]
                    _ => false,
                }
            }

            // The user may have imported the variants.
            #[allow(unused_qualifications)]
            fn posted_replaces(posted: &#posted, queued: &Self) -> ::core::primitive::bool {
                match (posted, queued) {
                    #of_posted
                    #[allow(unreachable_patterns)]
                    _ => false,
                }
            }
        }
    })
}

/// An enum without variants is matched by value: a match on a reference to it would need an arm.
fn match_self(variants: &[Analysed<'_>], arms: impl Iterator<Item = TokenStream>) -> TokenStream {
    if variants.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(#arms)* })
    }
}

/// What the compiler has to find true of a variant's fields.
fn checks(variant: &Analysed<'_>) -> Vec<TokenStream> {
    let fields = variant.variant.fields.iter().map(|field| &field.ty);
    match variant.kind {
        Kind::Signal(signal) => {
            let name = signal_of(signal);
            vec![quote!(let _ = #name;)]
        }
        Kind::Local => fields
            .map(|field| {
                let shape = isolated::shape(field);
                quote_spanned!(field.span()=> ::farc::__private::check(#shape);)
            })
            .collect(),
        Kind::Own => Vec::new(),
    }
}

/// What is known of a signal, and the proof that it is one.
fn signal_of(signal: &Type) -> TokenStream {
    quote_spanned!(signal.span()=> ::farc::__private::signal::<#signal>())
}

fn from(to: &Ident, variant: &Analysed<'_>) -> Option<TokenStream> {
    let ident = &variant.variant.ident;
    let Kind::Signal(signal) = variant.kind else {
        return None;
    };
    Some(quote! {
        #[automatically_derived]
        impl ::core::convert::From<#signal> for #to {
            #[inline]
            fn from(signal: #signal) -> Self {
                Self::#ident(signal)
            }
        }
    })
}

fn accepts(name: &Ident, variant: &Analysed<'_>) -> Option<TokenStream> {
    let Kind::Signal(signal) = variant.kind else {
        return None;
    };
    let from = from(name, variant);
    Some(quote! {
        #from
        #[automatically_derived]
        impl ::farc::Accepts<#signal> for #name {}
    })
}

/// The event without what only the actor itself creates.
fn posted_enum(
    visibility: &Visibility,
    name: &Ident,
    posted: &Ident,
    variants: &[Analysed<'_>],
) -> TokenStream {
    let doc = format!("What others may post to an actor that handles [`{name}`].");
    let shared: Vec<_> = variants
        .iter()
        .filter(|variant| !matches!(variant.kind, Kind::Own))
        .collect();
    let declared = shared.iter().map(|variant| {
        let Variant { ident, fields, .. } = variant.variant;
        let doc = format!("[`{name}::{ident}`].");
        let fields = match fields {
            Fields::Named(named) => {
                let fields = named.named.iter().map(|field| {
                    let (ident, ty) = (&field.ident, &field.ty);
                    let doc = "As there.";
                    quote!(#[doc = #doc] #ident: #ty)
                });
                quote!({ #(#fields),* })
            }
            Fields::Unnamed(unnamed) => {
                let types = unnamed.unnamed.iter().map(|field| &field.ty);
                quote!((#(#types),*))
            }
            Fields::Unit => TokenStream::new(),
        };
        quote!(#[doc = #doc] #ident #fields)
    });
    let converted = shared.iter().map(|variant| {
        let Variant { ident, fields, .. } = variant.variant;
        match fields {
            Fields::Named(named) => {
                let names: Vec<_> = named.named.iter().map(|field| &field.ident).collect();
                quote!(#posted::#ident { #(#names),* } => Self::#ident { #(#names),* },)
            }
            Fields::Unnamed(unnamed) => {
                let names: Vec<_> = (0..unnamed.unnamed.len())
                    .map(|index| format_ident!("field{index}"))
                    .collect();
                quote!(#posted::#ident(#(#names),*) => Self::#ident(#(#names),*),)
            }
            Fields::Unit => quote!(#posted::#ident => Self::#ident,),
        }
    });
    let body = if shared.is_empty() {
        quote!(match posted {})
    } else {
        quote!(match posted { #(#converted)* })
    };
    let froms = shared.iter().filter_map(|variant| from(posted, variant));
    quote! {
        #[doc = #doc]
        // Nobody has to post: an actor that makes its events itself, or a test that does, is no reason to warn.
        #[allow(dead_code)]
        #[automatically_derived]
        #visibility enum #posted { #(#declared),* }

        #[automatically_derived]
        impl ::core::convert::From<#posted> for #name {
            #[inline]
            fn from(posted: #posted) -> Self {
                #body
            }
        }
        #(#froms)*
    }
}
