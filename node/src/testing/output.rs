//! What an actor has put out, as values.

use std::fmt;

use crate::signal::AnySignal;
use crate::trace::steps::{posting, publication};

/// Something that an actor has put out.
///
/// Its text is `publish dining.hungry {"philosopher":3}` or `post fork-3 Take {"philosopher":3}`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// It published a signal.
    Publish(Box<dyn AnySignal>),
    /// It posted an event, to another actor or to itself.
    #[non_exhaustive]
    Post {
        /// The receiver's name; `self` or `front` if it is the actor itself, which posted to the end of its mailbox or to the front.
        to: String,
        /// The variant of the receiver's event type.
        event: &'static str,
        /// The signal, when the variant carries one.
        payload: Option<Box<dyn AnySignal>>,
        /// False when the event came back: no room, or the receiver has stopped.
        taken: bool,
    },
}

impl Output {
    /// The published signal, if it is of this type.
    pub fn publication<S: 'static>(&self) -> Option<&S> {
        match self {
            Self::Publish(signal) => signal.downcast_ref(),
            Self::Post { .. } => None,
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish(signal) => f.write_str(&publication(&**signal)),
            Self::Post {
                to,
                event,
                payload,
                taken,
            } => {
                f.write_str(&posting(to, event, payload.as_deref()))?;
                f.write_str(if *taken { "" } else { " refused" })
            }
        }
    }
}
