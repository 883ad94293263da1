//! The domain's half of the bus: lent to every step, touched by one thread only.

use std::any::{Any, TypeId};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use farc_protocol::codec;
use farc_protocol::frame::Class;
use farc_protocol::life::Life;

use super::crossing::{Crossing, Rank};
use super::gaps::{Gaps, Missed};
use super::inbound::Inbound;
use super::registered::Registered;
use super::registry::NameTaken;
use super::retained::{FromPeer, Kept};
use super::routes::{Route, RouteCache, Wanted};
use super::table::{AnyTable, Arrived, Incoming, Subscriber, Table};
use super::{Bus, Delivery, GapReport, PeerPort, RemoteError, SignalKey, SystemEvent};
use crate::kernel::{Admit, AnyLane, Core, Handle, Inbox, Origin, Runner, Share, guard};
use crate::observe::{Cause, GapRaised, Publish};
use crate::signal::{Accepts, ActorRef, Signal};
use crate::sys::{Gap, NodeDown, NodeUp, Shutdown};

/// What became of a publication (C3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Actors of this domain whose mailbox has it.
    pub delivered: u32,
    /// Actors of other domains of this node in whose lanes it is.
    pub accepted: u32,
    /// Peers to which it was handed over.
    pub peers: u32,
    /// Who wanted it and will not get it.
    pub dropped: Drops,
}

/// The copies of a publication that were dropped, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// Actors whose mailbox was full; those of other domains that had no foreign permit left.
    pub mailbox_full: u32,
    /// Peers whose hand-over was full.
    pub outbox_full: u32,
    /// Peers that would have got it, had it not been larger than a message may be.
    pub too_large: u32,
    /// Actors and peers that would have got it, had copying or encoding it not panicked.
    pub poison: u32,
}

impl Drops {
    /// All of them.
    pub const fn total(self) -> u32 {
        self.mailbox_full + self.outbox_full + self.too_large + self.poison
    }
}

/// Who publishes.
#[derive(Clone, Copy)]
pub(crate) struct Publisher {
    slot: Option<u32>,
}

impl Publisher {
    pub(crate) const DOMAIN: Self = Self { slot: None };

    pub(crate) fn actor(slot: u32) -> Self {
        Self { slot: Some(slot) }
    }
}

/// `TypeId` is a hash already.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_ne_bytes(word);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 ^= word;
    }
}

/// How many lives of peers are remembered; the oldest is forgotten first. Queued events name them by number.
const LIVES: usize = 1024;

/// What tells a domain from the others of its node.
pub(crate) struct Place {
    pub(crate) name: String,
    /// Which its actors may have.
    pub(crate) priorities: RangeInclusive<u8>,
}

/// The half of the bus that belongs to a domain.
pub struct Local {
    bus: Arc<Bus>,
    /// The number of the domain on the bus; `None` for one too many, to which nothing comes from outside.
    domain: Option<u16>,
    place: Place,
    seed: [u8; 32],
    tables: Vec<Box<dyn AnyTable>>,
    /// Only ever looked up, never walked: its order is not defined.
    by_type: HashMap<TypeId, u32, BuildHasherDefault<TypeIdHasher>>,
    /// `by_key[key - 1]`: the table, if the signal has one in this domain.
    by_key: Vec<Option<u32>>,
    routes: RouteCache,
    /// Where publications are encoded, so that a small one costs no allocation of its own.
    scratch: BytesMut,
    gaps: Gaps,
    lives: Vec<(u16, Life)>,
    /// Where the next life goes once all places are taken.
    next_life: usize,
    peers: Vec<Arc<PeerPort>>,
    /// `actors[slot]`.
    actors: Vec<Registered>,
    /// The queue that was exchanged last, kept for its allocation.
    spare: VecDeque<Inbound>,
    unheard: u64,
    /// How many actors there have been.
    born: u64,
    /// Spawned by the step that runs.
    newcomers: VecDeque<(u32, Box<dyn Runner<Self>>)>,
}

/// Encoded publications share blocks of this size.
const SCRATCH: usize = 64 << 10;

