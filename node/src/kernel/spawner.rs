//! Where futures run: not here.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A runtime, as a domain sees it: it runs what the actors of the domain have spawned.
///
/// A node takes the tokio runtime that it was started in; a test takes a [`ManualSpawner`](crate::testing::ManualSpawner). Whoever implements
/// it decides in which order the futures run, and so in which order their results reach an actor: one that polls them in the order in which
/// they were woken gives the same steps in each run.
pub trait Spawner: Send + Sync + fmt::Debug {
    /// Polls `job` until it is ready, or drops it when the runtime ends. A job does not panic.
    fn spawn(&self, job: Pin<Box<dyn Future<Output = ()> + Send>>);

    /// Runs `job` once where blocking harms nobody, or drops it when the runtime ends. A job does not panic.
    fn spawn_blocking(&self, job: Box<dyn FnOnce() + Send>);

    /// Calls `work` once, where what needs the runtime can be made and dropped: tokio's timers and sockets ask their thread for it.
    fn within(&self, work: &mut dyn FnMut()) {
        work();
    }
}
