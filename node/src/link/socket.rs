//! Where datagrams come from: our own two traits, and the one adaptation of them to quinn.
//!
//! A node gets its network from outside: production passes [`Udp`], a simulation its own in-memory network, and everything above runs unchanged over either.
//! quinn's socket interface is about to change in its next release, so no other file may implement or name it.

use std::fmt::Debug;
use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use quinn::udp::{BATCH_SIZE, EcnCodepoint, RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime, TokioRuntime, UdpPoller};
use socket2::{Domain, Protocol, Socket, Type};

/// A future that may be moved between threads, as a trait object.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a node knows of the world: it binds addresses and resolves names.
pub trait Network: Send + Sync {
    /// Binds a datagram socket; port 0 asks for a free one.
    ///
    /// # Errors
    ///
    /// The address is taken, is not ours, or may not be used.
    fn bind(&self, address: SocketAddr) -> io::Result<Arc<dyn Datagrams>>;

    /// Resolves `host:port` to the addresses to try, in that order. It is asked anew before each dial, since containers move.
    fn resolve(&self, address: &str) -> BoxFuture<io::Result<Vec<SocketAddr>>>;
}

/// One bound datagram socket.
pub trait Datagrams: Send + Sync + Debug + 'static {
    /// Sends one datagram, or a train of equal ones (see [`Datagram::segment`]).
    ///
    /// # Errors
    ///
    /// `WouldBlock` when there is no room: the caller then waits with [`poll_writable`](Self::poll_writable). Any other error ends the endpoint, so a
    /// datagram that merely cannot be delivered is dropped in silence, as IP does.
    fn try_send(&self, datagram: &Datagram<'_>) -> io::Result<()>;

    /// Ready when [`try_send`](Self::try_send) may succeed again. Any number of tasks may wait at the same time; all of them are woken.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Fills `buffers` and `received` from their start and returns how many were filled. One task waits at a time.
    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        received: &mut [Received],
    ) -> Poll<io::Result<usize>>;

    /// The address this socket is bound to, with its real port.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    fn local_addr(&self) -> io::Result<SocketAddr>;

    /// The longest train that one [`try_send`](Self::try_send) takes (GSO); 1 when there are none.
    fn max_send_segments(&self) -> usize {
        1
    }

    /// The longest train that one [`Received`] may describe (GRO); 1 when there are none.
    fn max_receive_segments(&self) -> usize {
        1
    }

    /// Whether the network may cut a datagram; path MTU discovery is switched off then.
    fn may_fragment(&self) -> bool {
        false
    }
}

/// A datagram to send.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Where it goes.
    pub destination: SocketAddr,
    /// Its bytes.
    pub contents: &'a [u8],
    /// When set, `contents` is a train of datagrams of this many bytes each, the last one perhaps shorter.
    pub segment: Option<usize>,
    /// The two ECN bits of RFC 3168, 0 for none.
    pub ecn: u8,
    /// The local address to send from, when it matters.
    pub source: Option<IpAddr>,
}

/// What is known of a received datagram, or of a train of them.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// Who sent it, as far as UDP knows.
    pub source: SocketAddr,
    /// Bytes in the buffer.
    pub len: usize,
    /// Bytes of one datagram in it; equal to `len` when there is one.
    pub stride: usize,
    /// The two ECN bits of RFC 3168, 0 for none.
    pub ecn: u8,
    /// The local address it was sent to, when known.
    pub destination: Option<IpAddr>,
}

impl Received {
    /// An empty record to be overwritten.
    pub const EMPTY: Self = Self {
        source: SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0),
        len: 0,
        stride: 0,
        ecn: 0,
        destination: None,
    };
}

/// The network of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Udp;

/// With the kernel's default (about 200 KiB) a burst on loopback loses thousands of packets a gigabyte; with this none were lost.
const SOCKET_BUFFER: usize = 4 << 20;

impl Network for Udp {
    fn bind(&self, address: SocketAddr) -> io::Result<Arc<dyn Datagrams>> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        if address.is_ipv6() {
            // Best effort: some systems have no dual stack, and an IPv6-only node is a node.
            let _ = socket.set_only_v6(false);
        }
        enlarge(
            "receive",
            &socket,
            Socket::set_recv_buffer_size,
            Socket::recv_buffer_size,
        );
        enlarge(
            "send",
            &socket,
            Socket::set_send_buffer_size,
            Socket::send_buffer_size,
        );
        socket.bind(&address.into())?;
        socket.set_nonblocking(true)?;
        Ok(Arc::new(UdpSocket::new(
            TokioRuntime.wrap_udp_socket(socket.into())?,
        )))
    }

    fn resolve(&self, address: &str) -> BoxFuture<io::Result<Vec<SocketAddr>>> {
        // An address in figures needs no resolver and hence none of tokio's helper threads.
        if let Ok(figures) = address.parse::<SocketAddr>() {
            return Box::pin(std::future::ready(Ok(vec![figures])));
        }
        let address = address.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host(address).await?.collect()) })
    }
}

