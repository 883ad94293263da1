//! The QUIC links of a node: one endpoint, one driver a configured peer.
//!
//! A driver owns the [`Session`](farc_protocol::session::Session) with its peer and moves bytes, time and effects between it, quinn and the bus. What to send, what to
//! accept, which of two connections stays and when a peer counts as gone is the session's to decide; who may come at all is decided by certificates before a byte of
//! ours is read. Everything here runs on one current-thread runtime, so that a message costs no task, no channel hop and no system call of its own; it meets the
//! actors at the [`Bus`] alone and knows none of them.
//!
//! Nothing that comes from outside may panic it, make it wait or make it grow.

mod connection;
mod dial;
mod driver;
mod endpoint;
mod exchange;
mod failure;
mod identity;
mod pauses;
mod random;
mod socket;
mod tls;
mod transport;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use farc_protocol::close::CloseCode;
use farc_protocol::life::Life;
use farc_protocol::limits::Limits;
use farc_protocol::name::{ClusterName, NodeName};
use farc_protocol::session::Stats;
use quinn::{Endpoint, VarInt};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::Clock;
use crate::bus::Bus;
use crate::observe::Observer;

pub(crate) use dial::{HANDSHAKE, STABLE};
pub(crate) use exchange::Exchange;
pub(crate) use pauses::{LONGEST_PAUSE, PAUSE_AFTER_SILENCE, Pauses};
pub(crate) use random::Random;

pub use identity::{
    DOMAIN, Facts, Identity, IdentityError, Problem, Refusal, Unreadable, dns_name,
};
pub use socket::{BoxFuture, Datagram, Datagrams, Network, Received, Udp};

/// What a node's links are made from.
#[derive(Clone)]
pub struct Settings {
    /// Our own name; our certificate says the same.
    pub name: NodeName,
    /// The cluster we belong to; the certificates of all peers say the same.
    pub cluster: ClusterName,
    /// This run of the process.
    pub life: Life,
    /// Where to listen, and to call from. Port 0 asks for a free one.
    pub listen: SocketAddr,
    /// Certificate, key and authority.
    pub identity: Identity,
    /// The nodes to be linked with; no other is let in.
    pub peers: Vec<Peer>,
    /// What a peer may make us hold.
    pub limits: Limits,
    /// Where everything random here comes from. A new one each life, except in a simulation.
    pub seed: [u8; 32],
    /// The time by which certificates are judged.
    pub wall: Arc<dyn WallClock>,
    /// Told of every change of a link.
    pub observer: Option<Arc<dyn Observer>>,
}

/// A node to be linked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name, which its certificate must prove.
    pub name: NodeName,
    /// `host:port`; a host name is resolved anew before each call.
    pub address: String,
}

