//! Types of other crates that may be sent, with the features of these names.
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "of the types, only what they may hold is of interest"
)]

use farc::{Encoded, Event, Isolated, Json, Signal};
use serde::{Deserialize, Serialize};

/// Needs no feature.
#[derive(Signal, Serialize, Deserialize, Clone, PartialEq)]
#[signal("test.any")]
pub struct Any {
    pub json: Json,
    pub maybe: Option<Vec<Json>>,
    pub encoded: Encoded<std::collections::HashMap<String, std::path::PathBuf>>,
    pub generic: Wrapped<Encoded<std::rc::Rc<std::cell::Cell<usize>>>>,
}

#[derive(Isolated, Serialize, Deserialize, Clone, PartialEq)]
pub struct Wrapped<T> {
    pub inner: T,
}

#[cfg(all(
    feature = "indexmap",
    feature = "jiff",
    feature = "smallvec",
    feature = "uuid"
))]
#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.foreign")]
pub struct Foreign {
    pub id: uuid::Uuid,
    pub at: jiff::Timestamp,
    pub civil: (jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime),
    pub lengths: (jiff::Span, jiff::SignedDuration),
    pub small: smallvec::SmallVec<[Wrapped<String>; 3]>,
    pub none_inside: smallvec::SmallVec<[u8; 0]>,
    pub map: indexmap::IndexMap<uuid::Uuid, indexmap::IndexSet<String>>,
    pub generic: Wrapped<smallvec::SmallVec<[jiff::Timestamp; 1]>>,
}

#[derive(Event)]
pub enum AnyEvent {
    Any(Any),
    #[event(local)]
    Named(Json),
}

#[test]
fn what_needs_no_proof_is_in_the_event_of_an_actor() {
    let event = AnyEvent::Named(Json::default());
    assert_eq!((event.index(), AnyEvent::NAMES), (1, &["Any", "Named"][..]));
}
