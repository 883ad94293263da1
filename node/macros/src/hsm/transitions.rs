//! The list of transitions: a row for each answer that a handler writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Type;

use super::analyze::Chart;
use super::answers::{Answer, Trigger};

/// The value of `Hsm::TRANSITIONS`.
pub(super) fn rows(chart: &Chart, names: &Ident, event: &Type) -> TokenStream {
    let rows = chart.states.iter().flat_map(|state| {
        let source = &state.variant;
        let rows = state.answers.iter();
        rows.map(move |answer| row(chart, names, source, event, answer))
    });
    quote!(&[#(#rows),*])
}

fn row(chart: &Chart, names: &Ident, source: &Ident, event: &Type, answer: &Answer) -> TokenStream {
    let target = match chart.target(answer) {
        Some(target) => {
            let target = &chart.states[target].variant;
            quote!(::core::option::Option::Some(#names::#target))
        }
        None => quote!(::core::option::Option::None),
    };
    let trigger = answer.trigger_text();
    let events = match &answer.trigger {
        Some(trigger) => events(trigger, event),
        None => quote!(&[]),
    };
    let kind = Ident::new(&format!("{:?}", answer.kind), Span::call_site());
    let (guard, doc) = (&answer.guard, answer.doc.join("\n"));
    quote! {
        ::farc::hsm::TransitionInfo {
            source: #names::#source,
            trigger: #trigger,
            events: #events,
            guard: #guard,
            target: #target,
            kind: ::farc::hsm::TransitionKind::#kind,
            doc: #doc,
        }
    }
}

/// The names of the variants. A name in capital letters may be that of a constant, and which events that is cannot be read: the
/// compiler looks it up among the variants of the event.
fn events(trigger: &Trigger, event: &Type) -> TokenStream {
    let names = trigger.events.iter().map(|variant| &variant.name);
    let names = quote!(&[#(#names),*]);
    if trigger
        .events
        .iter()
        .any(|variant| variant.perhaps_constant)
    {
        quote!({
            #[allow(unused_imports)]
            use ::farc::__private::AnyNames as _;
            ::farc::__private::variants(#names, ::farc::__private::Names::<#event>::NAMES)
        })
    } else {
        names
    }
}
