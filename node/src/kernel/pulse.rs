//! What a domain is doing, for a watchdog on another thread.
//!
//! The domain stores two numbers with each step and never reads them back: relaxed stores into a line that it owns. Nobody waits for anybody, and
//! no clock is read: whoever looks twice and finds the same step has the time between the two looks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::sync::lock;

/// The number of a step that is none: nothing runs.
const RESTS: u64 = u64::MAX;

/// Set in the number of what is no step of an actor.
const COMMAND: u64 = 1 << 62;

/// A word that stands for no state or event.
const NONE: u64 = 0xFFFF;

/// The names of a type of actor.
pub(crate) struct Names {
    pub(crate) events: &'static [&'static str],
    pub(crate) state: fn(usize) -> &'static str,
}

struct Named {
    actor: Arc<str>,
    names: &'static Names,
}

/// What a domain says of its present step.
pub(crate) struct Pulse {
    /// The number of the step that runs; each step has another one than the one before.
    step: AtomicU64,
    /// Slot, event and state of it.
    about: AtomicU64,
    /// By slot; `None` unless somebody watches.
    names: Mutex<Option<Vec<Option<Named>>>>,
}

/// A step that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    step: u64,
    about: u64,
}

/// Who runs, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doing {
    /// Empty when it is no actor: a command from outside.
    pub(crate) actor: String,
    /// The active leaf before the step; empty for a start.
    pub(crate) state: &'static str,
    /// Empty for a start or a stop.
    pub(crate) event: &'static str,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self {
            step: AtomicU64::new(RESTS),
            about: AtomicU64::new(u64::MAX),
            names: Mutex::new(None),
        }
    }

    /// Somebody will watch: names are kept from now on.
    pub(crate) fn watch(&self) {
        lock(&self.names).get_or_insert_default();
    }

    /// The names of an actor.
    pub(crate) fn add(&self, slot: u32, actor: &Arc<str>, names: &'static Names) {
        if let Some(known) = &mut *lock(&self.names) {
            let at = slot as usize;
            if known.len() <= at {
                known.resize_with(at + 1, || None);
            }
            known[at] = Some(Named {
                actor: actor.clone(),
                names,
            });
        }
    }

    /// A step begins; it says what it is about before anything can take long.
    #[inline]
    pub(crate) fn begin(&self, step: u64) {
        self.step.store(step, Ordering::Relaxed);
    }

    /// What the step is about: event and state by their indices, and any other numbers for none.
    #[inline]
    pub(crate) fn tell(&self, slot: u32, event: usize, state: usize) {
        let about = u64::from(slot) << 32 | (event as u64 & NONE) << 16 | state as u64 & NONE;
        self.about.store(about, Ordering::Relaxed);
    }

    /// The state of the step, by its index: for the domain itself.
    pub(super) fn state(&self) -> Option<usize> {
        let state = self.about.load(Ordering::Relaxed) & NONE;
        (state != NONE).then_some(state as usize)
    }

    /// A command from outside runs: no actor.
    pub(crate) fn command(&self) {
        self.about.store(u64::MAX, Ordering::Relaxed);
        // Another number than that of any step, and of the command before.
        let before = self.step.load(Ordering::Relaxed);
        let count = if before == RESTS {
            0
        } else {
            before & !COMMAND
        };
        self.step
            .store(COMMAND | (count + 1) & !COMMAND, Ordering::Relaxed);
    }

    /// Nothing runs until the next step.
    pub(crate) fn rest(&self) {
        self.step.store(RESTS, Ordering::Relaxed);
    }

    /// What runs now, if anything does. The two words may be of different steps when one has just begun; of a step that lasts they are not.
    pub(crate) fn look(&self) -> Option<Running> {
        let step = self.step.load(Ordering::Relaxed);
        let about = self.about.load(Ordering::Relaxed);
        (step != RESTS).then_some(Running { step, about })
    }

    /// The names behind a look.
    pub(crate) fn doing(&self, running: Running) -> Doing {
        let known = lock(&self.names);
        let named = known
            .as_ref()
            .and_then(|known| known.get((running.about >> 32) as usize)?.as_ref());
        let Some(Named { actor, names }) = named else {
            return Doing::default();
        };
        let (event, state) = (running.about >> 16 & NONE, running.about & NONE);
        Doing {
            actor: actor.to_string(),
            event: names.events.get(event as usize).copied().unwrap_or(""),
            state: if state == NONE {
                ""
            } else {
                (names.state)(state as usize)
            },
        }
    }
}
