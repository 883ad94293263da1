//! Throw-away certificates: one authority a cluster, one certificate a node.
//!
//! This exists so that nobody has to own a certificate authority before two nodes can talk: `certs dev`, the demo, the simulation
//! and the tests all make theirs here. It refuses to be more than that: no revocation, no rotation, no intermediate authorities.
//! Where keys must be guarded, bring certificates from your own authority; a node only needs the name `<node>.<cluster>.farc`.
//!
//! Everything is a function of its arguments. With [`Key::from_seed`] and fixed times the same bytes come out on every run, which
//! is what a deterministic simulation needs (Ed25519 signatures are deterministic and of constant length; ECDSA's are neither).

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SerialNumber,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};

use farc_protocol::name::{ClusterName, NodeName};

mod files;
#[cfg(test)]
mod tests;

pub use files::{DevRequest, Existing, Owner, Written, write_dev};

/// What a PKCS#8 document (RFC 8410, section 7) of an Ed25519 key has in front of the 32 seed bytes.
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// How far a certificate's validity starts before its making, so that a peer whose clock is a little behind accepts it.
const BACKDATE: Duration = Duration::from_secs(3600);

/// Why no certificate was made.
#[derive(Debug, thiserror::Error)]
pub enum CertsError {
    /// The certificate library refused.
    #[error("cannot make a certificate for `{name}`: {source}")]
    Make {
        /// What the certificate was for.
        name: String,
        /// What the library said.
        source: rcgen::Error,
    },
    /// A file or folder could not be written, read or given away.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// Where.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is there already and overwriting was not asked for.
    #[error("{path} exists; --force makes everything anew, --if-missing keeps what is there")]
    Exists {
        /// The first such file.
        path: std::path::PathBuf,
    },
    /// A node wants the file names of the authority.
    #[error("a node cannot be named `ca`: ca.pem and ca.key are the authority's files")]
    ReservedName,
    /// The folder holds an authority that is not the one asked for.
    #[error("{path} is not a development authority of cluster `{cluster}`: {reason}")]
    ForeignAuthority {
        /// The authority's certificate or key.
        path: std::path::PathBuf,
        /// The cluster that was asked for.
        cluster: ClusterName,
        /// What does not fit.
        reason: String,
    },
}

/// A private Ed25519 key.
pub struct Key(KeyPair);

impl Key {
    /// A key from the system's randomness.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, CertsError> {
        KeyPair::generate_for(&PKCS_ED25519)
            .map(Self)
            .map_err(|source| CertsError::Make {
                name: "a key".to_owned(),
                source,
            })
    }

    /// The key of this seed: always the same one. For simulations and tests; whoever knows the seed knows the key.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let document = [&PKCS8_ED25519[..], &seed[..]].concat();
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(document),
            &PKCS_ED25519,
        );
        Self(pair.expect("any 32 bytes are an Ed25519 key, and the document around them is fixed"))
    }

    /// The key as PKCS#8.
    #[must_use]
    pub fn der(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.0.serialize_der()).into()
    }

    /// The key as PEM, as it stands in a file.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.serialize_pem()
    }
}

/// From when until when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before this time.
    pub from: SystemTime,
    /// Not after this time.
    pub until: SystemTime,
}

impl Validity {
    /// `days` days from `now`, starting an hour before it so that a peer with a slow clock agrees.
    #[must_use]
    pub fn days(now: SystemTime, days: u32) -> Self {
        Self {
            from: now - BACKDATE,
            until: now + Duration::from_secs(u64::from(days) * 86_400),
        }
    }
}

/// The authority that signs the certificates of one cluster.
pub struct Authority {
    cluster: ClusterName,
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    /// A new authority for `cluster`, signed by itself.
    ///
    /// # Errors
    /// When the certificate library refuses, for instance a validity it cannot express.
    pub fn new(cluster: ClusterName, key: Key, validity: Validity) -> Result<Self, CertsError> {
        let params = authority_params(&cluster, &key, validity);
        let certificate = params
            .self_signed(&key.0)
            .map_err(|source| CertsError::Make {
                name: cluster.to_string(),
                source,
            })?;
        Ok(Self {
            cluster,
            pem: certificate.pem(),
            certificate: certificate.into(),
            issuer: Issuer::new(params, key.0),
        })
    }

    /// The authority's certificate: what every node of the cluster trusts.
    #[must_use]
    pub fn der(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// The authority's certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its private key as PEM: whoever has it can join the cluster under any name.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for `node`, with the one name `<node>.<cluster>.farc`, for both ends of a connection.
    ///
    /// # Errors
    /// When the certificate library refuses.
    pub fn issue(
        &self,
        node: &NodeName,
        key: Key,
        validity: Validity,
    ) -> Result<Issued, CertsError> {
        let name = format!("{node}.{}.farc", self.cluster);
        let made = CertificateParams::new(vec![name.clone()]).and_then(|mut params| {
            params.distinguished_name = common_name(&name);
            params.serial_number = Some(serial(&key));
            params.not_before = validity.from.into();
            params.not_after = validity.until.into();
            params.use_authority_key_identifier_extension = true;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ];
            params.signed_by(&key.0, &self.issuer)
        });
        let certificate = made.map_err(|source| CertsError::Make { name, source })?;
        Ok(Issued {
            authority: self.der(),
            pem: certificate.pem(),
            certificate: certificate.into(),
            key,
        })
    }
}

/// A node's certificate with its key, and the authority that vouches for it.
pub struct Issued {
    /// The authority's certificate.
    pub authority: CertificateDer<'static>,
    /// The node's certificate.
    pub certificate: CertificateDer<'static>,
    /// The node's private key.
    pub key: Key,
    pem: String,
}

impl Issued {
    /// The node's certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

fn authority_params(cluster: &ClusterName, key: &Key, validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(&authority_name(cluster, key));
    params.serial_number = Some(serial(key));
    params.not_before = validity.from.into();
    params.not_after = validity.until.into();
    // It signs nodes, never another authority.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// The name has a few digits of the key in it: two authorities that were made for one cluster by mistake can be told apart in a
/// message.
fn authority_name(cluster: &ClusterName, key: &Key) -> String {
    let [a, b, c, d, ..] = digest(key);
    format!("farc development authority {a:02x}{b:02x}{c:02x}{d:02x} of {cluster}")
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// A serial number that follows from the key, so that equal inputs give equal certificates: RFC 5280 wants it positive, unique for
/// the authority and at most 20 bytes.
fn serial(key: &Key) -> SerialNumber {
    let mut number = digest(key);
    // The top bit is the sign; the next one keeps the length constant.
    number[0] = number[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&number)
}

fn digest(key: &Key) -> [u8; 16] {
    let digest = Sha256::digest(key.0.subject_public_key_info());
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    first
}
