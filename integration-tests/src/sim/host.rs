//! The simulated network as a node's network: the only file here that knows both.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use farc::Clock;
use farc::link::{BoxFuture, Datagram, Datagrams, Network, Received};

use super::net::{SimNet, SimSocket};

/// The network as one node sees it.
#[derive(Clone, Debug)]
pub struct SimHost(pub SimNet);

impl Network for SimHost {
    fn bind(&self, address: SocketAddr) -> io::Result<Arc<dyn Datagrams>> {
        Ok(Arc::new(self.0.bind(address)?))
    }

    fn resolve(&self, address: &str) -> BoxFuture<io::Result<Vec<SocketAddr>>> {
        let parsed = address
            .parse()
            .map_err(|_| io::Error::new(io::ErrorKind::NotFound, "the simulation has no names"));
        Box::pin(std::future::ready(parsed.map(|address| vec![address])))
    }
}

impl Datagrams for SimSocket {
    fn try_send(&self, datagram: &Datagram<'_>) -> io::Result<()> {
        debug_assert_eq!(
            datagram.segment, None,
            "one datagram a call is what this socket announces"
        );
        self.send(datagram.destination, datagram.contents, datagram.ecn);
        Ok(())
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        received: &mut [Received],
    ) -> Poll<io::Result<usize>> {
        let mut count = 0;
        for (buffer, received) in buffers.iter_mut().zip(received) {
            match self.poll_receive(cx) {
                Poll::Ready(packet) => {
                    // Longer than the reader's buffer: cut off, as recvmsg does.
                    let len = packet.bytes.len().min(buffer.len());
                    buffer[..len].copy_from_slice(&packet.bytes[..len]);
                    *received = Received {
                        source: packet.from,
                        len,
                        stride: len,
                        ecn: packet.ecn,
                        destination: None,
                    };
                    count += 1;
                }
                Poll::Pending if count == 0 => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(count))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address())
    }
}

/// tokio's clock, which the simulation moves.
#[derive(Clone, Copy, Debug)]
pub struct SimClock;

impl Clock for SimClock {
    fn now(&self) -> std::time::Instant {
        tokio::time::Instant::now().into_std()
    }
}
