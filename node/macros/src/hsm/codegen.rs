//! The code: the enum of states with its tables, and the calls of the user's methods.
//!
//! All paths begin with `::farc` or `::core`. What calls a user's method carries the place of that method's parameters, so that a wrong type is
//! reported there.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, ImplItem, ItemImpl, Type, parse_quote};

use super::analyze::{Action, Chart, History, State, place, plain};
use super::parse::{Options, Role, Source};
use super::{bodies, calls, documentation, react, regions, snapshot, transitions};

/// What the tables have for "no state".
const NONE: u8 = u8::MAX;

/// How many events are kept aside if the attribute does not say.
const DEFER: u16 = 16;

/// Everything for a chart without mistakes.
pub(super) fn chart(options: &Options, source: &Source, chart: &Chart) -> TokenStream {
    let (Some(event), Some(initial)) = (
        &options.event,
        chart.initial.and_then(|index| chart.states.get(index)),
    ) else {
        return block(source).into_token_stream();
    };
    let cfg = conditions(source);
    let tree = documentation::tree(chart);
    let block = block(source);
    let states = states(options, source, chart, &tables(chart));
    let subscribes = subscribes(options, source);
    let (actor, names) = (&source.block.self_ty, &source.states);
    let name = source.name.to_string();
    let context = options.context_type(actor);
    let rows = chart.states.iter().map(|state| info(chart, state, names));
    let transitions = transitions::rows(chart, names, event);
    let initial = &initial.variant;
    let memory = memory(source, chart);
    let (defer, recall) = (options.defer.unwrap_or(DEFER), !options.recall_manual);
    let retry = options.on_panic_retry;
    let begin = begin(source, chart);
    let (react, regional) = match chart.is_regional() {
        true => (
            regions::methods(source),
            Some(regions::regional(source, chart)),
        ),
        false => (react::react(source, chart), None),
    };
    let enter = actions(source, chart, "enter", calls::entry);
    let exit = actions(source, chart, "exit", calls::exit);
    let init = actions(source, chart, "init", calls::init);
    let data = data(source, chart);
    let invariants = invariants(source, chart);
    let codec = options
        .snapshot
        .then(|| snapshot::items(source, chart, event));
    let snapshot = options.snapshot.then(|| snapshot::marker(source, &cfg));
    quote! {
        #block
        #states
        #(#cfg)*
        #tree
        #[automatically_derived]
        impl ::farc::hsm::Hsm for #actor {
            type State = #names;
            type Event = #event;
            type Context<'c> = #context;
            #memory
            const NAME: &'static ::core::primitive::str = #name;
            const STATES: &'static [::farc::hsm::StateInfo<#names>] = &[#(#rows),*];
            const TRANSITIONS: &'static [::farc::hsm::TransitionInfo<#names>] = #transitions;
            const INITIAL: #names = #names::#initial;
            const DEFER: ::core::primitive::u16 = #defer;
            const RECALL: ::core::primitive::bool = #recall;
            const RETRY: ::core::primitive::bool = #retry;
            fn event_name(event: &Self::Event) -> &'static ::core::primitive::str {
                #[allow(unused_imports)]
                use ::farc::__private::{Nameless as _, Named as _};
                (&::farc::__private::Name(event)).variant()
            }
            #begin
            #react
            #enter
            #exit
            #init
            #data
            #invariants
            #codec
        }
        #regional
        #snapshot
        #subscribes
    }
}