impl Local {
    pub(crate) fn new(bus: Arc<Bus>, seed: [u8; 32], place: Place) -> Self {
        Self {
            place,
            seed,
            routes: bus.routes(),
            bus,
            domain: None,
            tables: Vec::new(),
            by_type: HashMap::default(),
            by_key: Vec::new(),
            scratch: BytesMut::new(),
            gaps: Gaps::default(),
            lives: Vec::new(),
            next_life: 0,
            peers: Vec::new(),
            actors: Vec::new(),
            spare: VecDeque::new(),
            unheard: 0,
            born: 0,
            newcomers: VecDeque::new(),
        }
    }

    pub(crate) fn bus(&self) -> &Arc<Bus> {
        &self.bus
    }

    /// What tells this domain from the others of the node.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// What every random number of the domain follows from.
    pub(crate) fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// Takes a place on the bus: events of peers and publications of other domains come from now on. False if the bus serves no more.
    pub(crate) fn attach(&mut self, inbox: Inbox<Self>) -> bool {
        self.domain = self.bus.attach(inbox);
        self.domain.is_some()
    }

    /// The domain's number; what is too many counts as the first.
    fn home(&self) -> u16 {
        self.domain.unwrap_or_default()
    }

    /// Whether nothing waits between the links and this domain.
    pub(crate) fn is_drained(&self) -> bool {
        self.domain.is_none_or(|domain| self.bus.is_drained(domain))
    }

    /// Publications that nobody wanted.
    pub(crate) fn unheard(&self) -> u64 {
        self.unheard
    }

