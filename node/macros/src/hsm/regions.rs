//! The code of a chart with regions, which the engine's step for regions runs.

use proc_macro2::TokenStream;
use quote::quote;

use super::analyze::Chart;
use super::calls;
use super::codegen::conditions;
use super::parse::Source;

/// The methods of `Hsm` that have the chart run by the step for regions.
pub(super) fn methods(source: &Source) -> TokenStream {
    let names = &source.states;
    quote! {
        fn react(&mut self, memory: &mut Self::Memory, _: #names, event: &Self::Event, cx: &mut Self::Context<'_>) -> ::farc::hsm::Reaction<Self> {
            let (outcome, leaf) = ::farc::hsm::in_regions(self, memory, event, cx);
            ::farc::hsm::Reaction::Done(outcome, leaf)
        }
        fn open(&mut self, memory: &mut Self::Memory, cx: &mut Self::Context<'_>) -> #names {
            ::farc::hsm::start_regions(self, memory, cx)
        }
        fn close(&mut self, memory: &mut Self::Memory, _: #names, cx: &mut Self::Context<'_>) {
            ::farc::hsm::stop_regions(self, memory, cx)
        }
    }
}

/// How the step asks a state.
pub(super) fn regional(source: &Source, chart: &Chart) -> TokenStream {
    let cfg = conditions(source);
    let (actor, names) = (&source.block.self_ty, &source.states);
    let arms = chart.states.iter().enumerate().map(|(index, state)| {
        let variant = &state.variant;
        let call = calls::call(source, chart, Some(index), &state.handler);
        quote! {
            #names::#variant => {
                ::farc::hsm::Host::scope(cx, ::core::option::Option::Some(#names::#variant));
                #call
            }
        }
    });
    quote! {
        #(#cfg)*
        #[automatically_derived]
        impl ::farc::hsm::Regional for #actor {
            #[allow(unused_variables)]
            fn ask(&mut self, memory: &mut Self::Memory, state: #names, event: &Self::Event, cx: &mut Self::Context<'_>) -> ::farc::hsm::Next<Self> {
                match state { #(#arms)* }
            }
        }
    }
}
