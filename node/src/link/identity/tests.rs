//! Whose certificate is accepted, and what is said of one that is not.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ED25519,
};
use time::{Duration as Days, OffsetDateTime};

use std::time::Duration;

use super::*;

const NOW: i64 = 1_800_000_000;

struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

fn at(offset: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap() + Days::days(offset)
}

fn authority(name: &str) -> Authority {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (at(-100), at(100));
    let certificate = params.self_signed(&key).unwrap();
    Authority {
        pem: certificate.pem(),
        der: certificate.der().clone(),
        issuer: Issuer::new(params, key),
    }
}

fn params(names: &[&str]) -> CertificateParams {
    let mut params =
        CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a node");
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    (params.not_before, params.not_after) = (at(-10), at(10));
    params
}

fn identity(ca: &Authority, issuer: &Authority, params: &CertificateParams) -> Identity {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let leaf = params
        .signed_by(&key, &issuer.issuer)
        .unwrap()
        .der()
        .clone();
    Identity {
        ca: vec![ca.der.clone()],
        chain: vec![leaf],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    }
}

fn check(identity: &Identity) -> Result<(), IdentityError> {
    let now = UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    identity.check(
        &NodeName::try_from("north").unwrap(),
        &ClusterName::try_from("plant").unwrap(),
        now,
    )
}

#[track_caller]
fn problem(identity: &Identity) -> Problem {
    let error = check(identity).unwrap_err();
    if let IdentityError::Refused(refusal) = error {
        refusal.problem
    } else {
        panic!("refused for another reason: {error}")
    }
}

const EXPECTED: &str = "`north.plant.farc`";

#[test]
fn the_certificate_of_this_node_is_good() {
    let ca = authority("plant CA");
    check(&identity(&ca, &ca, &params(&["north.plant.farc"]))).unwrap();
}

#[test]
fn a_certificate_of_another_authority_is_refused_with_whose_it_is_and_what_to_do() {
    let identity = identity(
        &authority("plant CA"),
        &authority("other CA"),
        &params(&["north.plant.farc"]),
    );
    let said = check(&identity).unwrap_err().to_string();
    assert_eq!(
        said,
        "the certificate of `north.plant.farc` (issued by `CN=other CA`, valid from Jan  5 08:00:00 2027 +00:00 to Jan 25 08:00:00 2027 +00:00): it is not of our authority \
         `CN=plant CA`; issue it with the authority that all nodes of the cluster share, or give all nodes the same `ca`"
    );
}

#[test]
fn an_authority_of_the_same_name_is_another_authority() {
    let identity = identity(
        &authority("plant CA"),
        &authority("plant CA"),
        &params(&["north.plant.farc"]),
    );
    assert!(matches!(problem(&identity), Problem::OtherAuthority { .. }));
}

#[test]
fn a_certificate_that_signs_itself_is_refused() {
    let ca = authority("plant CA");
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let leaf = params(&["north.plant.farc"])
        .self_signed(&key)
        .unwrap()
        .der()
        .clone();
    let identity = Identity {
        ca: vec![ca.der],
        chain: vec![leaf],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    };
    assert_eq!(
        problem(&identity),
        Problem::SelfSigned {
            ours: "CN=plant CA".to_owned()
        }
    );
}

#[test]
fn a_certificate_is_good_only_in_its_time() {
    let ca = authority("plant CA");
    let mut late = params(&["north.plant.farc"]);
    (late.not_before, late.not_after) = (at(-20), at(-10));
    assert_eq!(
        problem(&identity(&ca, &ca, &late)),
        Problem::Expired {
            now: "Jan 15 08:00:00 2027 +00:00".to_owned()
        }
    );
    let mut early = params(&["north.plant.farc"]);
    (early.not_before, early.not_after) = (at(10), at(20));
    assert_eq!(
        problem(&identity(&ca, &ca, &early)),
        Problem::NotYetValid {
            now: "Jan 15 08:00:00 2027 +00:00".to_owned()
        }
    );
}

