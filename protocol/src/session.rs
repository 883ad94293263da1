//! The protocol state of one link, without I/O: bytes and time in, bytes and effects out.
//!
//! # Protocol of use
//!
//! One [`Session`] per configured peer, for the whole life of this node; connections come and go below it. A driver
//!
//! - reports connections after TLS with [`Session::connected`], their end with [`Session::disconnected`], what they carry
//!   with [`Session::handle_bytes`];
//! - after every call that takes input, calls [`Session::poll_event`] until it says `None` and does what the events say,
//!   in order; then [`Session::poll_transmit`] for each connection that an event has not closed and each channel that can
//!   take more, [`Channel::Control`] first;
//! - sleeps until [`Session::poll_timeout`] (asked anew after every call) and then calls [`Session::handle_timeout`];
//! - dials when [`Session::should_dial`] says so, one dial at a time, and calls [`Session::dialled`] when a dial has
//!   failed;
//! - gives local interest with [`Session::set_interest`], signals with [`Session::define`] before their first event,
//!   events with [`Session::enqueue`], and reads back the permits with [`Session::take_released`];
//! - answers each [`Event::Messages`] with [`Session::accepted`], once each message of it ended in a mailbox or in a
//!   counted drop. Nothing else makes an ACK.
//!
//! The driver decides nothing and needs no table of its own beside the ids that [`Event::Defined`] gives it. The session
//! never reads a clock: time is an argument, and equal inputs give equal outputs.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use self::{
    connection::{Candidate, Connection, Early, Fault, Live, Phase},
    inbound::Receiver,
    interest::{Ours, Theirs},
    outbound::{Sender, Tables},
};
use crate::{
    close::CloseCode,
    frame::{self, Cause, Class, RefuseCode, Refused, SignalDef, Subscription},
    life::{Life, NodeId},
    limits,
};

mod bits;
mod connection;
mod control;
mod data;
mod election;
mod hello;
mod inbound;
mod interest;
mod liveness;
mod outbound;
mod stats;
mod timers;
mod types;

pub use self::{
    stats::{ClassStats, LinkState, Stats},
    types::{
        Channel, ConnectionId, Delivered, DownReason, Event, Inbound, Outbound, Role, Settings,
        Stream,
    },
};

/// So many connections in a row may break at one place in the stream of events before it is taken for poison.
const FAULTS_AT_ONE_POINT: u32 = 3;

/// What a quarantined peer reads.
const QUARANTINED: &str = "three connections broke at the same place";

/// The protocol state of one link. See the [module](self) for how it is driven.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    /// What outlives connections and the peer's lives.
    tables: Tables,
    ours: Ours,
    /// What is known of the peer's present life.
    remote: Option<Remote>,
    /// The peer's lives that are over, the last one behind: none of them comes back.
    past: VecDeque<Life>,
    theirs: Theirs,
    senders: [Sender; Class::COUNT],
    receivers: [Receiver; Class::COUNT],
    connections: BTreeMap<ConnectionId, Connection>,
    /// The peer's numbers of connections that ended here: a HELLO may still speak of one.
    ended: VecDeque<u64>,
    next_nonce: u64,
    events: VecDeque<Queued>,
    leaving: Option<Leaving>,
    superseded: bool,
    /// A connection is wanted that takes the place of the live one.
    renewing: bool,
    quarantined_until: Option<Instant>,
    /// Where the peer's bytes broke the last connection, and how many in a row they broke there.
    faults: ([u64; Class::COUNT], u32),
    counters: Counters,
}

/// The peer's life, as far as it is known.
#[derive(Debug)]
struct Remote {
    life: Life,
    /// Whether it was ever up, and whether it is by what the driver was told.
    was_up: bool,
    is_up: bool,
    /// The newest of its connections, by its numbers, on which it showed that it knows our life: from then on it must
    /// remember how far it came.
    knew_us_on: Option<u64>,
    /// It has said GOAWAY.
    goaway: bool,
    /// Since when there is no live connection.
    away_since: Option<Instant>,
    /// The last dial that failed since then.
    dialled: Option<Instant>,
    /// Away for longer than its interest is kept: what is for it is dropped at once, and it will be told how much.
    is_given_up: bool,
    signals: BTreeMap<u32, Arc<SignalDef>>,
    actors: BTreeMap<u32, Arc<str>>,
    /// Our signals that it does not take.
    refused: BTreeMap<u32, RefuseCode>,
}

