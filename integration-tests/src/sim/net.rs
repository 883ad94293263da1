//! An in-memory datagram network with faults, all of them decided by a seed.
//!
//! It knows neither quinn nor farc: it carries bytes from address to address. Each directed pair of hosts has its own [`Conditions`] and its own generator,
//! so that traffic on one link does not change the fate of a datagram on another. A datagram's fate is decided when it is sent; it arrives, in the order
//! (due time, number), when the clock gets there. Times are whole milliseconds because tokio's timers are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::rng::Rng;
use super::runtime::elapsed;
use super::trace::Trace;

/// Thousandths, as a chance.
pub type Permille = u16;

/// What a socket holds before it drops what arrives: twice what 4 MiB of kernel buffer hold of full datagrams.
const SOCKET_DATAGRAMS: usize = 4_096;

/// First port for a socket that asks for any.
const EPHEMERAL: u16 = 49_152;

/// How one directed link treats what is sent over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// Least time a datagram is under way.
    pub delay: Duration,
    /// Up to this much is added, evenly distributed. Order is kept; see `reorder`.
    pub jitter: Duration,
    /// The datagram vanishes.
    pub loss: Permille,
    /// It arrives twice.
    pub duplicate: Permille,
    /// It is held back for up to five times `delay + jitter`, and others overtake it.
    pub reorder: Permille,
    /// One to four of its bits are flipped.
    pub corrupt: Permille,
    /// Its end is cut off.
    pub truncate: Permille,
    /// Nothing gets through.
    pub cut: bool,
}

impl Default for Conditions {
    /// A quiet local network: one millisecond, nothing lost.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(1),
            jitter: Duration::ZERO,
            loss: 0,
            duplicate: 0,
            reorder: 0,
            corrupt: 0,
            truncate: 0,
            cut: false,
        }
    }
}

/// What became of a datagram, as the trace tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It will arrive at this simulated time.
    Due(Duration),
    /// The same, with this copy damaged: so many bits flipped.
    Corrupted(Duration, u8),
    /// The same, cut to this length.
    Truncated(Duration, usize),
    /// Lost by chance.
    Lost,
    /// The link was cut.
    Cut,
    /// The sender is no more.
    Dead,
    /// It arrived.
    Arrived,
    /// It came to an address where nobody listens.
    Unreachable,
    /// It came to a socket whose buffer was full.
    Overflow,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Due(at) => write!(f, "due {}", at.as_millis()),
            Self::Corrupted(at, bits) => write!(f, "due {}, {bits} bits flipped", at.as_millis()),
            Self::Truncated(at, len) => write!(f, "due {}, cut to {len}", at.as_millis()),
            Self::Lost => f.write_str("lost"),
            Self::Cut => f.write_str("cut"),
            Self::Dead => f.write_str("dead"),
            Self::Arrived => f.write_str("arrived"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Overflow => f.write_str("overflow"),
        }
    }
}

/// A datagram as it arrives.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Where it came from.
    pub from: SocketAddr,
    /// What it carries.
    pub bytes: Bytes,
    /// The two ECN bits of the sender, which the network does not touch.
    pub ecn: u8,
}

/// The network. Cheap to clone; all clones are the same network.
#[derive(Clone)]
pub struct SimNet(Arc<Fabric>);

struct Fabric {
    state: Mutex<State>,
    sent: Notify,
    trace: Trace,
    start: Instant,
}

struct State {
    rng: Rng,
    links: BTreeMap<(IpAddr, IpAddr), Link>,
    sockets: BTreeMap<SocketAddr, Open>,
    under_way: BinaryHeap<Reverse<Flight>>,
    number: u64,
    sockets_opened: u64,
}

struct Link {
    conditions: Conditions,
    rng: Rng,
    /// When the last datagram that keeps its place arrives.
    last: Duration,
}

struct Open {
    id: u64,
    arrived: VecDeque<Packet>,
    reader: Option<Waker>,
}

struct Flight {
    due: Duration,
    number: u64,
    to: SocketAddr,
    packet: Packet,
}

impl Ord for Flight {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.number).cmp(&(other.due, other.number))
    }
}

