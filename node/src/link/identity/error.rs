//! What can be wrong with an identity, in sentences that name whose it is and what to do.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem;

use super::facts::Facts;

/// Why an identity cannot be used, or a certificate is not believed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{} holds no {wanted}: {detail}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The chain is empty.
    #[error("there is no certificate")]
    NoCertificate,
    /// An authority's certificate cannot be a root of trust.
    #[error("the certificate of the authority cannot be used: {detail}")]
    UnusableAuthority {
        /// What is wrong with it.
        detail: String,
    },
    /// The private key is of a kind that we do not know, or broken.
    #[error("the private key cannot be used: {detail}; use an Ed25519, ECDSA or RSA key in PKCS#8")]
    UnusableKey {
        /// What is wrong with it.
        detail: String,
    },
    /// The private key belongs to another certificate.
    #[error(
        "the private key does not belong to {certificate}; give the key that was made with it, or issue a new certificate for this key"
    )]
    KeyMismatch {
        /// The certificate.
        certificate: Box<Facts>,
    },
    /// The name of a node cannot be written as a DNS name.
    #[error(
        "`{name}` is not a DNS name; a node's and a cluster's name must begin and end with a letter or a figure"
    )]
    NotADnsName {
        /// The name.
        name: String,
    },
    /// A certificate is not believed.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// A certificate is not X.509.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl IdentityError {
    pub(super) fn file(path: &Path, wanted: &'static str, source: pem::Error) -> Self {
        if let pem::Error::Io(source) = source {
            Self::Read {
                path: path.to_owned(),
                source,
            }
        } else {
            Self::Pem {
                path: path.to_owned(),
                wanted,
                detail: source.to_string(),
            }
        }
    }
}

/// A certificate that cannot be parsed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the certificate is not readable X.509: {detail}")]
pub struct Unreadable {
    pub(super) detail: String,
}

/// A certificate that is not believed: whose, what is wrong with it, and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{certificate}: {problem}; {}", problem.help())]
pub struct Refusal {
    /// The certificate as it describes itself.
    pub certificate: Facts,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Its time is over.
    #[error("it expired, and now it is {now}")]
    Expired {
        /// When it was looked at.
        now: String,
    },
    /// Its time has not come.
    #[error("it is not valid yet, now it is {now}")]
    NotYetValid {
        /// When it was looked at.
        now: String,
    },
    /// It vouches for itself.
    #[error("it is signed by itself, not by our authority `{ours}`")]
    SelfSigned {
        /// Our authority.
        ours: String,
    },
    /// Another authority issued it.
    #[error("it is not of our authority `{ours}`")]
    OtherAuthority {
        /// Our authority.
        ours: String,
    },
    /// It may not be used for this side of a connection.
    #[error("it may not be used for this side of a connection")]
    Purpose,
    /// It has no name.
    #[error("it carries no DNS name, expected {expected}")]
    NoName {
        /// The name it should carry.
        expected: String,
    },
    /// It has more than one name.
    #[error("it carries several names, expected {expected} alone")]
    SeveralNames {
        /// The name it should carry.
        expected: String,
    },
    /// Its name covers many nodes.
    #[error("it carries a wildcard, expected {expected}")]
    Wildcard {
        /// The name it should carry.
        expected: String,
    },
    /// Its name has another form.
    #[error("its name is not of the form {expected}")]
    OtherForm {
        /// The name it should carry.
        expected: String,
    },
    /// It is of another cluster.
    #[error("it is of the cluster `{found}`, ours is `{ours}`")]
    OtherCluster {
        /// Its cluster.
        found: String,
        /// Our cluster.
        ours: String,
    },
    /// It is of another node.
    #[error("it is of the node `{found}`, expected `{expected}`")]
    OtherNode {
        /// Its node.
        found: String,
        /// The node that was called.
        expected: String,
    },
    /// Anything else that the verifier found.
    #[error("{0}")]
    Other(String),
}

impl Problem {
    /// What to do about it, as the end of a sentence.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "issue a new certificate, or correct the clock",
            Self::NotYetValid { .. } => {
                "correct the clock of the node that looks, or of the machine that issued it"
            }
            Self::SelfSigned { .. } | Self::OtherAuthority { .. } => {
                "issue it with the authority that all nodes of the cluster share, or give all nodes the same `ca`"
            }
            Self::Purpose => "issue it with the extended key usages serverAuth and clientAuth",
            Self::NoName { .. }
            | Self::SeveralNames { .. }
            | Self::Wildcard { .. }
            | Self::OtherForm { .. } => {
                "issue one certificate a node, with that one subject alternative name"
            }
            Self::OtherCluster { .. } => {
                "give both nodes the same `cluster`, or issue a certificate for this one"
            }
            Self::OtherNode { .. } => {
                "correct the peer's address or name in the configuration, or give that node its own certificate"
            }
            Self::Other(_) => "issue a new certificate",
        }
    }
}