#[derive(Debug)]
struct Leaving {
    deadline: Instant,
    /// Nothing more will come from this node: it ends when everything is acknowledged.
    is_last: bool,
    drained: bool,
}

/// Counters that belong to no class.
#[derive(Debug, Default)]
struct Counters {
    rtt: Option<Duration>,
    connections: u64,
    elections: u64,
    resumes: u64,
    ignored_frames: u64,
    closed: BTreeMap<CloseCode, u64>,
    last_fault: Option<(CloseCode, String)>,
}

/// An effect that waits for the driver.
#[derive(Debug)]
enum Queued {
    Event(Event),
    /// The peer's interest has changed: the event is made when it is asked for, so that it is the newest.
    Interest(ConnectionId),
    /// An event that is accepted by being taken.
    Told {
        event: Event,
        class: Class,
        from: u64,
        to: u64,
    },
}

impl Session {
    /// A session with a peer that has never been heard of.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        // Nonces are never 0 and have room to rise.
        let next_nonce = (settings.seed & u64::from(u32::MAX)) + 1;
        Self {
            settings,
            tables: Tables::default(),
            ours: Ours::default(),
            remote: None,
            past: VecDeque::new(),
            theirs: Theirs::new(),
            senders: std::array::from_fn(|_| Sender::new()),
            receivers: std::array::from_fn(|_| Receiver::new()),
            connections: BTreeMap::new(),
            ended: VecDeque::new(),
            next_nonce,
            events: VecDeque::new(),
            leaving: None,
            superseded: false,
            renewing: false,
            quarantined_until: None,
            faults: ([0; Class::COUNT], 0),
            counters: Counters::default(),
        }
    }

    /// A connection whose certificate names this peer; `id` is from that certificate.
    pub fn connected(&mut self, now: Instant, conn: ConnectionId, role: Role, id: NodeId) {
        self.tick(now);
        if let Some(fault) = self.unwelcome() {
            self.push_close(conn, fault);
            return;
        }
        if self.connections.len() >= limits::CONNECTIONS
            && let Err(fault) = self.make_room(now, role, id)
        {
            self.push_close(conn, fault);
            return;
        }
        self.greet(now, conn, role, id);
    }

    /// Two connections are there: a new one takes the place of one that was not greeted yet, or is not taken.
    fn make_room(&mut self, now: Instant, role: Role, id: NodeId) -> Result<(), Fault> {
        let greeting = self
            .connections
            .values()
            .find(|held| matches!(held.phase, Phase::Greeting(_)));
        let Some((held, dialled_alike)) = greeting.map(|held| (held.id, held.role == role)) else {
            return Err(Fault::new(
                CloseCode::Limit,
                "two connections are there already",
            ));
        };
        // Of two that were dialled by different sides both sides keep the same one.
        let by_smaller = (role == Role::Dialer) == (self.settings.id < id);
        if !dialled_alike && !by_smaller {
            return Err(Fault::new(
                CloseCode::Duplicate,
                "another connection is being greeted",
            ));
        }
        self.close(
            now,
            held,
            Fault::new(CloseCode::Duplicate, "a newer connection is there"),
        );
        Ok(())
    }

    /// Why no connection is wanted at all.
    fn unwelcome(&self) -> Option<Fault> {
        if self.leaving.as_ref().is_some_and(|leaving| leaving.drained) {
            return Some(Fault::new(CloseCode::GoingAway, "this node is leaving"));
        }
        self.quarantined_until
            .map(|_| Fault::new(CloseCode::Quarantined, QUARANTINED))
    }

    /// A connection is gone. `code` is the application close code when the *peer* closed it, else `None`. Also called for
    /// connections that [`Event::Close`] closed; then it changes nothing.
    pub fn disconnected(&mut self, now: Instant, conn: ConnectionId, code: Option<u64>) {
        self.tick(now);
        let code = code.and_then(CloseCode::from_code);
        if code == Some(CloseCode::Superseded) && self.connections.contains_key(&conn) {
            self.superseded = true;
        }
        if code.is_some_and(CloseCode::blames_bytes)
            && self.connections.get(&conn).is_some_and(Connection::is_live)
        {
            self.senders.iter_mut().for_each(Sender::complained);
        }
        if code == Some(CloseCode::GoingAway)
            && let Some(remote) = &mut self.remote
        {
            remote.goaway = true;
        }
        self.lose(now, conn);
    }

    /// Bytes of one stream, in order. Any bytes are safe.
    pub fn handle_bytes(&mut self, now: Instant, conn: ConnectionId, stream: Stream, bytes: Bytes) {
        self.tick(now);
        if let Err(fault) = self.read(now, conn, stream, bytes) {
            self.close(now, conn, fault);
        }
    }

    fn read(
        &mut self,
        now: Instant,
        conn: ConnectionId,
        stream: Stream,
        bytes: Bytes,
    ) -> Result<(), Fault> {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let number = match stream {
            Stream::Control => {
                connection.control.push(bytes);
                return self.read_control(now, conn);
            }
            Stream::Data(number) => number,
        };
        match &mut connection.phase {
            Phase::Greeting(early) => return early.push(stream, bytes, &self.settings.limits),
            // Only a peer that has chosen this connection writes events on it.
            Phase::Candidate(_) => self.put_to_use(now, conn),
            Phase::Live(_) => {}
        }
        self.read_data(conn, number, bytes)
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.tick(now);
    }

    /// When [`Session::handle_timeout`] is wanted next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_deadline()
    }

    /// The next bytes for this stream of this connection, at most [`crate::limits::Limits::transmit_bytes`] and one frame;
    /// `None` when there is nothing now. Call it only when the stream can take more: events get their sequence numbers
    /// here, and what is given out must be written.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        conn: ConnectionId,
        channel: Channel,
    ) -> Option<Vec<Bytes>> {
        match channel {
            Channel::Control => self.transmit_control(now, conn),
            Channel::Data(class) => {
                let Phase::Live(live) = &mut self.connections.get_mut(&conn)?.phase else {
                    return None;
                };
                let stream = &mut live.outgoing[class.index()];
                self.senders[class.index()].transmit(
                    class,
                    stream,
                    &self.tables,
                    &self.settings.limits,
                )
            }
        }
    }

    /// The next effect; `None` when there is nothing to do.
    pub fn poll_event(&mut self) -> Option<Event> {
        if self.events.is_empty() {
            self.finish_leaving();
        }
        match self.events.pop_front()? {
            Queued::Event(event) => Some(event),
            Queued::Interest(conn) => {
                let version = self.theirs.version;
                if let Some(Phase::Live(live)) = self
                    .connections
                    .get_mut(&conn)
                    .map(|connection| &mut connection.phase)
                {
                    live.interest_ack = Some(version);
                }
                Some(Event::Interest {
                    version,
                    subscriptions: self.theirs.set.values().cloned().collect(),
                })
            }
            Queued::Told {
                event,
                class,
                from,
                to,
            } => {
                self.receivers[class.index()].accept_by_itself(from, to);
                Some(event)
            }
        }
    }

    /// When the driver may read the control stream of `conn` again: `None` is now. A peer that sends more control frames
    /// than it may is read more slowly; if the driver reads on all the same, it is closed ten seconds later.
    #[must_use]
    pub fn read_control_after(&self, conn: ConnectionId) -> Option<Instant> {
        self.connections.get(&conn)?.meter.wait_until()
    }

    /// The whole of what this node subscribes to. What the peer does not know yet is sent; a version that is not newer
    /// than the last one is ignored. Nothing is said, and no peer sees us ready, before the first call.
    pub fn set_interest(&mut self, version: u64, subscriptions: &[Subscription]) {
        self.ours.replace(version, subscriptions);
    }

    /// A signal that this node publishes, before its first event; kept for the life. The first definition of an id stays.
    pub fn define(&mut self, def: Arc<SignalDef>) {
        self.tables.define(def, &self.settings.limits);
    }

    /// An actor that publishes, before its first event; kept for the life. The source of an event is left out when it was
    /// never defined. Id 0 means "no source".
    pub fn define_actor(&mut self, id: u32, name: &str) {
        self.tables.define_actor(id, name, &self.settings.limits);
    }

    /// One event for this peer. It takes one permit of the hand-over, which comes back with [`Session::take_released`]
    /// when the event gets a sequence number or is dropped (counted, and told to the peer as LOSS).
    ///
    /// Nothing depends on the time yet: it is there for policies that let events grow old.
    pub fn enqueue(&mut self, _now: Instant, class: Class, message: Outbound) {
        let refusal = self.refusal(class, &message);
        let sender = &mut self.senders[class.index()];
        sender.books.offered += 1;
        let dropped = match refusal {
            Some(cause) => Some((message, cause)),
            None => sender
                .enqueue(message, &self.settings.limits)
                .err()
                .map(|message| (message, Cause::OutboxFull)),
        };
        if let Some((message, cause)) = dropped {
            sender.drop_one(cause);
            // The peer cannot be told of what it does not know or does not want to hear of.
            let is_news = !matches!(
                cause,
                Cause::Unsupported | Cause::Undefined | Cause::Refused
            );
            if is_news && self.remote.is_some() {
                sender.tell_loss(message.signal, message.account, 1, cause);
            }
        }
    }

    /// Why an event is not even queued.
    fn refusal(&self, class: Class, message: &Outbound) -> Option<Cause> {
        let Some(def) = self.tables.signal(message.signal) else {
            return Some(Cause::Undefined);
        };
        if !class.is_configured()
            || def.class != class
            || def.delivery != frame::Delivery::Reliable
            || message.targets.len() > limits::TARGETS
        {
            return Some(Cause::Unsupported);
        }
        if message.payload.len() > limits::PAYLOAD_LEN {
            return Some(Cause::TooLarge);
        }
        if let Some(remote) = &self.remote {
            if remote.refused.contains_key(&message.signal) {
                return Some(Cause::Refused);
            }
            if remote.goaway {
                return Some(Cause::Draining);
            }
            if remote.is_given_up {
                return Some(Cause::InterestEnded);
            }
        }
        (message.version > self.theirs.version).then_some(self.theirs.ended)
    }

    /// Events that were dropped before they came here, to be told in place. They count neither as offered nor as dropped
    /// here: who dropped them counted them.
    pub fn enqueue_loss(
        &mut self,
        class: Class,
        signal: u32,
        account: u32,
        count: u64,
        cause: Cause,
    ) {
        let is_known = class.is_configured() && self.tables.signal(signal).is_some();
        if is_known && self.remote.is_some() {
            self.senders[class.index()].tell_loss(signal, account, count, cause);
        }
    }

    /// How many permits of the hand-over came free since the last call.
    pub fn take_released(&mut self) -> usize {
        self.senders
            .iter_mut()
            .map(|sender| std::mem::take(&mut sender.released))
            .sum()
    }

    /// Everything before `up_to` of [`Event::Messages`] of this life and class ended in a mailbox or a counted drop.
    pub fn accepted(&mut self, now: Instant, life: Life, class: Class, up_to: u64) {
        if self
            .remote
            .as_ref()
            .is_some_and(|remote| remote.life == life)
        {
            self.receivers[class.index()].accept(up_to);
        }
        self.tick(now);
    }

    /// What became of the messages of [`Event::Messages`]: only the driver knows, only the session has the books.
    pub fn count_delivered(&mut self, class: Class, delivered: &Delivered) {
        self.receivers[class.index()].count_delivered(delivered);
    }

    /// Tells the peer that one of its subscriptions or signals is not taken. Without a live connection there is nobody to
    /// tell: the peer defines its signals anew on the next one.
    pub fn refuse(&mut self, what: Refused, code: RefuseCode) {
        if let Some((_, live)) = self.live_mut() {
            live.refusals.insert(what, code);
        }
    }

    /// This node is about to leave: says GOAWAY, and works on, so that the peer brings nothing new while this node comes to
    /// an end. It goes on reading, acknowledging and sending until [`Session::leave`], or until `deadline`.
    pub fn go_away(&mut self, now: Instant, deadline: Instant) {
        self.leaving.get_or_insert(Leaving {
            deadline,
            is_last: false,
            drained: false,
        });
        self.tick(now);
    }

    /// This node leaves, and has nothing more to send than what it has given: says GOAWAY if it has not, goes on reading,
    /// acknowledging and sending, and ends with [`Event::Drained`] when everything is acknowledged, when the peer has left as
    /// well, or at `deadline`.
    pub fn leave(&mut self, now: Instant, deadline: Instant) {
        let leaving = self.leaving.get_or_insert(Leaving {
            deadline,
            is_last: true,
            drained: false,
        });
        leaving.is_last = true;
        self.tick(now);
    }

    /// A dial attempt has failed. The age of what waits for the peer is judged only after one: a process that was stopped
    /// must first have tried.
    pub fn dialled(&mut self, now: Instant) {
        if let Some(remote) = &mut self.remote
            && remote.away_since.is_some()
        {
            remote.dialled = Some(now);
        }
        self.tick(now);
    }

    /// A new connection is to take the place of the live one, which carries on until then: both ends prove themselves
    /// anew, and the peer does not go down for it. [`Session::should_dial`] asks for the new one. False without a live
    /// connection, for then the next one is a new one anyway, and false for who is leaving.
    pub fn renew(&mut self) -> bool {
        let can_be = self.live().is_some() && self.leaving.is_none();
        self.renewing |= can_be;
        can_be
    }

    /// Whether a connection is wanted beside the live one, to take its place.
    #[must_use]
    pub fn is_renewing(&self) -> bool {
        self.renewing
    }

    /// Whether a connection is wanted: none is there or being greeted, except for one that is to be renewed, the peer has
    /// not superseded us, and neither side is quarantined or gone.
    #[must_use]
    pub fn should_dial(&self) -> bool {
        let is_alone = self.renewing && self.connections.values().all(Connection::is_live);
        (self.connections.is_empty() || is_alone) && !self.superseded && self.unwelcome().is_none()
    }

    /// The books and the state, for people and tests.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.collect_stats()
    }

    fn live_mut(&mut self) -> Option<(ConnectionId, &mut Live)> {
        self.connections
            .values_mut()
            .find_map(|connection| match &mut connection.phase {
                Phase::Live(live) => Some((connection.id, &mut **live)),
                Phase::Greeting(_) | Phase::Candidate(_) => None,
            })
    }

    fn live(&self) -> Option<&Live> {
        self.connections
            .values()
            .find_map(|connection| match &connection.phase {
                Phase::Live(live) => Some(&**live),
                Phase::Greeting(_) | Phase::Candidate(_) => None,
            })
    }

    fn push(&mut self, event: Event) {
        self.events.push_back(Queued::Event(event));
    }

    fn push_close(&mut self, conn: ConnectionId, fault: Fault) {
        self.push(Event::Close {
            conn,
            code: fault.code,
            reason: frame::clean(&fault.reason),
        });
    }

    /// Ends a connection from our side.
    fn close(&mut self, now: Instant, conn: ConnectionId, fault: Fault) {
        if !self.connections.contains_key(&conn) {
            return;
        }
        let blames = !matches!(fault.code, CloseCode::Duplicate | CloseCode::GoingAway);
        if blames {
            *self.counters.closed.entry(fault.code).or_insert(0) += 1;
            self.counters.last_fault = Some((fault.code, frame::clean(&fault.reason)));
        }
        let code = fault.code;
        self.push_close(conn, fault);
        if code.blames_bytes() && self.is_third_fault() {
            self.quarantine(now);
        }
        self.lose(now, conn);
    }

    /// Counts that the peer's bytes broke a connection; true for the third one in a row at one place.
    fn is_third_fault(&mut self) -> bool {
        let point = std::array::from_fn(|class| self.receivers[class].next_expected());
        let (before, times) = self.faults;
        let times = if before == point { times + 1 } else { 1 };
        self.faults = (point, times % FAULTS_AT_ONE_POINT);
        times == FAULTS_AT_ONE_POINT
    }

    /// The peer is not listened to for a while, on no connection.
    fn quarantine(&mut self, now: Instant) {
        self.quarantined_until = Some(now + self.settings.limits.quarantine);
        let candidates = self.connections.values().filter(|held| !held.is_live());
        let candidates: Vec<ConnectionId> = candidates.map(|held| held.id).collect();
        for conn in candidates {
            self.push_close(conn, Fault::new(CloseCode::Quarantined, QUARANTINED));
            self.connections.remove(&conn);
        }
    }
}

#[cfg(test)]
mod tests;
