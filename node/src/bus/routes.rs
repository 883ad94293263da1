//! Who wants which signal outside of the domain: read on every publication, written when a peer's interest changes, or when a signal gets
//! its first subscriber on a node of several domains.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use arc_swap::cache::Cache;
use farc_protocol::frame::{SignalDef, Subscription};
use farc_protocol::schema::Fingerprint;

use super::crossing::AnyCrossing;
use super::registry::Registry;
use super::{PeerPort, SignalKey};

/// A peer that takes a signal, and the version of its interest that says so.
pub(super) struct Route {
    pub(super) port: Arc<PeerPort>,
    pub(super) version: u64,
}

/// Who wants a signal: nobody has none.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) peers: Vec<Route>,
    /// Its subscribers by domain, on a node that has several.
    pub(super) domains: Option<Arc<dyn AnyCrossing>>,
}

/// By signal: `by_signal[key - 1]`.
#[derive(Default)]
pub(super) struct Routes {
    by_signal: Vec<Option<Box<Wanted>>>,
}

impl Routes {
    /// Who wants this signal beside the publisher's own domain.
    #[inline]
    pub(super) fn of(&self, key: SignalKey) -> Option<&Wanted> {
        self.by_signal.get(key.0 as usize - 1)?.as_deref()
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
    /// The lock also puts rebuilding in order.
    known: Mutex<Known>,
}

/// What the routes are made from.
#[derive(Default)]
struct Known {
    /// By the peers' numbers.
    peers: Vec<PeerInterest>,
    /// By the signals' numbers, from 1.
    domains: BTreeMap<u32, Arc<dyn AnyCrossing>>,
}

impl RouteTable {
    pub(super) fn reader(&self) -> RouteCache {
        Cache::new(self.current.clone())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add_peer(&self, port: Arc<PeerPort>) {
        self.known().peers.push(PeerInterest {
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
        let mut known = self.known();
        if let Some(peer) = known.peers.get_mut(usize::from(peer)) {
            peer.version = version;
            peer.wanted.clear();
            for subscription in subscriptions {
                peer.wanted
                    .entry(subscription.pattern.clone())
                    .or_default()
                    .push(subscription.wire);
            }
        }
        self.rebuild(&known, &signals.defs());
    }

    /// A signal has got its number.
    pub(super) fn signal_added(&self, signals: &Registry) {
        let known = self.known();
        if !known.peers.is_empty() {
            self.rebuild(&known, &signals.defs());
        }
    }

    /// A signal has subscribers, on a node of several domains.
    pub(super) fn crosses(
        &self,
        key: SignalKey,
        domains: Arc<dyn AnyCrossing>,
        signals: &Registry,
    ) {
        let mut known = self.known();
        known.domains.insert(key.0, domains);
        self.rebuild(&known, &signals.defs());
    }

    fn rebuild(&self, known: &Known, defs: &[Arc<SignalDef>]) {
        let wants = |peer: &&PeerInterest, def: &SignalDef| {
            let any = Fingerprint([0; 16]);
            peer.wanted
                .get(&def.name)
                .is_some_and(|wires| wires.iter().any(|&wire| wire == def.wire || wire == any))
        };
        let wanted = |def: &Arc<SignalDef>| {
            let takers = known.peers.iter().filter(|peer| wants(peer, def));
            let peers: Vec<_> = takers
                .map(|peer| Route {
                    port: peer.port.clone(),
                    version: peer.version,
                })
                .collect();
            let domains = known.domains.get(&def.id).cloned();
            let anyone = !peers.is_empty() || domains.is_some();
            anyone.then(|| Box::new(Wanted { peers, domains }))
        };
        self.current.store(Arc::new(Routes {
            by_signal: defs.iter().map(wanted).collect(),
        }));
    }
}
