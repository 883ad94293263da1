//! `#[hsm]`: from an `impl` block with annotated methods to a statechart.
//!
//! Four steps, one file each: [`parse`] reads the attribute and the roles of the methods, [`answers`] lists what each handler can answer,
//! [`analyze`] turns names into a checked [`analyze::Chart`], and [`codegen`] writes the code, with the calls of [`calls`]. Steps do not stop at the first mistake: all that
//! can be said is said at once. The user's `impl` block is always given back, and with mistakes the states and the traits still exist, so
//! that each mistake shows once and not as a trail of unresolved names.

mod analyze;
mod answers;
mod bodies;
mod calls;
mod codegen;
mod documentation;
mod names;
mod parse;
mod react;
mod regions;
mod snapshot;
#[cfg(test)]
mod tests;
mod transitions;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Expands the attribute.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = parse::Options::parse(args, &mut errors);
    let source = match parse::Source::parse(&item, &options, &mut errors) {
        Ok(source) => source,
        Err(error) => {
            errors.push(error);
            return errors.into_tokens().into_iter().chain(item).collect();
        }
    };
    let chart = analyze::Chart::analyze(&options, &source, &mut errors);
    if errors.is_empty() {
        codegen::chart(&options, &source, &chart)
    } else {
        let stub = codegen::stub(&options, &source, &chart);
        errors.into_tokens().into_iter().chain(stub).collect()
    }
}

/// The mistakes found so far.
#[derive(Default)]
struct Errors(Vec<syn::Error>);

impl Errors {
    /// A mistake at these tokens, in one sentence that says what to do.
    fn at(&mut self, place: impl ToTokens, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new_spanned(place, message));
    }

    /// A mistake in the attribute as a whole.
    fn at_attribute(&mut self, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new(Span::call_site(), message));
    }

    fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }
}
