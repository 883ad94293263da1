//! quinn's settings, each with its reason, and the keys that outlive a process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{
    ClientConfig, ConnectionId, ConnectionIdGenerator, EndpointConfig, IdleTimeout,
    MtuDiscoveryConfig, NoneTokenLog, NoneTokenStore, ServerConfig, TimeSource, TransportConfig,
    ValidationTokenConfig, VarInt,
};
use quinn_proto::InvalidCid;
use ring::{hkdf, hmac};
use sha2::{Digest as _, Sha256};

use super::WallClock;
use super::random::Random;

/// Both sides say something at least this often, so that silence means something. The sessions' PING, every 500 ms, does that on a link that stands, so
/// it comes to this only before there is one, and when packets are lost.
const KEEP_ALIVE: Duration = Duration::from_millis(600);
/// A peer that was silent for this long is unreachable. Four PINGs: no false alarm in 10 minutes at 20 % loss, and a dead node is noticed within 2.5 s.
const IDLE: Duration = Duration::from_secs(2);
/// What all streams of a connection may have in flight together. Small, so that what waits, waits in the session, where order and policy are ours.
const SEND_WINDOW: u64 = 2 << 20;
/// What a peer may make us hold unread, over all its streams of a connection.
const RECEIVE_WINDOW: u32 = 4 << 20;
/// Four data streams of this size leave 256 KiB of [`RECEIVE_WINDOW`] to control, so that data never stops an acknowledgement; and one of them stays below
/// [`SEND_WINDOW`] less 128 KiB, for the same reason on our side.
const STREAM_RECEIVE_WINDOW: u32 = 960 << 10;
/// One unidirectional stream a class.
const DATA_STREAMS: u32 = 4;
/// The control stream, opened by the one who dials.
const CONTROL_STREAMS: u32 = 1;
/// Ethernet's 1500 less the headers of IPv6 and UDP: the first flight is already full size. quinn falls back to 1200 when such packets vanish.
const MTU: u16 = 1452;
/// Datagrams are written before streams and would starve them: none are configured yet, so nothing may wait there.
const DATAGRAM_BUFFER: Option<usize> = None;
/// Out-of-order handshake bytes of a peer that is not yet authenticated; a certificate chain of three is below 4 KiB.
const CRYPTO_BUFFER: usize = 16 << 10;
/// On a local network the first retransmission should not wait for a guess made for the Internet (333 ms): a call knocks after 0, 150, 450 and 1050 ms.
const INITIAL_RTT: Duration = Duration::from_millis(50);

/// Attempts that wait for our accept loop. It answers at once, so more of them mean a flood.
const MAX_INCOMING: usize = 128;
/// What one such attempt may send before we have looked at it (quinn: 10 MiB): a first flight has at most a few packets.
const INCOMING_BUFFER: u64 = 64 << 10;
/// And all of them together (quinn: 100 MiB).
const INCOMING_BUFFER_TOTAL: u64 = 4 << 20;
/// How long the answer to a retry is good: a round trip, and much patience.
const RETRY_LIFETIME: Duration = Duration::from_secs(5);

/// `bidi` is what the *other* side may open: the one who dials opens the control stream.
fn transport(bidi: u32) -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    config
        .max_idle_timeout(IdleTimeout::try_from(IDLE).ok())
        .keep_alive_interval(Some(KEEP_ALIVE))
        .send_window(SEND_WINDOW)
        .receive_window(VarInt::from_u32(RECEIVE_WINDOW))
        .stream_receive_window(VarInt::from_u32(STREAM_RECEIVE_WINDOW))
        .max_concurrent_bidi_streams(VarInt::from_u32(bidi))
        .max_concurrent_uni_streams(VarInt::from_u32(DATA_STREAMS))
        .initial_mtu(MTU)
        .mtu_discovery_config(Some(MtuDiscoveryConfig::default()))
        .initial_rtt(INITIAL_RTT)
        .crypto_buffer_size(CRYPTO_BUFFER)
        .datagram_receive_buffer_size(DATAGRAM_BUFFER);
    Arc::new(config)
}

