//! Futures beside the actors: where they run, and how many there are.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use farc::Spawner;
use tokio::runtime::{Builder, Runtime};

/// Futures that have an end, and futures that wait for their actor to cancel them.
static ALIVE: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];

/// Counts the future that holds it.
pub(crate) struct Alive {
    ends: bool,
}

impl Alive {
    pub(crate) fn new(ends: bool) -> Self {
        ALIVE[usize::from(ends)].fetch_add(1, Ordering::AcqRel);
        Self { ends }
    }

    /// Whether its future is to come to an end.
    pub(crate) fn ends(&self) -> bool {
        self.ends
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        ALIVE[usize::from(self.ends)].fetch_sub(1, Ordering::AcqRel);
    }
}

/// How many futures exist that will end by themselves.
pub(crate) fn ending() -> u32 {
    ALIVE[1].load(Ordering::Acquire)
}

/// How many futures exist.
pub(crate) fn alive() -> u32 {
    ALIVE
        .iter()
        .map(|count| count.load(Ordering::Acquire))
        .sum()
}

/// A runtime with a thread of its own.
#[derive(Debug)]
pub(crate) struct Tokio(Runtime);

impl Tokio {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .build();
        Self(runtime.expect("a runtime can be had"))
    }
}

impl Spawner for Tokio {
    fn spawn(&self, job: Pin<Box<dyn Future<Output = ()> + Send>>) {
        drop(self.0.spawn(job));
    }

    fn spawn_blocking(&self, job: Box<dyn FnOnce() + Send>) {
        drop(self.0.spawn_blocking(job));
    }
}
