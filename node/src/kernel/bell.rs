//! How other threads tell a domain that something waits for it.
//!
//! A bell is rung at most once for each place between two looks: posts wait in the receiver's own lane, and the bell's list says which
//! lanes to look into. Whoever waits for the bell is woken only when the list goes from empty to non-empty.

use std::sync::Arc;
use std::task::Waker;

use super::asks::AskBooks;
use super::sync::{AtomicBool, Mutex, Ordering, lock};

/// How many posts of other threads are taken in before the next step: some ten microseconds of them, so that a flood delays neither the
/// clock nor the most urgent actor for longer.
pub(in crate::kernel) const POSTS_PER_LOOK: usize = 1024;

/// What someone has left at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernel) enum Ring {
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

/// In a cache line of its own: every post of another thread reads it, and what lies beside it would be taken away by each ring.
#[derive(Default)]
#[repr(align(64))]
struct Apart(AtomicBool);

/// Tells a domain that something waits for it. Knows nothing of what the domain lends to its steps.
#[derive(Default)]
pub(crate) struct Bell {
    /// Whether `list` may be non-empty: read after every step, so it must cost nothing. Taken back under the lock alone.
    rung: AtomicBool,
    state: Mutex<BellState>,
    /// Whether code that is no actor of the node is turned away: the node is leaving.
    is_leaving: Apart,
    /// The questions of the node: the bell is what everybody who can reach a domain has of it.
    pub(in crate::kernel) asks: Arc<AskBooks>,
    /// The name of the node.
    node: Arc<str>,
}

#[derive(Default)]
struct BellState {
    list: Vec<Ring>,
    waker: Option<Waker>,
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
    pub(in crate::kernel) fn node(&self) -> &Arc<str> {
        &self.node
    }

    /// From now on code that is no actor of the node is turned away.
    pub(in crate::kernel) fn leave(&self) {
        self.is_leaving.0.store(true, Ordering::Relaxed);
    }

    pub(in crate::kernel) fn is_leaving(&self) -> bool {
        self.is_leaving.0.load(Ordering::Relaxed)
    }

    /// What waits must be where the domain finds it before this is called.
    pub(in crate::kernel) fn ring(&self, what: Ring) {
        let waker = {
            let mut state = lock(&self.state);
            let first = state.list.is_empty();
            state.list.push(what);
            self.rung.store(true, Ordering::Release);
            if first { state.waker.clone() } else { None }
        };
        // Outside of the lock, since the woken thread takes it at once.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(in crate::kernel) fn set_waker(&self, waker: &Waker) {
        let mut state = lock(&self.state);
        match &mut state.waker {
            Some(known) => known.clone_from(waker),
            none @ None => *none = Some(waker.clone()),
        }
    }

    #[inline]
    pub(in crate::kernel) fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Acquire)
    }

    /// Whether anything of the kind waits.
    pub(in crate::kernel) fn any(&self, kind: impl FnMut(&Ring) -> bool) -> bool {
        lock(&self.state).list.iter().any(kind)
    }

    /// The domain has not come to the end of what it took: it looks again, without being woken for it.
    pub(in crate::kernel) fn stay_rung(&self) {
        self.rung.store(true, Ordering::Relaxed);
    }

    /// Exchanges the list for an empty one, which brings its allocation along.
    pub(in crate::kernel) fn take(&self, empty: &mut Vec<Ring>) {
        let mut state = lock(&self.state);
        self.rung.store(false, Ordering::Release);
        std::mem::swap(&mut state.list, empty);
    }
}
