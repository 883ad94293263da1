//! Who a node is: its certificate, its key, and the one authority it believes.
//!
//! A certificate names its node in exactly one DNS name, `<node>.<cluster>.farc`. Everything that asks "whose certificate is this, and is it good for that?" asks here, so
//! that a handshake, `config check` and the log give the same sentence.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use farc_protocol::life::NodeId;
use farc_protocol::name::{ClusterName, NodeName};
use rustls::client::danger::ServerCertVerifier as _;
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, RootCertStore};

mod error;
mod facts;
mod judge;

pub use error::{IdentityError, Problem, Refusal, Unreadable};
pub use facts::Facts;
pub(super) use judge::{Expected, Verified, judge};

/// The last label of every node's DNS name.
pub const DOMAIN: &str = "farc";

/// The DNS name that the certificate of a node must carry, alone.
#[must_use]
pub fn dns_name(node: &NodeName, cluster: &ClusterName) -> String {
    format!("{node}.{cluster}.{DOMAIN}")
}

/// A node's certificate chain and key, and the authorities it accepts.
pub struct Identity {
    /// The only roots of trust; those of the operating system are never asked.
    pub ca: Vec<CertificateDer<'static>>,
    /// The node's certificate, then intermediates if there are any.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key of the first certificate of the chain.
    pub key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            ca: self.ca.clone(),
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.chain.first().map(|der| {
            Facts::read(der).map_or_else(
                |unreadable| unreadable.to_string(),
                |facts| facts.to_string(),
            )
        });
        f.debug_struct("Identity")
            .field("certificate", &subject)
            .field("key", &"(secret)")
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// Reads the three PEM files. The permissions of the key file are the caller's to judge.
    ///
    /// # Errors
    ///
    /// A file cannot be read, is not PEM, or holds nothing of the kind.
    pub fn load(ca: &Path, certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        Ok(Self {
            ca: load_certificates(ca)?,
            chain: load_certificates(certificate)?,
            key: load_key(key)?,
        })
    }

    /// Checks that this identity can be used by node `name` of `cluster` at `now`, as a peer with the same authority would.
    ///
    /// # Errors
    ///
    /// The certificate is unreadable, of another authority, out of its time or of another name, or the key is not its key.
    pub fn check(
        &self,
        name: &NodeName,
        cluster: &ClusterName,
        now: SystemTime,
    ) -> Result<(), IdentityError> {
        let provider = Arc::new(provider());
        let leaf = self.leaf()?;
        self.certified_key(&provider)?;
        let expected = Expected {
            cluster,
            node: Some(name),
        };
        let verifier = server_verifier(self.roots()?, Arc::clone(&provider))?;
        let now = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let host = server_name(name, cluster)?;
        let chain = verifier.verify_server_cert(leaf, &self.chain[1..], &host, &[], now);
        judge(leaf, &self.ca, &expected, chain.map(|_| ()))?;
        Ok(())
    }

    /// The name on our own certificate, if it has the one form that peers accept. For a message about a certificate of another node.
    #[must_use]
    pub fn node_name(&self) -> Option<NodeName> {
        let facts = Facts::read(self.chain.first()?).ok()?;
        let (node, _) = facts.node_and_cluster().ok()?;
        Some(node)
    }

    /// The node id: a digest of the public key.
    ///
    /// # Errors
    ///
    /// There is no certificate, or it cannot be read.
    pub fn node_id(&self) -> Result<NodeId, IdentityError> {
        Ok(Facts::read(self.leaf()?)?.id())
    }

    pub(super) fn leaf(&self) -> Result<&CertificateDer<'static>, IdentityError> {
        self.chain.first().ok_or(IdentityError::NoCertificate)
    }

    pub(super) fn roots(&self) -> Result<Arc<RootCertStore>, IdentityError> {
        let mut roots = RootCertStore::empty();
        for ca in &self.ca {
            roots
                .add(ca.clone())
                .map_err(|source| IdentityError::UnusableAuthority {
                    detail: source.to_string(),
                })?;
        }
        Ok(Arc::new(roots))
    }

    pub(super) fn certified_key(
        &self,
        provider: &CryptoProvider,
    ) -> Result<CertifiedKey, IdentityError> {
        let leaf = self.leaf()?;
        let facts = Facts::read(leaf)?;
        CertifiedKey::from_der(self.chain.clone(), self.key.clone_key(), provider).map_err(
            |error| {
                if matches!(
                    error,
                    rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)
                ) {
                    IdentityError::KeyMismatch {
                        certificate: Box::new(facts),
                    }
                } else {
                    IdentityError::UnusableKey {
                        detail: error.to_string(),
                    }
                }
            },
        )
    }
}

fn load_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let wrong =
        |source| IdentityError::file(path, "certificate (-----BEGIN CERTIFICATE-----)", source);
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(wrong)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    if certificates.is_empty() {
        return Err(wrong(pem::Error::NoItemsFound));
    }
    Ok(certificates)
}

fn load_key(path: &Path) -> Result<PrivateKeyDer<'static>, IdentityError> {
    PrivateKeyDer::from_pem_file(path).map_err(|source| {
        IdentityError::file(path, "private key (-----BEGIN PRIVATE KEY-----)", source)
    })
}

/// ring, with AES-128-GCM first: it is the fastest here and as good as the others.
pub(super) fn provider() -> CryptoProvider {
    use rustls::crypto::ring::{self, cipher_suite};
    CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_128_GCM_SHA256,
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        ],
        ..ring::default_provider()
    }
}

pub(super) fn server_name(
    node: &NodeName,
    cluster: &ClusterName,
) -> Result<ServerName<'static>, IdentityError> {
    let name = dns_name(node, cluster);
    ServerName::try_from(name.clone()).map_err(|_| IdentityError::NotADnsName { name })
}

pub(super) fn server_verifier(
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, IdentityError> {
    WebPkiServerVerifier::builder_with_provider(roots, provider)
        .build()
        .map_err(
            |error: VerifierBuilderError| IdentityError::UnusableAuthority {
                detail: error.to_string(),
            },
        )
}

#[cfg(test)]
mod tests;
