//! The attribute `#[hsm]` and the derives of farc; re-exported by the crate `farc`, never named by users.

mod event;
mod hsm;
mod isolated;
mod signal;

use proc_macro::TokenStream;

/// Makes an actor's `impl` block a statechart: plain methods, one a state, that match on the event.
///
/// # The attribute
///
/// | key | is |
/// |---|---|
/// | `event = Type` | what the states react to; required |
/// | `initial = state` | where the top initial transition leads; required |
/// | `subscribe = [Signal, …]` | what the actor subscribes to from its start |
/// | `context = Type` | a context other than `farc::Context`: then the chart is a machine of its own, without a node |
/// | `vis = pub(crate)` | how visible the enum of states is. Without it the enum is `pub`, which reaches as far as its module does: an attribute on an `impl` block cannot see how visible the type is |
///
/// # The methods
///
/// | role | method |
/// |---|---|
/// | `#[state]`, `#[state(parent = s, initial = s, unreachable_ok)]` | `fn name(&mut self, event: &Event, cx: &mut Context<Self>) -> Next<Self>` |
/// | `#[entry(s)]`, `#[exit(s)]` | `fn name(&mut self, cx: &mut Context<Self>)`, when `s` is entered or exited |
/// | `#[init(s)]` | the same, when the initial transition of `s` is taken |
/// | `#[start]` | the same, once, before the top initial transition |
///
/// The context may be left out everywhere. The `initial` of a state is any state inside it, not only a direct child. A state that no
/// transition leads to is an error, unless it says `unreachable_ok`. Methods without a role are the actor's own helpers.
///
/// # The answers
///
/// Every value that a state can return is written where it is returned, as `Handled`, `Super`, `Stop`, `To(State::Name)` or
/// `Reenter(State::Name)`, bare or after `Next::`, in the last expression or after `return`, inside of blocks, `if` and `match`. So the
/// compiler knows every transition. A helper returns a `bool` or an enum, and the state decides. `panic!`, `todo!`, `unimplemented!` and
/// `unreachable!` may stand where a value is expected, because they have none.
///
/// # What it makes
///
/// The enum `<Actor>State` with a variant for each state, in camel case (`door_open` is `DoorOpen`), with the doc comment of its method;
/// inside the block its name is `State`. The implementation of `farc::hsm::Hsm`, and that of `farc::actor::Subscribes` if the chart is an
/// actor's. The module `farc::hsm` has an example and says what each answer does.
#[proc_macro_attribute]
pub fn hsm(args: TokenStream, item: TokenStream) -> TokenStream {
    hsm::expand(args.into(), item.into()).into()
}

/// Proves that a struct or enum shares nothing with anyone, and describes its shape.
///
/// Every field has to be `Isolated` itself. Type parameters are allowed; lifetimes, unions, types that contain
/// themselves, and serde attributes that change the form are not.
#[proc_macro_derive(Isolated)]
pub fn isolated(item: TokenStream) -> TokenStream {
    expand(item, isolated::expand)
}

/// Makes a struct or enum a signal: `#[signal("family.name")]` names it. Implies `Isolated`.
#[proc_macro_derive(Signal, attributes(signal))]
pub fn signal(item: TokenStream) -> TokenStream {
    expand(item, signal::expand)
}

/// Makes an enum the inbox of an actor: each variant wraps one signal, or is `#[event(local)]` or `#[event(own)]`.
#[proc_macro_derive(Event, attributes(event))]
pub fn event(item: TokenStream) -> TokenStream {
    expand(item, event::expand)
}

fn expand(
    item: TokenStream,
    derive: fn(&syn::DeriveInput) -> syn::Result<proc_macro2::TokenStream>,
) -> TokenStream {
    let expanded = syn::parse(item).and_then(|item| derive(&item));
    expanded
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
