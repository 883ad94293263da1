//! A signal on its way to an event whose type its sender does not know.

use std::any::Any;
use std::fmt;

use farc_protocol::codec::DecodeError;

/// A signal that an event of type `E` has a variant for.
pub struct Accepted<E> {
    name: &'static str,
    take: fn(&mut dyn Any) -> Option<E>,
    give_back: fn(E, &mut dyn Any),
    decode: Decode,
}

/// Makes an `Option` of the signal from its bytes.
pub(super) type Decode = fn(&[u8]) -> Result<Box<dyn Any + Send>, DecodeError>;

impl<E> Accepted<E> {
    pub(super) const fn new<S: 'static>(
        name: &'static str,
        give_back: fn(E, &mut dyn Any),
        decode: Decode,
    ) -> Self
    where
        E: From<S>,
    {
        Self {
            name,
            take: take::<S, E>,
            give_back,
            decode,
        }
    }

    /// The signal's name: what a post of a peer is found by.
    #[expect(dead_code, reason = "what comes from peers is posted by name")]
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The event, if `signal` is an `Option` of this signal, out of which it is taken then.
    pub(crate) fn take(&self, signal: &mut dyn Any) -> Option<E> {
        (self.take)(signal)
    }

    /// Undoes [`take`](Self::take).
    pub(crate) fn give_back(&self, event: E, into: &mut dyn Any) {
        (self.give_back)(event, into);
    }

    /// The event from the bytes of the signal.
    #[expect(dead_code, reason = "what comes from peers is posted by name")]
    pub(crate) fn decode(&self, bytes: &[u8]) -> Result<Option<E>, DecodeError> {
        let mut signal = (self.decode)(bytes)?;
        Ok(self.take(&mut *signal))
    }
}

/// Puts a signal into an `Option` of its type: what derived code does when it gives one back.
pub fn put<S: 'static>(signal: S, into: &mut dyn Any) {
    if let Some(place) = into.downcast_mut() {
        *place = Some(signal);
    }
}

fn take<S: 'static, E: From<S>>(signal: &mut dyn Any) -> Option<E> {
    let signal: &mut Option<S> = signal.downcast_mut()?;
    signal.take().map(E::from)
}

impl<E> fmt::Debug for Accepted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Accepted").field(&self.name).finish()
    }
}
