//! A relay for datagrams: each one that comes in is an event.
//!
//! It stands before a server (`to`): what a client sends goes there, and what comes from there goes to the client that was heard last. Without
//! a server it sends everything back. `examples/config/udp_relay.toml` is such an echo.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context as Polls, Poll, ready};

use farc::prelude::*;
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

/// The longest datagram that UDP can carry.
const LONGEST: usize = 65_507;

/// What happens to the relay. Only it itself creates these.
#[derive(Event)]
enum RelayEvent {
    #[event(own)]
    Datagram { from: SocketAddr, bytes: Vec<u8> },
    #[event(own)]
    Broken(io::Error),
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
struct RelayArgs {
    /// Where it listens, as in `127.0.0.1:4000`.
    listen: String,
    /// Where the server is; without one it echoes.
    to: Option<String>,
}

struct Relay {
    socket: Arc<UdpSocket>,
    server: Option<SocketAddr>,
    client: Option<SocketAddr>,
}

impl Actor for Relay {
    type Args = RelayArgs;

    fn new(args: RelayArgs, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        let address = |name, text: &str| {
            text.parse().map_err(|_| {
                BuildError::argument(name, format!("`{text}` is no address with a port"))
            })
        };
        let listen: SocketAddr = address("listen", &args.listen)?;
        let server = args.to.map(|to| address("to", &to)).transpose()?;
        // Bound here, so that a port which is taken ends the start of the node.
        let socket = std::net::UdpSocket::bind(listen)
            .and_then(|socket| {
                socket.set_nonblocking(true)?;
                UdpSocket::from_std(socket)
            })
            .map_err(|error| BuildError::argument("listen", error))?;
        Ok(Self {
            socket: Arc::new(socket),
            server,
            client: None,
        })
    }
}

#[hsm(event = RelayEvent, initial = relaying)]
impl Relay {
    #[entry(relaying)]
    fn listen(&mut self, cx: &mut Context<Self>) {
        let datagrams = Datagrams {
            socket: self.socket.clone(),
            buffer: vec![0; LONGEST],
        };
        // It ends with the state; the socket itself is the actor's.
        cx.attach(datagrams, |received| match received {
            Some(Ok((from, bytes))) => RelayEvent::Datagram { from, bytes },
            Some(Err(error)) => RelayEvent::Broken(error),
            None => RelayEvent::Broken(io::ErrorKind::UnexpectedEof.into()),
        })
        .expect("it is the only task of an actor on a node");
    }

    #[state]
    fn relaying(&mut self, event: &RelayEvent) -> Next<Self> {
        match event {
            RelayEvent::Datagram { from, bytes } => {
                self.relay(*from, bytes);
                Handled
            }
            RelayEvent::Broken(error) => {
                tracing::warn!("nothing received: {error}");
                Handled
            }
        }
    }
}

impl Relay {
    fn relay(&mut self, from: SocketAddr, bytes: &[u8]) {
        let to = match self.server {
            Some(server) if server == from => self.client,
            Some(server) => {
                self.client = Some(from);
                Some(server)
            }
            None => Some(from),
        };
        let Some(to) = to else {
            return;
        };
        // A handler does not wait: a socket whose buffer is full loses the datagram, as any router on its way may.
        if let Err(error) = self.socket.try_send_to(bytes, to) {
            tracing::warn!(%to, "datagram lost: {error}");
        }
    }
}

/// What comes in, without an end.
struct Datagrams {
    socket: Arc<UdpSocket>,
    buffer: Vec<u8>,
}

impl Stream for Datagrams {
    type Item = io::Result<(SocketAddr, Vec<u8>)>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Polls<'_>) -> Poll<Option<Self::Item>> {
        let Self { socket, buffer } = &mut *self;
        let mut read = ReadBuf::new(buffer);
        let received = ready!(socket.poll_recv_from(cx, &mut read));
        Poll::Ready(Some(received.map(|from| (from, read.filled().to_vec()))))
    }
}

fn main() -> ExitCode {
    farc::Daemon::new().actor::<Relay>("udp-relay").main()
}
