//! A certificate authority whose keys come from the seed.
//!
//! Ed25519 only: its signatures have one length and no randomness, so that a handshake has the same datagrams in every run. An ECDSA signature varies in
//! length, and with it the trace.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ED25519, SanType,
    date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::rng::Rng;

/// The authority of one simulated cluster.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    rng: Rng,
}

/// A node's certificate and key.
pub struct Certified {
    /// The node's own certificate.
    pub certificate: CertificateDer<'static>,
    /// Its Ed25519 key, PKCS#8.
    pub key: PrivateKeyDer<'static>,
}

impl Authority {
    /// The authority that `seed` stands for.
    ///
    /// # Errors
    /// When rcgen refuses the parameters.
    pub fn new(seed: u64) -> Result<Self, rcgen::Error> {
        let mut rng = Rng::new(seed).fork("authority");
        let (pair, _) = key_pair(&mut rng)?;
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "farc simulation");
        valid_for_ever(&mut params);
        let certificate = params.self_signed(&pair)?.der().clone();
        Ok(Self {
            issuer: Issuer::new(params, pair),
            certificate,
            rng,
        })
    }

    /// The authority's own certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// A certificate for `node` of `cluster`, with the one name `<node>.<cluster>.farc`.
    ///
    /// # Errors
    /// When the name is no DNS name or rcgen refuses the parameters.
    pub fn issue(&self, node: &str, cluster: &str) -> Result<Certified, rcgen::Error> {
        let (pair, key) = key_pair(&mut self.rng.fork(node))?;
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.subject_alt_names = vec![SanType::DnsName(
            format!("{node}.{cluster}.farc").try_into()?,
        )];
        params.distinguished_name.push(DnType::CommonName, node);
        valid_for_ever(&mut params);
        let certificate = params.signed_by(&pair, &self.issuer)?.der().clone();
        Ok(Certified { certificate, key })
    }
}

/// Wide enough that the wall clock of whoever runs the simulation does not matter.
fn valid_for_ever(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2200, 1, 1);
}

/// An Ed25519 key from the generator, as PKCS#8 v1 (RFC 8410 section 7).
fn key_pair(rng: &mut Rng) -> Result<(KeyPair, PrivateKeyDer<'static>), rcgen::Error> {
    const PREFIX: [u8; 16] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let mut der = PREFIX.to_vec();
    der.extend_from_slice(&rng.seed32());
    let pkcs8 = PrivatePkcs8KeyDer::from(der);
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ED25519)?;
    Ok((pair, PrivateKeyDer::Pkcs8(pkcs8)))
}
