//! Certificates follow from their arguments, and from nothing else.

use std::time::{Duration, SystemTime};

use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::{Authority, Issued, Key, Validity};

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn authority() -> Authority {
    let validity = Validity::days(now(), 10);
    Authority::new("home".parse().unwrap(), Key::from_seed([1; 32]), validity).unwrap()
}

fn issued() -> Issued {
    let node = "node-a".parse().unwrap();
    let validity = Validity::days(now(), 10);
    authority()
        .issue(&node, Key::from_seed([2; 32]), validity)
        .unwrap()
}

#[test]
fn the_same_seeds_and_times_give_the_same_bytes() {
    assert_eq!(authority().der(), authority().der());
    assert_eq!(issued().certificate, issued().certificate);
    assert_eq!(issued().key.der(), issued().key.der());
}

#[test]
fn generated_keys_differ() {
    assert_ne!(
        Key::generate().unwrap().pem(),
        Key::generate().unwrap().pem()
    );
}

#[test]
fn a_certificate_has_the_one_name_of_its_node_and_serves_both_ends() {
    let issued = issued();
    let (_, parsed) = X509Certificate::from_der(&issued.certificate).unwrap();
    let names = parsed.subject_alternative_name().unwrap().unwrap();
    assert_eq!(
        names.value.general_names,
        [GeneralName::DNSName("node-a.home.farc")]
    );
    let usage = parsed.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && usage.client_auth);
}

#[test]
fn a_certificate_is_good_an_hour_before_it_was_made() {
    let issued = issued();
    let (_, parsed) = X509Certificate::from_der(&issued.certificate).unwrap();
    assert_eq!(
        parsed.validity().not_before.timestamp(),
        1_800_000_000 - 3600
    );
    assert_eq!(
        parsed.validity().not_after.timestamp(),
        1_800_000_000 + 864_000
    );
}

#[test]
fn serial_numbers_are_positive_and_sixteen_bytes_long() {
    for seed in 0..=255 {
        let node = "n".parse().unwrap();
        let issued = authority().issue(&node, Key::from_seed([seed; 32]), Validity::days(now(), 1));
        let issued = issued.unwrap();
        let (_, parsed) = X509Certificate::from_der(&issued.certificate).unwrap();
        let serial = parsed.raw_serial();
        assert_eq!(serial.len(), 16);
        assert!(serial[0] & 0x80 == 0, "{serial:02x?}");
    }
}
