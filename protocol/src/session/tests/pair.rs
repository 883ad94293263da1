//! Two sessions, a link between them that can be cut anywhere, and a clock that moves when told.
//!
//! The harness is a driver: it dials, carries bytes with latency and in odd pieces, does what events say, and keeps the
//! journals that the tests judge by.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    close::CloseCode,
    frame::{Cause, Class, Delivery, SignalDef, Subscription},
    life::{Life, NodeId},
    limits::Limits,
    schema::Fingerprint,
    session::{
        Channel, ConnectionId, Delivered, DownReason, Event, Outbound, Role, Session, Settings,
        Stats, Stream,
    },
};

pub(super) const A: usize = 0;
pub(super) const B: usize = 1;
pub(super) const LATENCY: Duration = Duration::from_millis(5);
pub(super) const NORMAL: Class = Class::Normal;

/// Where virtual time begins: any instant will do.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to make an instant; nothing depends on which it is"
)]
pub(super) fn origin() -> Instant {
    Instant::now()
}

pub(super) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn peer(node: usize) -> usize {
    1 - node
}

pub(super) fn name(node: usize) -> &'static str {
    ["a", "b"][node]
}

/// A is the smaller one.
pub(super) fn id(node: usize) -> NodeId {
    NodeId([node as u8 + 1; 16])
}

pub(super) fn signal(id: u32) -> Arc<SignalDef> {
    Arc::new(SignalDef {
        id,
        name: format!("test.signal{id}").into(),
        wire: Fingerprint([id as u8; 16]),
        schema: Fingerprint([id as u8 + 100; 16]),
        class: NORMAL,
        delivery: Delivery::Reliable,
    })
}

pub(super) fn subscription(id: u32, version: u64) -> Subscription {
    Subscription {
        id,
        version,
        pattern: format!("test.signal{id}").into(),
        account: id,
        wire: Fingerprint([id as u8; 16]),
    }
}

pub(super) fn settings(node: usize, life: Life, limits: &Limits) -> Settings {
    Settings {
        cluster: "test".parse().unwrap(),
        name: name(node).parse().unwrap(),
        id: id(node),
        life,
        peer: name(peer(node)).parse().unwrap(),
        limits: limits.clone(),
        seed: 0,
    }
}

/// A session with what a node gives it at start.
pub(super) fn session(node: usize, life: Life, limits: &Limits) -> Session {
    let mut session = Session::new(settings(node, life, limits));
    session.set_interest(1, &[subscription(1, 1), subscription(2, 1)]);
    session.define(signal(1));
    session.define(signal(2));
    session.define_actor(1, "publisher");
    session
}

/// One node with its driver and its journals.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) session: Session,
    pub(super) life: Life,
    /// The peer's interest as the bus would route with it.
    pub(super) route: u64,
    pub(super) interest: u64,
    /// Events are delivered and not yet accepted.
    pub(super) holds: bool,
    held: VecDeque<(Life, u64)>,
    pub(super) events: Vec<Event>,
    /// What this life was given: publisher's life and number.
    pub(super) dispatched: Vec<(Life, u64)>,
    /// Losses and gaps that this life was told of, by publisher's life.
    pub(super) told: BTreeMap<Life, u64>,
    /// The next number that this life publishes.
    pub(super) next: u64,
    pub(super) released: usize,
}

impl Node {
    fn new(node: usize, life: Life, limits: &Limits) -> Self {
        Self {
            session: session(node, life, limits),
            life,
            route: 0,
            interest: 1,
            holds: false,
            held: VecDeque::new(),
            events: Vec::new(),
            dispatched: Vec::new(),
            told: BTreeMap::new(),
            next: 0,
            released: 0,
        }
    }

    pub(super) fn stats(&self) -> Stats {
        self.session.stats()
    }

    pub(super) fn ups(&self) -> usize {
        self.events
            .iter()
            .filter(|event| matches!(event, Event::Up { .. }))
            .count()
    }

    pub(super) fn downs(&self) -> Vec<DownReason> {
        let reason = |event: &Event| {
            if let Event::Down { reason, .. } = event {
                Some(*reason)
            } else {
                None
            }
        };
        self.events.iter().filter_map(reason).collect()
    }

    pub(super) fn closes(&self) -> Vec<CloseCode> {
        let code = |event: &Event| {
            if let Event::Close { code, .. } = event {
                Some(*code)
            } else {
                None
            }
        };
        self.events.iter().filter_map(code).collect()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.events.contains(&Event::Ready)
    }
}

