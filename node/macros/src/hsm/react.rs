//! The reaction of each leaf, written out: who is asked, and what is exited and entered when somebody answers with a transition.
//!
//! Source, target and leaf are known in each place, so nothing is looked up and the compiler sees one straight line of actions. A chart whose
//! lines would be too many leaves the transitions to the engine's tables; the bubbling is written out all the same.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::analyze::{Chart, State};
use super::answers::Kind;
use super::calls;
use super::parse::Source;

/// How many exits, entries and init actions may be written out.
///
/// It bounds what one chart adds to compile time and to the size of the program; beyond it the tables cost a few nanoseconds a transition.
const MAX_WRITTEN: usize = 1024;

/// `react` of `Hsm`.
pub(super) fn react(source: &Source, chart: &Chart) -> TokenStream {
    let writer = Writer {
        source,
        chart,
        names: &source.states,
    };
    let written_out = chart.leaves().map(|leaf| writer.cost(leaf)).sum::<usize>() <= MAX_WRITTEN;
    let arms = chart.leaves().map(|leaf| writer.leaf(leaf, written_out));
    // A composite is never the active leaf: every way to it leads on to its initial.
    let composites = chart
        .has_composites()
        .then(|| quote!(_ => ::farc::hsm::Reaction::Answer(leaf, ::farc::hsm::Next::Super),));
    let names = &source.states;
    quote! {
        #[inline]
        fn react(&mut self, memory: &mut Self::Memory, leaf: #names, event: &Self::Event, cx: &mut Self::Context<'_>) -> ::farc::hsm::Reaction<Self> {
            match leaf { #(#arms)* #composites }
        }
    }
}

struct Writer<'w> {
    source: &'w Source,
    chart: &'w Chart,
    names: &'w Ident,
}