fn enlarge(
    which: &str,
    socket: &Socket,
    set: fn(&Socket, usize) -> io::Result<()>,
    get: fn(&Socket) -> io::Result<usize>,
) {
    let set = set(socket, SOCKET_BUFFER);
    // Linux reports twice what it uses, and caps silently at net.core.{r,w}mem_max.
    match get(socket) {
        Ok(got) if got >= SOCKET_BUFFER => {}
        Ok(got) => tracing::debug!(
            wanted = SOCKET_BUFFER,
            got,
            "the {which} buffer of the UDP socket is smaller than wanted: raise net.core.rmem_max and wmem_max for bulk traffic"
        ),
        Err(error) => {
            tracing::debug!(%error, ?set, "the size of the {which} buffer of the UDP socket is unknown")
        }
    }
}

/// A socket of the operating system: quinn's own, which knows GSO, GRO and ECN of each platform.
#[derive(Debug)]
struct UdpSocket {
    inner: Arc<dyn AsyncUdpSocket>,
    writable: Mutex<Pin<Box<dyn UdpPoller>>>,
    waiting: Arc<Waiting>,
    waker: Waker,
}

/// quinn's poller remembers one task; this one remembers all of them and is that task.
#[derive(Debug, Default)]
struct Waiting(Mutex<Vec<Waker>>);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for waker in all {
            waker.wake();
        }
    }
}

impl UdpSocket {
    fn new(inner: Arc<dyn AsyncUdpSocket>) -> Self {
        let waiting = Arc::<Waiting>::default();
        Self {
            writable: Mutex::new(Arc::clone(&inner).create_io_poller()),
            waker: Waker::from(Arc::clone(&waiting)),
            inner,
            waiting,
        }
    }
}

impl Datagrams for UdpSocket {
    fn try_send(&self, datagram: &Datagram<'_>) -> io::Result<()> {
        self.inner.try_send(&Transmit {
            destination: datagram.destination,
            ecn: EcnCodepoint::from_bits(datagram.ecn),
            contents: datagram.contents,
            segment_size: datagram.segment,
            src_ip: datagram.source,
        })
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        {
            let mut waiting = self
                .waiting
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // As many as there are connections at most, since each has one task.
            if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                waiting.push(cx.waker().clone());
            }
        }
        let mut writable = self.writable.lock().unwrap_or_else(PoisonError::into_inner);
        writable
            .as_mut()
            .poll_writable(&mut Context::from_waker(&self.waker))
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        received: &mut [Received],
    ) -> Poll<io::Result<usize>> {
        let mut meta = [RecvMeta::default(); BATCH_SIZE];
        let room = meta.len().min(received.len()).min(buffers.len());
        self.inner
            .poll_recv(cx, &mut buffers[..room], &mut meta[..room])
            .map_ok(|count| {
                for (to, from) in received.iter_mut().zip(&meta[..count]) {
                    *to = Received {
                        source: from.addr,
                        len: from.len,
                        stride: from.stride,
                        ecn: bits(from.ecn),
                        destination: from.dst_ip,
                    };
                }
                count
            })
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn max_send_segments(&self) -> usize {
        self.inner.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.inner.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.inner.may_fragment()
    }
}

/// Shows any [`Datagrams`] to quinn.
#[derive(Debug)]
pub(super) struct QuinnSocket(pub(super) Arc<dyn Datagrams>);

impl AsyncUdpSocket for QuinnSocket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(QuinnPoller(Arc::clone(&self.0)))
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.0.try_send(&Datagram {
            destination: transmit.destination,
            contents: transmit.contents,
            segment: transmit.segment_size,
            ecn: bits(transmit.ecn),
            source: transmit.src_ip,
        })
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut received = [Received::EMPTY; BATCH_SIZE];
        let room = received.len().min(meta.len()).min(buffers.len());
        self.0
            .poll_recv(cx, &mut buffers[..room], &mut received[..room])
            .map_ok(|count| {
                // A network of somebody else's making is not trusted with our bounds.
                let count = count.min(room);
                for ((to, from), buffer) in
                    meta.iter_mut().zip(&received[..count]).zip(buffers.iter())
                {
                    let len = from.len.min(buffer.len());
                    *to = RecvMeta {
                        addr: from.source,
                        len,
                        stride: from.stride.clamp(1, len.max(1)),
                        ecn: EcnCodepoint::from_bits(from.ecn),
                        dst_ip: from.destination,
                    };
                }
                count
            })
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.0.max_send_segments().max(1)
    }

    fn max_receive_segments(&self) -> usize {
        self.0.max_receive_segments().max(1)
    }

    fn may_fragment(&self) -> bool {
        self.0.may_fragment()
    }
}

#[derive(Debug)]
struct QuinnPoller(Arc<dyn Datagrams>);

impl UdpPoller for QuinnPoller {
    fn poll_writable(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_writable(cx)
    }
}

fn bits(ecn: Option<EcnCodepoint>) -> u8 {
    ecn.map_or(0, |ecn| ecn as u8)
}
