//! The one door through which other threads reach a domain as a whole: commands, which run in it between two steps.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Domain;
use super::bell::{Bell, Ring};
use super::sync::{Mutex, lock};

/// How many commands of other threads may wait. They come from status requests, links and the start-up, none of which asks again before it
/// has its answer; a link hands over a whole batch in one.
const COMMANDS: usize = 4096;

/// Runs in the domain, between two steps.
pub(super) type Command<X> = Box<dyn FnOnce(&mut Domain<X>) + Send>;

/// A way into a domain from any thread: commands that run in it between two steps.
pub struct Inbox<X> {
    pub(super) bell: Arc<Bell>,
    pub(super) commands: Arc<Mutex<Commands<X>>>,
}

pub(super) struct Commands<X> {
    waiting: VecDeque<Command<X>>,
    closed: bool,
}

/// The domain does not take the command: it has ended, or too many commands wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboxFull {
    /// 4,096 commands wait already.
    #[error("the domain has too many commands waiting")]
    Full,
    /// The domain was dropped.
    #[error("the domain has ended")]
    Ended,
}

impl<X> Inbox<X> {
    pub(super) fn new(bell: Bell) -> Self {
        let commands = Commands {
            waiting: VecDeque::new(),
            closed: false,
        };
        Self {
            bell: Arc::new(bell),
            commands: Arc::new(Mutex::new(commands)),
        }
    }

    /// Has `command` run in the domain, in the order of these calls, after at most the step that runs now.
    ///
    /// A panic in it is caught and logged. If the domain ends before, it is dropped unrun.
    ///
    /// # Errors
    ///
    /// When the domain has ended, or 4,096 commands wait already.
    pub fn run(
        &self,
        command: impl FnOnce(&mut Domain<X>) + Send + 'static,
    ) -> Result<(), InboxFull> {
        {
            let mut commands = lock(&self.commands);
            if commands.closed {
                return Err(InboxFull::Ended);
            }
            if commands.waiting.len() >= COMMANDS {
                return Err(InboxFull::Full);
            }
            commands.waiting.push_back(Box::new(command));
        }
        self.bell.ring(Ring::Command);
        Ok(())
    }

    /// Like [`run`](Inbox::run), for callers that keep count themselves: at most one call is under way. Dropped if the domain has ended.
    pub(crate) fn call(&self, command: impl FnOnce(&mut Domain<X>) + Send + 'static) {
        {
            let mut commands = lock(&self.commands);
            if commands.closed {
                return;
            }
            commands.waiting.push_back(Box::new(command));
        }
        self.bell.ring(Ring::Command);
    }

    pub(super) fn next_command(&self) -> Option<Command<X>> {
        lock(&self.commands).waiting.pop_front()
    }

    /// Nothing comes in any more. What waited is dropped by the caller, outside the lock.
    pub(super) fn close(&self) -> VecDeque<Command<X>> {
        let mut commands = lock(&self.commands);
        commands.closed = true;
        std::mem::take(&mut commands.waiting)
    }
}

impl<X> Clone for Inbox<X> {
    fn clone(&self) -> Self {
        Self {
            bell: self.bell.clone(),
            commands: self.commands.clone(),
        }
    }
}

impl<X> std::fmt::Debug for Inbox<X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}
