//! TLS as a link uses it: 1.3 only, both sides with a certificate of our own authority, nothing resumed, nothing early.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use farc_protocol::name::{ClusterName, NodeName};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, OtherError,
    RootCertStore, ServerConfig, SignatureScheme,
};

use super::WallClock;
use super::identity::{
    Expected, Identity, IdentityError, Verified, judge, provider, server_verifier,
};

/// The protocol and its major version, agreed on in the handshake.
pub(super) const ALPN: &[u8] = b"farc/1";

/// All that the handshakes of one node need, checked once.
pub(super) struct Tls {
    provider: Arc<CryptoProvider>,
    authorities: Arc<[CertificateDer<'static>]>,
    roots: Arc<RootCertStore>,
    key: Arc<CertifiedKey>,
    cluster: ClusterName,
    time: Arc<WallTime>,
}

impl Tls {
    pub(super) fn new(
        identity: &Identity,
        cluster: &ClusterName,
        wall: Arc<dyn WallClock>,
    ) -> Result<Self, IdentityError> {
        let provider = Arc::new(provider());
        Ok(Self {
            authorities: identity.ca.clone().into(),
            roots: identity.roots()?,
            key: Arc::new(identity.certified_key(&provider)?),
            provider,
            cluster: cluster.clone(),
            time: Arc::new(WallTime(wall)),
        })
    }

    /// For the accepting side: any node of our cluster may come; whether it is a configured peer is the endpoint's question.
    pub(super) fn server(&self) -> Result<ServerConfig, IdentityError> {
        let chain = WebPkiClientVerifier::builder_with_provider(
            Arc::clone(&self.roots),
            Arc::clone(&self.provider),
        )
        .build()
        .map_err(|error| IdentityError::UnusableAuthority {
            detail: error.to_string(),
        })?;
        let verifier = Arc::new(ClientVerifier {
            chain,
            authorities: Arc::clone(&self.authorities),
            cluster: self.cluster.clone(),
        });
        let mut config = ServerConfig::builder_with_details(
            Arc::clone(&self.provider),
            Arc::clone(&self.time) as Arc<dyn TimeProvider>,
        )
        .with_protocol_versions(&[&TLS13])
        .map_err(unsupported)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from((*self.key).clone())));
        config.alpn_protocols = vec![ALPN.to_vec()];
        // A resumed handshake shows no certificate, so an expired or withdrawn one would live on in the ticket.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_early_data_size = 0;
        Ok(config)
    }

    /// For calling `peer`: no other node of the cluster will do.
    pub(super) fn client(&self, peer: &NodeName) -> Result<ClientConfig, IdentityError> {
        let verifier = ServerVerifier {
            chain: server_verifier(Arc::clone(&self.roots), Arc::clone(&self.provider))?,
            authorities: Arc::clone(&self.authorities),
            cluster: self.cluster.clone(),
            peer: peer.clone(),
        };
        let mut config = ClientConfig::builder_with_details(
            Arc::clone(&self.provider),
            Arc::clone(&self.time) as Arc<dyn TimeProvider>,
        )
        .with_protocol_versions(&[&TLS13])
        .map_err(unsupported)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from((*self.key).clone())));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.resumption = Resumption::disabled();
        config.enable_early_data = false;
        Ok(config)
    }

    /// The verified name behind a finished handshake. The chain was judged during the handshake; this reads the name again, by the same rule.
    pub(super) fn verified(
        &self,
        leaf: &CertificateDer<'_>,
        node: Option<&NodeName>,
    ) -> Result<Verified, IdentityError> {
        judge(
            leaf,
            &self.authorities,
            &Expected {
                cluster: &self.cluster,
                node,
            },
            Ok(()),
        )
    }
}

/// Cannot happen with the provider of this module, but a configuration is not a place to panic in.
fn unsupported(error: rustls::Error) -> IdentityError {
    IdentityError::UnusableKey {
        detail: error.to_string(),
    }
}

/// The only clock of the handshakes: certificates are judged by it, and nothing else is.
struct WallTime(Arc<dyn WallClock>);

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WallTime").field(&self.0.now()).finish()
    }
}

impl TimeProvider for WallTime {
    fn current_time(&self) -> Option<UnixTime> {
        let now: SystemTime = self.0.now();
        now.duration_since(UNIX_EPOCH)
            .ok()
            .map(UnixTime::since_unix_epoch)
    }
}

/// Carries our sentence through rustls and quinn to both ends of the connection.
fn refused(error: IdentityError) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Sentence(
        error,
    )))))
}

/// rustls shows the `Debug` form of what it does not know, and quinn puts that into the packet.
struct Sentence(IdentityError);

impl fmt::Debug for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Sentence {}

#[derive(Debug)]
struct ServerVerifier {
    chain: Arc<WebPkiServerVerifier>,
    authorities: Arc<[CertificateDer<'static>]>,
    cluster: ClusterName,
    peer: NodeName,
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = self
            .chain
            .verify_server_cert(leaf, intermediates, name, ocsp, now)
            .map(|_| ());
        let expected = Expected {
            cluster: &self.cluster,
            node: Some(&self.peer),
        };
        judge(leaf, &self.authorities, &expected, chain).map_err(refused)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General(
            "only TLS 1.3 is spoken here".to_owned(),
        ))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

#[derive(Debug)]
struct ClientVerifier {
    chain: Arc<dyn ClientCertVerifier>,
    authorities: Arc<[CertificateDer<'static>]>,
    cluster: ClusterName,
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain = self
            .chain
            .verify_client_cert(leaf, intermediates, now)
            .map(|_| ());
        judge(
            leaf,
            &self.authorities,
            &Expected {
                cluster: &self.cluster,
                node: None,
            },
            chain,
        )
        .map_err(refused)?;
        Ok(ClientCertVerified::assertion())
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General(
            "only TLS 1.3 is spoken here".to_owned(),
        ))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
