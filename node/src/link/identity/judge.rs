//! Whether a certificate is believed: the verdict on its chain, then the rule of names.

use std::fmt;

use farc_protocol::life::NodeId;
use farc_protocol::name::{ClusterName, NodeName};
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;

use super::error::{IdentityError, Problem, Refusal};
use super::facts::{Facts, MOST_NAMES, date_of};
use super::{DOMAIN, dns_name};

/// Whose certificate we want to see.
pub(in crate::link) struct Expected<'a> {
    pub(in crate::link) cluster: &'a ClusterName,
    /// Any node of the cluster when `None`: the accepting side learns the name and looks it up afterwards.
    pub(in crate::link) node: Option<&'a NodeName>,
}

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node {
            Some(node) => write!(f, "`{}`", dns_name(node, self.cluster)),
            None => write!(f, "`<node>.{}.{DOMAIN}`", self.cluster),
        }
    }
}

/// A name that was proven by a handshake. Only this module makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Verified {
    pub(in crate::link) node: NodeName,
    pub(in crate::link) id: NodeId,
}

/// The one judgement: what the verifier said of the chain, then the rule of names.
pub(in crate::link) fn judge(
    leaf: &CertificateDer<'_>,
    authorities: &[CertificateDer<'_>],
    expected: &Expected<'_>,
    chain: Result<(), rustls::Error>,
) -> Result<Verified, IdentityError> {
    let certificate = Facts::read(leaf)?;
    let problem = match chain {
        Ok(()) => match check_names(&certificate, expected) {
            Ok(node) => {
                return Ok(Verified {
                    node,
                    id: certificate.id(),
                });
            }
            Err(problem) => problem,
        },
        // webpki would only say that the name is not the one asked for; our rule explains it.
        Err(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => check_names(&certificate, expected)
            .err()
            .unwrap_or_else(|| Problem::OtherForm {
                expected: expected.to_string(),
            }),
        Err(error) => chain_problem(&certificate, authorities, error),
    };
    Err(Box::new(Refusal {
        certificate,
        problem,
    })
    .into())
}

fn check_names(facts: &Facts, expected: &Expected<'_>) -> Result<NodeName, Problem> {
    let (node, cluster) = facts
        .node_and_cluster()
        .map_err(|problem| problem(expected.to_string()))?;
    if cluster != *expected.cluster {
        return Err(Problem::OtherCluster {
            found: cluster.to_string(),
            ours: expected.cluster.to_string(),
        });
    }
    match expected.node {
        Some(wanted) if node != *wanted => Err(Problem::OtherNode {
            found: node.to_string(),
            expected: wanted.to_string(),
        }),
        Some(_) | None => Ok(node),
    }
}

fn chain_problem(
    facts: &Facts,
    authorities: &[CertificateDer<'_>],
    error: rustls::Error,
) -> Problem {
    let rustls::Error::InvalidCertificate(error) = error else {
        return Problem::Other(error.to_string());
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "rustls may add reasons; its own words serve for all the rare ones"
    )]
    match error {
        CertificateError::ExpiredContext { time, .. } => Problem::Expired { now: date_of(time) },
        CertificateError::NotValidYetContext { time, .. } => {
            Problem::NotYetValid { now: date_of(time) }
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            let ours = authority_names(authorities);
            if facts.subject == facts.issuer {
                Problem::SelfSigned { ours }
            } else {
                Problem::OtherAuthority { ours }
            }
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Problem::Purpose
        }
        other => Problem::Other(other.to_string()),
    }
}

fn authority_names(authorities: &[CertificateDer<'_>]) -> String {
    let names: Vec<String> = authorities
        .iter()
        .take(MOST_NAMES)
        .filter_map(|der| Some(Facts::read(der).ok()?.subject))
        .collect();
    names.join("`, `")
}