/// The time of day. Only certificates are judged by it; everything else lives on the monotonic [`Clock`].
pub trait WallClock: Send + Sync {
    /// The present.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync> WallClock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// The links of one node. They end when this is dropped.
pub struct Link {
    local_addr: SocketAddr,
    shared: Arc<Shared>,
    tasks: Vec<AbortHandle>,
}

/// What the tasks of a link have in common.
struct Shared {
    endpoint: Endpoint,
    clock: Arc<dyn Clock>,
    drivers: BTreeMap<NodeName, driver::Handle>,
    /// Notified after every change of a peer's status.
    changed: Arc<Notify>,
}

/// Most peers of a node: a full mesh of more is no mesh for one process.
pub const MOST_PEERS: usize = 256;
/// How long the last packets, which tell peers that we are leaving, may take to get out.
const FAREWELL: Duration = Duration::from_millis(250);

impl Link {
    /// Binds the address and starts one driver a peer, on the current runtime.
    ///
    /// # Errors
    ///
    /// The identity cannot be used, a peer is named twice or like this node, or the address cannot be bound.
    ///
    /// # Panics
    ///
    /// Outside of a [`LocalSet`](tokio::task::LocalSet) of a tokio runtime.
    pub fn start(
        settings: Settings,
        bus: Arc<Bus>,
        network: Arc<dyn Network>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LinkError> {
        check_peers(&settings)?;
        settings
            .identity
            .check(&settings.name, &settings.cluster, settings.wall.now())?;
        let socket = network
            .bind(settings.listen)
            .map_err(|source| LinkError::Bind {
                address: settings.listen,
                source,
            })?;
        let local_addr = socket.local_addr().map_err(|source| LinkError::Bind {
            address: settings.listen,
            source,
        })?;
        let parts = endpoint::Parts::new(&settings, socket)?;

        let changed = Arc::new(Notify::new());
        let mut drivers = BTreeMap::new();
        let mut tasks = Vec::new();
        for peer in &settings.peers {
            let (handle, task) =
                driver::start(&settings, peer, &parts, &bus, &network, &clock, &changed)?;
            drivers.insert(peer.name.clone(), handle);
            tasks.push(task);
        }
        let shared = Arc::new(Shared {
            endpoint: parts.endpoint.clone(),
            clock,
            drivers,
            changed,
        });
        tasks.push(endpoint::start(parts, Arc::clone(&shared)));
        tracing::info!(node = %settings.name, cluster = %settings.cluster, listen = %local_addr, peers = settings.peers.len(), "listening");
        Ok(Self {
            local_addr,
            shared,
            tasks,
        })
    }

    /// Where we listen, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// All peers, by name.
    #[must_use]
    pub fn status(&self) -> Vec<PeerStatus> {
        self.shared
            .drivers
            .values()
            .map(driver::Handle::status)
            .collect()
    }

    /// Returns when every peer has exchanged its interest with us.
    ///
    /// # Errors
    ///
    /// The peers that were still missing after `within`, and why.
    pub async fn ready(&self, within: Duration) -> Result<(), NotReady> {
        let all = self.wait_until(driver::Handle::is_ready);
        if timeout(within, all).await.is_ok() {
            return Ok(());
        }
        let missing: Vec<_> = self
            .shared
            .drivers
            .values()
            .filter(|driver| !driver.is_ready())
            .map(driver::Handle::status)
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(NotReady { missing })
        }
    }

    /// Makes a new connection to a peer, which then takes the place of the one that stands. Nothing is lost or repeated for
    /// it, and the link stays up. Returns at once; a call that fails is made again, as for any link.
    ///
    /// # Errors
    ///
    /// The peer is not one of ours, or it is not linked and a new connection will be made anyway.
    pub fn renew(&self, peer: &str) -> Result<(), RenewError> {
        let name = peer.parse::<NodeName>().ok();
        let driver = name.and_then(|name| self.shared.drivers.get(&name));
        let peer = peer.to_owned();
        match driver.map(driver::Handle::renew) {
            Some(true) => Ok(()),
            Some(false) => Err(RenewError::NotLinked { peer }),
            None => Err(RenewError::Unknown { peer }),
        }
    }

    /// Tells all peers that this node is about to leave, and returns at once. They bring nothing new from then on; what this node publishes
    /// until [`leave`](Self::leave) still goes out.
    pub fn go_away(&self, deadline: Instant) {
        for driver in self.shared.drivers.values() {
            driver.go_away(deadline);
        }
    }

    /// Tells all peers that we leave, if they do not know, sends what is still owed to them, and closes; gives up at `deadline`.
    pub async fn leave(&self, deadline: Instant) {
        for driver in self.shared.drivers.values() {
            driver.leave(deadline);
        }
        let rest = deadline.saturating_duration_since(self.shared.clock.now());
        if timeout(rest, self.wait_until(driver::Handle::has_left))
            .await
            .is_err()
        {
            tracing::warn!("not every peer has confirmed what we sent before the deadline");
        }
        self.shared
            .endpoint
            .close(code(CloseCode::GoingAway), b"leaving");
        // The farewells are a courtesy: a peer that misses them finds out by silence.
        let _ = timeout(FAREWELL, self.shared.endpoint.wait_idle()).await;
    }

