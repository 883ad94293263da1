//! `#[derive(Isolated)]`: the proof that a value owns all it holds, and the shape of its bytes.
//!
//! Each field is named in one expression, `shape::<Field>()`, which asks for its proof and yields its figures. It stands
//! in bodies, not in where-clauses: bounds on fields overflow the solver for types that mention each other.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericParam, Generics, Ident, Path, Result,
    Token, Type, ext::IdentExt, meta::ParseNestedMeta, parse_quote, spanned::Spanned, visit::Visit,
};

/// What of serde leaves the form as it is. All else is refused, what serde may add in future included.
const ALLOWED: [&str; 5] = [
    "bound",
    "crate",
    "deny_unknown_fields",
    "expecting",
    "alias",
];

pub(crate) fn expand(item: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Errors::default();
    check_generics(&item.generics, &mut errors);
    check_serde(&item.attrs, &mut errors);
    let shape = match &item.data {
        Data::Struct(data) => {
            check_fields(&item.ident, &data.fields, &mut errors);
            of_struct(&item.ident, &data.fields)
        }
        Data::Enum(data) => {
            for variant in &data.variants {
                check_serde(&variant.attrs, &mut errors);
                check_fields(&item.ident, &variant.fields, &mut errors);
            }
            if data.variants.is_empty() {
                errors.push(
                    &item.ident,
                    "an enum without variants has no value that could be sent: add a variant",
                );
            }
            of_enum(&item.ident, data.variants.iter())
        }
        Data::Union(data) => {
            errors.push(
                data.union_token,
                "a union does not say what it holds: use an enum",
            );
            Shape::default()
        }
    };
    errors.finish()?;
    Ok(implementation(item, &shape))
}

/// The members of the implementation.
#[derive(Default)]
struct Shape {
    /// `shape::<F>()` for every field.
    fields: Vec<TokenStream>,
    /// For every field, that its containers are of something.
    countable: Vec<TokenStream>,
    figures: TokenStream,
    structure: TokenStream,
}