/// What keeps the rest of a program with a wrong chart free of errors that only follow from the wrong chart.
pub(super) fn stub(options: &Options, source: &Source, chart: &Chart) -> TokenStream {
    let mut block = block(source);
    bodies::replace_question_marks(&mut block);
    // Said already, as an error.
    block
        .attrs
        .push(parse_quote!(#[allow(unreachable_patterns)]));
    let block = quote!(#block);
    let Some(first) = chart.states.first() else {
        return block;
    };
    let cfg = conditions(source);
    let (actor, names, first) = (&source.block.self_ty, &source.states, &first.variant);
    // The tables of one state stand for those that cannot be built.
    let tables = quote! {
        const COUNT: ::core::primitive::usize = 1;
        type Tables = ::farc::hsm::Tables<Self, 1, 1>;
        const TABLES: &'static Self::Tables = &::farc::hsm::Tables::new([Self::#first], [""], [#NONE], [#NONE]);
        fn index(self) -> ::core::primitive::usize {
            0
        }
    };
    let states = states(options, source, chart, &tables);
    let subscribes = subscribes(options, source);
    let event: Type = options.event.clone().unwrap_or_else(|| parse_quote!(()));
    let context = options.context_type(actor);
    quote! {
        #block
        #states
        #(#cfg)*
        #[automatically_derived]
        impl ::farc::hsm::Hsm for #actor {
            type State = #names;
            type Event = #event;
            type Context<'c> = #context;
            type Memory = ();
            const NAME: &'static ::core::primitive::str = "";
            const STATES: &'static [::farc::hsm::StateInfo<#names>] = &[];
            const TRANSITIONS: &'static [::farc::hsm::TransitionInfo<#names>] = &[];
            const INITIAL: #names = #names::#first;
            const DEFER: ::core::primitive::u16 = 0;
            const RECALL: ::core::primitive::bool = true;
            fn event_name(_: &Self::Event) -> &'static ::core::primitive::str {
                ""
            }
            fn begin(&mut self, _: &mut Self::Context<'_>) {}
            fn react(&mut self, _: &mut (), leaf: #names, _: &Self::Event, _: &mut Self::Context<'_>) -> ::farc::hsm::Reaction<Self> {
                ::farc::hsm::Reaction::Answer(leaf, ::farc::hsm::Next::Super)
            }
            fn enter(&mut self, _: &mut (), _: #names, _: &mut Self::Context<'_>) {}
            fn exit(&mut self, _: &mut (), _: #names, _: &mut Self::Context<'_>) {}
            fn init(&mut self, _: &mut (), _: #names, _: &mut Self::Context<'_>) {}
        }
        #subscribes
    }
}

/// The conditions of the `impl` block hold for what is generated from it.
pub(super) fn conditions(source: &Source) -> Vec<&Attribute> {
    source
        .block
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .collect()
}

/// The user's block, with `State` named in each method.
fn block(source: &Source) -> ItemImpl {
    let mut block = source.block.clone();
    let names = &source.states;
    let state = Ident::new("State", Span::call_site());
    for (index, item) in block.items.iter_mut().enumerate() {
        let ImplItem::Fn(method) = item else {
            continue;
        };
        let role = source
            .methods
            .iter()
            .find(|with_role| with_role.item == index);
        if let Some(with_role) = role {
            if let Role::State { .. } = with_role.role {
                bodies::remove_docs(&mut method.block);
            }
            // The signature is the chart's choice and not the user's, and `_ => Super` is how a state passes on what it does not know.
            method.attrs.push(parse_quote! {
                #[allow(
                    clippy::wildcard_enum_match_arm,
                    clippy::match_wildcard_for_single_variants,
                    clippy::unused_self,
                    clippy::needless_pass_by_ref_mut,
                    clippy::trivially_copy_pass_by_ref,
                )]
            });
        }
        if mentions(quote!(#method), "State") {
            method
                .block
                .stmts
                .insert(0, parse_quote!(#[allow(dead_code)] type #state = #names;));
        }
    }
    block
}

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => ident == word,
        proc_macro2::TokenTree::Group(group) => mentions(group.stream(), word),
        proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => false,
    })
}

/// The enum of states.
fn states(options: &Options, source: &Source, chart: &Chart, tables: &TokenStream) -> TokenStream {
    let cfg = conditions(source);
    let names = &source.states;
    let vis = options.vis.clone().unwrap_or_else(|| parse_quote!(pub));
    let about = format!(" The states of the statechart of `{}`.", source.name);
    let docs = chart
        .states
        .iter()
        .map(|state| documentation::of_state(chart, state, names));
    let variants = chart.states.iter().map(|state| &state.variant);
    let unknown = &chart.unknown;
    quote! {
        #(#cfg)*
        #[doc = #about]
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::cmp::PartialOrd,
            ::core::cmp::Ord,
            ::core::hash::Hash,
            ::core::fmt::Debug,
        )]
        // The words about a state were written for its method: what they link to is looked up from there.
        #[allow(
            unreachable_pub,
            clippy::enum_variant_names,
            rustdoc::all,
        )]
        #[repr(u8)]
        #vis enum #names {
            #(#docs #variants,)*
            #(#[doc(hidden)] #unknown,)*
        }

        #(#cfg)*
        #[automatically_derived]
        impl ::farc::hsm::StateId for #names {
            #tables
        }

        #(#cfg)*
        #[automatically_derived]
        impl ::core::fmt::Display for #names {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(::farc::hsm::StateId::name(*self))
            }
        }
    }
}