    /// An actor has this slot now, which may have been another's.
    /// False if another domain of the node has its name.
    pub(crate) fn add_actor<A: 'static>(&mut self, slot: u32, lane: Arc<dyn AnyLane>) -> bool {
        match self.actors.get_mut(slot as usize) {
            Some(known) => *known = Registered::default(),
            None => self
                .actors
                .resize_with(slot as usize + 1, Registered::default),
        }
        self.born += 1;
        self.actors[slot as usize].born = self.born;
        self.bus
            .directory
            .insert(TypeId::of::<A>(), lane, self.home())
    }

    /// An actor has stopped, or is not to be looked at any more after it failed: its name is free, and its slot will be after this step.
    pub(crate) fn remove_actor(&mut self, core: &mut Core, slot: u32) {
        self.bus.directory.remove(core.any_lane(slot));
        core.depart(slot);
    }

    /// The order in which actors came into being.
    pub(crate) fn born(&self, slot: u32) -> u64 {
        self.actors.get(slot as usize).map_or(0, |actor| actor.born)
    }

    /// Keeps an actor that a step has spawned until the domain gives it its place.
    pub(crate) fn welcome(&mut self, slot: u32, runner: Box<dyn Runner<Self>>) {
        self.newcomers.push_back((slot, runner));
    }

    /// The next one.
    pub(crate) fn newcomer(&mut self) -> Option<(u32, Box<dyn Runner<Self>>)> {
        self.newcomers.pop_front()
    }

    /// Hands a signal of an actor over for an actor of another node.
    pub(crate) fn post_remote<S: Signal>(
        &mut self,
        core: &Core,
        slot: u32,
        to: &ActorRef,
        signal: &S,
        handle: Option<&Handle>,
    ) -> Result<(), RemoteError> {
        let source = self.number(core, slot);
        self.bus.post_remote(source, to, signal, handle)
    }

    /// The number under which peers know the actor, given when it first has to do with them: most actors never have.
    fn number(&mut self, core: &Core, slot: u32) -> u32 {
        let number = &mut self.actors[slot as usize].number;
        if *number == 0 {
            *number = self.bus.add_actor(core.name(slot).clone());
        }
        *number
    }

    fn table_of<S: Signal>(&mut self) -> usize {
        if let Some(&index) = self.by_type.get(&TypeId::of::<S>()) {
            return index as usize;
        }
        self.add_table::<S>()
    }

    #[cold]
    fn add_table<S: Signal>(&mut self) -> usize {
        let key = if is_on_wire::<S>() {
            self.bus
                .register::<S>()
                .inspect_err(|error| tracing::error!("{error}: it stays on this node"))
                .ok()
        } else {
            None
        };
        let index = self.tables.len();
        self.tables.push(Box::new(Table::<S>::new(key)));
        self.by_type.insert(TypeId::of::<S>(), index as u32);
        if let Some(key) = key {
            let at = key.0 as usize;
            if self.by_key.len() < at {
                self.by_key.resize(at, None);
            }
            self.by_key[at - 1] = Some(index as u32);
        }
        index
    }

    fn table<S: Signal>(&mut self) -> &mut Table<S> {
        let index = self.table_of::<S>();
        let table: &mut dyn Any = self.tables[index].as_mut();
        table
            .downcast_mut()
            .expect("the index of a type leads to the table of that type")
    }

    /// Subscribes an actor; a double has no effect. Of a signal that is retained it gets the last ones.
    pub(crate) fn subscribe<S: Signal, E: Accepts<S>>(
        &mut self,
        core: &mut Core,
        slot: u32,
    ) -> Result<(), NameTaken> {
        let index = self.table_of::<S>();
        if self.actors[slot as usize].subscription(index).is_some() {
            return Ok(());
        }
        let key = self.table::<S>().key;
        if key.is_none() && is_on_wire::<S>() {
            return Err(NameTaken { name: S::NAME });
        }
        if S::RETAIN > 0
            && let Some(key) = key
        {
            let bus = self.bus.clone();
            let mut retained = bus.retained();
            let number = self.add_subscription::<S, E>(core, slot, index, Some(key));
            let kept = retained.kept(key);
            drop(retained);
            self.replay::<S>(core, slot, number, kept);
        } else {
            self.add_subscription::<S, E>(core, slot, index, key);
        }
        Ok(())
    }

    /// Returns the number of the subscription.
    fn add_subscription<S: Signal, E: Accepts<S>>(
        &mut self,
        core: &Core,
        slot: u32,
        index: usize,
        key: Option<SignalKey>,
    ) -> u64 {
        let joined = key
            .and_then(|key| {
                let actor = self.number(core, slot);
                self.bus.subscribed(key, actor, self.home())
            })
            .unwrap_or_default();
        let subscriber = Subscriber::new::<E>(slot, joined.id, joined.since);
        let priority = core.priority(slot);
        let number = self.table::<S>().insert(priority, subscriber);
        self.actors[slot as usize].add(index, number);
        if self.bus.serves_several()
            && let Some(key) = key
            && let Some(lane) = core.lane::<E>(slot)
        {
            let rank = Rank::new(priority, number);
            self.bus.crosses::<S, E>(key, (self.home(), rank), lane);
        }
        number
    }

    /// Gives a late subscriber what was kept for it: each is an event like any other, and counts as one.
    #[cold]
    fn replay<S: Signal>(&mut self, core: &mut Core, slot: u32, number: u64, kept: Vec<Kept>) {
        let priority = core.priority(slot);
        let Some(give) = self
            .table::<S>()
            .find(priority, number)
            .map(|known| known.give)
        else {
            return;
        };
        for Kept { payload, from } in kept {
            let (origin, share) = match from {
                None => (Origin::Local, Share::Local),
                Some(FromPeer {
                    peer, life, actor, ..
                }) => {
                    // So that its name is known when the event is dispatched.
                    let _ = self.port(peer);
                    let life = self.life(peer, life);
                    let bound = self.bus.lane();
                    (
                        Origin::Peer { peer, life, actor },
                        Share::Lane { peer, bound },
                    )
                }
            };
            // Deserialize is the user's code, and so is the drop of what does not fit.
            let given = match guard(|| codec::decode::<S>(&payload)) {
                Ok(Ok(signal)) => guard(|| give(core, slot, signal, origin, share)).ok(),
                Ok(Err(_)) => {
                    core.intend_and_drop(slot, S::NAME, Cause::Undecodable, 1);
                    None
                }
                Err(_) => {
                    core.intend_and_drop(slot, S::NAME, Cause::Poison, 1);
                    None
                }
            };
            if given != Some(Admit::Queued)
                && let Some(from) = from
                && let Some(port) = self.port(from.peer)
            {
                let missed = Missed {
                    peer: (from.peer, port.name()),
                    life: from.life,
                    class: from.class,
                    cause: Cause::MailboxFull.as_str(),
                    count: 1,
                    signals: vec![(S::NAME.to_owned(), 1)],
                };
                self.raise_for(core, slot, missed);
            }
        }
    }

    pub(crate) fn unsubscribe<S: Signal>(&mut self, core: &Core, slot: u32) {
        let index = self.table_of::<S>();
        if let Some(number) = self.actors[slot as usize].remove(index) {
            self.end(core, slot, index, number);
        }
    }

    pub(crate) fn unsubscribe_all(&mut self, core: &Core, slot: u32) {
        for (index, number) in self.actors[slot as usize].take() {
            self.end(core, slot, index, number);
        }
    }

    fn end(&mut self, core: &Core, slot: u32, index: usize, number: u64) {
        let table = &mut self.tables[index];
        let priority = core.priority(slot);
        let Some(id) = table.unsubscribe(priority, number) else {
            return;
        };
        let key = table.key();
        self.bus.unsubscribed(id, self.home());
        if self.bus.serves_several()
            && let Some(key) = key
        {
            let rank = Rank::new(priority, number);
            self.bus.crosses_no_more(key, (self.home(), rank));
        }
    }

    /// Copies a signal to each local subscriber and hands one encoding of it to each peer that wants it.
    pub(crate) fn publish<S: Signal>(
        &mut self,
        core: &mut Core,
        publisher: Publisher,
        signal: S,
    ) -> Published {
        if let Some(observer) = core.observer() {
            let actor = publisher.slot.map(|slot| &**core.name(slot));
            // An observer's panic is not the publisher's.
            let _ = guard(|| {
                observer.publish(&Publish {
                    actor,
                    signal: S::NAME,
                    payload: &signal,
                    now: core.now(),
                });
            });
        }
        let index = self.table_of::<S>();
        let mut published = Published::default();
        if let Some(key) = self.tables[index].key() {
            if S::RETAIN > 0 {
                self.hand_out_and_keep(core, key, publisher, &signal, &mut published);
            } else if self.routes.load().of(key).is_some() {
                let source = publisher.slot.map_or(0, |slot| self.number(core, slot));
                self.hand_out(key, source, &signal, &mut published);
            }
        }
        let give = |subscriber: &Subscriber<S>, core: &mut Core, signal| {
            (subscriber.give_local)(core, subscriber.slot, signal)
        };
        self.spread(core, index, signal, give, &mut published);
        if published == Published::default() {
            self.unheard += 1;
            if S::DEAD_LETTER {
                core.unheard(publisher.slot, S::NAME);
            }
        }
        published
    }

    /// Keeps a publication for who subscribes later, and gives it to whoever wants it outside of this domain now.
    #[cold]
    fn hand_out_and_keep<S: Signal>(
        &mut self,
        core: &Core,
        key: SignalKey,
        publisher: Publisher,
        signal: &S,
        published: &mut Published,
    ) {
        let bus = self.bus.clone();
        let mut retained = bus.retained();
        let encoded = encode(&mut self.scratch, signal);
        if let Ok(payload) = &encoded {
            retained.keep(key, payload);
        }
        let home = self.home();
        let is_wanted = self.routes.load().of(key).is_some();
        let source = match publisher.slot {
            Some(slot) if is_wanted => self.number(core, slot),
            Some(_) | None => 0,
        };
        if let Some(wanted) = self.routes.load().of(key) {
            cross(wanted, home, signal, published);
            hand_over(encoded, &wanted.peers, key, source, published);
        }
    }

    /// Gives a publication to whoever wants it outside of this domain.
    #[cold]
    fn hand_out<S: Signal>(
        &mut self,
        key: SignalKey,
        source: u32,
        signal: &S,
        published: &mut Published,
    ) {
        let home = self.home();
        if let Some(wanted) = self.routes.load().of(key) {
            cross(wanted, home, signal, published);
            if !wanted.peers.is_empty() {
                let encoded = encode(&mut self.scratch, signal);
                hand_over(encoded, &wanted.peers, key, source, published);
            }
        }
    }

    /// Tells the actors of all domains something on behalf of the node: never refused. For one that has 1,024 of them waiting the oldest goes.
    pub(crate) fn announce<S: Signal>(&mut self, core: &mut Core, signal: S) {
        if self.bus.serves_several() {
            self.bus.announce_elsewhere(self.home(), &signal);
        }
        self.tell(core, signal);
    }

    /// Tells the actors of this domain.
    pub(super) fn tell<S: Signal>(&mut self, core: &mut Core, signal: S) {
        let index = self.table_of::<S>();
        let give = |subscriber: &Subscriber<S>, core: &mut Core, signal| {
            let slot = subscriber.slot;
            (subscriber.give)(core, slot, signal, Origin::System, Share::Pending)
        };
        self.spread(core, index, signal, give, &mut Published::default());
    }

    #[inline]
    fn spread<S: Signal>(
        &self,
        core: &mut Core,
        index: usize,
        signal: S,
        give: impl Fn(&Subscriber<S>, &mut Core, S) -> Admit,
        published: &mut Published,
    ) {
        let table: &dyn Any = self.tables[index].as_ref();
        let Some(table) = table.downcast_ref::<Table<S>>() else {
            return;
        };
        let mut subscribers = table.subscribers();
        let Some(mut subscriber) = subscribers.next() else {
            return;
        };
        let mut poisoned = 0;
        let mut count = |admit| match admit {
            Admit::Queued => published.delivered += 1,
            // A stopped actor has no subscriptions left.
            Admit::Full | Admit::Stopped => published.dropped.mailbox_full += 1,
        };
        // Clone is the user's code: who does not get a copy is a counted drop, and the others get theirs. The last one gets the signal itself.
        let mut next = subscribers.next();
        while let Err(panic) = guard(|| {
            while let Some(after) = &next {
                count(give(subscriber, core, signal.clone()));
                subscriber = after;
                next = subscribers.next();
            }
        }) {
            not_copied(core, subscriber.slot, S::NAME, &panic);
            poisoned += 1;
            let Some(after) = next else { break };
            subscriber = after;
            next = subscribers.next();
        }
        count(give(subscriber, core, signal));
        published.dropped.poison += poisoned;
    }

    /// Takes in what the links have brought.
    pub(crate) fn drain_inbound(&mut self, core: &mut Core) {
        let mut items = std::mem::take(&mut self.spare);
        self.bus.take_inbound(self.home(), &mut items);
        for item in items.drain(..) {
            match item {
                Inbound::Message(peer, message) => self.deliver(core, peer, &message),
                Inbound::Gap(peer, report) => {
                    if let Some(port) = self.port(peer) {
                        let mut inbound = port.inbound();
                        let waiting = inbound.lane(self.home());
                        waiting.gaps = waiting.gaps.saturating_sub(1);
                    }
                    self.raise(core, peer, &report);
                }
                Inbound::Overflow {
                    peer,
                    signal,
                    life,
                    class,
                    version,
                    count,
                } => {
                    self.overflow(
                        core,
                        Lost {
                            peer,
                            signal,
                            life,
                            class,
                            version,
                            count,
                        },
                    );
                }
                Inbound::System(SystemEvent::NodeUp {
                    name,
                    life,
                    resumed,
                }) => {
                    self.tell(
                        core,
                        NodeUp {
                            name,
                            life,
                            resumed,
                        },
                    );
                }
                Inbound::System(SystemEvent::NodeDown { name, life, reason }) => {
                    self.tell(core, NodeDown { name, life, reason });
                }
                Inbound::System(SystemEvent::Shutdown { reason }) => {
                    self.tell(core, Shutdown { reason })
                }
                Inbound::Announce(tell) => tell(self, core),
            }
        }
        self.spare = items;
    }

    fn port(&mut self, peer: u16) -> Option<Arc<PeerPort>> {
        while self.peers.len() <= usize::from(peer) {
            self.peers.push(self.bus.port(self.peers.len() as u16)?);
        }
        self.peers.get(usize::from(peer)).cloned()
    }

    fn table_by_key(&self, key: SignalKey) -> Option<usize> {
        let index = (key.0 as usize).checked_sub(1)?;
        self.by_key
            .get(index)
            .copied()
            .flatten()
            .map(|index| index as usize)
    }

    fn deliver(&mut self, core: &mut Core, peer: u16, message: &Delivery) {
        let Some(port) = self.port(peer) else { return };
        let life = self.life(peer, message.life);
        let origin = Origin::Peer {
            peer,
            life,
            actor: message.source,
        };
        let incoming = Incoming {
            version: message.version,
            targets: &message.targets,
            payload: &message.payload,
            origin,
            share: Share::Lane {
                peer,
                bound: self.bus.lane(),
            },
        };
        let mut missed = Vec::new();
        let table = self.table_by_key(message.signal);
        let arrived = match table {
            Some(index) => self.tables[index].deliver(core, &incoming, &mut missed),
            None => Arrived::Nobody,
        };
        let undecodable = matches!(arrived, Arrived::Undecodable);
        let mut inbound = port.inbound();
        let waiting = inbound.lane(self.home());
        waiting.messages -= 1;
        waiting.bytes -= message.payload.len();
        inbound.books().drained += 1;
        inbound.books().undecodable += u64::from(undecodable);
        drop(inbound);
        if let Some(index) = table
            && !missed.is_empty()
        {
            let cause = if undecodable {
                Cause::Undecodable
            } else {
                Cause::MailboxFull
            };
            let name = self.tables[index].name();
            for slot in missed {
                let signals = vec![(name.to_owned(), 1)];
                let missed = Missed {
                    peer: (peer, port.name()),
                    life: message.life,
                    class: message.class,
                    cause: cause.as_str(),
                    count: 1,
                    signals,
                };
                self.raise_for(core, slot, missed);
            }
        }
    }

    fn overflow(&mut self, core: &mut Core, lost: Lost) {
        let Some(port) = self.port(lost.peer) else {
            return;
        };
        let Some(index) = self.table_by_key(lost.signal) else {
            return;
        };
        let name = self.tables[index].name();
        for slot in self.tables[index].receivers(lost.version, &[]) {
            core.intend_and_drop(slot, name, Cause::LaneFull, lost.count);
            let missed = Missed {
                peer: (lost.peer, port.name()),
                life: lost.life,
                class: lost.class,
                cause: Cause::LaneFull.as_str(),
                count: lost.count,
                signals: vec![(name.to_owned(), lost.count)],
            };
            self.raise_for(core, slot, missed);
        }
    }

    /// Tells every receiver of the lost signals. What has no name concerns everyone who subscribes to anything of a peer.
    fn raise(&mut self, core: &mut Core, peer: u16, report: &GapReport) {
        let Some(port) = self.port(peer) else { return };
        let named: u64 = report.signals.iter().map(|(_, count)| count).sum();
        let nameless = report.count.saturating_sub(named);
        // By slot, and so in the order in which the actors were spawned.
        let mut concerned = std::collections::BTreeMap::<u32, (u64, Vec<(String, u64)>)>::new();
        for table in self.tables.iter().filter(|table| table.key().is_some()) {
            let lost = report
                .signals
                .iter()
                .find(|(name, _)| **name == *table.name())
                .map(|(_, count)| *count);
            if lost.is_none() && nameless == 0 {
                continue;
            }
            for slot in table.receivers(u64::MAX, &[]) {
                if report.account != 0 && report.account != self.actors[slot as usize].number {
                    continue;
                }
                let (count, signals) = concerned.entry(slot).or_insert((nameless, Vec::new()));
                if let Some(lost) = lost {
                    *count += lost;
                    signals.push((table.name().to_owned(), lost));
                }
            }
        }
        for (slot, (count, signals)) in concerned {
            let missed = Missed {
                peer: (peer, port.name()),
                life: report.life,
                class: report.class,
                cause: report.cause,
                count,
                signals,
            };
            self.raise_for(core, slot, missed);
        }
    }

    /// A gap for one receiver: observers learn of it at once, the actor before its next event of that peer.
    fn raise_for(&mut self, core: &mut Core, slot: u32, missed: Missed<'_>) {
        core.observe(|observer| {
            observer.gap(&GapRaised {
                actor: core.name(slot),
                peer: missed.peer.1,
                life: missed.life,
                class: missed.class,
                count: missed.count,
                signals: &missed.signals,
                cause: missed.cause,
                now: core.now(),
            });
        });
        let index = self.table_of::<Gap>();
        let Some(number) = self.actors[slot as usize].subscription(index) else {
            return;
        };
        let Some(receiver) = self.table::<Gap>().find(core.priority(slot), number) else {
            return;
        };
        let (reserve, is_open, place) = (receiver.reserve, receiver.is_open, receiver.place);
        let peer = missed.peer.0;
        let open = self
            .gaps
            .candidates(slot, &missed)
            .find(|&key| is_open(core, slot, key, peer));
        match open {
            Some(key) => self.gaps.merge(key, missed),
            None => reserve(core, slot, self.gaps.open(slot, missed, place)),
        }
    }

    /// The gap with this key, as an event of its receiver, into an `Option` of the event type.
    pub(crate) fn take_gap(&mut self, key: u32, into: &mut dyn Any) {
        self.gaps.take(key, into);
    }

    /// The number under which queued events name this life of a peer.
    fn life(&mut self, peer: u16, life: Life) -> u32 {
        if let Some(at) = self.lives.iter().rposition(|known| *known == (peer, life)) {
            return at as u32;
        }
        if self.lives.len() < LIVES {
            self.lives.push((peer, life));
            return self.lives.len() as u32 - 1;
        }
        let at = self.next_life;
        self.next_life = (at + 1) % LIVES;
        self.lives[at] = (peer, life);
        at as u32
    }

    /// Where an event of a peer came from: its node's name, its life, and the port that knows its actors.
    pub(crate) fn origin(&self, origin: Origin) -> Option<(&PeerPort, Life, u32)> {
        let Origin::Peer { peer, life, actor } = origin else {
            return None;
        };
        let port = self.peers.get(usize::from(peer))?;
        Some((port, self.lives.get(life as usize)?.1, actor))
    }
}

