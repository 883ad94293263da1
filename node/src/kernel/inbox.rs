//! The one door through which other threads reach a domain.
//!
//! A bell that is rung at most once between two looks: posts wait in the receiver's own lane, and the bell's list says which lanes to look
//! into. A parked host is woken only when the list goes from empty to non-empty.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::{AskBooks, Domain};

/// How many commands of other threads may wait. They come from status requests, links and the start-up, none of which asks again before it
/// has its answer; a link hands over a whole batch in one.
const COMMANDS: usize = 4096;

/// What someone has left at the door.
#[derive(Clone, Copy)]
pub(super) enum Ring {
    /// The lane of this actor has posts.
    Lane(u32),
    /// Tasks of this actor have brought something.
    Tasks(u32),
    /// The next command is to be run.
    Command,
    /// Questions of the domain have an outcome.
    Answers,
    /// The actor of this slot and generation is to stop.
    Stop(u32, u32),
}

/// Tells a domain that something waits for it. Knows nothing of what the domain lends to its steps.
#[derive(Default)]
pub(crate) struct Bell {
    /// Whether `list` may be non-empty: read after every step, so it must cost nothing.
    rung: AtomicBool,
    state: Mutex<BellState>,
    /// The questions of the node: the bell is what everybody who can reach a domain has of it.
    pub(super) asks: Arc<AskBooks>,
    /// The name of the node.
    node: Arc<str>,
}

#[derive(Default)]
struct BellState {
    list: Vec<Ring>,
    waker: Option<Waker>,
}

/// A panic while one of these locks is held cannot leave half a change behind: the critical sections only move values.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bell {
    pub(crate) fn new(node: Arc<str>, asks: Arc<AskBooks>) -> Self {
        Self {
            asks,
            node,
            ..Self::default()
        }
    }

    /// The name of the node.
    pub(crate) fn node(&self) -> &Arc<str> {
        &self.node
    }

    pub(super) fn ring(&self, what: Ring) {
        let waker = {
            let mut state = lock(&self.state);
            let first = state.list.is_empty();
            state.list.push(what);
            self.rung.store(true, Ordering::Release);
            if first { state.waker.clone() } else { None }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn set_waker(&self, waker: &Waker) {
        let mut state = lock(&self.state);
        match &mut state.waker {
            Some(known) => known.clone_from(waker),
            none @ None => *none = Some(waker.clone()),
        }
    }

    #[inline]
    pub(super) fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Acquire)
    }

    /// Exchanges the list for an empty one, which brings its allocation along.
    pub(super) fn take(&self, empty: &mut Vec<Ring>) {
        let mut state = lock(&self.state);
        self.rung.store(false, Ordering::Release);
        std::mem::swap(&mut state.list, empty);
    }
}

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
