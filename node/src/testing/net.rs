//! What lies between test nodes: connections in memory, with latency, and cuts.
//!
//! It carries what QUIC would: streams that keep their order, beside each other. A cut holds back what is on its way, as retransmission does,
//! and what a session has given up meanwhile is gone. What arrives at the same time arrives in an order that the seed decides.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;
use farc_protocol::close::CloseCode;
use farc_protocol::frame::Class;
use farc_protocol::session::{Channel, Stream};

use crate::link::Random;

/// Latencies are multiples of this, so that much arrives at the same time, in all its orders.
const GRAIN: Duration = Duration::from_micros(100);
/// The shortest latency and the longest, in grains: half a millisecond to one and a half, as between machines of one site.
const LATENCY: (u64, u64) = (5, 15);
/// The streams of one direction: the control stream, and one a class.
const LANES: usize = 1 + Class::COUNT;

/// Something that has come to a node.
pub(super) struct Arrival {
    /// The node, and whose it is.
    pub(super) node: usize,
    pub(super) from: usize,
    pub(super) wire: Wire,
    pub(super) what: Letter,
}

/// What travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    /// A call, its answer, and the end of the handshake.
    Knock,
    Answer,
    Finish,
    /// The next chunk of a stream.
    Chunk(usize),
    /// The connection ends.
    Close(CloseCode),
}

/// A connection, and an end of it: 0 is the dialer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) number: u64,
    pub(super) end: usize,
}

impl Wire {
    fn other(self) -> Self {
        Self {
            end: 1 - self.end,
            ..self
        }
    }
}

#[derive(Default)]
struct Path {
    is_cut: bool,
    /// Beside the latency that every path has.
    extra: Duration,
    held: Vec<(Wire, Letter)>,
}

struct Connection {
    nodes: [usize; 2],
    ends: [End; 2],
}

/// What comes in at one end.
#[derive(Default)]
struct End {
    is_open: bool,
    is_gone: bool,
    lanes: [VecDeque<Vec<Bytes>>; LANES],
    /// What came before the handshake was over.
    early: Vec<Letter>,
}

pub(super) struct Net {
    random: Random,
    paths: BTreeMap<(usize, usize), Path>,
    connections: BTreeMap<u64, Connection>,
    next_number: u64,
    /// What arrives when: by time, then by chance, then in the order of sending.
    agenda: BTreeMap<(Instant, u64, u64), (Wire, Letter)>,
    sent: u64,
}

/// The lane of a channel, and the stream that its other end sees.
pub(super) fn lane(channel: Channel) -> usize {
    match channel {
        Channel::Control => 0,
        Channel::Data(class) => 1 + class.index(),
    }
}

pub(super) fn stream(lane: usize) -> Stream {
    match lane {
        0 => Stream::Control,
        class => Stream::Data(class as u64),
    }
}

impl Net {
    pub(super) fn new(random: Random) -> Self {
        Self {
            random,
            paths: BTreeMap::new(),
            connections: BTreeMap::new(),
            next_number: 0,
            agenda: BTreeMap::new(),
            sent: 0,
        }
    }

    fn path(&mut self, nodes: [usize; 2]) -> &mut Path {
        let [a, b] = nodes;
        self.paths.entry((a.min(b), a.max(b))).or_default()
    }

    /// From now on nothing passes between the two, in either direction.
    pub(super) fn cut(&mut self, a: usize, b: usize) {
        self.path([a, b]).is_cut = true;
    }

    /// What was held back goes on.
    pub(super) fn heal(&mut self, a: usize, b: usize, now: Instant) {
        let path = self.path([a, b]);
        path.is_cut = false;
        for (wire, letter) in std::mem::take(&mut path.held) {
            self.send(now, wire, letter);
        }
    }

    /// How much longer everything takes between the two from now on.
    pub(super) fn delay(&mut self, a: usize, b: usize, extra: Duration) {
        self.path([a, b]).extra = extra;
    }

    /// The paths that are cut.
    pub(super) fn cuts(&self) -> impl Iterator<Item = (usize, usize)> {
        let cut = self.paths.iter().filter(|(_, path)| path.is_cut);
        cut.map(|(&nodes, _)| nodes)
    }

    /// A node calls another one. The call may come to nothing, and nobody will say so.
    pub(super) fn dial(&mut self, now: Instant, from: usize, to: usize) -> Wire {
        let number = self.next_number;
        self.next_number += 1;
        self.connections.insert(
            number,
            Connection {
                nodes: [from, to],
                ends: Default::default(),
            },
        );
        self.send(now, Wire { number, end: 1 }, Letter::Knock);
        Wire { number, end: 0 }
    }

