//! What tests of links share: certificates of every kind, nodes on loopback, and a peer that is not ours.

use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use farc::bus::{Bus, BusSettings};
use farc::link::{
    BoxFuture, Datagram, Datagrams, Identity, Link, LinkError, Network, Peer, PeerState,
    PeerStatus, Received, Settings, Udp,
};
use farc::observe::{Dispatched, GapRaised, LinkChange, Observer};
use farc::prelude::*;
use farc::{Clock, DomainSettings, Inbox, SystemClock, run_in_task};
use farc_protocol::life::Life;
use farc_protocol::limits::Limits;
use farc_protocol::name::{ClusterName, NodeName};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Endpoint, ServerConfig};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ED25519, date_time_ymd,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use serde::{Deserialize, Serialize};
use tokio::task::{AbortHandle, LocalSet};

/// Longer than anything here takes, even on a machine that is busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const CLUSTER: &str = "plant";

/// Runs a test as a node runs: one thread, one local set.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, test);
}

/// Waits for a condition; says what it waited for if it never comes.
#[track_caller]
pub(crate) fn until(what: &str, condition: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    let what = what.to_owned();
    let mut condition = condition;
    async move {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            assert!(
                Instant::now() < deadline,
                "{caller}: waited in vain for: {what}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// The day on which all tests run.
pub(crate) fn wall() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

/// An authority, and what it signs.
pub(crate) struct Authority {
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let der = params.self_signed(&key).unwrap().der().clone();
        Self {
            der,
            issuer: Issuer::new(params, key),
        }
    }

    /// A good identity of a node of the cluster.
    pub(crate) fn node(&self, name: &str) -> Identity {
        self.issue(&params(&[&format!("{name}.{CLUSTER}.farc")]))
    }

    pub(crate) fn issue(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        self.identity(vec![leaf], &key)
    }

    /// A certificate that nobody vouches for.
    pub(crate) fn self_signed(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let leaf = params.self_signed(&key).unwrap().der().clone();
        self.identity(vec![leaf], &key)
    }

    fn identity(&self, chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Identity {
        Identity {
            ca: vec![self.der.clone()],
            chain,
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }
}

/// What to ask an authority for.
pub(crate) fn params(names: &[&str]) -> CertificateParams {
    let mut params =
        CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a node");
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params
}

pub(crate) fn expired(names: &[&str]) -> CertificateParams {
    let mut params = params(names);
    (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    params
}

pub(crate) fn not_yet_valid(names: &[&str]) -> CertificateParams {
    let mut params = params(names);
    (params.not_before, params.not_after) = (date_time_ymd(2101, 1, 1), date_time_ymd(2102, 1, 1));
    params
}

/// A node: its bus, its domain with one actor that listens, and its links.
pub(crate) struct Node {
    pub(crate) link: Link,
    pub(crate) bus: Arc<Bus>,
    pub(crate) seen: Arc<Seen>,
    inbox: Inbox,
    domain: AbortHandle,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.domain.abort();
    }
}

/// A node on loopback. `life` tells its runs apart.
pub(crate) fn start(
    name: &str,
    identity: &Identity,
    life: u64,
    listen: SocketAddr,
    peers: &[(&str, SocketAddr)],
) -> Node {
    start_on(Arc::new(Udp), settings(name, identity, life, listen, peers)).unwrap()
}

/// The same over any network; the port may be busy.
pub(crate) fn start_on(
    network: Arc<dyn Network>,
    mut settings: Settings,
) -> Result<Node, LinkError> {
    let seen = Arc::<Seen>::default();
    settings.observer = Some(Arc::clone(&seen) as Arc<dyn Observer>);
    let mut bus = BusSettings::new(settings.name.clone(), settings.life);
    bus.observer = settings.observer.clone();
    let bus = Bus::new(bus);
    let mut domain = Domain::new(DomainSettings {
        bus: Arc::clone(&bus),
        clock: clock(),
        seed: [7; 32],
    });
    let options = ActorOptions {
        mailbox: 1 << 16,
        ..ActorOptions::default()
    };
    domain.spawn::<Ear>("ear", (), options).unwrap();
    let inbox = domain.inbox();
    let link = Link::start(settings, Arc::clone(&bus), network, clock())?;
    let hosted = run_in_task(domain, clock(), |at| tokio::time::sleep_until(at.into()));
    let domain = tokio::task::spawn_local(hosted).abort_handle();
    Ok(Node {
        link,
        bus,
        seen,
        inbox,
        domain,
    })
}

/// What nodes tell each other here.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.count")]
pub(crate) struct Count {
    pub(crate) n: u64,
}

#[derive(Event)]
pub(crate) enum EarEvent {
    Count(Count),
}

/// Listens; what it hears is seen by the observer.
pub(crate) struct Ear;

#[hsm(event = EarEvent, initial = listening, subscribe = [Count])]
impl Ear {
    #[state]
    fn listening(&mut self, event: &EarEvent) -> Next<Self> {
        match event {
            EarEvent::Count(_) => Handled,
        }
    }
}

impl Actor for Ear {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

/// What happened on a node.
#[derive(Default)]
pub(crate) struct Seen {
    counts: Mutex<Vec<(String, Life, u64)>>,
    gaps: Mutex<Vec<(String, u64)>>,
    changes: Mutex<Vec<String>>,
}

impl Seen {
    /// What was dispatched from a node, in order.
    pub(crate) fn counts_of(&self, node: &str) -> Vec<u64> {
        self.counts
            .lock()
            .unwrap()
            .iter()
            .filter(|(from, ..)| from == node)
            .map(|(.., n)| *n)
            .collect()
    }

    /// Gaps by cause.
    pub(crate) fn gaps(&self) -> Vec<(String, u64)> {
        self.gaps.lock().unwrap().clone()
    }

    /// Changes of links: `peer: from -> to (reason)`.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.changes.lock().unwrap().clone()
    }
}

impl Observer for Seen {
    fn dispatched(&self, step: &Dispatched<'_>) {
        if let (Some((_, payload)), Some(source)) = (step.payload, step.source)
            && let Some(count) = payload.downcast_ref::<Count>()
        {
            self.counts
                .lock()
                .unwrap()
                .push((source.node.to_owned(), source.life, count.n));
        }
    }

    fn gap(&self, gap: &GapRaised<'_>) {
        self.gaps
            .lock()
            .unwrap()
            .push((gap.cause.to_owned(), gap.count));
    }

    fn link(&self, change: &LinkChange<'_>) {
        let LinkChange {
            peer,
            from,
            to,
            reason,
            ..
        } = change;
        self.changes
            .lock()
            .unwrap()
            .push(format!("{peer}: {from} -> {to} ({reason})"));
    }
}

/// UDP with a switch: while it is cut, what is sent is lost and what arrives is not seen.
#[derive(Clone, Default)]
pub(crate) struct Cuttable(Arc<AtomicBool>);

impl Cuttable {
    pub(crate) fn cut(&self, cut: bool) {
        self.0.store(cut, Ordering::Relaxed);
    }
}

impl Network for Cuttable {
    fn bind(&self, address: SocketAddr) -> io::Result<Arc<dyn Datagrams>> {
        Ok(Arc::new(CuttableSocket {
            inner: Udp.bind(address)?,
            cut: self.clone(),
        }))
    }

    fn resolve(&self, address: &str) -> BoxFuture<io::Result<Vec<SocketAddr>>> {
        Udp.resolve(address)
    }
}

struct CuttableSocket {
    inner: Arc<dyn Datagrams>,
    cut: Cuttable,
}

impl std::fmt::Debug for CuttableSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(f)
    }
}

impl Datagrams for CuttableSocket {
    fn try_send(&self, datagram: &Datagram<'_>) -> io::Result<()> {
        if self.cut.0.load(Ordering::Relaxed) {
            Ok(())
        } else {
            self.inner.try_send(datagram)
        }
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_writable(cx)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        received: &mut [Received],
    ) -> Poll<io::Result<usize>> {
        loop {
            let count = std::task::ready!(self.inner.poll_recv(cx, buffers, received))?;
            if !self.cut.0.load(Ordering::Relaxed) {
                return Poll::Ready(Ok(count));
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A node that may not come to be.
pub(crate) fn try_start(
    name: &str,
    identity: &Identity,
    listen: SocketAddr,
) -> Result<Link, LinkError> {
    let settings = settings(name, identity, 1, listen, &[]);
    let bus = Bus::new(BusSettings::new(settings.name.clone(), settings.life));
    Link::start(settings, bus, Arc::new(Udp), clock())
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub(crate) fn settings(
    name: &str,
    identity: &Identity,
    life: u64,
    listen: SocketAddr,
    peers: &[(&str, SocketAddr)],
) -> Settings {
    let peers = peers.iter().map(|(name, address)| Peer {
        name: NodeName::try_from(*name).unwrap(),
        address: address.to_string(),
    });
    Settings {
        name: NodeName::try_from(name).unwrap(),
        cluster: ClusterName::try_from(CLUSTER).unwrap(),
        life: Life {
            start: life,
            random: life,
        },
        listen,
        identity: identity.clone(),
        peers: peers.collect(),
        limits: Limits::default(),
        seed: [life as u8; 32],
        wall: Arc::new(wall),
        observer: None,
    }
}

pub(crate) fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// An address where nobody answers: bound for as long as the socket is held.
pub(crate) fn nobody() -> (std::net::UdpSocket, SocketAddr) {
    let socket = std::net::UdpSocket::bind(any_port()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

impl Node {
    /// Publishes a range of counts in the name of no actor.
    pub(crate) fn publish(&self, counts: std::ops::Range<u64>) {
        let publish = move |domain: &mut Domain| {
            for n in counts {
                domain.publish(Count { n });
            }
        };
        self.inbox.run(publish).unwrap();
    }

    /// Spawns actors that listen, one for each number.
    pub(crate) fn listen(&self, ears: std::ops::Range<u64>) {
        let listen = move |domain: &mut Domain| {
            for n in ears {
                let options = ActorOptions::default();
                domain
                    .spawn::<Ear>(&format!("ear{n}"), (), options)
                    .unwrap();
            }
        };
        self.inbox.run(listen).unwrap();
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.link.local_addr()
    }

    pub(crate) fn peer(&self, name: &str) -> PeerStatus {
        self.link
            .status()
            .into_iter()
            .find(|peer| peer.name.as_ref() == name)
            .unwrap()
    }

    pub(crate) fn is_up(&self, name: &str) -> bool {
        let peer = self.peer(name);
        peer.state == PeerState::Up && peer.ready
    }
}

/// Two nodes, linked.
pub(crate) async fn pair(authority: &Authority, one: &str, other: &str) -> (Node, Node) {
    let (hole, address) = nobody();
    let first = start(
        one,
        &authority.node(one),
        1,
        any_port(),
        &[(other, address)],
    );
    let second = start(
        other,
        &authority.node(other),
        1,
        any_port(),
        &[(one, first.address())],
    );
    until("both links to be up", || {
        first.is_up(other) && second.is_up(one)
    })
    .await;
    drop(hole);
    (first, second)
}

/// What a peer that is not ours shows and believes: anything.
pub(crate) struct Stranger {
    pub(crate) identity: Option<Identity>,
    pub(crate) alpn: &'static [u8],
}

impl Stranger {
    pub(crate) fn with(identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            alpn: b"farc/1",
        }
    }

    fn resolver(&self, provider: &CryptoProvider) -> Option<Arc<SingleCertAndKey>> {
        let Identity { chain, key, .. } = self.identity.as_ref()?;
        let key = CertifiedKey::from_der(chain.clone(), key.clone_key(), provider).unwrap();
        Some(Arc::new(SingleCertAndKey::from(key)))
    }

    /// An endpoint that calls with this identity.
    pub(crate) fn caller(&self) -> Endpoint {
        let provider = Arc::new(ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody));
        let mut tls = match self.resolver(&provider) {
            Some(resolver) => builder.with_client_cert_resolver(resolver),
            None => builder.with_no_client_auth(),
        };
        tls.alpn_protocols = vec![self.alpn.to_vec()];
        let mut endpoint = Endpoint::client(any_port()).unwrap();
        endpoint.set_default_client_config(ClientConfig::new(Arc::new(
            QuicClientConfig::try_from(tls).unwrap(),
        )));
        endpoint
    }

    /// An endpoint that can be called and answers with this identity.
    pub(crate) fn listener(&self) -> Endpoint {
        let provider = Arc::new(ring::default_provider());
        let resolver = self
            .resolver(&provider)
            .expect("a server has a certificate");
        let mut tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(Arc::new(Anybody))
            .with_cert_resolver(resolver);
        tls.alpn_protocols = vec![self.alpn.to_vec()];
        let config = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls).unwrap()));
        Endpoint::server(config, any_port()).unwrap()
    }
}

/// Calls a node and returns why it did not last. Both ends of the handshake may refuse.
pub(crate) async fn refusal(stranger: &Stranger, node: &Node, name: &str) -> String {
    let caller = stranger.caller();
    let calling = caller
        .connect(node.address(), &format!("{name}.{CLUSTER}.farc"))
        .unwrap();
    let error = match calling.await {
        Ok(connection) => connection.closed().await,
        Err(error) => error,
    };
    error.to_string()
}

/// Believes everything.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

impl ClientCertVerifier for Anybody {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
