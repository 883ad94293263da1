//! Two quinn endpoints that know each other by certificate, on a bad network.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use farc_integration_tests::sim::{
    Authority, Conditions, Digest, Rng, SimNet, SimSocket, Trace, simulate,
};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::udp::{RecvMeta, Transmit};
use quinn::{
    AsyncUdpSocket, ClientConfig, Endpoint, EndpointConfig, ServerConfig, TokioRuntime, UdpPoller,
};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;

use crate::{at, entropy, ip};

/// How many messages go each way.
const MESSAGES: u32 = 200;

/// Runs `seed` and returns what identifies its trace.
pub(crate) fn digest(seed: u64) -> Digest {
    simulate("quinn", move || entropy::seed(seed), move || run(seed)).unwrap()
}

async fn run(seed: u64) -> Digest {
    let trace = Trace::new(false);
    let net = SimNet::new(seed, trace.clone());
    drop(tokio::task::spawn_local(net.clone().carry()));
    let bad = Conditions {
        delay: Duration::from_millis(3),
        jitter: Duration::from_millis(10),
        loss: 50,
        duplicate: 50,
        reorder: 50,
        corrupt: 30,
        truncate: 30,
        cut: false,
    };
    net.set(ip(1), ip(2), bad.clone());
    net.set(ip(2), ip(1), bad);

    let authority = Authority::new(seed).unwrap();
    let server = endpoint(&net, &authority, at(1), "server", seed);
    let client = endpoint(&net, &authority, at(2), "client", seed + 1);
    let echo = tokio::task::spawn_local(async move {
        let connection = server.accept().await.unwrap().await.unwrap();
        let (mut send, mut receive) = connection.accept_bi().await.unwrap();
        let mut buffer = [0; 4];
        while receive.read_exact(&mut buffer).await.is_ok() {
            send.write_all(&buffer).await.unwrap();
        }
        send.finish().unwrap();
        connection.closed().await;
    });
    let connection = client
        .connect(at(1), "server.sim.farc")
        .unwrap()
        .await
        .unwrap();
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    for n in 0..MESSAGES {
        send.write_all(&n.to_be_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    send.finish().unwrap();
    let echoed = receive.read_to_end(1 << 20).await.unwrap();
    assert_eq!(
        echoed,
        (0..MESSAGES).flat_map(u32::to_be_bytes).collect::<Vec<_>>()
    );
    connection.close(0_u32.into(), b"done");
    echo.await.unwrap();
    trace.digest()
}

fn endpoint(
    net: &SimNet,
    authority: &Authority,
    address: SocketAddr,
    name: &str,
    seed: u64,
) -> Endpoint {
    let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate()).unwrap();
    let roots = Arc::new(roots);
    let own = authority.issue(name, "sim").unwrap();

    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![own.certificate.clone()], own.key.clone_key())
        .unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![own.certificate], own.key)
        .unwrap();

    let mut config = EndpointConfig::default();
    config.rng_seed(Some(Rng::new(seed).seed32()));
    let server = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(server).unwrap()));
    let socket = Arc::new(Socket(net.bind(address).unwrap()));
    let mut endpoint =
        Endpoint::new_with_abstract_socket(config, Some(server), socket, Arc::new(TokioRuntime))
            .unwrap();
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(
        QuicClientConfig::try_from(client).unwrap(),
    )));
    endpoint
}

/// A socket of the simulated network, as quinn wants it.
struct Socket(SimSocket);

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl AsyncUdpSocket for Socket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Writable)
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        assert_eq!(
            transmit.segment_size, None,
            "one datagram a call is what this socket announces"
        );
        self.0.send(
            transmit.destination,
            transmit.contents,
            transmit.ecn.map_or(0, |ecn| ecn as u8),
        );
        Ok(())
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let packet = ready!(self.0.poll_receive(cx));
        let len = packet.bytes.len();
        bufs[0][..len].copy_from_slice(&packet.bytes);
        meta[0] = RecvMeta {
            addr: packet.from,
            len,
            stride: len,
            ecn: None,
            dst_ip: None,
        };
        Poll::Ready(Ok(1))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.address())
    }
}

/// The simulated network never says no.
#[derive(Debug)]
struct Writable;

impl UdpPoller for Writable {
    fn poll_writable(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
