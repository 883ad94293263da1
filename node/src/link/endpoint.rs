//! The door: one endpoint that lets configured peers in and everybody else out.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farc_protocol::close::CloseCode;
use farc_protocol::name::NodeName;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::rustls::pki_types::CertificateDer;
use quinn::{ClientConfig, Connecting, Connection, Endpoint, Incoming, TokioRuntime};
use tokio::task::{AbortHandle, JoinSet, spawn_local};
use tokio::time::timeout;

use super::connection::close;
use super::dial::HANDSHAKE;
use super::failure::{Side, failure};
use super::identity::{IdentityError, Verified};
use super::random::Random;
use super::socket::{Datagrams, QuinnSocket};
use super::tls::Tls;
use super::transport::{Keys, client_config, endpoint_config, server_config};
use super::{LinkError, Settings, Shared};

/// Handshakes that run at once. Each costs a signature and a few kilobytes; beyond, callers are sent away before they cost anything.
const MOST_HANDSHAKES: usize = 64;
/// From here on a caller must first prove that it owns its address, so that a flood of forged ones costs it a round trip and us nothing.
const RETRY_FROM: usize = 16;
/// At most one line about strangers in this time: they decide how often they knock, not what our log holds.
const STRANGER_LOG: Duration = Duration::from_secs(10);

/// The endpoint and what handshakes need.
pub(super) struct Parts {
    pub(super) endpoint: Endpoint,
    pub(super) tls: Arc<Tls>,
    seed: [u8; 32],
}

impl Parts {
    pub(super) fn new(settings: &Settings, socket: Arc<dyn Datagrams>) -> Result<Self, LinkError> {
        let tls = Arc::new(Tls::new(
            &settings.identity,
            &settings.cluster,
            Arc::clone(&settings.wall),
        )?);
        let keys = Keys::new(settings.identity.key.secret_der());
        let mut random = Random::fork(&settings.seed, "endpoint");
        let crypto = QuicServerConfig::try_from(tls.server()?).map_err(no_suite)?;
        let server = server_config(crypto, &keys, Arc::clone(&settings.wall));
        let config = endpoint_config(&keys, &mut random);
        let endpoint = Endpoint::new_with_abstract_socket(
            config,
            Some(server),
            Arc::new(QuinnSocket(socket)),
            Arc::new(TokioRuntime),
        )
        .map_err(LinkError::Endpoint)?;
        Ok(Self {
            endpoint,
            tls,
            seed: settings.seed,
        })
    }

    /// What calling `peer` takes.
    pub(super) fn client(&self, peer: &NodeName) -> Result<ClientConfig, LinkError> {
        let crypto = QuicClientConfig::try_from(self.tls.client(peer)?).map_err(no_suite)?;
        Ok(client_config(
            crypto,
            Random::fork(&self.seed, &format!("first connection id for {peer}")),
        ))
    }
}

/// Our provider has the suite that QUIC's first packets need; if that ever changes, it is a start that fails.
fn no_suite(error: quinn::crypto::rustls::NoInitialCipherSuite) -> IdentityError {
    IdentityError::UnusableKey {
        detail: error.to_string(),
    }
}

/// The proven name behind a connection.
pub(super) fn verified(
    tls: &Tls,
    connection: &Connection,
    node: Option<&NodeName>,
) -> Option<Result<Verified, IdentityError>> {
    let chain = connection
        .peer_identity()?
        .downcast::<Vec<CertificateDer<'static>>>()
        .ok()?;
    Some(tls.verified(chain.first()?, node))
}

/// Starts to let peers in.
pub(super) fn start(parts: Parts, shared: Arc<Shared>) -> AbortHandle {
    spawn_local(accept(parts, shared)).abort_handle()
}

async fn accept(parts: Parts, shared: Arc<Shared>) {
    let Parts { endpoint, tls, .. } = parts;
    let door = Rc::new(Door {
        tls,
        shared,
        strangers: Strangers::default(),
    });
    let mut handshakes = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = handshakes.join_next() => {}
            incoming = endpoint.accept() => match incoming {
                Some(incoming) => {
                    if let Some(connecting) = admit(incoming, handshakes.len()) {
                        handshakes.spawn_local(Rc::clone(&door).handshake(connecting));
                    }
                }
                None => return,
            },
        }
    }
}

/// What a caller costs us depends on how many there are already.
fn admit(incoming: Incoming, running: usize) -> Option<Connecting> {
    if running >= MOST_HANDSHAKES {
        incoming.refuse();
        return None;
    }
    if running >= RETRY_FROM && !incoming.remote_address_validated() {
        // Only an address that is validated already cannot be asked again.
        let _ = incoming.retry();
        return None;
    }
    // An error is a broken first packet: not worth a line.
    incoming.accept().ok()
}

struct Door {
    tls: Arc<Tls>,
    shared: Arc<Shared>,
    strangers: Strangers,
}

impl Door {
    async fn handshake(self: Rc<Self>, connecting: Connecting) {
        let address = connecting.remote_address();
        let connection = match timeout(HANDSHAKE, connecting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                return self.turned_away(address, &|| {
                    failure(&error, Side::Answering, None, address).text
                });
            }
            Err(_) => {
                return self.turned_away(address, &|| {
                    format!(
                        "{address} did not finish its handshake within {} s",
                        HANDSHAKE.as_secs()
                    )
                });
            }
        };
        let node = match verified(&self.tls, &connection, None) {
            Some(Ok(verified)) => verified,
            Some(Err(error)) => {
                close(
                    &connection,
                    CloseCode::Identity,
                    "the certificate is not of the one form",
                );
                return self.turned_away(address, &|| error.to_string());
            }
            None => {
                close(&connection, CloseCode::Identity, "no certificate");
                return self.turned_away(address, &|| format!("{address} showed no certificate"));
            }
        };
        match self.shared.drivers.get(&node.node) {
            Some(driver) => driver.arrived(connection, node.id),
            None => {
                close(
                    &connection,
                    CloseCode::UnknownPeer,
                    "not a peer in the configuration of this node",
                );
                self.turned_away(address, &|| format!("`{}` at {address} is not a peer in our configuration; add it there if it should be one", node.node));
            }
        }
    }

    fn turned_away(&self, address: SocketAddr, why: &dyn Fn() -> String) {
        self.strangers
            .log(self.shared.clock.now(), address.ip(), why);
    }
}

/// Says that somebody was turned away, now and then.
#[derive(Default)]
struct Strangers {
    last: Cell<Option<Instant>>,
    unsaid: Cell<u64>,
}

impl Strangers {
    fn log(&self, now: Instant, from: IpAddr, why: &dyn Fn() -> String) {
        if self
            .last
            .get()
            .is_some_and(|last| now.saturating_duration_since(last) < STRANGER_LOG)
        {
            self.unsaid.set(self.unsaid.get() + 1);
            return;
        }
        self.last.set(Some(now));
        tracing::warn!(%from, unsaid = self.unsaid.replace(0), "a caller was turned away: {}", why());
    }
}