/// Something that will happen.
#[derive(Debug)]
enum Coming {
    Connected {
        conn: ConnectionId,
        node: usize,
        role: Role,
    },
    Bytes {
        conn: ConnectionId,
        node: usize,
        stream: Stream,
        bytes: Bytes,
    },
    Gone {
        conn: ConnectionId,
        node: usize,
        code: Option<u64>,
    },
    Dial {
        node: usize,
    },
}

/// Two nodes and what is between them.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) now: Instant,
    pub(super) nodes: [Node; 2],
    /// Which ends of a connection are there.
    pub(super) ends: BTreeMap<ConnectionId, BTreeSet<usize>>,
    coming: BTreeMap<(Instant, u64), Coming>,
    sequence: u64,
    next_conn: u64,
    dialling: [bool; 2],
    /// No dial succeeds.
    pub(super) partitioned: bool,
    /// Nobody dials by itself.
    pub(super) manual: bool,
    pub(super) limits: Limits,
    pub(super) piece: usize,
    lives: u64,
    /// How often each node had something for a control stream.
    pub(super) controls: [u32; 2],
    /// Every life ever published with how many, and every life's journal.
    pub(super) history: Vec<(usize, Node)>,
}

impl Pair {
    pub(super) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(super) fn with(limits: Limits) -> Self {
        let node = |node: usize| Node::new(node, Life::new(node as u64 + 1, 7), &limits);
        let nodes = [node(A), node(B)];
        Self {
            now: origin(),
            nodes,
            ends: BTreeMap::new(),
            coming: BTreeMap::new(),
            sequence: 0,
            next_conn: 1,
            dialling: [false; 2],
            partitioned: false,
            manual: false,
            limits,
            piece: 1400,
            lives: 10,
            controls: [0; 2],
            history: Vec::new(),
        }
    }

    /// Two nodes with one live connection that A dialled.
    pub(super) fn connected() -> Self {
        let mut pair = Self::new();
        pair.manual = true;
        pair.dial(A);
        pair.run(ms(100));
        assert!(pair.nodes.iter().all(Node::is_ready), "{:#?}", pair.nodes);
        pair
    }

    fn schedule(&mut self, after: Duration, coming: Coming) {
        self.sequence += 1;
        self.coming
            .insert((self.now + after, self.sequence), coming);
    }

    /// Dials now: the dialler is connected after one latency, the other side after two.
    pub(super) fn dial(&mut self, node: usize) -> ConnectionId {
        let conn = ConnectionId(self.next_conn);
        self.next_conn += 1;
        self.ends.insert(conn, BTreeSet::from([A, B]));
        self.schedule(
            LATENCY,
            Coming::Connected {
                conn,
                node,
                role: Role::Dialer,
            },
        );
        self.schedule(
            2 * LATENCY,
            Coming::Connected {
                conn,
                node: peer(node),
                role: Role::Acceptor,
            },
        );
        conn
    }

    /// Wants a new connection in place of the live one; false if there is none.
    pub(super) fn renew(&mut self, node: usize) -> bool {
        let renewing = self.nodes[node].session.renew();
        self.pump(node);
        renewing
    }

    /// The connection is gone between the two: what is on the way is lost behind a random point, both ends hear of it.
    pub(super) fn cut(&mut self, conn: ConnectionId, keep: usize) {
        let mut kept = 0;
        self.coming.retain(|_, coming| match coming {
            Coming::Bytes {
                conn: of, bytes, ..
            } if *of == conn => {
                let room = keep.saturating_sub(kept).min(bytes.len());
                kept += room;
                bytes.truncate(room);
                !bytes.is_empty()
            }
            Coming::Connected { conn: of, .. } => *of != conn,
            Coming::Bytes { .. } | Coming::Gone { .. } | Coming::Dial { .. } => true,
        });
        for node in self.ends.remove(&conn).unwrap_or_default() {
            self.schedule(
                LATENCY * (2 + node as u32),
                Coming::Gone {
                    conn,
                    node,
                    code: None,
                },
            );
        }
    }

    pub(super) fn cut_all(&mut self, keep: usize) {
        let conns: Vec<ConnectionId> = self.ends.keys().copied().collect();
        for conn in conns {
            self.cut(conn, keep);
        }
    }

    /// Nothing gets through any more, and nobody is told.
    pub(super) fn silence(&mut self) {
        self.ends.clear();
        self.coming
            .retain(|_, coming| matches!(coming, Coming::Gone { .. } | Coming::Dial { .. }));
    }

