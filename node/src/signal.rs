//! What may be sent: values that share nothing with their sender, with a name, a shape and bytes.
//!
//! A receiver can never observe or cause a change in a sender's data. Rust's own `Send` does not say so (an
//! `Arc<Mutex<_>>` is `Send`), so [`Isolated`] does: it is implemented only for values that own all they hold, and by a
//! derive that asks the same of every field. A [`Signal`] is such a value with a stable name; an [`Event`] is the inbox
//! of an actor, an enum of the signals and private occurrences that it handles.
//!
//! This module knows types. It knows neither actors nor links.

#![expect(
    unsafe_code,
    reason = "the isolation proof is an unsafe trait; its implementations for std types are here"
)]

pub use farc_protocol::frame::{Class, Delivery};
use farc_protocol::schema::{self, Structure};
use serde::{Serialize, de::DeserializeOwned};

mod accepted;
mod actor_ref;
mod any;
mod blob;
mod check;
mod encoded;
mod foreign;
mod impls;
mod json;
mod request;
pub(crate) mod shape;

#[doc(hidden)]
pub use accepted::{Accepted, put};
pub(crate) use actor_ref::check_actor_name;
pub use actor_ref::{ActorRef, RefError};
pub use any::AnySignal;
pub use blob::Blob;
pub use encoded::{Encoded, EncodedError};
pub use json::Json;
pub use request::{Reply, Request};
use shape::Figures;

pub use check::{SelfCheckError, self_check};

/// A value that shares nothing with anyone: what it holds, it owns.
///
/// Part of every signal, of every event that another actor can send, and of an actor's construction arguments. Derive
/// it; a hand-written implementation needs `unsafe`, which a crate can forbid while the derive goes on working.
///
/// Implemented for the integers except `usize` and `isize`, `f32`, `f64`, `bool`, `char`, `String`, `Box`, `Vec`,
/// `VecDeque`, `Option`, `Result`, arrays, tuples of up to twelve, `BTreeMap`, `BTreeSet`, `Duration`, the `NonZero`
/// integers, the `IpAddr` family, `PhantomData`, [`ActorRef`], [`Blob`] and [`Json`]; with the feature of that name, for `uuid::Uuid`, the times of `jiff`
/// without a zone, `smallvec::SmallVec`, `indexmap::IndexMap` and `IndexSet`. Any other type with serde's traits goes as [`Encoded`].
///
/// ```
/// use farc::Isolated;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Isolated, Serialize, Deserialize, Clone, PartialEq, Debug)]
/// struct Reading<T> {
///     value: T,
///     taken: std::time::Duration,
/// }
/// ```
///
/// Serde's traits do not say that: this has both, and lets a receiver write into its sender.
///
/// ```compile_fail,E0277
/// # use serde::{Deserialize, Deserializer, Serialize, Serializer};
/// #[derive(Clone)]
/// struct Shared(std::sync::Arc<std::sync::Mutex<u32>>);
/// # impl Serialize for Shared {
/// #     fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { self.0.lock().unwrap().serialize(s) }
/// # }
/// # impl<'de> Deserialize<'de> for Shared {
/// #     fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
/// #         u32::deserialize(d).map(|value| Self(std::sync::Arc::new(value.into())))
/// #     }
/// # }
/// // impl Serialize and Deserialize for Shared ...
///
/// #[derive(farc::Signal, Serialize, Deserialize, Clone)]
/// #[signal("leak")]
/// struct Leak {
///     value: Shared, // refused
/// }
/// ```
///
/// # Refused at compile time
/// - what can alias: `Arc`, `Rc`, references, cells, locks, atomics, pointers, functions, `dyn`, channels;
/// - what differs from node to node: `usize`, `isize`, `HashMap`, `HashSet`, `Instant`, `PathBuf`;
/// - types that contain themselves: bytes of a peer could make the decoder recurse until its stack ends;
/// - containers whose elements can take no bytes: a few bytes of a peer could ask for 10^12 of them.
///
/// # Safety
/// No part of a value may be reachable from outside that value, neither through shared memory nor through a handle to
/// something shared, and the shape and the structure must agree with what the type's `Serialize` writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a signal: it is not known to be isolated from its sender",
    label = "not isolated",
    note = "instead of `Arc`, `Rc`, `&'static T` and `Cow` send the owned value, as in `String` or `Vec<T>`; many bytes for many are a `farc::Blob`, which is cheap to copy",
    note = "instead of `Cell`, `RefCell`, `Mutex`, `RwLock` and atomics send the value inside; state that several actors need is kept by one, which the others ask",
    note = "instead of pointers send the value; instead of functions, closures and `dyn Trait` an enum of the choices; instead of channels publish a signal or post to an address",
    note = "instead of `usize` and `isize` use `u32` or `u64`; instead of `HashMap` and `HashSet` use `BTreeMap` and `BTreeSet`; instead of `Instant` a `Duration`, instead of `SystemTime` one since 1970; instead of `PathBuf` and `OsString` a `String`",
    note = "of other crates: `uuid`, `jiff`, `smallvec` and `indexmap` are features of `farc`; instead of `bytes::Bytes` use `farc::Blob`, instead of `serde_json::Value` `farc::Json`; any type with serde's traits goes as `farc::Encoded<T>`",
    note = "a struct or enum of your own needs `#[derive(farc::Isolated)]`",
    note = "what only the actor itself creates may be any `Send` value: mark the variant `#[event(own)]`"
)]
pub unsafe trait Isolated: Sized + Send + 'static {
    /// The fewest bytes that it takes and how deep it nests. It depends on that of every part, so that for types that
    /// contain themselves it is a cycle, which the compiler reports with this name.
    #[doc(hidden)]
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures;

    /// What the codec writes.
    #[doc(hidden)]
    fn structure() -> Structure;

    /// Its body asks every field for its proof; it is never called.
    #[doc(hidden)]
    fn assert_isolated() {}
}

