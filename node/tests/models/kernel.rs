//! The kernel's modules under the models, and what they name beside each other.

mod answers;
pub(crate) mod asks;
#[path = "../../src/kernel/bell.rs"]
#[expect(dead_code, reason = "a node has its name")]
pub(crate) mod bell;
mod commands;
#[path = "../../src/kernel/inbox.rs"]
#[expect(unreachable_pub, dead_code, reason = "public in the kernel")]
pub(crate) mod inbox;
mod mailbox;
#[path = "../../src/kernel/park.rs"]
pub(crate) mod park;
mod senders;
mod tasks;
mod waking;
#[path = "../../src/kernel/work.rs"]
#[expect(dead_code, reason = "no task of the models panics")]
pub(crate) mod work;

/// What `kernel::sync` names, from loom.
pub(crate) mod sync {
    pub(in crate::kernel) use loom::hint::spin_loop;
    pub(in crate::kernel) use loom::sync::Arc as Shared;
    pub(in crate::kernel) use loom::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering,
    };
    pub(in crate::kernel) use loom::sync::{Mutex, MutexGuard};
    pub(in crate::kernel) use loom::thread::{Thread, current, park};
    pub(in crate::kernel) use std::sync::PoisonError;

    pub(in crate::kernel) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap()
    }

    /// Time does not pass in a model.
    pub(in crate::kernel) fn park_timeout(_: std::time::Duration) {
        park();
    }
}

/// Deadlines do not come by themselves in a model.
pub(crate) mod timers {
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Deadline {
        pub(crate) seq: u64,
    }
}

pub(crate) use self::asks::Core;

/// Runs the user's code. No model panics there, and what loom has to say must come through.
pub(crate) fn guard<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    Ok(run())
}

/// What a command gets.
#[derive(Debug)]
pub(crate) struct Domain<X>(pub(crate) X);

/// Whether an event was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admit {
    Queued,
    Full,
    Stopped,
}

/// The event comes back, with the reason.
pub(crate) struct Refused<E> {
    pub(crate) event: E,
    pub(crate) why: Admit,
}
