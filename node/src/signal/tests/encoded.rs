//! Bytes of any type: what they hold, what they refuse, and that a type's own serde cannot take an actor down.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde::ser;

use super::*;

/// It has everything that a signal may not.
#[derive(Clone, Debug)]
struct Shared(Arc<Mutex<RefCell<HashMap<String, usize>>>>);

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.lock().unwrap().borrow().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = HashMap::deserialize(deserializer)?;
        Ok(Self(Arc::new(Mutex::new(RefCell::new(map)))))
    }
}

#[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[signal("test.encoded")]
struct Carrier {
    number: u8,
    shared: Encoded<Shared>,
}

fn shared() -> Shared {
    Shared(Arc::new(Mutex::new(RefCell::new(HashMap::from([(
        "a".to_owned(),
        7,
    )])))))
}

#[test]
fn whoever_decodes_gets_a_value_of_its_own() {
    let sender = shared();
    let carrier = Carrier {
        number: 1,
        shared: Encoded::new(&sender).unwrap(),
    };
    let received = carrier.clone().shared.decode().unwrap();
    received.0.lock().unwrap().borrow_mut().clear();
    for other in [&sender, &carrier.shared.decode().unwrap()] {
        assert_eq!(other.0.lock().unwrap().borrow()["a"], 7);
    }
}

#[test]
fn encoded_is_a_blob_on_the_wire() {
    let encoded = Encoded::new(&300u16).unwrap();
    assert_eq!(encoded.as_slice(), [251, 44, 1]);
    assert_eq!(bytes(&encoded)[..], [3, 251, 44, 1]);
    assert_eq!(format!("{encoded:?}"), "Encoded(3 bytes)");
    let again: Encoded<u16> = codec::decode(&[3, 251, 44, 1]).unwrap();
    assert_eq!((again.decode(), again), (Ok(300), encoded));
    agrees(&Carrier {
        number: 1,
        shared: Encoded::new(&shared()).unwrap(),
    });
    assert_eq!(self_check::<Carrier>(), Ok(()));
}

#[test]
fn the_structure_of_encoded_says_no_more_than_that() {
    let structure = Carrier::structure();
    expect!["struct Carrier { number: u8, shared: struct Encoded(blob) }"]
        .assert_eq(&structure.to_string());
    expect!["6f72f4ddc99f673e27700873b1a8c627"]
        .assert_eq(&structure.wire_fingerprint().to_string());
    expect!["39dd484fc743bc10346c00a08721c2fe"]
        .assert_eq(&structure.schema_fingerprint(Carrier::NAME).to_string());
    let (min_wire, depth) = shape::shape::<Carrier>().figures().summary();
    assert_eq!((min_wire, depth), (structure.min_wire(), structure.depth()));
}

#[test]
fn bytes_that_are_no_such_value_are_an_error_to_the_receiver() {
    let decode = |bytes: &[u8]| {
        let encoded: Encoded<Vec<String>> =
            codec::decode(&super::bytes(&Blob::from(bytes))).unwrap();
        encoded.decode().unwrap_err().to_string()
    };
    expect!["the bytes are no such value: ends too early"].assert_eq(&decode(&[1]));
    expect!["the bytes are no such value: 1 bytes too many"].assert_eq(&decode(&[0, 0]));
    expect!["the bytes are no such value: malformed: more elements than bytes"]
        .assert_eq(&decode(&[9, 9]));
    expect!["the bytes are no such value: malformed: more elements than bytes"]
        .assert_eq(&decode(&[253, 0, 0, 0, 0, 0, 0, 0, 1]));
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_decoding_does_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        fn try_as<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
            let encoded: Encoded<T> = codec::decode(&super::bytes(&Blob::from(bytes))).unwrap();
            if let Ok(value) = encoded.decode() {
                assert!(Encoded::new(&value).is_ok());
            }
        }
        try_as::<Everything>(&bytes);
        try_as::<HashMap<String, Vec<Option<usize>>>>(&bytes);
        try_as::<Vec<std::path::PathBuf>>(&bytes);
        try_as::<Tree>(&bytes);
    }
}