/// What the accepting side of the endpoint is.
pub(super) fn server_config(
    tls: QuicServerConfig,
    keys: &Keys,
    wall: Arc<dyn WallClock>,
) -> ServerConfig {
    let mut tokens = ValidationTokenConfig::default();
    // A token would spare a returning peer one round trip under a flood, for state that outlives connections.
    tokens.sent(0).log(Arc::new(NoneTokenLog));
    let mut config = ServerConfig::new(Arc::new(tls), keys.token());
    config
        .transport_config(transport(CONTROL_STREAMS))
        .validation_token_config(tokens)
        .retry_token_lifetime(RETRY_LIFETIME)
        // A connection that moves is a connection to redial: the session survives it, and nobody can drag one elsewhere.
        .migration(false)
        .max_incoming(MAX_INCOMING)
        .incoming_buffer_size(INCOMING_BUFFER)
        .incoming_buffer_size_total(INCOMING_BUFFER_TOTAL)
        .time_source(Arc::new(WallTime(wall)));
    config
}

/// What a call to one peer is.
pub(super) fn client_config(tls: QuicClientConfig, random: Random) -> ClientConfig {
    let random = Mutex::new(random);
    let mut config = ClientConfig::new(Arc::new(tls));
    config
        .transport_config(transport(0))
        .token_store(Arc::new(NoneTokenStore))
        .initial_dst_cid_provider(Arc::new(move || {
            let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
            ConnectionId::new(&[random.bytes::<8>(), random.bytes::<8>()].concat())
        }));
    config
}

/// What both sides of the endpoint share.
pub(super) fn endpoint_config(keys: &Keys, random: &mut Random) -> EndpointConfig {
    let mut config = EndpointConfig::new(Arc::new(keys.reset()));
    let key = keys.connection_ids();
    let seed = random.bytes();
    config
        .rng_seed(Some(random.bytes()))
        .cid_generator(move || {
            Box::new(ConnectionIds {
                key,
                random: Random::new(&seed),
            })
        });
    config
}

/// Keys that every life of a node shares, derived from its private key. With them a restarted node recognises the packets of its former connections and answers with a
/// stateless reset, so that its peers notice at once instead of after [`IDLE`] (or quinn's 30 s). The reset key alone does nothing: an unknown connection id must
/// also *look* like ours before quinn answers.
pub(super) struct Keys(hkdf::Prk);

impl Keys {
    pub(super) fn new(private_key: &[u8]) -> Self {
        Self(hkdf::Salt::new(hkdf::HKDF_SHA256, b"farc/1 keys of a node").extract(private_key))
    }

    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        let mut key = [0; 32];
        self.0
            .expand(&[purpose], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key))
            .expect("32 bytes are what HKDF-SHA256 gives in one step");
        key
    }

    fn reset(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.derive(b"stateless reset"))
    }

    fn token(&self) -> Arc<hkdf::Prk> {
        Arc::new(hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&self.derive(b"retry token")))
    }

    fn connection_ids(&self) -> [u8; 32] {
        self.derive(b"connection id")
    }
}

/// A connection id is a seeded nonce and a tag over it: every life of the node recognises those of the others, and nobody else can make one.
struct ConnectionIds {
    key: [u8; 32],
    random: Random,
}

const NONCE: usize = 5;
const TAG: usize = 3;

impl ConnectionIds {
    fn tag(&self, nonce: &[u8]) -> [u8; TAG] {
        let digest = Sha256::new()
            .chain_update(self.key)
            .chain_update(nonce)
            .finalize();
        let mut tag = [0; TAG];
        tag.copy_from_slice(&digest[..TAG]);
        tag
    }
}

impl ConnectionIdGenerator for ConnectionIds {
    fn generate_cid(&mut self) -> ConnectionId {
        let nonce = self.random.bytes::<NONCE>();
        let mut id = [0; NONCE + TAG];
        id[..NONCE].copy_from_slice(&nonce);
        id[NONCE..].copy_from_slice(&self.tag(&nonce));
        ConnectionId::new(&id)
    }

    fn validate(&self, id: &ConnectionId) -> Result<(), InvalidCid> {
        match id.split_at_checked(NONCE) {
            Some((nonce, tag)) if *tag == self.tag(nonce) => Ok(()),
            Some(_) | None => Err(InvalidCid),
        }
    }

    fn cid_len(&self) -> usize {
        NONCE + TAG
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

struct WallTime(Arc<dyn WallClock>);

impl TimeSource for WallTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
}

#[cfg(test)]
mod tests;
