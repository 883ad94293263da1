//! The attribute `#[hsm]` and the derives of farc; re-exported by the crate `farc`, never named by users.

mod event;
mod hsm;
mod isolated;
mod signal;

use proc_macro::TokenStream;

/// `docs/statecharts.md` in the repository is the guide: one chart from two states to regions, and what differs from other statecharts.
///
/// # The attribute
///
/// | key | is |
/// |---|---|
/// | `event = Type` | what the states react to; required |
/// | `initial = state` | where the top initial transition leads; required |
/// | `subscribe = [Signal, …]` | what the actor subscribes to from its start |
/// | `context = Type` | a context other than `farc::Context`: then the chart is a machine of its own, without a node |
/// | `defer = 16` | how many events are kept aside, deferred and recalled ones together: 0 to 65535 |
/// | `on_panic = retry` | an event whose step panicked is dispatched once more after the restart, first and marked: `redelivered` of the context |
/// | `recall = manual` | a transition does not bring deferred events back; `recall` of the context does |
/// | `snapshot` | the machine can be saved and restored: the actor, the data of its states and the event have to be serde's |
/// | `vis = pub(crate)` | how visible the enum of states is. Without it the enum is `pub`, which reaches as far as its module does: an attribute on an `impl` block cannot see how visible the type is |
///
/// # The methods
///
/// | role | method |
/// |---|---|
/// | `#[state]` | `fn name(&mut self, event: &Event, cx: &mut Context<Self>) -> Next<Self>` |
/// | `#[entry(s)]`, `#[exit(s)]` | `fn name(&mut self, cx: &mut Context<Self>)`, when `s` is entered or exited |
/// | `#[init(s)]` | the same, when the initial transition of `s` is taken |
/// | `#[start]` | the same, once, before the top initial transition |
/// | `#[invariant]`, `#[invariant(s)]` | `fn name(&self) -> bool`, after each step in debug builds, with `s` while that is active: `false` is a panic that names the method, the state and the event |
/// | `#[restored]` | `fn name(&mut self, cx: &mut Context<Self>)`, when the machine comes back from a snapshot; only with `snapshot` |
///
/// The context may be left out everywhere, and stands in any place after the event. Methods without a role are the actor's own helpers.
///
/// # The states
///
/// | key of `#[state(…)]` | is |
/// |---|---|
/// | `parent = s` | the state directly around it |
/// | `initial = s` | where it starts: any state inside it, not only a direct child |
/// | `history` | it remembers the state directly inside that was exited last, for `History(State::…)` |
/// | `history = deep` | it remembers the leaf as well, for `DeepHistory(State::…)` |
/// | `history(default = s)`, `history(deep, default = s)` | and before it was ever active, `s` is entered; without a default its initial transition is taken |
/// | `regions = [a, b]` | it is active in all states directly inside of it, which are these, at once; it has no `initial` then, and each of them has its own |
/// | `data = T` | a `T` lives as long as the state is active: `#[entry(s)]` returns it, methods of the state and of those inside it may take `&mut T`, `#[exit(s)]` may take `T` |
/// | `unreachable_ok` | no transition leads here, and that is meant; otherwise it is an error |
///
/// # The answers
///
/// Every value that a state can return is written where it is returned: `Handled`, `Super`, `Defer`, `Stop`, or `To`, `Reenter`, `History`,
/// `DeepHistory` with a literal `State::Name`, bare or after `Next::`, in the last expression or after `return`, inside of blocks, `if` and
/// `match`. So the compiler knows every transition. A helper returns a `bool` or an enum, and the state decides. `panic!`, `todo!`,
/// `unimplemented!` and `unreachable!` may stand where a value is expected, because they have none.
///
/// In a `match` on the event an arm that is never reached is an error: below an arm for every event, or below one without a condition for
/// the same variant.
///
/// # What it makes
///
/// The enum `<Actor>State` with a variant for each state, in camel case (`door_open` is `DoorOpen`), with the doc comment of its method and
/// the list of its reactions; inside the block its name is `State`. The implementation of `farc::hsm::Hsm`, whose documentation on the page
/// of the actor is the chart as a tree, and that of `farc::actor::Subscribes` if the chart is an actor's.
///
/// `Hsm::TRANSITIONS` has a row for each answer but `Super`, read from the methods: the pattern of the event (`Eat(_)`, `A | B`, `*` for
/// any), the conditions around the answer joined by `&&` (`if` of the arm, nested `if` and `match`, what an early `return` leaves), its
/// target and kind, and the doc comment of its arm. The module `farc::hsm` says what each answer does.
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
///
/// | key, behind the name | is |
/// |---|---|
/// | `reply = Type` | what it is answered with, when it is a question |
/// | `retain = N` | an actor that subscribes later first gets the last N that were published, 1 to 1024 |
/// | `dead_letter` | a publication that no actor of the node and no peer wants becomes a dead letter, of the cause `unheard`; otherwise it is counted alone |
/// | `class = "normal"`, `delivery = "reliable"` | the only ones so far |
///
/// What is retained are the last N (and no more than 32 MiB of them) of the whole node, whichever actors, in whichever domains, have published
/// them, and those of peers that have arrived here, in this order. A subscription of another node is not late in this sense: it gets what is
/// published from then on, since the wire has no word yet for what is older. Each subscription that is made counts, one after an unsubscription
/// too; the restart of an actor makes none.
#[proc_macro_derive(Signal, attributes(signal))]
pub fn signal(item: TokenStream) -> TokenStream {
    expand(item, signal::expand)
}

/// Makes an enum the inbox of an actor: each variant wraps one signal, or is `#[event(local)]` or `#[event(own)]`.
///
/// `#[event(key = sensor)]` gives the events of a variant a key, for an actor whose mailbox conflates (`overflow = "conflate"`): a field of the
/// signal that it wraps, or of the variant itself where that is local or own, as in `#[event(local, key = axis)]`. Fields further inside
/// (`key = at.room`), what a method says of one (`key = name.len()`) and several of these (`key = (room, sensor)`) may stand there, and `#[event(key)]`
/// alone means that any two events of the variant have the same key. What is compared needs `PartialEq`.
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
