//! Where a node meets the world: clocks, network and randomness come from here and from nowhere else.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use farc_protocol::life::Life;
use tokio::runtime::Handle;

use crate::clock::{Clock, SystemClock};
use crate::kernel::Spawner;
use crate::link::{Network, Udp, WallClock};
use crate::observe::Observer;

/// What a node gets from outside. Production takes [`Environment::production`]; a simulation brings its own of everything.
#[derive(Clone)]
#[non_exhaustive]
pub struct Environment {
    /// Monotonic time.
    pub clock: Arc<dyn Clock>,
    /// The time of day, by which certificates are judged.
    pub wall: Arc<dyn WallClock>,
    /// Where datagrams go.
    pub network: Arc<dyn Network>,
    /// What everything random is drawn from.
    pub seed: [u8; 32],
    /// This run of the node.
    pub life: Life,
    /// Where the actors run.
    pub host: Host,
    /// Where the tasks of actors run; `None`: on the tokio runtime in which the node is started.
    pub spawner: Option<Arc<dyn Spawner>>,
    /// Who sees what happens.
    pub observer: Option<Arc<dyn Observer>>,
}

/// Where the actors of a node run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Host {
    /// On a thread of their own: a busy link does not delay them, nor they the link.
    #[default]
    Thread,
    /// In a task beside the links, on the thread of the caller: nothing is concurrent, so a simulation repeats itself.
    Task,
}

impl Environment {
    /// The real clocks, UDP, and the system's randomness.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn production() -> io::Result<Self> {
        let mut drawn = [0; 40];
        fill_random(&mut drawn)?;
        let [seed @ .., a, b, c, d, e, f, g, h] = drawn;
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock before 1970 gives start 0: still a life, since the random part tells it apart.
        let start = since_epoch.unwrap_or_default().as_micros();
        let life = Life::new(
            u64::try_from(start).unwrap_or(u64::MAX),
            u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        );
        let network = Arc::new(Udp);
        Ok(Self::new(
            Arc::new(SystemClock),
            Arc::new(SystemTime::now),
            network,
            seed,
            life,
        ))
    }

    /// An environment of these parts, with the actors on a thread of their own and nobody watching.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        wall: Arc<dyn WallClock>,
        network: Arc<dyn Network>,
        seed: [u8; 32],
        life: Life,
    ) -> Self {
        Self {
            clock,
            wall,
            network,
            seed,
            life,
            host: Host::default(),
            spawner: None,
            observer: None,
        }
    }
}

/// Runs tasks on a tokio runtime, beside what else runs there.
#[derive(Debug)]
pub(super) struct Tokio(pub(super) Handle);

impl Spawner for Tokio {
    fn spawn(&self, job: Pin<Box<dyn Future<Output = ()> + Send>>) {
        // Whether it still runs is known by the task itself.
        drop(self.0.spawn(job));
    }

    fn spawn_blocking(&self, job: Box<dyn FnOnce() + Send>) {
        drop(self.0.spawn_blocking(job));
    }

    fn within(&self, work: &mut dyn FnMut()) {
        let _entered = self.0.enter();
        work();
    }
}

fn fill_random(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        // Up to 256 bytes come whole, unless a signal arrives before the system has gathered its first randomness.
        match rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("clock", &self.clock)
            .field("life", &self.life)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}
