//! What a certificate claims.

use std::fmt;
use std::time::Duration;

use farc_protocol::life::NodeId;
use farc_protocol::name::{ClusterName, NodeName};
use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;

use super::DOMAIN;
use super::error::{Problem, Unreadable};

/// What a certificate says of itself. Its `Display` is the noun phrase that messages begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    names: Vec<String>,
    pub(super) subject: String,
    pub(super) issuer: String,
    not_before: i64,
    not_after: i64,
    id: NodeId,
}

/// Names are repeated in messages and logs: no more of them, and no longer, than a reader can use.
pub(super) const MOST_NAMES: usize = 4;
const LONGEST_TEXT: usize = 120;

impl Facts {
    /// Reads what a certificate claims, without believing any of it.
    ///
    /// # Errors
    ///
    /// The bytes are not a certificate.
    pub fn read(der: &CertificateDer<'_>) -> Result<Self, Unreadable> {
        let unreadable = |detail: String| Unreadable {
            detail: printable(&detail),
        };
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|error| unreadable(error.to_string()))?;
        let alternative = certificate
            .subject_alternative_name()
            .map_err(|error| unreadable(error.to_string()))?;
        let names = alternative.map_or_else(Vec::new, |extension| {
            extension
                .value
                .general_names
                .iter()
                .map(name_text)
                .collect()
        });
        Ok(Self {
            names,
            subject: printable(&certificate.subject().to_string()),
            issuer: printable(&certificate.issuer().to_string()),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            id: NodeId::from_spki(certificate.public_key().raw),
        })
    }

    /// The node id of this public key.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// All its alternative names, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn node_and_cluster(
        &self,
    ) -> Result<(NodeName, ClusterName), fn(String) -> Problem> {
        let [name] = &self.names[..] else {
            return Err(if self.names.is_empty() {
                |expected| Problem::NoName { expected }
            } else {
                |expected| Problem::SeveralNames { expected }
            });
        };
        if name.contains('*') {
            return Err(|expected| Problem::Wildcard { expected });
        }
        let mut labels = name.split('.');
        let (Some(node), Some(cluster), Some(DOMAIN), None) =
            (labels.next(), labels.next(), labels.next(), labels.next())
        else {
            return Err(|expected| Problem::OtherForm { expected });
        };
        match (NodeName::try_from(node), ClusterName::try_from(cluster)) {
            (Ok(node), Ok(cluster)) => Ok((node, cluster)),
            (Err(_), _) | (_, Err(_)) => Err(|expected| Problem::OtherForm { expected }),
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.names[..] {
            [] => write!(f, "the certificate of `{}`", self.subject)?,
            names => {
                f.write_str("the certificate of ")?;
                for (index, name) in names.iter().take(MOST_NAMES).enumerate() {
                    write!(f, "{}`{name}`", if index == 0 { "" } else { ", " })?;
                }
                if names.len() > MOST_NAMES {
                    write!(f, " and {} more", names.len() - MOST_NAMES)?;
                }
            }
        }
        write!(
            f,
            " (issued by `{}`, valid from {} to {})",
            self.issuer,
            date(self.not_before),
            date(self.not_after)
        )
    }
}

fn name_text(name: &GeneralName<'_>) -> String {
    if let GeneralName::DNSName(name) = name {
        printable(name)
    } else {
        printable(&name.to_string())
    }
}

/// Text from a certificate, fit for a log line: short, and without control characters.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_TEXT)
        .collect()
}

fn date(seconds: i64) -> String {
    ASN1Time::from_timestamp(seconds).map_or_else(
        |_| format!("{seconds} s after 1970"),
        |time| time.to_string(),
    )
}

pub(super) fn date_of(time: UnixTime) -> String {
    date(i64::try_from(Duration::from_secs(time.as_secs()).as_secs()).unwrap_or(i64::MAX))
}
