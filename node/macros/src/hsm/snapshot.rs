//! What a chart with the key `snapshot` adds: how its parts are saved and restored.
//!
//! What saves a type stands at the place of the type: there it is reported that it cannot be saved.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Type};

use super::analyze::{Action, Chart, Data, place};
use super::calls;
use super::codegen::parameter;
use super::parse::Source;

/// The implementation that lets users ask for a chart with snapshots.
pub(super) fn marker(source: &Source, cfg: &[&Attribute]) -> TokenStream {
    let actor = &source.block.self_ty;
    quote! {
        #(#cfg)*
        #[automatically_derived]
        impl ::farc::hsm::Snapshot for #actor {}
    }
}

/// The items of `Hsm` that have defaults for charts without snapshots.
pub(super) fn items(source: &Source, chart: &Chart, event: &Type) -> TokenStream {
    let coder = |ty: &Type| {
        let coder = quote_spanned!(ty.span()=> ::farc::hsm::coder::<#ty>);
        quote!(#coder())
    };
    let (actor, event) = (coder(&source.block.self_ty), coder(event));
    let data = data(source, chart);
    let restored = restored(source, chart);
    quote! {
        const CODEC: ::core::option::Option<::farc::hsm::Codec<Self>> =
            ::core::option::Option::Some(::farc::hsm::Codec { actor: #actor, event: #event });
        #data
        #restored
    }
}

fn data(source: &Source, chart: &Chart) -> Option<TokenStream> {
    let names = &source.states;
    let (mut save, mut load) = (Vec::new(), Vec::new());
    for state in &chart.states {
        let Some(Data { ty, slot, .. }) = &state.data else {
            continue;
        };
        let (variant, place) = (&state.variant, place(*slot));
        let path = |function: &str| {
            let function = Ident::new(function, ty.span());
            quote_spanned!(ty.span()=> ::farc::hsm::#function::<#ty>)
        };
        let (saved, loaded) = (path("save"), path("load"));
        save.push(quote!(#names::#variant => #saved(&#place),));
        load.push(quote!(#names::#variant => #loaded(&mut #place, value),));
    }
    if save.is_empty() {
        return None;
    }
    if save.len() < chart.states.len() {
        save.push(quote!(_ => ::core::result::Result::Ok(::core::option::Option::None),));
        load.push(quote!(_ => ::core::result::Result::Ok(()),));
    }
    Some(quote! {
        fn save_data(memory: &Self::Memory, state: #names) -> ::farc::hsm::Coded<::core::option::Option<::farc::hsm::Json>> {
            match state { #(#save)* }
        }

        fn load_data(memory: &mut Self::Memory, state: #names, value: &::farc::hsm::Json) -> ::farc::hsm::Coded<()> {
            match state { #(#load)* }
        }
    })
}

fn restored(source: &Source, chart: &Chart) -> Option<TokenStream> {
    let action = chart.restored.as_ref()?;
    let call = calls::call(source, chart, None, action);
    let cx = parameter("cx", Action::takes_context(action));
    Some(quote! {
        fn restored(&mut self, #cx: &mut Self::Context<'_>) {
            #call
        }
    })
}
