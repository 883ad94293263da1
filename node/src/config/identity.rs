//! The files of `[tls]`: there, readable, what they should be, and good for this node now. Each complaint is put where the file is named.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use toml::Spanned;

use farc_protocol::name::{ClusterName, NodeName};

use super::report::{Code, Diagnostic};
use crate::certs::Issued;
use crate::link::{Identity, IdentityError, Problem, Refusal};

/// Certificates and keys have a few kilobytes; what is larger is another file.
const MAX_FILE: u64 = 1 << 20;

impl From<&Issued> for Identity {
    fn from(issued: &Issued) -> Self {
        Self {
            ca: vec![issued.authority.clone()],
            chain: vec![issued.certificate.clone()],
            key: issued.key.der(),
        }
    }
}

/// Which files hold the identity, as the config names them.
pub(super) struct Files<'f> {
    /// What relative paths are relative to.
    pub(super) base: &'f Path,
    pub(super) ca: Spanned<PathBuf>,
    pub(super) cert: Spanned<PathBuf>,
    pub(super) key: Spanned<PathBuf>,
}

impl Files<'_> {
    /// Reads all three; what is wrong with any of them is reported.
    pub(super) fn read(&self, found: &mut Vec<Diagnostic>) -> Option<Identity> {
        let ca = self.certificates(found, &self.ca);
        let chain = self.certificates(found, &self.cert);
        let key = self.private_key(found);
        Some(Identity {
            ca: ca?,
            chain: chain?,
            key: key?,
        })
    }

    fn certificates(
        &self,
        found: &mut Vec<Diagnostic>,
        path: &Spanned<PathBuf>,
    ) -> Option<Vec<CertificateDer<'static>>> {
        let bytes = self.bytes(found, path, false)?;
        let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&bytes).collect();
        let wrong = match read {
            Ok(read) if !read.is_empty() => return Some(read),
            Ok(_) => "no certificate is in it".to_owned(),
            Err(error) => error.to_string(),
        };
        let expected = "expected PEM with -----BEGIN CERTIFICATE-----";
        self.not_pem(found, path, expected, &wrong);
        None
    }

    fn private_key(&self, found: &mut Vec<Diagnostic>) -> Option<PrivateKeyDer<'static>> {
        let bytes = self.bytes(found, &self.key, true)?;
        match PrivateKeyDer::from_pem_slice(&bytes) {
            Ok(key) => Some(key),
            Err(error) => {
                let expected = "expected PEM with -----BEGIN PRIVATE KEY-----";
                self.not_pem(found, &self.key, expected, &error.to_string());
                None
            }
        }
    }

    fn not_pem(
        &self,
        found: &mut Vec<Diagnostic>,
        path: &Spanned<PathBuf>,
        expected: &str,
        wrong: &str,
    ) {
        found.push(Diagnostic::new(
            Code::File,
            format!("cannot use {}: {wrong}", self.shown(path)),
            path.span(),
            expected,
            "`certs dev` writes files of this form",
        ));
    }

    fn shown(&self, path: &Spanned<PathBuf>) -> String {
        self.base.join(path.get_ref()).display().to_string()
    }

    fn bytes(
        &self,
        found: &mut Vec<Diagnostic>,
        path: &Spanned<PathBuf>,
        secret: bool,
    ) -> Option<Vec<u8>> {
        let read = File::open(self.base.join(path.get_ref())).and_then(|file| {
            let metadata = file.metadata()?;
            let mut bytes = Vec::new();
            file.take(MAX_FILE).read_to_end(&mut bytes)?;
            Ok((metadata, bytes))
        });
        match read {
            Ok((metadata, bytes)) => {
                let mode = metadata.mode() & 0o777;
                if secret && mode & 0o077 != 0 {
                    self.open_key(found, path, mode);
                }
                Some(bytes)
            }
            Err(error) => {
                found.push(Diagnostic::new(
                    Code::File,
                    format!("cannot read {}: {error}", self.shown(path)),
                    path.span(),
                    "expected a file that this user can read",
                    "paths are relative to the config file; `certs dev` makes certificates to begin with",
                ));
                None
            }
        }
    }

    fn open_key(&self, found: &mut Vec<Diagnostic>, path: &Spanned<PathBuf>, mode: u32) {
        let shown = self.shown(path);
        found.push(Diagnostic::new(
            Code::OpenKey,
            format!("other users may use the key {shown} (mode {mode:04o})"),
            path.span(),
            "expected mode 0600",
            format!("run `chmod 600 {shown}`; if others could read it, make a new key"),
        ));
    }

    /// Whether the identity is good for node `name` of `cluster` at `now`.
    pub(super) fn check(
        &self,
        found: &mut Vec<Diagnostic>,
        identity: &Identity,
        name: &Spanned<NodeName>,
        cluster: &ClusterName,
        now: SystemTime,
    ) {
        let Err(error) = identity.check(name.get_ref(), cluster, now) else {
            return;
        };
        found.push(self.complaint(error, name));
    }

    fn complaint(&self, error: IdentityError, name: &Spanned<NodeName>) -> Diagnostic {
        let identity = |at, title: String, label: String, help: &str| {
            Diagnostic::new(Code::Identity, title, at, label, help)
        };
        let (ca, cert, key) = (self.ca.span(), self.cert.span(), self.key.span());
        match error {
            IdentityError::Refused(refusal) => self.refused(&refusal, name),
            IdentityError::KeyMismatch { certificate } => identity(
                key,
                "the key and the certificate do not belong together".to_owned(),
                format!("expected the key of {certificate}"),
                "give the key that was made with the certificate, or issue a new certificate for this key",
            )
            .also(cert, "this certificate"),
            IdentityError::UnusableKey { detail } => identity(
                key,
                format!("the key cannot be used: {detail}"),
                "expected an Ed25519, ECDSA or RSA key in PKCS#8".to_owned(),
                "`certs dev` makes Ed25519 keys",
            ),
            IdentityError::UnusableAuthority { detail } => identity(
                ca,
                format!("the authority's certificate cannot be used: {detail}"),
                "expected the certificate that signed those of all nodes".to_owned(),
                "`certs dev` makes an authority",
            ),
            IdentityError::NotADnsName { name: dns } => identity(
                name.span(),
                format!("`{dns}` is not a DNS name"),
                "expected a name that begins and ends with a letter or digit".to_owned(),
                "node and cluster are parts of the name in the certificate",
            ),
            error @ (IdentityError::NoCertificate
            | IdentityError::Unreadable(_)
            | IdentityError::Read { .. }
            | IdentityError::Pem { .. }) => identity(
                cert,
                "the certificate cannot be used".to_owned(),
                error.to_string(),
                "`certs dev` makes certificates to begin with",
            ),
        }
    }

    fn refused(&self, refusal: &Refusal, name: &Spanned<NodeName>) -> Diagnostic {
        let Refusal {
            certificate,
            problem,
        } = refusal;
        let title = format!("{certificate} cannot serve this node");
        let report = |help: &str| {
            Diagnostic::new(
                Code::Identity,
                title.as_str(),
                self.cert.span(),
                problem.to_string(),
                help,
            )
        };
        if matches!(problem, Problem::OtherNode { .. }) {
            return report("give this node its own certificate, or correct the node's name")
                .also(name.span(), "this node's name");
        }
        let report = report(problem.help());
        if matches!(
            problem,
            Problem::OtherAuthority { .. } | Problem::SelfSigned { .. }
        ) {
            return report.also(self.ca.span(), "this node's authority");
        }
        report
    }
}
