//! What threads share, under names that the models can exchange.
//!
//! `asks`, `bell`, `inbox`, `lane`, `park`, `waiters` and `work` take their locks, atomics and the parking of threads from here, and nothing else.
//! `node/tests/models` compiles those files once more with loom's types in place of this module, and runs every interleaving of them that
//! matters.

pub(in crate::kernel) use std::hint::spin_loop;
/// One whose last owner does something: the models see who that is.
pub(in crate::kernel) use std::sync::Arc as Shared;
pub(in crate::kernel) use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering,
};
pub(in crate::kernel) use std::sync::{Mutex, MutexGuard, PoisonError};
pub(in crate::kernel) use std::thread::{Thread, current, park, park_timeout};

/// A panic while one of these locks is held cannot leave half a change behind: the critical sections only move values.
pub(in crate::kernel) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