#[test]
fn a_certificate_carries_exactly_the_one_name() {
    let ca = authority("plant CA");
    let refused = |names: &[&str]| problem(&identity(&ca, &ca, &params(names)));
    let expected = EXPECTED.to_owned();
    assert_eq!(
        refused(&[]),
        Problem::NoName {
            expected: expected.clone()
        }
    );
    assert_eq!(
        refused(&["north.plant.farc", "south.plant.farc"]),
        Problem::SeveralNames {
            expected: expected.clone()
        }
    );
    assert_eq!(
        refused(&["north.plant.farc", "127.0.0.1"]),
        Problem::SeveralNames {
            expected: expected.clone()
        }
    );
    assert_eq!(
        refused(&["*.plant.farc"]),
        Problem::Wildcard {
            expected: expected.clone()
        }
    );
    for odd in [
        "north",
        "north.farc",
        "a.north.plant.farc",
        "north.plant.example",
        "127.0.0.1",
    ] {
        assert_eq!(
            refused(&[odd]),
            Problem::OtherForm {
                expected: expected.clone()
            },
            "{odd}"
        );
    }
    assert_eq!(
        refused(&["north.other.farc"]),
        Problem::OtherCluster {
            found: "other".to_owned(),
            ours: "plant".to_owned()
        }
    );
    assert_eq!(
        refused(&["south.plant.farc"]),
        Problem::OtherNode {
            found: "south".to_owned(),
            expected: "north".to_owned()
        }
    );
}

#[test]
fn a_certificate_that_may_only_call_is_refused_as_a_server() {
    let ca = authority("plant CA");
    let mut params = params(&["north.plant.farc"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(problem(&identity(&ca, &ca, &params)), Problem::Purpose);
}

#[test]
fn a_key_must_belong_to_its_certificate() {
    let ca = authority("plant CA");
    let params = params(&["north.plant.farc"]);
    let mut identity = identity(&ca, &ca, &params);
    identity.key = PrivateKeyDer::try_from(
        KeyPair::generate_for(&PKCS_ED25519)
            .unwrap()
            .serialize_der(),
    )
    .unwrap();
    assert!(matches!(
        check(&identity).unwrap_err(),
        IdentityError::KeyMismatch { .. }
    ));
}

#[test]
fn nonsense_is_an_error_and_never_a_panic() {
    let ca = authority("plant CA");
    let good = identity(&ca, &ca, &params(&["north.plant.farc"]));
    let der = good.chain[0].to_vec();
    assert!(matches!(
        check(&Identity {
            chain: vec![],
            ..good.clone()
        }),
        Err(IdentityError::NoCertificate)
    ));
    assert!(matches!(
        check(&Identity {
            ca: vec![],
            ..good.clone()
        }),
        Err(IdentityError::UnusableAuthority { .. })
    ));
    assert!(matches!(
        check(&Identity {
            ca: vec![CertificateDer::from(vec![1, 2, 3])],
            ..good.clone()
        }),
        Err(IdentityError::UnusableAuthority { .. })
    ));
    for cut in 0..der.len() {
        let chain = vec![CertificateDer::from(der[..cut].to_vec())];
        assert!(
            matches!(
                check(&Identity {
                    chain,
                    ..good.clone()
                }),
                Err(IdentityError::Unreadable(_))
            ),
            "cut to {cut} bytes"
        );
    }
    for at in 0..der.len() {
        let mut broken = der.clone();
        broken[at] ^= 0x55;
        assert!(
            check(&Identity {
                chain: vec![CertificateDer::from(broken)],
                ..good.clone()
            })
            .is_err(),
            "byte {at} flipped"
        );
    }
}

#[test]
fn files_are_read_and_wrong_ones_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let ca = authority("plant CA");
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let leaf = params(&["north.plant.farc"])
        .signed_by(&key, &ca.issuer)
        .unwrap();
    std::fs::write(path("ca.pem"), &ca.pem).unwrap();
    std::fs::write(path("node.pem"), leaf.pem()).unwrap();
    std::fs::write(path("node.key"), key.serialize_pem()).unwrap();
    let identity = Identity::load(&path("ca.pem"), &path("node.pem"), &path("node.key")).unwrap();
    check(&identity).unwrap();
    assert_eq!(identity.node_name().unwrap().as_ref(), "north");
    assert!(!format!("{identity:?}").contains("PRIVATE"));

    let said = |error: IdentityError| {
        error
            .to_string()
            .replace(&folder.path().display().to_string(), "DIR")
    };
    let missing =
        Identity::load(&path("none.pem"), &path("node.pem"), &path("node.key")).unwrap_err();
    assert_eq!(said(missing), "cannot read DIR/none.pem");
    let swapped =
        Identity::load(&path("ca.pem"), &path("node.key"), &path("node.key")).unwrap_err();
    assert!(
        said(swapped)
            .starts_with("DIR/node.key holds no certificate (-----BEGIN CERTIFICATE-----): ")
    );
    let swapped =
        Identity::load(&path("ca.pem"), &path("node.pem"), &path("node.pem")).unwrap_err();
    assert!(said(swapped).starts_with("DIR/node.pem holds no private key"));
}
