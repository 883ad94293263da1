//! Calls of the user's methods.
//!
//! Each argument carries the place of its parameter, so that a wrong type is reported there.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::analyze::{Action, Chart, place};
use super::parse::{self, Argument, By, Parameter, Source};

/// A call of a handler or an action of `state`, without a semicolon.
pub(super) fn call(
    source: &Source,
    chart: &Chart,
    state: Option<usize>,
    action: &Action,
) -> TokenStream {
    let (actor, ident) = (&source.block.self_ty, &action.ident);
    let is_handler = state.is_some_and(|state| chart.states[state].handler.item == action.item);
    let event = is_handler.then(|| {
        let span = source
            .method(action.item)
            .map_or_else(Span::call_site, parse::event_span);
        let event = Ident::new("event", Span::call_site().located_at(span));
        quote_spanned!(span=> #event,)
    });
    let arguments = arguments(source, chart, state, action, false);
    quote!(<#actor>::#ident(self, #event #(#arguments),*))
}

/// The call of an invariant: what it sees it cannot change.
pub(super) fn look(
    source: &Source,
    chart: &Chart,
    state: Option<usize>,
    action: &Action,
) -> TokenStream {
    let (actor, ident) = (&source.block.self_ty, &action.ident);
    let arguments = arguments(source, chart, state, action, true);
    quote!(<#actor>::#ident(self, #(#arguments),*))
}

fn arguments<'a>(
    source: &'a Source,
    chart: &'a Chart,
    state: Option<usize>,
    action: &'a Action,
    shared: bool,
) -> impl Iterator<Item = TokenStream> + 'a {
    let parameters = action.parameters.iter();
    parameters.map(move |parameter| argument(source, chart, state, action, parameter, shared))
}

fn argument(
    source: &Source,
    chart: &Chart,
    state: Option<usize>,
    action: &Action,
    parameter: &Parameter,
    shared: bool,
) -> TokenStream {
    let span = source
        .method(action.item)
        .map_or_else(Span::call_site, |method| {
            parse::parameter_span(method, parameter.position)
        });
    let (ty, by) = match &parameter.what {
        Argument::Context => {
            let cx = Ident::new("cx", Span::call_site().located_at(span));
            return quote_spanned!(span=> #cx);
        }
        Argument::Data { ty, by } => (ty, by),
    };
    let data = state
        .and_then(|state| chart.owner(state, ty))
        .and_then(|owner| chart.states[owner].data.as_ref());
    let Some(data) = data else {
        return TokenStream::new();
    };
    let place = place(data.slot);
    match by {
        _ if shared => quote_spanned!(span=> ::farc::hsm::seen(&#place)),
        By::Value => quote_spanned!(span=> ::farc::hsm::taken(&mut #place)),
        By::Reference => quote_spanned!(span=> ::farc::hsm::held(&mut #place)),
    }
}

/// What happens when a state is entered: its action makes its data.
pub(super) fn entry(source: &Source, chart: &Chart, state: usize) -> Option<TokenStream> {
    let call = in_scope(source, chart, state, chart.states[state].entry.as_ref())?;
    Some(match &chart.states[state].data {
        Some(data) => {
            let place = place(data.slot);
            quote!(#place = ::core::option::Option::Some({ #call });)
        }
        None => quote!(#call;),
    })
}

/// What happens when a state is exited: its data ends.
pub(super) fn exit(source: &Source, chart: &Chart, state: usize) -> Option<TokenStream> {
    let state_exited = &chart.states[state];
    let call =
        in_scope(source, chart, state, state_exited.exit.as_ref()).map(|call| quote!(#call;));
    let end = state_exited.data.as_ref().map(|data| {
        let place = place(data.slot);
        quote!(#place = ::core::option::Option::None;)
    });
    (call.is_some() || end.is_some()).then(|| quote!(#call #end))
}

/// What happens when the initial transition of a state is taken.
pub(super) fn init(source: &Source, chart: &Chart, state: usize) -> Option<TokenStream> {
    let call = in_scope(source, chart, state, chart.states[state].init.as_ref())?;
    Some(quote!(#call;))
}

/// The call of an action in the name of its state.
fn in_scope(
    source: &Source,
    chart: &Chart,
    state: usize,
    action: Option<&Action>,
) -> Option<TokenStream> {
    let call = call(source, chart, Some(state), action?);
    let (names, variant) = (&source.states, &chart.states[state].variant);
    Some(quote! {
        ::farc::hsm::Host::scope(cx, ::core::option::Option::Some(#names::#variant));
        #call
    })
}
