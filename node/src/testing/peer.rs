//! A link of a test node: the session of production and its exchange with the bus, over connections in memory.
//!
//! It does what the link's driver does with quinn, and waits as long between two calls.

use std::sync::Arc;
use std::time::Instant;

use farc_protocol::close::CloseCode;
use farc_protocol::frame::Class;
use farc_protocol::life::{Life, NodeId};
use farc_protocol::limits::Limits;
use farc_protocol::name::{ClusterName, NodeName};
use farc_protocol::session::{
    Channel, ConnectionId, DownReason, Event, Role, Session, Settings, Stats,
};

use super::net::{Arrival, Letter, Net, Wire, lane, stream};
use crate::bus::Bus;
use crate::link::{
    Exchange, HANDSHAKE, LONGEST_PAUSE, PAUSE_AFTER_SILENCE, Pauses, Random, STABLE,
};
use crate::observe::{LinkChange, Observer};

pub(super) struct Peer {
    /// The other node's place among the nodes.
    pub(super) index: usize,
    name: String,
    session: Session,
    exchange: Exchange,
    observer: Option<Arc<dyn Observer>>,
    standing: Vec<Standing>,
    next_connection: u64,
    /// A call under way, and when it is given up.
    call: Option<(Wire, Instant)>,
    not_before: Option<Instant>,
    pauses: Pauses,
    up: Option<Life>,
    ready: bool,
    left: bool,
}

/// A connection that stands.
#[derive(Clone, Copy)]
struct Standing {
    id: ConnectionId,
    wire: Wire,
    since: Instant,
    /// It stood when both sides knew each other's interest.
    used: bool,
}

impl Peer {
    pub(super) fn new(
        own: &NodeName,
        (index, name): (usize, &NodeName),
        bus: &Arc<Bus>,
        seed: &[u8; 32],
    ) -> Self {
        let mut random = Random::fork(seed, name.as_ref());
        let cluster: ClusterName = "test".parse().expect("`test` is a DNS label");
        let session = Session::new(Settings {
            cluster,
            name: own.clone(),
            id: id_of(own),
            life: bus.life(),
            peer: name.clone(),
            limits: Limits::default(),
            seed: random.u64(),
        });
        Self {
            index,
            name: name.to_string(),
            session,
            exchange: Exchange::new(Arc::clone(bus), bus.add_peer(name)),
            observer: bus.observer().cloned(),
            standing: Vec::new(),
            next_connection: 0,
            call: None,
            not_before: None,
            pauses: Pauses::new(random),
            up: None,
            ready: false,
            left: false,
        }
    }

    /// Moves everything between bus, session and connections; true when there was anything. `own` is the place of this node.
    pub(super) fn run(&mut self, now: Instant, net: &mut Net, own: usize) -> bool {
        if let Some((wire, until)) = self.call
            && until <= now
        {
            self.call = None;
            net.leave(wire);
            self.session.dialled(now);
            self.back_off(now, true);
        }
        let mut moved = self.exchange(now, net);
        moved |= self.write(now, net);
        if self.wants_call() && self.call.is_none() && self.not_before.is_none_or(|at| at <= now) {
            self.call = Some((net.dial(now, own, self.index), now + HANDSHAKE));
        }
        moved
    }

