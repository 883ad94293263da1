//! A UDP relay between two nodes, so that the link between them can be cut while both stay alive.
//!
//! Both nodes call each other, each from the socket it listens on. Each of the two calls has a path of its own: a socket
//! that its caller takes for the other node, and one that the other node takes for the caller. A node's identity is its
//! certificate, so nobody notices, until a path closes. Because the paths are separate, the relay can let the call of one
//! side through before the other's: then two connections meet, which is what a link has to sort out in real life too.

use std::{
    collections::VecDeque,
    io,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// How long a datagram is under way. Loopback is so fast that nothing would ever be under way when a connection is
/// replaced by another.
const LATENCY: Duration = Duration::from_millis(20);

/// How long a held datagram is worth something: who called gives up soon after.
const HELD: Duration = Duration::from_secs(1);

/// As many datagrams as a link has under way, many times over; more are dropped, as any router would.
const MOST_WAITING: usize = 4096;

/// How long a direction may take to notice that it should do something else.
const PATIENCE: Duration = Duration::from_millis(50);

/// The largest UDP payload there is.
const DATAGRAM: usize = 65_535;

/// One of the two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// Two paths of two directions each, which can be closed one by one. Dropping it ends them.
#[derive(Debug)]
pub(super) struct Relay {
    calls_of_left: Path,
    calls_of_right: Path,
}

/// The calls of one side.
#[derive(Debug)]
struct Path {
    /// What the caller calls.
    address: SocketAddr,
    there: Arc<Lane>,
    back: Arc<Lane>,
}

/// One direction of one path.
#[derive(Debug, Default)]
struct Lane {
    /// Everything is dropped.
    closed: AtomicBool,
    /// Everything waits.
    held: AtomicBool,
    /// A new call has come.
    called: AtomicBool,
    ended: AtomicBool,
}

impl Relay {
    /// Relays between two nodes that listen, or will listen, at these addresses. Each direction takes a thread of the
    /// runtime's blocking pool, so that a cluster is not slowed down by those who watch it.
    ///
    /// # Errors
    /// Four loopback sockets could not be had.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(super) fn start(left: SocketAddr, right: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            calls_of_left: Path::start(left, right)?,
            calls_of_right: Path::start(right, left)?,
        })
    }

    /// What a node calls to reach the other one.
    pub(super) fn address_for(&self, caller: Side) -> SocketAddr {
        self.calls_of(caller).address
    }

    /// Drops what is under way to a node, and what will be. The other direction works.
    pub(super) fn cut_toward(&self, side: Side) {
        for path in [&self.calls_of_left, &self.calls_of_right] {
            let called = std::ptr::eq(path, self.calls_of(side.other()));
            let lane = if called { &path.there } else { &path.back };
            lane.closed.store(true, Relaxed);
        }
    }

    /// The calls of one side get through again.
    pub(super) fn heal_calls_of(&self, caller: Side) {
        let Path { there, back, .. } = self.calls_of(caller);
        for lane in [there, back] {
            lane.closed.store(false, Relaxed);
            lane.held.store(false, Relaxed);
        }
    }

    /// The calls of one side wait at the door until they are healed.
    pub(super) fn hold_calls_of(&self, caller: Side) {
        let Path { there, .. } = self.calls_of(caller);
        there.called.store(false, Relaxed);
        there.held.store(true, Relaxed);
        there.closed.store(false, Relaxed);
    }

    /// Whether a node has begun a new call since its calls are held.
    pub(super) fn has_called(&self, caller: Side) -> bool {
        self.calls_of(caller).there.called.load(Relaxed)
    }

    fn calls_of(&self, caller: Side) -> &Path {
        match caller {
            Side::Left => &self.calls_of_left,
            Side::Right => &self.calls_of_right,
        }
    }
}

impl Side {
    /// The other node.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

impl Path {
    fn start(caller: SocketAddr, called: SocketAddr) -> io::Result<Self> {
        let front = Arc::new(UdpSocket::bind("127.0.0.1:0")?);
        let rear = Arc::new(UdpSocket::bind("127.0.0.1:0")?);
        let path = Self {
            address: front.local_addr()?,
            there: Arc::default(),
            back: Arc::default(),
        };
        let (lane, arrives, leaves) = (
            Arc::clone(&path.there),
            Arc::clone(&front),
            Arc::clone(&rear),
        );
        tokio::task::spawn_blocking(move || lane.carry(&arrives, caller, &leaves, called));
        let lane = Arc::clone(&path.back);
        tokio::task::spawn_blocking(move || lane.carry(&rear, called, &front, caller));
        Ok(path)
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        self.there.ended.store(true, Relaxed);
        self.back.ended.store(true, Relaxed);
    }
}

impl Lane {
    fn carry(&self, arrives: &UdpSocket, from: SocketAddr, leaves: &UdpSocket, to: SocketAddr) {
        let mut datagram = vec![0; DATAGRAM];
        let mut waiting: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
        let mut last_call = Vec::new();
        while !self.ended.load(Relaxed) {
            let (closed, held) = (self.closed.load(Relaxed), self.held.load(Relaxed));
            let due = waiting
                .front()
                .filter(|_| !held)
                .map(|(due, _)| due.saturating_duration_since(Instant::now()));
            // A timeout of zero would mean none at all.
            let patience = due
                .unwrap_or(PATIENCE)
                .clamp(Duration::from_millis(1), PATIENCE);
            let received = arrives
                .set_read_timeout(Some(patience))
                .and_then(|()| arrives.recv_from(&mut datagram));
            // An error is a timeout, or news of a datagram that found nobody: both mean go on.
            if let Ok((length, source)) = received
                && source == from
            {
                let datagram = datagram.get(..length).unwrap_or_default();
                if let Some(call) = call(datagram)
                    && last_call != call
                {
                    last_call = call.to_vec();
                    self.called.store(true, Relaxed);
                }
                if waiting.len() < MOST_WAITING {
                    waiting.push_back((Instant::now() + LATENCY, datagram.to_vec()));
                }
            }
            let now = Instant::now();
            if closed {
                waiting.clear();
            } else if held {
                waiting.retain(|(due, _)| *due + HELD > now);
            } else {
                let due = waiting.partition_point(|(due, _)| *due <= now);
                for (_, datagram) in waiting.drain(..due) {
                    // UDP may drop, and a node that is down is the point of the exercise.
                    let _ = leaves.send_to(&datagram, to);
                }
            }
        }
    }
}

/// What tells calls apart: the destination connection id of an Initial packet (RFC 9000, section 17.2.2), which is random
/// for each call and the same whenever the call is repeated.
fn call(datagram: &[u8]) -> Option<&[u8]> {
    let (kind, length) = (datagram.first()?, datagram.get(5)?);
    let id = datagram.get(6..)?.get(..usize::from(*length))?;
    (kind & 0xf0 == 0xc0).then_some(id)
}

#[cfg(test)]
mod tests;