    /// The end `wire` tells the other one how far the handshake is.
    pub(super) fn shake(&mut self, now: Instant, wire: Wire, letter: Letter) {
        self.send(now, wire.other(), letter);
    }

    /// The end `wire` can be read from now on.
    pub(super) fn open(&mut self, now: Instant, wire: Wire) {
        let Some(end) = self.end(wire) else { return };
        end.is_open = true;
        for letter in std::mem::take(&mut end.early) {
            self.put(now, wire, letter);
        }
    }

    /// Sends bytes from the end `wire`.
    pub(super) fn write(&mut self, now: Instant, wire: Wire, channel: Channel, bytes: Vec<Bytes>) {
        let to = wire.other();
        if let Some(end) = self.end(to) {
            end.lanes[lane(channel)].push_back(bytes);
            self.send(now, to, Letter::Chunk(lane(channel)));
        }
    }

    /// The next chunk of a stream that has arrived at this end.
    pub(super) fn read(&mut self, wire: Wire, lane: usize) -> Option<Vec<Bytes>> {
        self.end(wire)?.lanes[lane].pop_front()
    }

    /// What has arrived is looked at later.
    pub(super) fn postpone(&mut self, until: Instant, wire: Wire, letter: Letter) {
        self.put(until, wire, letter);
    }

    /// The end `wire` closes the connection. What is on its way to it is lost.
    pub(super) fn close(&mut self, now: Instant, wire: Wire, code: CloseCode) {
        self.send(now, wire.other(), Letter::Close(code));
        self.leave(wire);
    }

    /// The end `wire` is not there any more, and has not said so.
    pub(super) fn leave(&mut self, wire: Wire) {
        let Some(connection) = self.connections.get_mut(&wire.number) else {
            return;
        };
        connection.ends[wire.end].is_gone = true;
        let other = &connection.ends[1 - wire.end];
        // An end that was not opened yet has nobody who waits for it.
        if other.is_gone || !other.is_open {
            self.connections.remove(&wire.number);
        }
    }

    /// A node is not there any more.
    pub(super) fn gone(&mut self, node: usize) {
        let ends: Vec<Wire> = self
            .connections
            .iter()
            .flat_map(|(&number, connection)| {
                let ends = (0..2).filter(|&end| connection.nodes[end] == node);
                ends.map(move |end| Wire { number, end })
            })
            .collect();
        for wire in ends {
            self.leave(wire);
        }
    }

    /// What has arrived by now, one at a time.
    pub(super) fn next(&mut self, now: Instant) -> Option<Arrival> {
        loop {
            let first = self.agenda.first_entry()?;
            if first.key().0 > now {
                return None;
            }
            let (wire, what) = first.remove();
            let Some(connection) = self.connections.get(&wire.number) else {
                continue;
            };
            let nodes = connection.nodes;
            let path = self.path(nodes);
            if path.is_cut {
                path.held.push((wire, what));
                continue;
            }
            let Some(end) = self.end(wire) else { continue };
            if matches!(what, Letter::Chunk(_)) && !end.is_open {
                end.early.push(what);
                continue;
            }
            return Some(Arrival {
                node: nodes[wire.end],
                from: nodes[1 - wire.end],
                wire,
                what,
            });
        }
    }

    /// When something arrives next.
    pub(super) fn next_arrival(&self) -> Option<Instant> {
        self.agenda.first_key_value().map(|(key, _)| key.0)
    }

    /// An end that is there.
    fn end(&mut self, wire: Wire) -> Option<&mut End> {
        let end = &mut self.connections.get_mut(&wire.number)?.ends[wire.end];
        (!end.is_gone).then_some(end)
    }

    /// Sends a letter to an end.
    fn send(&mut self, now: Instant, to: Wire, letter: Letter) {
        let Some(connection) = self.connections.get(&to.number) else {
            return;
        };
        let nodes = connection.nodes;
        let (least, most) = LATENCY;
        let grains = least + self.random.u64() % (most - least + 1);
        let latency = GRAIN * grains as u32 + self.path(nodes).extra;
        self.put(now + latency, to, letter);
    }

    fn put(&mut self, at: Instant, to: Wire, letter: Letter) {
        self.sent += 1;
        self.agenda
            .insert((at, self.random.u64(), self.sent), (to, letter));
    }
}