fn of_struct(name: &Ident, fields: &Fields) -> Shape {
    let name = name.unraw().to_string();
    let structure = structure_of(fields);
    Shape {
        figures: row(fields),
        structure: quote! {
            ::farc::__private::Structure::Struct { name: ::farc::__private::name(#name), fields: #structure }
        },
        fields: shapes(fields),
        countable: countable(fields),
    }
}

fn of_enum<'a>(name: &Ident, variants: impl Iterator<Item = &'a syn::Variant> + Clone) -> Shape {
    let name = name.unraw().to_string();
    let mut rows = variants.clone().map(|variant| row(&variant.fields));
    let first = rows.next();
    let described = variants.clone().map(|variant| {
        let name = variant.ident.unraw().to_string();
        let fields = structure_of(&variant.fields);
        quote!(::farc::__private::Variant { name: ::farc::__private::name(#name), fields: #fields })
    });
    Shape {
        figures: quote!(::farc::__private::Choice::of(#first) #(.or(#rows))*),
        structure: quote! {
            ::farc::__private::Structure::Enum {
                name: ::farc::__private::name(#name),
                variants: ::farc::__private::Vec::from([#(#described),*]),
            }
        },
        countable: variants
            .clone()
            .flat_map(|variant| countable(&variant.fields))
            .collect(),
        fields: variants
            .flat_map(|variant| shapes(&variant.fields))
            .collect(),
    }
}

/// The figures of values one after another.
fn row(fields: &Fields) -> TokenStream {
    let shapes = shapes(fields);
    quote!(::farc::__private::Row::EMPTY #(.and(#shapes))*)
}

fn implementation(item: &DeriveInput, shape: &Shape) -> TokenStream {
    let name = &item.ident;
    let mut generics = item.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::farc::Isolated));
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let Shape {
        fields,
        countable,
        figures,
        structure,
    } = shape;
    // The macro's own span on `unsafe impl`: the proof is the derive's, so it holds in crates that forbid unsafe code,
    // where nobody can forge one by hand.
    let unsafe_impl = quote_spanned!(Span::mixed_site()=> unsafe impl);
    // Of a generic type only its uses can be evaluated.
    let checks = item.generics.params.is_empty().then(|| {
        quote! {
            #(const _: () = #countable;)*
            const _: () = ::farc::__private::shallow(::farc::__private::shape::<#name>());
        }
    });
    quote! {
        #[automatically_derived]
        #[doc(hidden)]
        #unsafe_impl #impl_generics ::farc::Isolated for #name #type_generics #where_clause {
            const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: ::farc::__private::Figures = #figures.figures();

            fn structure() -> ::farc::__private::Structure {
                #structure
            }

            fn assert_isolated() {
                #(let _ = #fields;)*
            }
        }
        #checks
    }
}

/// One expression for each field, on the tokens of its type, so that messages point there.
fn shapes(fields: &Fields) -> Vec<TokenStream> {
    fields.iter().map(|field| shape(&field.ty)).collect()
}

fn countable(fields: &Fields) -> Vec<TokenStream> {
    let countable = |field: &syn::Field| {
        let shape = shape(&field.ty);
        quote_spanned!(field.ty.span()=> ::farc::__private::countable(#shape))
    };
    fields.iter().map(countable).collect()
}

/// The proof and figures of one field.
pub(crate) fn shape(of: &Type) -> TokenStream {
    quote_spanned!(of.span()=> ::farc::__private::shape::<#of>())
}

fn structure_of(fields: &Fields) -> TokenStream {
    let structures = fields.iter().map(|field| {
        let shape = shape(&field.ty);
        quote!(#shape.structure())
    });
    match fields {
        Fields::Unit => quote!(::farc::__private::Fields::Unit),
        Fields::Unnamed(unnamed) if unnamed.unnamed.len() == 1 => {
            quote!(::farc::__private::Fields::Newtype(::farc::__private::Box::new(#(#structures)*)))
        }
        Fields::Unnamed(_) => {
            quote!(::farc::__private::Fields::Tuple(::farc::__private::Vec::from([#(#structures),*])))
        }
        Fields::Named(named) => {
            let names = named
                .named
                .iter()
                .filter_map(|field| field.ident.as_ref())
                .map(|name| name.unraw().to_string());
            quote! {
                ::farc::__private::Fields::Named(::farc::__private::Vec::from([
                    #(::farc::__private::Field { name: ::farc::__private::name(#names), structure: #structures }),*
                ]))
            }
        }
    }
}

fn check_generics(generics: &Generics, errors: &mut Errors) {
    for parameter in &generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            let message = "what is sent outlives its sender, so it cannot borrow: own the data, as in `String`, `Vec<T>` or `farc::Blob`";
            errors.push(lifetime, message);
        }
    }
}

fn check_fields(name: &Ident, fields: &Fields, errors: &mut Errors) {
    for field in fields {
        check_serde(&field.attrs, errors);
        let mut finder = Recursion { name, errors };
        finder.visit_type(&field.ty);
    }
}

/// Finds a type that mentions itself. Types that mention each other are found by the compiler, as a cycle of
/// constants.
struct Recursion<'a> {
    name: &'a Ident,
    errors: &'a mut Errors,
}

impl<'ast> Visit<'ast> for Recursion<'_> {
    fn visit_path(&mut self, path: &'ast Path) {
        if let [segment] = &*path.segments.iter().collect::<Vec<_>>()
            && (segment.ident == *self.name || segment.ident == "Self")
        {
            let message = format!(
                "`{}` contains itself: bytes of a peer could nest it until the decoder's stack ends; \
                 send a flat list, in which elements name each other by index",
                self.name
            );
            self.errors.push(&segment.ident, message);
        }
        syn::visit::visit_path(self, path);
    }
}

/// Refuses the serde attributes after which bytes and structure would differ.
fn check_serde(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        let result = attribute.parse_nested_meta(|meta| {
            let allowed = meta
                .path
                .get_ident()
                .is_some_and(|name| ALLOWED.iter().any(|allowed| name == allowed));
            if allowed {
                skip_value(&meta)
            } else {
                Err(refused(&meta.path))
            }
        });
        if let Err(error) = result {
            errors.add(error);
        }
    }
}

fn refused(path: &Path) -> Error {
    let name = path.to_token_stream().to_string();
    let instead = match name.as_str() {
        "skip" | "skip_serializing" | "skip_deserializing" | "skip_serializing_if" | "default" => {
            "every field is always sent: make it an `Option`, or leave it out of the signal"
        }
        "rename" | "rename_all" | "rename_all_fields" => {
            "call it in Rust what it is called on the wire"
        }
        "flatten" => "bytes have no names to flatten: keep the struct as a field",
        "tag" | "untagged" | "content" | "other" => {
            "an enum is sent as the index of its variant: leave the attribute out"
        }
        "transparent" => {
            "a struct around one value is sent as that value anyway: leave the attribute out"
        }
        _ => "give the signal fields of types that are `Isolated`, and convert outside of it",
    };
    Error::new_spanned(
        path,
        format!(
            "`serde({name})` would make the bytes differ from the structure that peers check: {instead}"
        ),
    )
}

fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    } else if meta.input.peek(Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    }
    Ok(())
}

/// All errors of an item, so that one compilation shows them together.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, at: impl ToTokens, message: impl std::fmt::Display) {
        self.add(Error::new_spanned(at, message));
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            None => self.0 = Some(error),
            Some(first) => first.combine(error),
        }
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
