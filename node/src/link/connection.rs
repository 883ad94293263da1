//! One QUIC connection of a link: its control stream, and a stream a class in each direction.
//!
//! It moves bytes and decides nothing. Streams are polled directly by the driver of the peer, so that one wake-up handles everything that has arrived and everything
//! that may be sent: no task, no channel and no system call a message.

use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use farc_protocol::close::CloseCode;
use farc_protocol::frame::Class;
use farc_protocol::session::{Channel, ConnectionId, Role, Stream};
use quinn::{ConnectionError, ReadError, RecvStream, SendStream, VarInt, WriteError};

use super::socket::BoxFuture;

/// Bytes taken from a stream at once. Whole packets arrive in one piece and a batch of 64 KiB in one or two.
const READ: usize = 64 << 10;
/// Below this a buffer is not worth reading into: a new one is taken.
const READ_AT_LEAST: usize = 4 << 10;
/// What one stream may bring in one turn, so that a flood on one link leaves time to the others on this thread.
const READ_TURN: usize = 256 << 10;

/// quinn's priorities of the outgoing streams.
const CONTROL_PRIORITY: i32 = 40;
const fn priority(class: Class) -> i32 {
    match class {
        Class::Realtime => 30,
        Class::High => 20,
        Class::Normal => 10,
        Class::Bulk => 0,
    }
}

/// A connection whose other end has proven its name.
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) address: SocketAddr,
    quinn: quinn::Connection,
    closed: BoxFuture<ConnectionError>,
    control: Control,
    accept: BoxFuture<Result<RecvStream, ConnectionError>>,
    inlets: Vec<Inlet>,
    outlets: [Outlet; Class::COUNT],
    streams: u64,
}

enum Control {
    Opening(BoxFuture<Result<(SendStream, RecvStream), ConnectionError>>),
    Open { inlet: Inlet, outlet: Open },
}

/// An incoming stream.
struct Inlet {
    stream: Stream,
    recv: RecvStream,
    buffer: BytesMut,
}

/// An outgoing data stream, opened when it is first used.
enum Outlet {
    Unused,
    Opening {
        opening: BoxFuture<Result<SendStream, ConnectionError>>,
        first: Vec<Bytes>,
    },
    Open(Open),
}

struct Open {
    send: SendStream,
    /// What quinn has not taken yet; the session is asked for more only when this is empty.
    pending: Vec<Bytes>,
    /// How many of `pending` are gone already.
    sent: usize,
}

/// Why a connection is of no more use.
pub(super) enum Broken {
    /// quinn says so.
    Lost(ConnectionError),
    /// The peer did with a stream what the protocol does not know.
    Misused(&'static str),
}

impl From<ConnectionError> for Broken {
    fn from(error: ConnectionError) -> Self {
        Self::Lost(error)
    }
}

impl Connection {
    pub(super) fn new(id: ConnectionId, role: Role, quinn: quinn::Connection) -> Self {
        let opening: BoxFuture<_> = match role {
            Role::Dialer => Box::pin({
                let quinn = quinn.clone();
                async move { quinn.open_bi().await }
            }),
            Role::Acceptor => Box::pin({
                let quinn = quinn.clone();
                async move { quinn.accept_bi().await }
            }),
        };
        Self {
            id,
            address: quinn.remote_address(),
            closed: Box::pin({
                let quinn = quinn.clone();
                async move { quinn.closed().await }
            }),
            control: Control::Opening(opening),
            accept: accept(&quinn),
            quinn,
            inlets: Vec::new(),
            outlets: [const { Outlet::Unused }; Class::COUNT],
            streams: 0,
        }
    }

    /// Ready when the connection has ended, for whatever reason.
    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionError> {
        self.closed.as_mut().poll(cx)
    }

    /// Takes what has arrived, piece by piece, until nothing is left or this connection has had its turn; true when there may be more. The control stream is left
    /// alone while `control` is false: a peer that talks too much there is read more slowly.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        control: bool,
        mut take: impl FnMut(Stream, Bytes),
    ) -> Result<bool, Broken> {
        let mut unfinished = false;
        self.poll_control(cx)?;
        if let Control::Open { inlet, .. } = &mut self.control
            && control
        {
            unfinished |= inlet.poll(cx, &mut take)?;
        }
        // The transport lets the peer have four at a time, and none of them may end before the connection does.
        while let Poll::Ready(accepted) = self.accept.as_mut().poll(cx) {
            let recv = accepted?;
            self.accept = accept(&self.quinn);
            self.inlets
                .push(Inlet::new(Stream::Data(self.streams), recv));
            self.streams += 1;
        }
        for inlet in &mut self.inlets {
            unfinished |= inlet.poll(cx, &mut take)?;
        }
        Ok(unfinished)
    }

