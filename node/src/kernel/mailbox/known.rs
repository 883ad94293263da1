//! A mailbox of any event type, whose type is told by a look at a number beside it.
//!
//! `Any` tells it by a call through a table of functions, and the answer comes through memory: written in halves and read as one, which the
//! processor waits for. Twice for each event, that was a third of its way.

use std::any::TypeId;
use std::ops::{Deref, DerefMut};

use super::{AnyMailbox, Mailbox};
use crate::signal::Event;

/// A mailbox beside its type. It is made by [`Known::new`] alone, so that the two belong together.
pub(crate) struct Known<M: ?Sized> {
    kind: TypeId,
    mailbox: M,
}

impl<E: Event> Known<Mailbox<E>> {
    pub(super) fn new(mailbox: Mailbox<E>) -> Box<Self> {
        Box::new(Self {
            kind: TypeId::of::<Mailbox<E>>(),
            mailbox,
        })
    }
}

impl Known<dyn AnyMailbox> {
    /// The mailbox, if its events are of this type.
    #[inline(always)]
    pub(in crate::kernel) fn of<E: Event>(&mut self) -> Option<&mut Mailbox<E>> {
        if self.kind != TypeId::of::<Mailbox<E>>() {
            return None;
        }
        let mailbox: *mut dyn AnyMailbox = &raw mut self.mailbox;
        // SAFETY: `kind` is the type of `mailbox`: both fields are private, written by `new` alone, and a mailbox is never exchanged for one of
        // another type, since nobody outside is lent it but as `dyn AnyMailbox`, which is unsized. The pointer comes from a unique borrow of
        // the same field, which the returned one takes over.
        #[expect(unsafe_code, reason = "a checked cast without a call")]
        Some(unsafe { &mut *mailbox.cast::<Mailbox<E>>() })
    }
}

impl Deref for Known<dyn AnyMailbox> {
    type Target = dyn AnyMailbox;

    fn deref(&self) -> &Self::Target {
        &self.mailbox
    }
}

impl DerefMut for Known<dyn AnyMailbox> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.mailbox
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use farc_macros::Event;

    use super::*;
    use crate::kernel::Overflow;
    use crate::kernel::bell::Bell;
    use crate::kernel::mailbox::Lane;

    #[derive(Event)]
    #[expect(dead_code, reason = "its type alone is asked for")]
    enum One {
        #[event(local)]
        Text(String),
    }

    /// Of the same layout as the other one.
    #[derive(Event)]
    #[expect(dead_code, reason = "its type alone is asked for")]
    enum Other {
        #[event(local)]
        Bytes(Vec<u8>),
    }

    fn known<E: Event>() -> Box<Known<dyn AnyMailbox>> {
        let bell = Arc::new(Bell::default());
        let lane = Arc::new(Lane::<E>::new((0, 0), "actor".into(), bell, 2));
        Known::new(Mailbox::new(Overflow::default(), lane))
    }

    #[test]
    fn a_mailbox_is_lent_as_what_it_is_and_as_nothing_else() {
        let mut one = known::<One>();
        assert!(one.of::<One>().is_some());
        assert!(one.of::<Other>().is_none());
        let mut other = known::<Other>();
        assert!(other.of::<One>().is_none());
        assert!(other.of::<Other>().is_some());
    }

    #[test]
    fn the_one_that_is_lent_is_the_one_that_is_there() {
        let mut one = known::<One>();
        let mailbox = one.of::<One>().unwrap();
        mailbox.counts.intended = 7;
        assert_eq!(one.counts().intended, 7);
        let here: *const dyn AnyMailbox = &raw const **one;
        let mailbox: *const Mailbox<One> = one.of::<One>().unwrap();
        assert_eq!(here.cast::<()>(), mailbox.cast::<()>());
    }
}