    /// The process is killed and started again. The other end hears of it a little later.
    pub(super) fn restart(&mut self, node: usize) {
        self.lives += 1;
        let life = Life::new(self.lives, 7);
        let old = std::mem::replace(&mut self.nodes[node], Node::new(node, life, &self.limits));
        self.history.push((node, old));
        self.coming.retain(|_, coming| match coming {
            Coming::Connected { .. } | Coming::Bytes { .. } => false,
            Coming::Gone { node: of, .. } | Coming::Dial { node: of } => *of != node,
        });
        self.dialling[node] = false;
        for (conn, _) in std::mem::take(&mut self.ends) {
            self.schedule(
                ms(50),
                Coming::Gone {
                    conn,
                    node: peer(node),
                    code: None,
                },
            );
        }
        self.pump(node);
    }

    /// Publishes at `node`, if the peer has said that it wants it.
    pub(super) fn publish(&mut self, node: usize, count: u64, payload: usize) {
        for _ in 0..count {
            let now = self.now;
            let it = &mut self.nodes[node];
            if it.route == 0 {
                return;
            }
            it.next += 1;
            let mut bytes = it.next.to_be_bytes().to_vec();
            bytes.resize(payload.max(8), 0);
            let signal = 1 + (it.next % 2) as u32;
            let message = Outbound {
                signal,
                source: 1,
                version: it.route,
                payload: bytes.into(),
                ..Outbound::default()
            };
            it.session.enqueue(now, NORMAL, message);
        }
        self.pump(node);
    }

    pub(super) fn change_interest(&mut self, node: usize) {
        let it = &mut self.nodes[node];
        it.interest += 1;
        let version = it.interest;
        let extra = subscription(100 + version as u32, version);
        it.session
            .set_interest(version, &[subscription(1, 1), subscription(2, 1), extra]);
        self.pump(node);
    }

    pub(super) fn hold(&mut self, node: usize, holds: bool) {
        self.nodes[node].holds = holds;
        self.pump(node);
    }

    /// Accepts some of what is held.
    pub(super) fn accept(&mut self, node: usize, count: usize) {
        let now = self.now;
        let it = &mut self.nodes[node];
        for _ in 0..count {
            let Some((life, up_to)) = it.held.pop_front() else {
                break;
            };
            it.session.accepted(now, life, NORMAL, up_to);
        }
        self.pump(node);
    }