    async fn wait_until(&self, done: impl Fn(&driver::Handle) -> bool) {
        loop {
            // Registered before the look, so that no change falls in between.
            let changed = self.shared.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if self.shared.drivers.values().all(&done) {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        // Whoever wants to part in order has called `leave` before, and this changes nothing.
        self.shared.endpoint.close(code(CloseCode::None), b"");
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("local_addr", &self.local_addr)
            .field("peers", &self.shared.drivers.len())
            .finish_non_exhaustive()
    }
}

fn check_peers(settings: &Settings) -> Result<(), LinkError> {
    if settings.peers.len() > MOST_PEERS {
        return Err(LinkError::TooManyPeers {
            count: settings.peers.len(),
        });
    }
    let mut seen = std::collections::BTreeSet::new();
    for Peer { name, .. } in &settings.peers {
        if *name == settings.name {
            return Err(LinkError::OwnName { name: name.clone() });
        }
        if !seen.insert(name) {
            return Err(LinkError::DuplicatePeer { name: name.clone() });
        }
    }
    Ok(())
}

fn code(code: CloseCode) -> VarInt {
    VarInt::from_u32(code.code())
}

/// Why the links of a node cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Our own certificate or key cannot be used.
    #[error("our own identity cannot be used")]
    Identity(#[from] IdentityError),
    /// The address cannot be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The endpoint cannot be made from the socket.
    #[error("the QUIC endpoint cannot be started")]
    Endpoint(#[source] io::Error),
    /// A peer has our own name.
    #[error("peer `{name}` has the name of this node")]
    OwnName {
        /// The name.
        name: NodeName,
    },
    /// A peer is named twice.
    #[error("peer `{name}` is named twice")]
    DuplicatePeer {
        /// The name.
        name: NodeName,
    },
    /// There are more peers than a node links with.
    #[error("{count} peers, at most {MOST_PEERS} are possible")]
    TooManyPeers {
        /// How many were given.
        count: usize,
    },
}

/// Why a link cannot be renewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenewError {
    /// No peer has the name.
    #[error("`{peer}` is no peer of this node")]
    Unknown {
        /// The name.
        peer: String,
    },
    /// No connection carries the link, or this node is leaving.
    #[error("there is no link to `{peer}` that could be renewed")]
    NotLinked {
        /// The name.
        peer: String,
    },
}

/// Some peers have not exchanged their interest with us yet.
#[derive(Debug, thiserror::Error)]
#[error("not linked with {}", describe_missing(.missing))]
pub struct NotReady {
    /// Those peers.
    pub missing: Vec<PeerStatus>,
}

fn describe_missing(missing: &[PeerStatus]) -> String {
    let each = missing.iter().map(|peer| match &peer.last_failure {
        Some(failure) => format!("`{}` ({}: {failure})", peer.name, peer.state),
        None => format!("`{}` ({})", peer.name, peer.state),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// One peer, as `status` shows it.
#[derive(Clone, Debug)]
pub struct PeerStatus {
    /// The peer.
    pub name: NodeName,
    /// Where the link stands.
    pub state: PeerState,
    /// Where the peer is connected, or else where it is called.
    pub address: String,
    /// The life that we are or were linked with.
    pub life: Option<Life>,
    /// The smoothed round trip of the connection.
    pub rtt: Option<Duration>,
    /// Whether both sides know each other's interest, on this connection.
    pub ready: bool,
    /// Why the last connection ended or was not made.
    pub last_failure: Option<String>,
    /// The session's counters.
    pub stats: Stats,
}

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerState {
    /// Never linked in this life of ours, and trying.
    Connecting,
    /// Linked.
    Up,
    /// Was linked. A suspicion that it is gone, unless it said so: the same life may return and go on where it was.
    Down,
    /// It, or this node, is leaving.
    Draining,
    /// One of the two refuses the other: certificate, name, cluster, life or quarantine.
    Refused,
}

impl PeerState {
    /// The word in `status` and in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Up => "up",
            Self::Down => "down",
            Self::Draining => "draining",
            Self::Refused => "refused",
        }
    }
}

impl std::fmt::Display for PeerState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
