//! `certs dev`: certificates as files, with keys that nobody else can read, not even for the moment between creation and `chmod`.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use rcgen::{KeyPair, PKCS_ED25519};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use farc_protocol::name::{ClusterName, NodeName};

use super::{Authority, CertsError, Issuer, Key, Validity, authority_name, authority_params};

/// The user and group that files are given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// What happens to files that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It is an error; nothing is touched. An authority is not in the way: it signs the new nodes.
    #[default]
    Refuse,
    /// They stay as they are, and only what is missing is made.
    Keep,
    /// Everything is made anew, the authority too: nodes with old certificates cannot talk to nodes with new ones.
    Replace,
}

/// What `certs dev` is asked to make.
#[derive(Clone, Debug)]
pub struct DevRequest {
    /// The folder; it is created when missing.
    pub out: PathBuf,
    /// The cluster whose name is in every certificate.
    pub cluster: ClusterName,
    /// One certificate and key is made for each.
    pub nodes: Vec<NodeName>,
    /// How long all of them are good.
    pub validity: Validity,
    /// Who gets the files; by default the user that runs the command.
    pub owner: Option<Owner>,
    /// What happens to files that are there already.
    pub existing: Existing,
}

/// What was done with one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was made.
    Made(PathBuf),
    /// It was there and was kept.
    Kept(PathBuf),
}

/// Writes `ca.pem`, `ca.key` and, for each node, `<node>.pem` and `<node>.key`.
///
/// Keys are created with mode 0600 and never have another; certificates have 0644.
///
/// # Errors
/// [`CertsError::Exists`] when a file would be overwritten, [`CertsError::ForeignAuthority`] when the folder holds another cluster's
/// authority or half of one, [`CertsError::File`] when the system refuses. What was written before an error stays.
pub fn write_dev(request: &DevRequest) -> Result<Vec<Written>, CertsError> {
    if request.nodes.iter().any(|node| node.as_ref() == AUTHORITY) {
        return Err(CertsError::ReservedName);
    }
    fs::create_dir_all(&request.out).map_err(file("create", &request.out))?;
    if request.existing == Existing::Refuse {
        refuse_existing(request)?;
    }
    let mut written = Vec::new();
    let authority = authority(request, &mut written)?;
    for node in &request.nodes {
        let [certificate, key] = paths(&request.out, node.as_ref());
        if request.existing == Existing::Keep && certificate.exists() && key.exists() {
            written.extend([Written::Kept(certificate), Written::Kept(key)]);
            continue;
        }
        let issued = authority.issue(node, Key::generate()?, request.validity)?;
        create(request, &key, KEY_MODE, &issued.key.pem())?;
        create(request, &certificate, CERTIFICATE_MODE, issued.pem())?;
        written.extend([Written::Made(certificate), Written::Made(key)]);
    }
    Ok(written)
}

/// The authority's files are `ca.pem` and `ca.key`.
const AUTHORITY: &str = "ca";
/// Only the owner reads a key.
const KEY_MODE: u32 = 0o600;
/// A certificate is public.
const CERTIFICATE_MODE: u32 = 0o644;

fn refuse_existing(request: &DevRequest) -> Result<(), CertsError> {
    let taken = request
        .nodes
        .iter()
        .flat_map(|node| paths(&request.out, node.as_ref()))
        .find(|path| path.exists());
    taken.map_or(Ok(()), |path| Err(CertsError::Exists { path }))
}

/// The authority that is in the folder, or a new one.
fn authority(request: &DevRequest, written: &mut Vec<Written>) -> Result<Authority, CertsError> {
    let [certificate, key] = paths(&request.out, AUTHORITY);
    if request.existing != Existing::Replace && (certificate.exists() || key.exists()) {
        let found = Authority::read(&request.cluster, &certificate, &key, request.validity)?;
        written.extend([Written::Kept(certificate), Written::Kept(key)]);
        return Ok(found);
    }
    let made = Authority::new(request.cluster.clone(), Key::generate()?, request.validity)?;
    create(request, &key, KEY_MODE, &made.key_pem())?;
    create(request, &certificate, CERTIFICATE_MODE, made.pem())?;
    written.extend([Written::Made(certificate), Written::Made(key)]);
    Ok(made)
}

impl Authority {
    /// The authority that [`write_dev`] left in a folder.
    fn read(
        cluster: &ClusterName,
        certificate: &Path,
        key: &Path,
        validity: Validity,
    ) -> Result<Self, CertsError> {
        let foreign = |path: &Path, reason: String| CertsError::ForeignAuthority {
            path: path.to_path_buf(),
            cluster: cluster.clone(),
            reason,
        };
        let pem = fs::read_to_string(certificate).map_err(file("read", certificate))?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| foreign(certificate, error.to_string()))?;
        let text = fs::read_to_string(key).map_err(file("read", key))?;
        let pair = KeyPair::from_pkcs8_pem_and_sign_algo(&text, &PKCS_ED25519)
            .map_err(|error| foreign(key, error.to_string()))?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&der)
            .map_err(|error| foreign(certificate, error.to_string()))?;
        let key = Key(pair);
        if parsed.public_key().subject_public_key.data.as_ref() != key.0.public_key_raw() {
            return Err(foreign(
                certificate,
                "ca.key is the key of another certificate".to_owned(),
            ));
        }
        let expected = authority_name(cluster, &key);
        let names = parsed.subject().iter_common_name();
        if !names
            .filter_map(|name| name.as_str().ok())
            .any(|name| name == expected)
        {
            return Err(foreign(
                certificate,
                format!("it is `{}`", parsed.subject()),
            ));
        }
        // Only name and key of these go into what the authority signs; both were just found to agree with the certificate.
        let params = authority_params(cluster, &key, validity);
        Ok(Self {
            cluster: cluster.clone(),
            issuer: Issuer::new(params, key.0),
            certificate: der.clone(),
            pem,
        })
    }
}

fn paths(out: &Path, name: &str) -> [PathBuf; 2] {
    [
        out.join(format!("{name}.pem")),
        out.join(format!("{name}.key")),
    ]
}

/// Writes the file under another name, with its final mode and owner from the first byte on, then moves it to its place: a reader
/// sees all of it or nothing.
fn create(request: &DevRequest, path: &Path, mode: u32, text: &str) -> Result<(), CertsError> {
    let made = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(&request.out)
        .and_then(|mut beside| {
            beside.write_all(text.as_bytes())?;
            if let Some(Owner { uid, gid }) = request.owner {
                fchown(beside.as_file(), Some(uid), Some(gid))?;
            }
            beside.as_file().sync_all()?;
            let moved = match request.existing {
                Existing::Replace => beside.persist(path),
                Existing::Refuse | Existing::Keep => beside.persist_noclobber(path),
            };
            moved.map(drop).map_err(|refused| refused.error)
        });
    made.map_err(file("write", path))
}

fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CertsError {
    let path = path.to_path_buf();
    move |source| CertsError::File {
        action,
        path,
        source,
    }
}