    /// Lets time pass, with everything that comes in it.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        self.pump(A);
        self.pump(B);
        for step in 0.. {
            assert!(step < 1_000_000, "time stands still");
            let timers = self
                .nodes
                .iter()
                .filter_map(|node| node.session.poll_timeout())
                .min();
            let coming = self.coming.keys().next().map(|(at, _)| *at);
            let Some(next) = timers
                .into_iter()
                .chain(coming)
                .min()
                .filter(|at| *at <= end)
            else {
                break;
            };
            self.now = self.now.max(next);
            let now = self.now;
            while let Some(entry) = self
                .coming
                .first_entry()
                .filter(|entry| entry.key().0 <= now)
            {
                let coming = entry.remove();
                self.happen(coming);
            }
            for node in [A, B] {
                if self.nodes[node]
                    .session
                    .poll_timeout()
                    .is_some_and(|at| at <= now)
                {
                    self.nodes[node].session.handle_timeout(now);
                    let again = self.nodes[node].session.poll_timeout();
                    assert!(
                        again.is_none_or(|at| at > now),
                        "a timer that is over must not come back: {:?}",
                        self.nodes
                    );
                }
                self.pump(node);
            }
        }
        self.now = end;
        for node in [A, B] {
            self.nodes[node].session.handle_timeout(end);
            self.pump(node);
        }
    }

    fn happen(&mut self, coming: Coming) {
        let now = self.now;
        match coming {
            Coming::Connected { conn, node, role } => {
                self.nodes[node]
                    .session
                    .connected(now, conn, role, id(peer(node)));
                self.pump(node);
            }
            Coming::Bytes {
                conn,
                node,
                stream,
                bytes,
            } => {
                self.nodes[node]
                    .session
                    .handle_bytes(now, conn, stream, bytes);
                self.pump(node);
            }
            Coming::Gone { conn, node, code } => {
                self.nodes[node].session.disconnected(now, conn, code);
                self.pump(node);
            }
            Coming::Dial { node } => {
                self.dialling[node] = false;
                if !self.nodes[node].session.should_dial() {
                    return;
                }
                if self.partitioned {
                    self.nodes[node].session.dialled(now);
                } else {
                    self.dial(node);
                    self.dialling[node] = true;
                    self.schedule(ms(200), Coming::Dial { node });
                }
                self.pump(node);
            }
        }
    }

    /// Does what a driver does after any input.
    pub(super) fn pump(&mut self, node: usize) {
        loop {
            while let Some(event) = self.nodes[node].session.poll_event() {
                self.event(node, event);
            }
            if !self.transmit(node) {
                break;
            }
        }
        self.nodes[node].released += self.nodes[node].session.take_released();
        if !self.manual && !self.dialling[node] && self.nodes[node].session.should_dial() {
            self.dialling[node] = true;
            self.schedule(ms(30 + 7 * node as u64), Coming::Dial { node });
        }
    }

    fn transmit(&mut self, node: usize) -> bool {
        let mut any = false;
        let conns: Vec<ConnectionId> = self
            .ends
            .iter()
            .filter(|(_, at)| at.contains(&node))
            .map(|(c, _)| *c)
            .collect();
        for conn in conns {
            for channel in [Channel::Control, Channel::Data(NORMAL)] {
                while let Some(parts) = self.nodes[node]
                    .session
                    .poll_transmit(self.now, conn, channel)
                {
                    any = true;
                    self.controls[node] += u32::from(channel == Channel::Control);
                    self.carry(node, conn, channel, &parts);
                }
            }
        }
        any
    }

    /// Bytes go on their way, in pieces that know nothing of frames.
    fn carry(&mut self, node: usize, conn: ConnectionId, channel: Channel, parts: &[Bytes]) {
        let stream = match channel {
            Channel::Control => Stream::Control,
            Channel::Data(class) => Stream::Data(class.index() as u64),
        };
        let bytes = Bytes::from(parts.concat());
        if !self
            .ends
            .get(&conn)
            .is_some_and(|ends| ends.contains(&peer(node)))
        {
            return;
        }
        for at in (0..bytes.len()).step_by(self.piece) {
            let piece = bytes.slice(at..bytes.len().min(at + self.piece));
            self.schedule(
                LATENCY,
                Coming::Bytes {
                    conn,
                    node: peer(node),
                    stream,
                    bytes: piece,
                },
            );
        }
    }

    fn event(&mut self, node: usize, event: Event) {
        let now = self.now;
        let it = &mut self.nodes[node];
        match &event {
            Event::Close { conn, code, .. } => {
                let code = u64::from(code.code());
                let conn = *conn;
                // What was written before goes out before the close does.
                if let Some(ends) = self.ends.get_mut(&conn) {
                    ends.remove(&node);
                    if ends.remove(&peer(node)) {
                        self.schedule(
                            LATENCY,
                            Coming::Gone {
                                conn,
                                node: peer(node),
                                code: Some(code),
                            },
                        );
                    }
                }
                self.nodes[node].session.disconnected(now, conn, None);
            }
            Event::Interest { version, .. } => it.route = *version,
            Event::Messages {
                life,
                up_to,
                messages,
                ..
            } => {
                for message in messages {
                    let number = message
                        .payload
                        .first_chunk()
                        .map(|bytes| u64::from_be_bytes(*bytes))
                        .unwrap();
                    it.dispatched.push((*life, number));
                }
                let delivered = Delivered {
                    routed: messages.len() as u64,
                    ..Delivered::default()
                };
                it.session.count_delivered(NORMAL, &delivered);
                if it.holds {
                    it.held.push_back((*life, *up_to));
                } else {
                    it.held.clear();
                    it.session.accepted(now, *life, NORMAL, *up_to);
                }
            }
            Event::Gap { life, counts, .. } => {
                *it.told.entry(*life).or_insert(0) +=
                    counts.iter().map(|(_, count)| count).sum::<u64>();
            }
            Event::Loss { life, count, .. } => *it.told.entry(*life).or_insert(0) += count,
            Event::Up { .. }
            | Event::Down { .. }
            | Event::Defined { .. }
            | Event::ActorDefined { .. }
            | Event::Refused { .. }
            | Event::Ready
            | Event::Draining
            | Event::Drained
            | Event::PeerError { .. } => {}
        }
        self.nodes[node].events.push(event);
    }

    /// The numbers that `node`, in its present life, got from the present life of its peer.
    pub(super) fn received(&self, node: usize) -> Vec<u64> {
        let of = self.nodes[peer(node)].life;
        self.nodes[node]
            .dispatched
            .iter()
            .filter(|(life, _)| *life == of)
            .map(|(_, number)| *number)
            .collect()
    }

    pub(super) fn dropped(&self, node: usize, cause: Cause) -> u64 {
        self.nodes[node]
            .stats()
            .class(NORMAL)
            .dropped
            .get(&cause)
            .copied()
            .unwrap_or(0)
    }

    pub(super) fn gap(&self, node: usize, cause: Cause) -> u64 {
        self.nodes[node]
            .stats()
            .class(NORMAL)
            .gap
            .get(&cause)
            .copied()
            .unwrap_or(0)
    }
}
