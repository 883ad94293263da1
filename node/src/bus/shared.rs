//! The half of the bus that every thread sees.

use std::any::TypeId;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use farc_protocol::frame::{Cause as WireCause, SignalDef, Subscription};
use farc_protocol::life::Life;
use farc_protocol::name::NodeName;
use farc_protocol::schema::Fingerprint;
use farc_protocol::session::Delivered;

use super::crossing::{Crossings, Rank};
use super::directory::Directory;
use super::inbound::Inbound;
use super::interest::{InterestBook, Joined, MOST_DOMAINS};
use super::lanes::Lanes;
use super::port::PortLimits;
use super::registry::{NameTaken, Registry};
use super::retained::Retained;
use super::routes::{RouteCache, RouteTable};
use super::{
    Delivery, GapReport, Interest, Local, PeerBooks, PeerPort, Remote, Resolution, SignalKey,
    SystemEvent,
};
use crate::kernel::{AnyLane, AskBooks, Asks, Inbox, Lane};
use crate::observe::Observer;
use crate::signal::{Accepts, Event, Signal};

/// How many actors have an account of their own, as peers see them; the others share account 0.
pub(super) const ACCOUNTS: u32 = 1024;

/// How many actors peers know by name: as many as a peer lets us define. Further ones are nobody in particular.
const MOST_NUMBERS: usize = 65_536;

/// Whose bus it is, and its bounds.
#[derive(Clone)]
pub struct BusSettings {
    /// This node.
    pub node: NodeName,
    /// This run of it.
    pub life: Life,
    /// Who sees what happens.
    pub observer: Option<Arc<dyn Observer>>,
    /// How many domains it serves, 1 to 64. Default 1, and then a publication does not look for others. The first domains that are made on the
    /// bus take the places.
    pub domains: u16,
    /// How many publications may be on their way to a peer before they have a sequence number. Default 8,192: two batches of the largest kind.
    pub handover_messages: usize,
    /// How many payload bytes of them may wait for the link. Default 32 MiB: twice the largest message.
    pub handover_bytes: usize,
    /// How many events of one peer may wait for a domain. Default 16,384: four batches of the largest kind.
    pub inbound_messages: usize,
    /// How many payload bytes of them. Default 32 MiB: twice the largest message.
    pub inbound_bytes: usize,
    /// How many events of one peer may wait in front of one actor, beside the room of its mailbox. Default 4,096: a batch of the largest kind
    /// always fits into an empty lane, so a peer that comes back does not overrun whom it finds idle.
    pub lane: u32,
}

impl BusSettings {
    /// The default bounds.
    pub fn new(node: NodeName, life: Life) -> Self {
        Self {
            node,
            life,
            observer: None,
            domains: 1,
            handover_messages: 8192,
            handover_bytes: 32 << 20,
            inbound_messages: 16_384,
            inbound_bytes: 32 << 20,
            lane: 4096,
        }
    }
}

impl fmt::Debug for BusSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusSettings")
            .field("node", &self.node)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

/// The shared half of the bus: where links and the domain meet.
pub struct Bus {
    settings: BusSettings,
    node: Arc<str>,
    signals: Registry,
    interest: Mutex<InterestBook>,
    routes: Arc<RouteTable>,
    ports: Mutex<Vec<Arc<PeerPort>>>,
    actors: Mutex<Numbers>,
    pub(super) directory: Directory,
    pub(super) remote: OnceLock<Box<dyn Remote>>,
    asks: Arc<AskBooks>,
    inbound: Mutex<Lanes>,
    /// Who subscribes to what in all domains: on a bus of several domains alone.
    crossings: Crossings,
    /// Locked before the others: whoever keeps a publication also routes it.
    retained: Mutex<Retained>,
    draining: AtomicBool,
}

/// How many events of peers a domain takes in before its next step: some ten microseconds of them.
const EVENTS_PER_LOOK: usize = 128;

/// The numbers under which peers know actors. An actor that is spawned anew under its name has its number again.
#[derive(Default)]
struct Numbers {
    names: Vec<Arc<str>>,
    by_name: BTreeMap<Arc<str>, u32>,
}

