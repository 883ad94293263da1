//! A lane whose event type the kernel does not know.

use std::any::Any;
use std::sync::Arc;

use super::lane::Posts;
use super::{AnyMailbox, Lane, Mailbox, Overflow};
use crate::signal::Event;

/// What the kernel asks of a lane whose event type it does not know.
pub(in crate::kernel) trait AnyLane: Any + Send + Sync {
    fn name(&self) -> &Arc<str>;
    fn capacity(&self) -> u32;
    /// How many local posts may wait.
    fn local_room(&self) -> u32;
    /// Measured.
    fn posts(&self) -> Posts;
    /// No post is taken any more.
    fn close(&self);
    /// The mailbox behind it.
    fn mailbox(self: Arc<Self>, overflow: Overflow) -> Box<dyn AnyMailbox>;
}

impl<E: Event> AnyLane for Lane<E> {
    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn capacity(&self) -> u32 {
        self.capacity
    }

    fn local_room(&self) -> u32 {
        self.capacity - self.capacity / 2
    }

    fn posts(&self) -> Posts {
        self.measure()
    }

    fn close(&self) {
        self.shut();
    }

    fn mailbox(self: Arc<Self>, overflow: Overflow) -> Box<dyn AnyMailbox> {
        Box::new(Mailbox::new(overflow, self))
    }
}