/// A receiver of a publication gets no copy, since making it panicked.
#[cold]
fn not_copied(core: &mut Core, slot: u32, signal: &'static str, panic: &str) {
    tracing::error!(signal, receiver = %core.name(slot), panic, "the copy of a publication panicked");
    core.intend_and_drop(slot, signal, Cause::Poison, 1);
}

struct Lost {
    peer: u16,
    signal: SignalKey,
    life: Life,
    class: Class,
    version: u64,
    count: u64,
}

fn is_on_wire<S: Signal>() -> bool {
    !S::NAME.starts_with('$')
}

/// Puts copies into the lanes of other domains' subscribers.
fn cross<S: Signal>(wanted: &Wanted, from: u16, signal: &S, published: &mut Published) {
    let domains = wanted.domains.as_ref();
    if let Some(crossing) = domains.and_then(|any| any.as_any().downcast_ref::<Crossing<S>>()) {
        let crossed = crossing.spread(from, signal);
        published.accepted += crossed.accepted;
        published.dropped.mailbox_full += crossed.full;
        published.dropped.poison += crossed.poisoned;
    }
}

/// The bytes of a publication, or why it has none.
fn encode<S: Signal>(scratch: &mut BytesMut, signal: &S) -> Result<Bytes, Cause> {
    if scratch.capacity() < SCRATCH / 16 {
        scratch.reserve(SCRATCH);
    }
    // A Serialize that panicked may have left something behind.
    scratch.clear();
    // Serialize is the user's code.
    let encoded = guard(|| codec::encode(signal, scratch).map_err(|error| error.to_string()));
    let (error, cause) = match encoded {
        Ok(Ok(_)) => return Ok(scratch.split().freeze()),
        Ok(Err(error)) => (error, Cause::TooLarge),
        Err(panic) => (panic, Cause::Poison),
    };
    tracing::error!(signal = S::NAME, error, "failed to encode a publication");
    scratch.clear();
    Err(cause)
}

/// Gives each peer the same bytes.
fn hand_over(
    encoded: Result<Bytes, Cause>,
    routes: &[Route],
    key: SignalKey,
    source: u32,
    published: &mut Published,
) {
    let payload = match encoded {
        Ok(payload) => payload,
        Err(cause) => {
            for route in routes {
                route.port.lose(key.0, cause);
            }
            let count = if cause == Cause::Poison {
                &mut published.dropped.poison
            } else {
                &mut published.dropped.too_large
            };
            *count += routes.len() as u32;
            return;
        }
    };
    for route in routes {
        if route
            .port
            .hand_over(key.0, source, route.version, payload.clone())
        {
            published.peers += 1;
        } else {
            published.dropped.outbox_full += 1;
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(domain) = self.domain {
            self.bus.detach(domain);
        }
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local")
            .field("node", &self.bus.node())
            .finish_non_exhaustive()
    }
}