impl Numbers {
    fn number(&mut self, name: Arc<str>) -> u32 {
        if let Some(&known) = self.by_name.get(&name) {
            return known;
        }
        if self.names.len() >= MOST_NUMBERS {
            return 0;
        }
        self.names.push(name.clone());
        let number = self.names.len() as u32;
        self.by_name.insert(name, number);
        number
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bus {
    /// A bus without peers.
    pub fn new(settings: BusSettings) -> Arc<Self> {
        Arc::new(Self {
            node: settings.node.as_ref().into(),
            settings,
            signals: Registry::default(),
            interest: Mutex::default(),
            routes: Arc::default(),
            ports: Mutex::default(),
            actors: Mutex::default(),
            directory: Directory::default(),
            remote: OnceLock::new(),
            asks: Arc::default(),
            inbound: Mutex::default(),
            crossings: Crossings::default(),
            retained: Mutex::default(),
            draining: AtomicBool::new(false),
        })
    }

    /// This node's name.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// This run of the node.
    pub fn life(&self) -> Life {
        self.settings.life
    }

    /// Who sees what happens.
    pub fn observer(&self) -> Option<&Arc<dyn Observer>> {
        self.settings.observer.as_ref()
    }

    /// Opens the hand-over to a peer: once for each configured peer, at the start.
    pub fn add_peer(&self, name: &NodeName) -> Arc<PeerPort> {
        let mut ports = lock(&self.ports);
        let limits = PortLimits {
            messages: self.settings.handover_messages,
            bytes: self.settings.handover_bytes,
        };
        let port = Arc::new(PeerPort::new(name, ports.len() as u16, limits));
        ports.push(port.clone());
        self.routes.add_peer(port.clone());
        port
    }

    /// What this node's actors subscribe to now.
    pub fn interest(&self) -> Interest {
        lock(&self.interest).snapshot()
    }

    /// The version of what this node's actors subscribe to now: cheaper than asking for all of it.
    pub fn interest_version(&self) -> u64 {
        lock(&self.interest).version()
    }

    /// A signal of this node by its number.
    pub fn signal(&self, id: u32) -> Option<Arc<SignalDef>> {
        self.signals.def(id)
    }

    /// All signals of this node, by number.
    pub fn signals(&self) -> Vec<Arc<SignalDef>> {
        self.signals.defs()
    }

    /// The name of an actor of this node by its number, as in [`Handed::Message`](super::Handed::Message).
    pub fn actor(&self, id: u32) -> Option<Arc<str>> {
        let index = usize::try_from(id).ok()?.checked_sub(1)?;
        lock(&self.actors).names.get(index).cloned()
    }

    /// What this node makes of a signal that a peer publishes.
    pub fn resolve(&self, name: &str, wire: Fingerprint) -> Resolution {
        self.signals.resolve(name, wire)
    }

    /// What a peer subscribes to, all of it. An empty set ends the routing to it.
    pub fn set_interest(&self, port: &PeerPort, version: u64, subscriptions: &[Subscription]) {
        self.routes
            .set_interest(port.index, version, subscriptions, &self.signals);
    }

    /// Delivers events of a peer to the local subscribers, in order and without waiting.
    ///
    /// Each message is settled when this returns: it waits in a lane for the domain, or it is a counted drop. Tells which.
    pub fn deliver(&self, port: &PeerPort, batch: Vec<Delivery>) -> Delivered {
        let mut delivered = Delivered::default();
        if self.is_draining() {
            let count = batch.len() as u64;
            let mut inbound = port.inbound();
            inbound.books().received += count;
            inbound.books().draining += count;
            delivered.refused.push((WireCause::Draining, count));
            return delivered;
        }
        let mut retained = Some(self.retained()).filter(|retained| !retained.is_unused());
        let interest = lock(&self.interest);
        let mut lanes = lock(&self.inbound);
        let mut inbound = port.inbound();
        let most = lanes.len();
        for message in batch {
            inbound.books().received += 1;
            if let Some(retained) = &mut retained {
                retained.keep_of_peer(port.index, &message);
            }
            let receivers =
                interest.receivers(message.signal, message.version, &message.targets, most);
            let mut copies = 0;
            let mut left = Some(message);
            for (at, domain) in receivers.iter().enumerate() {
                let is_last = at + 1 == receivers.len();
                let message = if is_last { left.take() } else { left.clone() };
                if let Some(lane) = lanes.of(domain)
                    && let Some(message) = message
                {
                    copies += 1;
                    lane.offer(&mut inbound, (domain, port.index), message, &self.settings);
                }
            }
            if copies == 0 {
                inbound.books().unmatched += 1;
                delivered.unmatched += 1;
            } else {
                inbound.books().routed += 1;
                inbound.books().copied += copies - 1;
                delivered.routed += 1;
            }
        }
        drop(inbound);
        drop(interest);
        drop(retained);
        self.call(lanes);
        delivered
    }

    /// Events of a peer will never come: each receiver that subscribes to one of them gets a gap, in the order of these calls and
    /// [`deliver`](Bus::deliver).
    pub fn gap(&self, port: &PeerPort, report: GapReport) {
        let mut lanes = lock(&self.inbound);
        lanes.push_gap(&mut port.inbound(), port.index, &report);
        self.call(lanes);
    }

    /// Tells the local subscribers of the `$sys` signal.
    pub fn system(&self, event: SystemEvent) {
        let mut lanes = lock(&self.inbound);
        lanes.push_all(None, || Inbound::System(event.clone()));
        self.call(lanes);
    }

    /// Tells the subscribers of a `$sys` signal in all domains but one, where they know.
    #[cold]
    pub(super) fn announce_elsewhere<S: Signal>(&self, domain: u16, signal: &S) {
        let mut lanes = lock(&self.inbound);
        lanes.push_all(Some(domain), || {
            let signal = signal.clone();
            Inbound::Announce(Box::new(move |local, core| local.tell(core, signal)))
        });
        self.call(lanes);
    }

    /// From now on events of peers are counted and dropped: the node is leaving (D7).
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the node is leaving.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The books of every peer, in the order in which they were added.
    pub fn books(&self) -> Vec<PeerBooks> {
        lock(&self.ports).iter().map(|port| port.books()).collect()
    }

    /// Asks each domain for which something waits to look, once for all that comes before it does.
    fn call(&self, mut lanes: MutexGuard<'_, Lanes>) {
        let domains = lanes.take_calls();
        drop(lanes);
        for domain in domains {
            ask_to_look(&domain);
        }
    }

    /// The number of a domain that is new; `None` if the bus serves no more.
    pub(super) fn attach(&self, domain: Inbox<Local>) -> Option<u16> {
        let mut lanes = lock(&self.inbound);
        let number = lanes.attach(domain, self.settings.domains.clamp(1, MOST_DOMAINS));
        self.call(lanes);
        number
    }

    /// A domain is no more: what waited for it is settled, as if it had looked.
    pub(super) fn detach(&self, domain: u16) {
        let left = lock(&self.inbound).detach(domain);
        for item in left {
            if let Inbound::Message(peer, message) = item
                && let Some(port) = self.port(peer)
            {
                let mut inbound = port.inbound();
                inbound.lane(domain).messages -= 1;
                inbound.lane(domain).bytes -= message.payload.len();
                inbound.books().drained += 1;
            }
        }
        self.directory.forget(domain);
        if self.serves_several() {
            self.crossings.gone(domain);
        }
    }

    /// Takes what waits for a domain, or a part of it: then the domain is asked again.
    pub(super) fn take_inbound(&self, domain: u16, empty: &mut VecDeque<Inbound>) {
        let mut lanes = lock(&self.inbound);
        let again = lanes
            .of(domain)
            .and_then(|lane| lane.take(empty, EVENTS_PER_LOOK));
        drop(lanes);
        if let Some(domain) = again {
            ask_to_look(&domain);
        }
    }

    /// Whether nothing waits for a domain.
    pub(super) fn is_drained(&self, domain: u16) -> bool {
        let mut lanes = lock(&self.inbound);
        lanes.of(domain).is_none_or(|lane| lane.items.is_empty())
    }

    /// Whether a publication may have subscribers in another domain.
    #[inline]
    pub(super) fn serves_several(&self) -> bool {
        self.settings.domains > 1
    }

    /// An actor's subscription, as other domains see it.
    pub(super) fn crosses<S: Signal, E: Accepts<S>>(
        &self,
        key: SignalKey,
        subscriber: (u16, Rank),
        lane: Arc<Lane<E>>,
    ) {
        if let Some(new) = self.crossings.subscribed::<S, E>(key, subscriber, lane) {
            self.routes.crosses(key, new, &self.signals);
        }
    }

    pub(super) fn crosses_no_more(&self, key: SignalKey, subscriber: (u16, Rank)) {
        self.crossings.unsubscribed(key, subscriber);
    }

    pub(super) fn port(&self, index: u16) -> Option<Arc<PeerPort>> {
        lock(&self.ports).get(usize::from(index)).cloned()
    }

    pub(super) fn lane(&self) -> u32 {
        self.settings.lane
    }

    pub(super) fn routes(&self) -> RouteCache {
        self.routes.reader()
    }

    pub(super) fn register<S: Signal>(&self) -> Result<SignalKey, NameTaken> {
        let (key, new) = self.signals.register::<S>()?;
        if new {
            if S::RETAIN > 0 {
                self.retained().open(key, usize::from(S::RETAIN));
            }
            self.routes.signal_added(&self.signals);
        }
        Ok(key)
    }

    /// The last publications of the signals that ask for it. While this is held, none of those is published and nobody subscribes to them.
    pub(super) fn retained(&self) -> MutexGuard<'_, Retained> {
        lock(&self.retained)
    }

    pub(super) fn add_actor(&self, name: Arc<str>) -> u32 {
        lock(&self.actors).number(name)
    }

    pub(crate) fn node_name(&self) -> Arc<str> {
        self.node.clone()
    }

    /// Whether an actor of this node, in whatever domain, has this name.
    pub fn has_actor(&self, name: &str) -> bool {
        self.directory.has(name)
    }

    /// How many actors the node has, in all domains.
    pub fn actors(&self) -> usize {
        self.directory.len()
    }

    /// What became of the questions of the node's actors.
    pub fn asks(&self) -> Asks {
        self.asks.tally()
    }

    pub(crate) fn asks_books(&self) -> &Arc<AskBooks> {
        &self.asks
    }

    /// The lane of the actor of this name.
    pub(crate) fn find_actor(&self, name: &str) -> Option<Arc<dyn AnyLane>> {
        self.directory.find(name)
    }

    /// The lane of the actor of this name, if it is of this type, with this event.
    pub(crate) fn lane_of<E: Event>(&self, name: &str, kind: TypeId) -> Option<Arc<Lane<E>>> {
        self.directory.lane(name, kind)
    }

    /// An actor subscribes. Peers learn of it if they have no subscription of its account yet.
    pub(super) fn subscribed(&self, key: SignalKey, actor: u32, domain: u16) -> Option<Joined> {
        let def = self.signals.def(key.0)?;
        let account = if actor <= ACCOUNTS { actor } else { 0 };
        let joined = lock(&self.interest).add(&def, account, domain);
        if joined.is_new {
            self.notify_peers();
        }
        Some(joined)
    }

    /// An actor of this domain subscribes no more.
    pub(super) fn unsubscribed(&self, id: u32, domain: u16) {
        let is_news = lock(&self.interest).remove(id, domain);
        if is_news {
            self.notify_peers();
        }
    }

    fn notify_peers(&self) {
        for port in lock(&self.ports).iter() {
            port.notify();
        }
    }
}

/// Has a domain take in what waits for it.
fn ask_to_look(domain: &Inbox<Local>) {
    domain.call(|domain| {
        let (core, local) = domain.parts();
        local.drain_inbound(core);
    });
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