/// It contains itself, which no signal may.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Tree(Vec<Tree>);

#[test]
fn a_type_that_contains_itself_is_read_as_deep_as_the_decoder_follows() {
    let tree = |levels: usize| (0..levels).fold(Tree(Vec::new()), |inner, _| Tree(vec![inner]));
    let encoded = Encoded::new(&tree(50)).unwrap();
    assert_eq!(encoded.decode(), Ok(tree(50)));
    let error = Encoded::new(&tree(500)).unwrap().decode().unwrap_err();
    expect!["the bytes are no such value: malformed: nested too deeply"]
        .assert_eq(&error.to_string());
}

#[test]
fn a_value_that_is_too_large_or_describes_itself_is_an_error_to_the_sender_or_the_receiver() {
    #[derive(Serialize, Deserialize, Debug)]
    #[serde(untagged)]
    enum Untagged {
        Number(u8),
    }
    #[derive(Serialize, Deserialize, Debug)]
    struct Outer {
        #[serde(flatten)]
        inner: HashMap<String, u8>,
    }

    let error = Encoded::new(&"x".repeat(codec::MAX_MESSAGE)).unwrap_err();
    expect!["the value cannot be encoded: longer than 16777216 bytes"]
        .assert_eq(&error.to_string());
    let inner = HashMap::from([("a".to_owned(), 1)]);
    let error = Encoded::new(&Outer { inner }).unwrap_err();
    expect!["the value cannot be encoded: not encodable: a sequence or map of unknown length"]
        .assert_eq(&error.to_string());
    let error = Encoded::new(&Untagged::Number(1))
        .unwrap()
        .decode()
        .unwrap_err();
    expect!["the bytes are no such value: malformed: the type asks what comes next, which the format does not say"].assert_eq(&error.to_string());
    let json = serde_json::json!([1]);
    let error = Encoded::new(&json).unwrap().decode().unwrap_err();
    expect!["the bytes are no such value: malformed: the type asks what comes next, which the format does not say"].assert_eq(&error.to_string());
}

/// Its serde panics, or fails.
#[derive(Debug, PartialEq)]
enum Broken {
    Panics,
    PanicsWithAPanic,
    Fails,
}

/// A payload of a panic whose drop panics as well.
struct Twice;

impl Drop for Twice {
    fn drop(&mut self) {
        panic!("again");
    }
}

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Panics => panic!("as it likes"),
            Self::PanicsWithAPanic => std::panic::panic_any(Twice),
            Self::Fails => Err(ser::Error::custom("as it likes")),
        }
    }
}

impl<'de> Deserialize<'de> for Broken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => panic!("as it likes"),
            1 => std::panic::panic_any(Twice),
            _other => Err(serde::de::Error::custom("as it likes")),
        }
    }
}

#[test]
fn a_serde_that_panics_is_an_error_that_names_it() {
    for broken in [Broken::Panics, Broken::PanicsWithAPanic] {
        let error = Encoded::new(&broken).unwrap_err();
        assert_eq!(error.to_string(), "the Serialize of the type panicked");
    }
    let error = Encoded::new(&Broken::Fails).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value cannot be encoded: not encodable: as it likes"
    );
    for first in 0..2u8 {
        let encoded: Encoded<Broken> = codec::decode(&[1, first]).unwrap();
        assert_eq!(encoded.decode(), Err(EncodedError::Type("Deserialize")));
    }
    let encoded: Encoded<Broken> = codec::decode(&[1, 2]).unwrap();
    assert!(matches!(encoded.decode(), Err(EncodedError::Bytes(_))));
}

#[test]
fn encoded_is_send_and_static_whatever_it_holds_the_bytes_of() {
    fn isolated<T: Isolated>() {}
    isolated::<Encoded<std::rc::Rc<u8>>>();
    isolated::<Encoded<*const u8>>();
}
