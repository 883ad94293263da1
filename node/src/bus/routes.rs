//! Which peers want which signal: read on every publication, written when a peer's interest changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use arc_swap::cache::Cache;
use farc_protocol::frame::{SignalDef, Subscription};
use farc_protocol::schema::Fingerprint;

use super::registry::Registry;
use super::{PeerPort, SignalKey};

/// A peer that takes a signal, and the version of its interest that says so.
pub(super) struct Route {
    pub(super) port: Arc<PeerPort>,
    pub(super) version: u64,
}

/// The peers by signal: `by_signal[key - 1]`.
#[derive(Default)]
pub(super) struct Routes {
    by_signal: Vec<Vec<Route>>,
}

impl Routes {
    #[inline]
    pub(super) fn of(&self, key: SignalKey) -> &[Route] {
        self.by_signal
            .get(key.0 as usize - 1)
            .map_or(&[], Vec::as_slice)
    }
}

/// A reader's own view, which costs one comparison while nothing has changed.
pub(super) type RouteCache = Cache<Arc<ArcSwap<Routes>>, Arc<Routes>>;

/// What a peer subscribes to: by name, the structures that it expects.
struct PeerInterest {
    port: Arc<PeerPort>,
    version: u64,
    wanted: BTreeMap<Arc<str>, Vec<Fingerprint>>,
}

#[derive(Default)]
pub(super) struct RouteTable {
    current: Arc<ArcSwap<Routes>>,
    /// By the peers' numbers. The lock also puts rebuilding in order.
    peers: Mutex<Vec<PeerInterest>>,
}

impl RouteTable {
    pub(super) fn reader(&self) -> RouteCache {
        Cache::new(self.current.clone())
    }

    pub(super) fn add_peer(&self, port: Arc<PeerPort>) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.push(PeerInterest {
            port,
            version: 0,
            wanted: BTreeMap::new(),
        });
    }

    pub(super) fn set_interest(
        &self,
        peer: u16,
        version: u64,
        subscriptions: &[Subscription],
        signals: &Registry,
    ) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = peers.get_mut(usize::from(peer)) {
            known.version = version;
            known.wanted.clear();
            for subscription in subscriptions {
                known
                    .wanted
                    .entry(subscription.pattern.clone())
                    .or_default()
                    .push(subscription.wire);
            }
        }
        self.rebuild(&peers, &signals.defs());
    }

    /// A signal has got its number.
    pub(super) fn signal_added(&self, signals: &Registry) {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if !peers.is_empty() {
            self.rebuild(&peers, &signals.defs());
        }
    }

    fn rebuild(&self, peers: &[PeerInterest], defs: &[Arc<SignalDef>]) {
        let wants = |peer: &&PeerInterest, def: &SignalDef| {
            let any = Fingerprint([0; 16]);
            peer.wanted
                .get(&def.name)
                .is_some_and(|wires| wires.iter().any(|&wire| wire == def.wire || wire == any))
        };
        let routes_of = |def: &Arc<SignalDef>| {
            let takers = peers.iter().filter(|peer| wants(peer, def));
            takers
                .map(|peer| Route {
                    port: peer.port.clone(),
                    version: peer.version,
                })
                .collect()
        };
        self.current.store(Arc::new(Routes {
            by_signal: defs.iter().map(routes_of).collect(),
        }));
    }
}