/// The shape of the chart, for the engine to build its tables from.
fn tables(chart: &Chart) -> TokenStream {
    let variants = chart.states.iter().map(|state| &state.variant);
    let words = chart.states.iter().map(|state| &state.name);
    let row = |index: Option<usize>| {
        index
            .and_then(|index| u8::try_from(index).ok())
            .unwrap_or(NONE)
    };
    let parents = chart.states.iter().map(|state| row(state.parent));
    let initials = chart.states.iter().map(|state| row(state.initial));
    let remembering = (chart.histories() > 0).then(|| {
        let slots = chart
            .states
            .iter()
            .map(|state| row(state.history.as_ref().map(|history| history.slot)));
        quote!(.remembering([#(#slots),*]))
    });
    let count = chart.states.len();
    let levels = chart.levels.next_power_of_two();
    quote! {
        const COUNT: ::core::primitive::usize = #count;
        type Tables = ::farc::hsm::Tables<Self, #count, #levels>;
        const TABLES: &'static Self::Tables =
            &::farc::hsm::Tables::new([#(Self::#variants),*], [#(#words),*], [#(#parents),*], [#(#initials),*]) #remembering;
        #[inline]
        fn index(self) -> ::core::primitive::usize {
            self as ::core::primitive::usize
        }
    }
}

/// `type Memory` of `Hsm`: what a machine keeps beside its leaf.
fn memory(source: &Source, chart: &Chart) -> TokenStream {
    let (names, histories, types) = (&source.states, chart.histories(), chart.data());
    // At the place of the data's type, where it is reported that it is less visible than the actor.
    let span = types.first().map_or_else(Span::call_site, |ty| ty.span());
    let data = types.iter().rev().fold(
        quote!(()),
        |inner, ty| quote!((::core::option::Option<#ty>, #inner)),
    );
    let memory = if chart.is_regional() {
        let count = chart.states.len();
        quote!(::farc::hsm::Regions<#names, #count, #data>)
    } else if histories == 0 && types.is_empty() {
        quote!(())
    } else {
        quote!(::farc::hsm::Remembered<#names, #histories, #data>)
    };
    quote_spanned!(span=> type Memory = #memory;)
}

fn info(chart: &Chart, state: &State, names: &Ident) -> TokenStream {
    let State {
        name,
        variant,
        entry,
        exit,
        init,
        doc,
        history,
        regions,
        ..
    } = state;
    let link = |index: Option<usize>| match index.and_then(|index| chart.states.get(index)) {
        Some(State { variant, .. }) => quote!(::core::option::Option::Some(#names::#variant)),
        None => quote!(::core::option::Option::None),
    };
    let (parent, initial) = (link(state.parent), link(state.initial));
    let data = match &state.data {
        Some(data) => {
            let ty = plain(&data.written);
            quote!(::core::option::Option::Some(#ty))
        }
        None => quote!(::core::option::Option::None),
    };
    let regions = regions
        .iter()
        .filter_map(|&region| Some(&chart.states.get(region)?.variant));
    let history = match history {
        Some(History { deep, default, .. }) => {
            let default = link(*default);
            quote!(::core::option::Option::Some(::farc::hsm::HistoryInfo { deep: #deep, default: #default }))
        }
        None => quote!(::core::option::Option::None),
    };
    let (entry, exit, init, doc) = (
        entry.is_some(),
        exit.is_some(),
        init.is_some(),
        doc.join("\n"),
    );
    quote! {
        ::farc::hsm::StateInfo {
            state: #names::#variant,
            name: #name,
            parent: #parent,
            initial: #initial,
            entry: #entry,
            exit: #exit,
            init: #init,
            history: #history,
            regions: &[#(#names::#regions),*],
            data: #data,
            doc: #doc,
        }
    }
}

fn begin(source: &Source, chart: &Chart) -> TokenStream {
    let start = chart.start.as_ref();
    let call = start.map(|start| calls::call(source, chart, None, start));
    let cx = parameter("cx", start.is_some_and(Action::takes_context));
    quote! {
        fn begin(&mut self, #cx: &mut Self::Context<'_>) {
            #call
        }
    }
}

/// A parameter's name, with an underscore if it is not used.
pub(super) fn parameter(name: &str, used: bool) -> Ident {
    let name = if used {
        name.to_owned()
    } else {
        format!("_{name}")
    };
    Ident::new(&name, Span::call_site())
}

/// `enter`, `exit` or `init`: what happens then in each state.
fn actions(
    source: &Source,
    chart: &Chart,
    function: &str,
    of: impl Fn(&Source, &Chart, usize) -> Option<TokenStream>,
) -> TokenStream {
    let names = &source.states;
    let function = Ident::new(function, Span::call_site());
    let bodies: Vec<_> = (0..chart.states.len())
        .filter_map(|state| Some((&chart.states[state].variant, of(source, chart, state)?)))
        .collect();
    let used = !bodies.is_empty();
    let (cx, state) = (parameter("cx", used), parameter("state", used));
    let memory = parameter("memory", used && !chart.data().is_empty());
    let arms = bodies
        .iter()
        .map(|(variant, body)| quote!(#names::#variant => { #body }));
    let without = (bodies.len() < chart.states.len()).then(|| quote!(_ => {}));
    let body = used.then(|| quote!(match #state { #(#arms)* #without }));
    quote! {
        #[inline]
        #[allow(unused_variables)]
        fn #function(&mut self, #memory: &mut Self::Memory, #state: #names, #cx: &mut Self::Context<'_>) {
            #body
        }
    }
}

/// `data`: the data of each state that has some.
fn data(source: &Source, chart: &Chart) -> Option<TokenStream> {
    let names = &source.states;
    let arms = chart.states.iter().filter_map(|state| {
        let (variant, place) = (&state.variant, place(state.data.as_ref()?.slot));
        Some(quote!(#names::#variant => #place.as_ref().map(|data| data as &dyn ::core::any::Any),))
    });
    let arms: Vec<TokenStream> = arms.collect();
    let without =
        (arms.len() < chart.states.len()).then(|| quote!(_ => ::core::option::Option::None,));
    (!arms.is_empty()).then(|| quote! {
        fn data(memory: &Self::Memory, state: #names) -> ::core::option::Option<&dyn ::core::any::Any> {
            match state { #(#arms)* #without }
        }
    })
}

/// `CHECKED` and `broken`: the first invariant that does not hold, looked at where the user's crate has debug assertions.
fn invariants(source: &Source, chart: &Chart) -> Option<TokenStream> {
    let names = &source.states;
    let checks = chart.invariants.iter().map(|(state, action)| {
        let look = calls::look(source, chart, *state, action);
        let name = action.ident.to_string();
        let broken = match state.map(|state| &chart.states[state].variant) {
            Some(variant) => {
                quote!(::farc::hsm::Memory::is_active(memory, leaf, #names::#variant) && !#look)
            }
            None => quote!(!#look),
        };
        quote!(if #broken { return ::core::option::Option::Some(#name); })
    });
    let checks: Vec<TokenStream> = checks.collect();
    (!checks.is_empty()).then(|| quote! {
        const CHECKED: ::core::primitive::bool = ::core::cfg!(debug_assertions);
        #[allow(unused_variables)]
        fn broken(&self, memory: &Self::Memory, leaf: #names) -> ::core::option::Option<&'static ::core::primitive::str> {
            #(#checks)*
            ::core::option::Option::None
        }
    })
}

/// The subscriptions of an actor; a chart with a context of its own has none.
fn subscribes(options: &Options, source: &Source) -> TokenStream {
    if options.context.is_some() {
        return TokenStream::new();
    }
    let cfg = conditions(source);
    let actor = &source.block.self_ty;
    let to = parameter("to", !options.subscribe.is_empty());
    let signals = options.subscribe.iter().map(|signal| {
        // At the place of the signal, where a missing variant is reported.
        let add = quote_spanned!(signal.span()=> ::farc::actor::Subscriptions::add::<#signal>);
        quote!(#add(#to);)
    });
    quote! {
        #(#cfg)*
        #[automatically_derived]
        impl ::farc::actor::Subscribes for #actor {
            fn subscribe(#to: &mut ::farc::actor::Subscriptions<'_, Self>) {
                #(#signals)*
            }
        }
    }
}