impl PartialOrd for Flight {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Flight {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Flight {}

impl SimNet {
    /// A network without sockets whose chances come from `seed`; inside a simulation only. Somebody has to poll [`SimNet::carry`].
    pub fn new(seed: u64, trace: Trace) -> Self {
        let state = State {
            rng: Rng::new(seed).fork("network"),
            links: BTreeMap::new(),
            sockets: BTreeMap::new(),
            under_way: BinaryHeap::new(),
            number: 0,
            sockets_opened: 0,
        };
        let start = Instant::now() - elapsed();
        Self(Arc::new(Fabric {
            state: Mutex::new(state),
            sent: Notify::new(),
            trace,
            start,
        }))
    }

    /// Carries datagrams to their sockets as they fall due. Never ends.
    pub async fn carry(self) {
        loop {
            let next = self.deliver_due();
            match next {
                Some(due) => {
                    tokio::select! {
                        biased;
                        () = self.0.sent.notified() => {}
                        () = sleep_until(self.0.start + due) => {}
                    }
                }
                None => self.0.sent.notified().await,
            }
        }
    }

    /// Opens a socket at `address`; port 0 takes the next free one.
    ///
    /// # Errors
    /// `AddrInUse` when a live socket is there.
    pub fn bind(&self, address: SocketAddr) -> io::Result<SimSocket> {
        let mut state = self.0.lock();
        let mut address = address;
        if address.port() == 0 {
            let taken = |port: &u16| {
                !state
                    .sockets
                    .contains_key(&SocketAddr::new(address.ip(), *port))
            };
            let port = (EPHEMERAL..=u16::MAX)
                .find(taken)
                .ok_or(io::ErrorKind::AddrNotAvailable)?;
            address.set_port(port);
        }
        if state.sockets.contains_key(&address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        state.sockets_opened += 1;
        let id = state.sockets_opened;
        state.sockets.insert(
            address,
            Open {
                id,
                arrived: VecDeque::new(),
                reader: None,
            },
        );
        Ok(SimSocket {
            net: self.clone(),
            address,
            id,
        })
    }

    /// From now on the link from host `from` to host `to` is like this.
    pub fn set(&self, from: IpAddr, to: IpAddr, conditions: Conditions) {
        self.0.lock().link(from, to).conditions = conditions;
    }

    /// Changes what the link from `from` to `to` is like.
    pub fn change(&self, from: IpAddr, to: IpAddr, change: impl FnOnce(&mut Conditions)) {
        change(&mut self.0.lock().link(from, to).conditions);
    }

    /// The hosts of `ip` are gone, as after SIGKILL or a pulled plug: what their sockets send vanishes without an error, what they wait for never comes, and
    /// their addresses are free.
    pub fn crash(&self, ip: IpAddr) {
        self.0
            .lock()
            .sockets
            .retain(|address, _| address.ip() != ip);
    }

    /// How many datagrams are under way.
    pub fn under_way(&self) -> usize {
        self.0.lock().under_way.len()
    }

    /// Delivers what is due and tells when the next is.
    fn deliver_due(&self) -> Option<Duration> {
        let now = elapsed();
        let mut state = self.0.lock();
        loop {
            match state.under_way.peek() {
                Some(Reverse(flight)) if flight.due <= now => {}
                next => return next.map(|Reverse(flight)| flight.due),
            }
            let Reverse(flight) = state.under_way.pop()?;
            let (from, to, len) = (flight.packet.from, flight.to, flight.packet.bytes.len());
            let fate = state.arrive(flight);
            self.0.note(from, to, len, fate);
        }
    }
}

impl fmt::Debug for SimNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimNet").finish_non_exhaustive()
    }
}

impl Fabric {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, from: SocketAddr, to: SocketAddr, len: usize, fate: Fate) {
        self.trace.line(format_args!("{from} > {to} {len} {fate}"));
    }
}

impl State {
    fn link(&mut self, from: IpAddr, to: IpAddr) -> &mut Link {
        let rng = &self.rng;
        self.links.entry((from, to)).or_insert_with(|| Link {
            conditions: Conditions::default(),
            rng: rng.fork(&format!("{from} to {to}")),
            last: Duration::ZERO,
        })
    }