impl Writer<'_> {
    /// One leaf: its handler, then those of its ancestors.
    fn leaf(&self, leaf: usize, written_out: bool) -> TokenStream {
        let names = self.names;
        let path = self.chart.path(leaf);
        let steps = path.iter().enumerate().rev().map(|(level, &asked)| {
            let State {
                variant,
                handler,
                answers,
                ..
            } = &self.chart.states[asked];
            let call = calls::call(self.source, self.chart, Some(asked), handler);
            let transitions = written_out.then(|| self.transitions(leaf, asked));
            // Costs nothing while nobody looks.
            let guarded = answers.iter().any(|answer| !answer.guard.is_empty());
            let rejected = guarded
                .then(|| quote!(::farc::hsm::rejected::<Self>(#names::#variant, event, cx);));
            // The outermost state's `Super` comes this way too.
            let answered = quote!(::farc::hsm::Host::record(cx, ::farc::hsm::Record::Answer(#names::#variant)););
            let answer = match &rejected {
                Some(rejected) => quote! {
                    if ::core::matches!(next, ::farc::hsm::Next::Super) { #rejected } else { #answered }
                },
                None => quote! {
                    if !::core::matches!(next, ::farc::hsm::Next::Super) { #answered }
                },
            };
            let go_on = (level > 0).then(|| quote!(::farc::hsm::Next::Super => { #rejected }));
            quote! {
                ::farc::hsm::Host::scope(cx, ::core::option::Option::Some(#names::#variant));
                match #call {
                    #go_on
                    #transitions
                    next => {
                        #answer
                        return ::farc::hsm::Reaction::Answer(#names::#variant, next);
                    }
                }
            }
        });
        let variant = &self.chart.states[leaf].variant;
        quote!(#names::#variant => { #(#steps)* })
    }

    /// Keeps the two arms of a toggle apart, by an instruction to the compiler that is none to the processor.
    ///
    /// Where two reactions differ in nothing but the state they lead to, the compiler makes one of them and computes the new state from the old
    /// one: each step then waits until the write of the last one can be read. A branch is predicted, and nothing waits.
    fn apart(&self, leaf: usize) -> Option<TokenStream> {
        let toggle = self.chart.states.len() == 2 && !self.chart.has_composites();
        (toggle && leaf == 0).then(|| {
            quote!(::core::sync::atomic::compiler_fence(::core::sync::atomic::Ordering::Release);)
        })
    }

    /// What the handler of `asked` can answer while `leaf` is active.
    fn transitions(&self, leaf: usize, asked: usize) -> TokenStream {
        let names = self.names;
        let source = &self.chart.states[asked].variant;
        let apart = self.apart(leaf);
        let arms = self.chart.targets(asked).into_iter().map(|(target, kind)| {
            let kept = self.chart.kept(asked, target, kind);
            let path = self.chart.path(leaf);
            let exits = path.iter().skip(kept).rev().map(|&state| self.exit(state));
            let entries = self.chart.path(target).into_iter().skip(kept).map(|state| self.entry(state));
            let named = &self.chart.states[target].variant;
            let (rest, to) = match kind {
                Kind::History => (quote!(), self.resumed(named, false)),
                Kind::DeepHistory => (quote!(), self.resumed(named, true)),
                Kind::To | Kind::Reenter | Kind::Internal | Kind::Defer | Kind::Stop => {
                    let (initials, to) = self.initials(target);
                    (initials, quote!(#names::#to))
                }
            };
            let kind = kind.variant();
            quote! {
                ::farc::hsm::Next::#kind(#names::#named) => {
                    ::farc::hsm::Host::record(cx, ::farc::hsm::Record::Answer(#names::#source));
                    #(#exits)*
                    #(#entries)*
                    #rest
                    #apart
                    return ::farc::hsm::Reaction::Taken { source: #names::#source, target: #names::#named, to: #to };
                }
            }
        });
        quote!(#(#arms)*)
    }

    fn exit(&self, state: usize) -> TokenStream {
        let (names, State { variant, .. }) = (self.names, &self.chart.states[state]);
        let action = calls::exit(self.source, self.chart, state);
        let slots = match self.chart.is_composite(state) {
            true => vec![],
            false => self.chart.remembered_in(state).collect(),
        };
        quote! {
            ::farc::hsm::Host::record(cx, ::farc::hsm::Record::Exit(#names::#variant));
            #action
            ::farc::hsm::Host::exited(cx, #names::#variant);
            #(::farc::hsm::Remembered::keep(memory, #slots, #names::#variant);)*
        }
    }

    /// What follows the entry of a composite that is asked for its history; the leaf it leads to is known only then.
    fn resumed(&self, composite: &Ident, deep: bool) -> TokenStream {
        let names = self.names;
        quote!(::farc::hsm::resume(self, memory, #names::#composite, #deep, cx))
    }

    fn entry(&self, state: usize) -> TokenStream {
        let (names, State { variant, .. }) = (self.names, &self.chart.states[state]);
        let action = calls::entry(self.source, self.chart, state);
        quote! {
            ::farc::hsm::Host::record(cx, ::farc::hsm::Record::Entry(#names::#variant));
            #action
        }
    }

    /// The initials from a state on, and the leaf they lead to.
    fn initials(&self, from: usize) -> (TokenStream, &Ident) {
        let names = self.names;
        let mut written = TokenStream::new();
        let mut current = from;
        while let Some(inner) = self.chart.states[current].initial {
            let State { variant, .. } = &self.chart.states[current];
            let action = calls::init(self.source, self.chart, current);
            let entries = self
                .chart
                .path(inner)
                .into_iter()
                .skip(self.chart.path(current).len())
                .map(|state| self.entry(state));
            written.extend(quote! {
                ::farc::hsm::Host::record(cx, ::farc::hsm::Record::Init(#names::#variant));
                #action
                #(#entries)*
            });
            current = inner;
        }
        (written, &self.chart.states[current].variant)
    }

    /// How many exits and entries are written out for a leaf.
    fn cost(&self, leaf: usize) -> usize {
        let path = self.chart.path(leaf);
        let transitions = path.iter().flat_map(|&asked| {
            self.chart
                .targets(asked)
                .into_iter()
                .map(move |to| (asked, to))
        });
        transitions
            .map(|(asked, (target, kind))| {
                let kept = self.chart.kept(asked, target, kind);
                if matches!(kind, Kind::History | Kind::DeepHistory) {
                    return path.len() - kept + self.chart.path(target).len() - kept;
                }
                let mut leads_to = target;
                let mut inits = 0;
                while let Some(inner) = self.chart.states[leads_to].initial {
                    leads_to = inner;
                    inits += 1;
                }
                path.len() - kept + self.chart.path(leads_to).len() - kept + inits
            })
            .sum()
    }
}