/// A kind of event that actors publish and subscribe to, on any node.
///
/// ```
/// use farc::Signal;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
/// #[signal("dining.hungry")]
/// struct Hungry {
///     philosopher: u8,
/// }
/// assert_eq!(Hungry::NAME, "dining.hungry");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signal",
    label = "not a signal",
    note = "a signal has `#[derive(farc::Signal, Serialize, Deserialize, Clone)]` and a name: `#[signal(\"family.name\")]`",
    note = "a variant of an event that wraps no signal is marked `#[event(local)]`, or `#[event(own)]` if only the actor itself creates it"
)]
pub trait Signal: Isolated + Serialize + DeserializeOwned + Clone {
    /// What it is called on the wire, in permissions and in tools. Never changes, wherever the type moves.
    const NAME: &'static str;
    /// What it may wait behind on a link.
    const CLASS: Class;
    /// What becomes of it when a peer cannot take it.
    const DELIVERY: Delivery;
    /// How many of the last ones an actor of this node gets that subscribes later: `#[signal("..", retain = 1)]`.
    const RETAIN: u16 = 0;
    /// Whether a publication that no actor and no peer wants becomes a dead letter: `#[signal("..", dead_letter)]`.
    const DEAD_LETTER: bool = false;
}

/// What one actor handles: an enum in which each variant wraps a signal, or is private.
///
/// ```
/// # use farc::Signal;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Signal, Serialize, Deserialize, Clone)]
/// # #[signal("dining.eat")]
/// # pub struct Eat { pub philosopher: u8 }
/// use farc::Event;
///
/// #[derive(Event)]
/// pub enum PhilosopherEvent {
///     Eat(Eat),
///     #[event(local)]
///     Timeout,
///     #[event(own)]
///     Connected(std::net::TcpStream),
/// }
///
/// // What others may post leaves out what only the actor itself creates.
/// let posted = PhilosopherEventPosted::Eat(Eat { philosopher: 3 });
/// assert_eq!(PhilosopherEvent::from(posted).index(), 0);
/// ```
///
/// Nobody else can, by whatever address:
///
/// ```compile_fail,E0277
/// # use farc::{Actor, Address, Event};
/// #[derive(Event)]
/// enum LampEvent {
///     #[event(own)]
///     BurntOut,
/// }
///
/// fn interfere<A: Actor<Event = LampEvent>>(lamp: &Address<A>) {
///     let _ = lamp.post(LampEvent::BurntOut); // refused
/// }
/// ```
///
/// # Safety
/// Every value of `Posted` is isolated: what one actor posts to another shares nothing with it. The derive asks that of
/// every variant that is not `#[event(own)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "an actor's event is an enum with `#[derive(farc::Event)]`"
)]
pub unsafe trait Event: Sized + Send + 'static {
    /// What others may post: `Self`, or the generated enum without the `#[event(own)]` variants.
    type Posted: Into<Self> + Send + 'static;

    /// The names of the variants, by index.
    const NAMES: &'static [&'static str];

    /// The signals that it has a variant for.
    #[doc(hidden)]
    const ACCEPTS: &'static [Accepted<Self>] = &[];

    /// Whether some of its events have a key: `#[event(key = ..)]`.
    const KEYED: bool = false;

    /// Whether a queued event has the key that this one has, which can then take its place. Events without a key replace none.
    fn replaces(&self, queued: &Self) -> bool {
        let _ = queued;
        false
    }

    /// The same of what is about to be posted.
    #[doc(hidden)]
    fn posted_replaces(posted: &Self::Posted, queued: &Self) -> bool {
        let _ = (posted, queued);
        false
    }

    /// Which variant it is.
    fn index(&self) -> usize;

    /// The signal's name and value, when the variant wraps one.
    fn payload(&self) -> Option<(&'static str, &dyn AnySignal)>;

    /// The variant's name and, when it wraps a signal, the value of what is about to be posted: for observers.
    #[doc(hidden)]
    fn seen(posted: &Self::Posted) -> (&'static str, Option<&dyn AnySignal>) {
        let _ = posted;
        ("", None)
    }
}

/// The event has a variant for the signal `S`; without one, an actor cannot subscribe to it.
///
/// Derived with [`Event`], for types that are a [`Signal`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no variant for the signal `{S}`",
    label = "cannot take `{S}`",
    note = "add a variant that wraps it to the event of the actor"
)]
pub trait Accepts<S>: Event + From<S> {}

/// The deepest nesting of a signal, in types.
pub(crate) const MAX_DEPTH: usize = schema::MAX_DEPTH;

#[cfg(test)]
mod tests;
