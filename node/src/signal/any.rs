//! A signal whose type is not known: what traces and journals get to see.

use std::any::Any;
use std::fmt;

use bytes::BytesMut;
use farc_protocol::{codec, json};

use super::Signal;

/// A signal whose type is not known where it is looked at.
///
/// Every [`Signal`] is one. It can be asked for its type ([`downcast_ref`](trait.AnySignal.html#method.downcast_ref)), copied, and written
/// as JSON.
///
/// ```
/// # use farc::Signal;
/// # use farc::signal::AnySignal;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
/// #[signal("dining.hungry")]
/// struct Hungry {
///     philosopher: u8,
/// }
///
/// let seen: &dyn AnySignal = &Hungry { philosopher: 3 };
/// assert_eq!(seen.name(), "dining.hungry");
/// assert_eq!(seen.json(), r#"{"philosopher":3}"#);
/// assert_eq!(seen.downcast_ref::<Hungry>(), Some(&Hungry { philosopher: 3 }));
/// ```
pub trait AnySignal: Any + Send {
    /// Its stable name: [`Signal::NAME`].
    fn name(&self) -> &'static str;

    /// Its value as JSON on one line, in the form of [`farc_protocol::json`]. What has no JSON, because it is too large to be sent, is `null`.
    ///
    /// # Panics
    ///
    /// When the `Serialize` of the signal panics.
    fn json(&self) -> String;

    /// A copy.
    fn copied(&self) -> Box<dyn AnySignal>;
}

impl<S: Signal> AnySignal for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn json(&self) -> String {
        let mut bytes = BytesMut::new();
        let encoded = codec::encode(self, &mut bytes).is_ok();
        let value = encoded.then(|| json::to_json(&S::structure(), &bytes).ok());
        value
            .flatten()
            .map_or_else(|| "null".to_owned(), |value| value.to_string())
    }

    fn copied(&self) -> Box<dyn AnySignal> {
        Box::new(self.clone())
    }
}

impl dyn AnySignal {
    /// Whether it is of type `S`.
    pub fn is<S: Any>(&self) -> bool {
        self.downcast_ref::<S>().is_some()
    }

    /// The signal, if it is of type `S`.
    pub fn downcast_ref<S: Any>(&self) -> Option<&S> {
        let any: &dyn Any = self;
        any.downcast_ref()
    }
}

impl fmt::Debug for dyn AnySignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnySignal").field(&self.name()).finish()
    }
}