    /// Decides what happens to a datagram that is sent now: one fate a copy.
    fn send(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
        ecn: u8,
        mut note: impl FnMut(Fate),
    ) {
        let now = elapsed();
        let link = self.link(from.ip(), to.ip());
        if link.conditions.cut {
            return note(Fate::Cut);
        }
        if link.rng.chance(link.conditions.loss) {
            return note(Fate::Lost);
        }
        let copies = 1 + u8::from(link.rng.chance(link.conditions.duplicate));
        for _ in 0..copies {
            let link = self.link(from.ip(), to.ip());
            let due = link.due(now);
            let (bytes, fate) = link.damage(bytes, due);
            note(fate);
            self.number += 1;
            self.under_way.push(Reverse(Flight {
                due,
                number: self.number,
                to,
                packet: Packet { from, bytes, ecn },
            }));
        }
    }

    fn arrive(&mut self, flight: Flight) -> Fate {
        let Some(socket) = self.sockets.get_mut(&flight.to) else {
            return Fate::Unreachable;
        };
        if socket.arrived.len() >= SOCKET_DATAGRAMS {
            return Fate::Overflow;
        }
        socket.arrived.push_back(flight.packet);
        if let Some(reader) = socket.reader.take() {
            reader.wake();
        }
        Fate::Arrived
    }
}

impl Link {
    fn due(&mut self, now: Duration) -> Duration {
        let conditions = &self.conditions;
        let spread = self.rng.below(conditions.jitter.as_millis() as u64 + 1);
        let usual = now + conditions.delay + Duration::from_millis(spread);
        let due = if self.rng.chance(conditions.reorder) {
            let most = (conditions.delay + conditions.jitter).as_millis() as u64 * 5;
            usual + Duration::from_millis(self.rng.below(most + 1))
        } else {
            self.last = self.last.max(usual);
            self.last
        };
        // Never in the past and never now: a datagram takes time, or two hosts could talk for ever without the clock moving.
        let millis = due.as_micros().div_ceil(1_000).max(now.as_millis() + 1);
        Duration::from_millis(millis as u64)
    }

    fn damage(&mut self, bytes: &[u8], due: Duration) -> (Bytes, Fate) {
        let (corrupt, truncate) = (
            self.rng.chance(self.conditions.corrupt),
            self.rng.chance(self.conditions.truncate),
        );
        if corrupt && !bytes.is_empty() {
            let mut damaged = bytes.to_vec();
            let bits = self.rng.between(1, 4) as u8;
            for _ in 0..bits {
                let bit = self.rng.below(damaged.len() as u64 * 8) as usize;
                damaged[bit / 8] ^= 1 << (bit % 8);
            }
            return (damaged.into(), Fate::Corrupted(due, bits));
        }
        if truncate {
            let len = self.rng.below(bytes.len() as u64) as usize;
            return (
                Bytes::copy_from_slice(&bytes[..len]),
                Fate::Truncated(due, len),
            );
        }
        (Bytes::copy_from_slice(bytes), Fate::Due(due))
    }
}

/// A socket of the network; closed when dropped.
#[derive(Debug)]
pub struct SimSocket {
    net: SimNet,
    address: SocketAddr,
    id: u64,
}

impl SimSocket {
    /// Sends one datagram. It never fails and never waits: what happens to it is the network's affair.
    pub fn send(&self, to: SocketAddr, bytes: &[u8], ecn: u8) {
        let fabric = &self.net.0;
        let note = |fate| fabric.note(self.address, to, bytes.len(), fate);
        let mut state = fabric.lock();
        if !self.lives(&state) {
            return note(Fate::Dead);
        }
        state.send(self.address, to, bytes, ecn, note);
        drop(state);
        fabric.sent.notify_one();
    }

    /// The next datagram that arrived. After a crash of the host nothing ever does.
    pub fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Packet> {
        let mut state = self.net.0.lock();
        let Some(open) = state
            .sockets
            .get_mut(&self.address)
            .filter(|open| open.id == self.id)
        else {
            return Poll::Pending;
        };
        match open.arrived.pop_front() {
            Some(packet) => Poll::Ready(packet),
            None => {
                open.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Where it is bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn lives(&self, state: &State) -> bool {
        state
            .sockets
            .get(&self.address)
            .is_some_and(|open| open.id == self.id)
    }
}

impl Drop for SimSocket {
    fn drop(&mut self) {
        let mut state = self.net.0.lock();
        if self.lives(&state) {
            state.sockets.remove(&self.address);
        }
    }
}