    /// Sends what `next` has, the most urgent channel first, as far as quinn takes it.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        mut next: impl FnMut(Channel) -> Option<Vec<Bytes>>,
    ) -> Result<(), Broken> {
        self.poll_control(cx)?;
        let Control::Open { outlet, .. } = &mut self.control else {
            // Without a control stream there was no HELLO, and without HELLO there is nothing to say.
            return Ok(());
        };
        let _ = outlet.poll(cx, || next(Channel::Control))?;
        for (outlet, class) in self.outlets.iter_mut().zip(Class::ALL) {
            let _ = outlet.poll(cx, &self.quinn, class, || next(Channel::Data(class)))?;
        }
        Ok(())
    }

    /// The smoothed round trip, as quinn measures it.
    pub(super) fn rtt(&self) -> Duration {
        self.quinn.rtt()
    }

    /// Ends the connection; the peer is told why.
    pub(super) fn close(&self, code: CloseCode, reason: &str) {
        close(&self.quinn, code, reason);
    }

    fn poll_control(&mut self, cx: &mut Context<'_>) -> Result<(), Broken> {
        if let Control::Opening(opening) = &mut self.control
            && let Poll::Ready(opened) = opening.as_mut().poll(cx)
        {
            let (send, recv) = opened?;
            let _ = send.set_priority(CONTROL_PRIORITY);
            self.control = Control::Open {
                inlet: Inlet::new(Stream::Control, recv),
                outlet: Open::new(send, Vec::new()),
            };
        }
        Ok(())
    }
}

/// Ends a connection with one of the protocol's codes.
pub(super) fn close(connection: &quinn::Connection, code: CloseCode, reason: &str) {
    connection.close(VarInt::from_u32(code.code()), reason.as_bytes());
}

fn accept(quinn: &quinn::Connection) -> BoxFuture<Result<RecvStream, ConnectionError>> {
    let quinn = quinn.clone();
    Box::pin(async move { quinn.accept_uni().await })
}

impl Inlet {
    fn new(stream: Stream, recv: RecvStream) -> Self {
        Self {
            stream,
            recv,
            buffer: BytesMut::new(),
        }
    }

    /// Reads for one turn; true when the turn ended before the bytes did.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        take: &mut impl FnMut(Stream, Bytes),
    ) -> Result<bool, Broken> {
        let mut taken = 0;
        while taken < READ_TURN {
            if self.buffer.len() < READ_AT_LEAST {
                self.buffer = BytesMut::zeroed(READ);
            }
            let read = match self.recv.poll_read(cx, &mut self.buffer) {
                Poll::Pending => return Ok(false),
                Poll::Ready(Ok(0)) => return Err(Broken::Misused("ended a stream")),
                Poll::Ready(Ok(read)) => read,
                Poll::Ready(Err(ReadError::ConnectionLost(error))) => {
                    return Err(Broken::Lost(error));
                }
                Poll::Ready(Err(
                    ReadError::Reset(_)
                    | ReadError::ClosedStream
                    | ReadError::IllegalOrderedRead
                    | ReadError::ZeroRttRejected,
                )) => {
                    return Err(Broken::Misused("reset a stream"));
                }
            };
            taken += read;
            take(self.stream, self.buffer.split_to(read).freeze());
        }
        Ok(true)
    }
}

impl Outlet {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        quinn: &quinn::Connection,
        class: Class,
        next: impl FnMut() -> Option<Vec<Bytes>>,
    ) -> Poll<Result<(), Broken>> {
        let mut next = next;
        loop {
            match self {
                Self::Unused => {
                    let Some(first) = next() else {
                        return Poll::Ready(Ok(()));
                    };
                    let quinn = quinn.clone();
                    *self = Self::Opening {
                        opening: Box::pin(async move { quinn.open_uni().await }),
                        first,
                    };
                }
                Self::Opening { opening, first } => {
                    let send = ready!(opening.as_mut().poll(cx))?;
                    let _ = send.set_priority(priority(class));
                    *self = Self::Open(Open::new(send, std::mem::take(first)));
                }
                Self::Open(open) => return open.poll(cx, next),
            }
        }
    }
}

impl Open {
    fn new(send: SendStream, pending: Vec<Bytes>) -> Self {
        Self {
            send,
            pending,
            sent: 0,
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut next: impl FnMut() -> Option<Vec<Bytes>>,
    ) -> Poll<Result<(), Broken>> {
        loop {
            if self.sent == self.pending.len() {
                self.pending.clear();
                self.sent = 0;
                match next() {
                    Some(more) => self.pending = more,
                    None => return Poll::Ready(Ok(())),
                }
            }
            // The future is a view of the stream: polling it registers the waker there, and dropping it forgets nothing.
            let written =
                ready!(pin!(self.send.write_chunks(&mut self.pending[self.sent..])).poll(cx));
            match written {
                Ok(written) => self.sent += written.chunks,
                Err(WriteError::ConnectionLost(error)) => {
                    return Poll::Ready(Err(Broken::Lost(error)));
                }
                Err(
                    WriteError::Stopped(_) | WriteError::ClosedStream | WriteError::ZeroRttRejected,
                ) => {
                    return Poll::Ready(Err(Broken::Misused("stopped a stream")));
                }
            }
        }
    }
}
