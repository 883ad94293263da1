//! A UDP relay between two nodes, so that the link between them can be slowed down, and cut while both stay alive.
//!
//! Both nodes call each other, each from the socket it listens on. Each of the two calls has a path of its own: a socket
//! that its caller takes for the other node, and one that the other node takes for the caller. A node's identity is its
//! certificate, so nobody notices, until a path closes.

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

/// How long a datagram is under way. Loopback is so fast that nothing would ever be under way when a link is cut.
const LATENCY: Duration = Duration::from_millis(20);

/// How long it is while the nodes are far apart. Far below the two seconds of silence at which a node misses its peer,
/// and far longer than a busy machine keeps a thread waiting that has something to say.
const FAR: Duration = Duration::from_millis(150);

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
    /// Everything takes longer.
    far: AtomicBool,
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

    /// Everything gets through again.
    pub(super) fn heal(&self) {
        for lane in self.lanes() {
            lane.closed.store(false, Relaxed);
        }
    }

    /// Whether the nodes are far apart from now on.
    pub(super) fn part(&self, far: bool) {
        for lane in self.lanes() {
            lane.far.store(far, Relaxed);
        }
    }

    fn lanes(&self) -> impl Iterator<Item = &Lane> {
        [&self.calls_of_left, &self.calls_of_right]
            .into_iter()
            .flat_map(|path| [&*path.there, &*path.back])
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
        while !self.ended.load(Relaxed) {
            let due = waiting
                .front()
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
                if waiting.len() < MOST_WAITING {
                    let due = Instant::now() + self.latency();
                    // Nothing overtakes what is under way, even when the way has become shorter.
                    let due = waiting.back().map_or(due, |(last, _)| due.max(*last));
                    waiting.push_back((due, datagram.to_vec()));
                }
            }
            let now = Instant::now();
            if self.closed.load(Relaxed) {
                waiting.clear();
            }
            let due = waiting.partition_point(|(due, _)| *due <= now);
            for (_, datagram) in waiting.drain(..due) {
                // UDP may drop, and a node that is down is the point of the exercise.
                let _ = leaves.send_to(&datagram, to);
            }
        }
    }

    fn latency(&self) -> Duration {
        if self.far.load(Relaxed) { FAR } else { LATENCY }
    }
}

#[cfg(test)]
mod tests;