    /// When it wants to run next.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let call = match self.call {
            Some((_, until)) => Some(until),
            None if self.wants_call() => self.not_before,
            None => None,
        };
        self.session.poll_timeout().into_iter().chain(call).min()
    }

    /// Something has come from the other node.
    pub(super) fn arrive(&mut self, now: Instant, net: &mut Net, arrival: &Arrival) {
        let &Arrival { wire, what, .. } = arrival;
        match what {
            Letter::Knock => net.shake(now, wire, Letter::Answer),
            Letter::Answer => {
                if self.call.is_some_and(|(called, _)| called == wire) {
                    self.call = None;
                    net.shake(now, wire, Letter::Finish);
                    self.connect(now, net, Role::Dialer, wire);
                }
            }
            Letter::Finish => self.connect(now, net, Role::Acceptor, wire),
            Letter::Chunk(lane) => self.read(now, net, wire, lane),
            Letter::Close(code) => {
                net.leave(wire);
                self.disconnect(now, wire, code);
            }
        }
        self.exchange(now, net);
    }

    fn connect(&mut self, now: Instant, net: &mut Net, role: Role, wire: Wire) {
        let id = ConnectionId(self.next_connection);
        self.next_connection += 1;
        self.standing.push(Standing {
            id,
            wire,
            since: now,
            used: false,
        });
        net.open(now, wire);
        let peer = self.name.parse().expect("the name of a node is one");
        self.session.connected(now, id, role, id_of(&peer));
    }

    fn read(&mut self, now: Instant, net: &mut Net, wire: Wire, lane_of: usize) {
        let Some(standing) = self.standing.iter().find(|known| known.wire == wire) else {
            return;
        };
        let id = standing.id;
        if lane_of == lane(Channel::Control)
            && let Some(until) = self.session.read_control_after(id)
            && until > now
        {
            net.postpone(until, wire, Letter::Chunk(lane_of));
            return;
        }
        for bytes in net.read(wire, lane_of).unwrap_or_default() {
            self.session.handle_bytes(now, id, stream(lane_of), bytes);
        }
    }

    fn write(&mut self, now: Instant, net: &mut Net) -> bool {
        let mut moved = false;
        let channels = std::iter::once(Channel::Control).chain(Class::ALL.map(Channel::Data));
        for channel in channels {
            for standing in &self.standing {
                while let Some(bytes) = self.session.poll_transmit(now, standing.id, channel) {
                    moved = true;
                    net.write(now, standing.wire, channel, bytes);
                }
            }
        }
        self.exchange.release(&mut self.session);
        moved
    }

    /// Moves everything between session and bus, and does what the session says; true when there was anything.
    fn exchange(&mut self, now: Instant, net: &mut Net) -> bool {
        if self.session.poll_timeout().is_some_and(|at| at <= now) {
            self.session.handle_timeout(now);
        }
        let mut moved = self.exchange.take_from_bus(now, &mut self.session);
        while let Some(event) = self.session.poll_event() {
            moved = true;
            self.on_event(now, net, event);
        }
        self.exchange.release(&mut self.session);
        moved
    }

    fn on_event(&mut self, now: Instant, net: &mut Net, event: Event) {
        match event {
            Event::Close { conn, code, .. } => self.close(now, net, conn, code),
            Event::Up { life, resumed } => {
                self.up = Some(life);
                self.exchange.peer_is_up(life, resumed);
                self.tell(now, ("down", "up"), life, resumed, "");
            }
            Event::Down { life, reason, .. } => {
                self.ready = false;
                if self.up == Some(life) {
                    self.up = None;
                }
                self.exchange.peer_is_down(life, reason);
                let why = match reason {
                    DownReason::Left => "the peer has left",
                    DownReason::Restarted => "the peer was restarted",
                    DownReason::Unreachable => "the connection is gone",
                };
                self.tell(now, ("up", "down"), life, false, why);
            }
            Event::Ready => {
                self.ready = true;
                for standing in &mut self.standing {
                    standing.used = true;
                }
            }
            Event::Drained => self.left = true,
            Event::Draining | Event::Refused { .. } | Event::PeerError { .. } => {}
            event @ (Event::Interest { .. }
            | Event::Defined { .. }
            | Event::ActorDefined { .. }
            | Event::Messages { .. }
            | Event::Gap { .. }
            | Event::Loss { .. }) => self.exchange.on_event(now, &mut self.session, event),
        }
    }

    /// The session wants a connection closed.
    fn close(&mut self, now: Instant, net: &mut Net, conn: ConnectionId, code: CloseCode) {
        let Some(at) = self.standing.iter().position(|known| known.id == conn) else {
            return;
        };
        let standing = self.standing.remove(at);
        net.close(now, standing.wire, code);
        self.session.disconnected(now, conn, None);
        let is_in_order = matches!(
            code,
            CloseCode::Duplicate | CloseCode::GoingAway | CloseCode::None
        );
        // What a life that is over has left behind ends with it.
        let is_left_behind = code == CloseCode::Superseded && standing.used;
        if !is_in_order && !is_left_behind {
            self.ended(now, standing);
        }
    }

    /// The other node has closed a connection.
    fn disconnect(&mut self, now: Instant, wire: Wire, code: CloseCode) {
        let Some(at) = self.standing.iter().position(|known| known.wire == wire) else {
            return;
        };
        let standing = self.standing.remove(at);
        self.session
            .disconnected(now, standing.id, Some(u64::from(code.code())));
        if code != CloseCode::Duplicate {
            self.ended(now, standing);
        } else if self.standing.is_empty() {
            // Another one was chosen; a call without a pause would only meet the same answer again.
            self.back_off(now, false);
        }
    }

    fn ended(&mut self, now: Instant, standing: Standing) {
        if standing.used && now.saturating_duration_since(standing.since) >= STABLE {
            self.pauses.forgive();
        }
        self.back_off(now, false);
    }

    fn back_off(&mut self, now: Instant, silent: bool) {
        let longest = if silent {
            PAUSE_AFTER_SILENCE
        } else {
            LONGEST_PAUSE
        };
        self.not_before = Some(now + self.pauses.next(longest));
    }

    fn wants_call(&self) -> bool {
        self.standing.is_empty() && self.session.should_dial()
    }

    fn tell(
        &self,
        now: Instant,
        (from, to): (&str, &str),
        life: Life,
        resumed: bool,
        reason: &str,
    ) {
        if let Some(observer) = &self.observer {
            observer.link(&LinkChange {
                peer: &self.name,
                from,
                to,
                life: Some(life),
                resumed,
                reason,
                now,
            });
        }
    }

    /// This node is about to leave: the other one is told, and brings nothing new.
    pub(super) fn go_away(&mut self, now: Instant, deadline: Instant) {
        self.session.go_away(now, deadline);
    }

    /// This node leaves: what waits is brought to the other one until then.
    pub(super) fn leave(&mut self, now: Instant, deadline: Instant) {
        // What the actors have published last is with the bus still.
        self.exchange.take_from_bus(now, &mut self.session);
        self.session.leave(now, deadline);
    }

    pub(super) fn has_left(&self) -> bool {
        self.left
    }

    pub(super) fn is_up(&self) -> bool {
        self.up.is_some()
    }

    /// Whether both sides know each other's interest.
    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether nothing waits for a node that is up.
    pub(super) fn is_settled(&self) -> bool {
        let waits = |stats: Stats| {
            let mut classes = stats.classes.iter();
            classes.any(|class| class.queued + class.unacknowledged + class.pending > 0)
        };
        !self.is_up() || !waits(self.session.stats())
    }

    pub(super) fn stats(&self) -> Stats {
        self.session.stats()
    }
}

/// Of a key that nobody has: it only breaks ties.
fn id_of(name: &NodeName) -> NodeId {
    NodeId::from_spki(name.as_ref().as_bytes())
}
