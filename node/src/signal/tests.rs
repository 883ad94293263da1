//! A type, its structure, its bytes and its JSON all say the same.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Debug,
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::NonZero,
    time::Duration,
};

use bytes::BytesMut;
use expect_test::expect;
use farc_macros::{Event, Isolated, Signal};
use farc_protocol::{
    codec,
    frame::Class,
    json::{from_json, to_json},
    life::Life,
};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serializer};

use super::*;

mod blob;
mod encoded;
#[cfg(any(
    feature = "indexmap",
    feature = "jiff",
    feature = "smallvec",
    feature = "uuid"
))]
mod foreign;
mod json;

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq, PartialOrd)]
struct Meters(f64);

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Point(i32, i64);

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Nothing;

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Pair<T, const N: usize> {
    left: Option<T>,
    right: Vec<T>,
    kind: PhantomData<[T; N]>,
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Choice {
    Nothing,
    One(String),
    Two(i8, NonZero<i16>),
    Named { r#type: Meters, at: Duration },
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.everything")]
struct Everything {
    unsigned: (u8, u16, u32, u64, u128),
    signed: (i8, i16, i32, i64, i128),
    floats: (f32, [f64; 2]),
    scalars: (bool, char, ()),
    text: String,
    blob: Blob,
    boxed: Box<Option<Result<u8, String>>>,
    lists: (Vec<u16>, VecDeque<Point>),
    set: BTreeSet<u32>,
    maps: (BTreeMap<String, Choice>, BTreeMap<i16, bool>),
    pause: Duration,
    addresses: (
        IpAddr,
        Ipv4Addr,
        Ipv6Addr,
        SocketAddr,
        SocketAddrV4,
        SocketAddrV6,
    ),
    pair: Pair<Meters, 3>,
    nothing: Nothing,
}

fn choices() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Nothing),
        ".{0,5}".prop_map(Choice::One),
        (any::<i8>(), 1..i16::MAX).prop_map(|(a, b)| Choice::Two(a, NonZero::new(b).unwrap())),
        (-1e9..1e9, 0..1u64 << 40, 0..1_000_000_000u32).prop_map(|(meters, s, ns)| Choice::Named {
            r#type: Meters(meters),
            at: Duration::new(s, ns)
        }),
    ]
}

/// Integers to 2^53 and finite floats: what `serde_json` keeps as it is, so that the two can be compared.
fn everything() -> impl Strategy<Value = Everything> {
    let numbers = (
        any::<(u8, u16, u32)>(),
        0..1u64 << 53,
        any::<(i8, i16, i32)>(),
        -1i64 << 52..1i64 << 52,
    );
    let floats = (-1e30f32..1e30, any::<[i32; 2]>());
    let scalars = (
        any::<bool>(),
        any::<char>(),
        ".{0,9}",
        proptest::collection::vec(any::<u8>(), 0..9),
    );
    let lists = (
        proptest::collection::vec(any::<u16>(), 0..4),
        proptest::collection::vec_deque(
            (any::<i32>(), -9i64..9).prop_map(|(a, b)| Point(a, b)),
            0..4,
        ),
        proptest::collection::btree_set(any::<u32>(), 0..4),
        proptest::collection::btree_map(".{0,3}", choices(), 0..4),
        proptest::collection::btree_map(any::<i16>(), any::<bool>(), 0..4),
    );
    let rest = (
        any::<u32>(),
        any::<u128>(),
        any::<u16>(),
        any::<bool>(),
        proptest::option::of(-1e9..1e9),
    );
    (numbers, floats, scalars, lists, rest).prop_map(
        |(
            (unsigned, large, signed, small),
            (float, ints),
            scalars,
            lists,
            (v4, v6, port, four, meters),
        )| {
            let (v4, v6) = (Ipv4Addr::from(v4), Ipv6Addr::from(v6));
            let ip = if four {
                IpAddr::from(v4)
            } else {
                IpAddr::from(v6)
            };
            Everything {
                unsigned: (unsigned.0, unsigned.1, unsigned.2, large, large.into()),
                signed: (signed.0, signed.1, signed.2, small, small.into()),
                floats: (float, ints.map(f64::from)),
                scalars: (scalars.0, scalars.1, ()),
                boxed: Box::new(four.then(|| {
                    if scalars.0 {
                        Ok(signed.0 as u8)
                    } else {
                        Err(scalars.2.clone())
                    }
                })),
                text: scalars.2,
                blob: scalars.3.into(),
                lists: (lists.0, lists.1),
                set: lists.2,
                maps: (lists.3, lists.4),
                pause: Duration::new(large, 7),
                addresses: (
                    ip,
                    v4,
                    v6,
                    SocketAddr::new(ip, port),
                    SocketAddrV4::new(v4, port),
                    SocketAddrV6::new(v6, port, 0, 0),
                ),
                pair: Pair {
                    left: meters.map(Meters),
                    right: vec![Meters(0.5)],
                    kind: PhantomData,
                },
                nothing: Nothing,
            }
        },
    )
}

fn bytes<T: Serialize>(value: &T) -> BytesMut {
    let mut out = BytesMut::new();
    codec::encode(value, &mut out).unwrap();
    out
}

/// The value's bytes by its structure, there and back.
fn agrees<T: Isolated + Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let encoded = bytes(value);
    let structure = T::structure();
    assert!(encoded.len() >= structure.min_wire(), "{structure}");
    let json = to_json(&structure, &encoded).unwrap();
    let again = from_json(&structure, &json).unwrap();
    assert_eq!(again, encoded, "{structure} as {json}");
    assert_eq!(codec::decode::<T>(&again).as_ref(), Ok(value));
}

proptest! {
    #[test]
    fn a_signal_and_its_structure_agree_on_the_bytes(value in everything()) {
        agrees(&value);
    }

    #[test]
    fn json_by_structure_is_what_serde_json_makes_of_the_type(value in everything()) {
        let mut expected = serde_json::to_value(&value).unwrap();
        // Where the two differ on purpose: hex for bytes, and the shortest decimal for an `f32`.
        let by_structure = to_json(&Everything::structure(), &bytes(&value)).unwrap();
        expected["blob"] = by_structure["blob"].clone();
        expected["floats"][0] = by_structure["floats"][0].clone();
        prop_assert_eq!(by_structure["floats"][0].as_f64().map(|float| float as f32), Some(value.floats.0));
        prop_assert_eq!(by_structure, expected);
    }

    #[test]
    fn all_numbers_agree_with_their_structure(
        unsigned in any::<(u8, u16, u32, u64, u128)>(),
        signed in any::<(i8, i16, i32, i64, i128)>(),
        other in any::<(bool, char, String)>(),
    ) {
        agrees(&unsigned);
        agrees(&signed);
        agrees(&other);
        agrees(&[Some(signed.3), None]);
        agrees(&NonZero::new(unsigned.4 | 1));
        agrees(&NonZero::new(signed.4 | 1));
    }

    #[test]
    fn all_floats_agree_with_their_structure(bits in any::<(u32, u64)>()) {
        let structure = <(f32, f64)>::structure();
        let value = (f32::from_bits(bits.0), f64::from_bits(bits.1));
        let json = to_json(&structure, &bytes(&value)).unwrap();
        prop_assert_eq!(from_json(&structure, &json).unwrap(), bytes(&value).to_vec());
    }

    #[test]
    fn changing_the_copy_leaves_the_original_alone(value in everything()) {
        let before = bytes(&value);
        let mut copy = value.clone();
        copy.text.push('x');
        copy.lists.0.push(1);
        copy.maps.1.insert(7, true);
        *copy.boxed = None;
        copy.pair.right[0] = Meters(1.5);
        prop_assert_eq!(bytes(&value), before);
    }
}

#[test]
fn the_edges_of_every_type_agree_with_their_structure() {
    agrees(&(u64::MAX, u128::MAX, i64::MIN, i128::MIN));
    agrees(&(f64::INFINITY, f32::NEG_INFINITY, -0.0f64));
    agrees(&(Some(Some(())), Some(None::<()>), None::<Option<()>>));
    agrees(&Life {
        start: u64::MAX,
        random: 0,
    });
    Class::ALL.iter().for_each(agrees);
    agrees(&Blob::default());
    agrees(&BTreeMap::from([
        (Some(1u8), Blob::from([1, 2])),
        (None, Blob::from([])),
    ]));
    agrees(&(
        1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8, 8u8, 9u8, 10u8, 11u8, 12u8,
    ));
}

#[test]
fn a_structure_has_the_names_of_the_source() {
    expect!["struct Everything { unsigned: (u8, u16, u32, u64, u128), signed: (i8, i16, i32, i64, i128), floats: (f32, [f64; 2]), scalars: (bool, char, ()), text: string, blob: blob, boxed: option<enum Result { Ok(u8) | Err(string) }>, lists: (seq<u16>, seq<struct Point(i32, i64)>), set: set<u32>, maps: (map<string, enum Choice { Nothing | One(string) | Two(i8, nonzero<i16>) | Named { type: struct Meters(f64), at: duration } }>, map<i16, bool>), pause: duration, addresses: (IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6), pair: struct Pair { left: option<struct Meters(f64)>, right: seq<struct Meters(f64)>, kind: () }, nothing: struct Nothing }"].assert_eq(&Everything::structure().to_string());
}

#[test]
fn fingerprints_stay_as_they_are() {
    let structure = Everything::structure();
    expect!["704c8994a3924164da54685415851d50"]
        .assert_eq(&structure.wire_fingerprint().to_string());
    expect!["0eec84634d6fe7c6eec9d4e1b9d76050"]
        .assert_eq(&structure.schema_fingerprint(Everything::NAME).to_string());
}

#[test]
fn figures_of_the_type_are_those_of_its_structure() {
    fn same<T: Isolated>() {
        let structure = T::structure();
        let expected = (structure.min_wire(), structure.depth());
        assert_eq!(
            shape::shape::<T>().figures().summary(),
            expected,
            "{structure}"
        );
    }
    same::<Everything>();
    same::<Choice>();
    same::<Pair<u8, 0>>();
    same::<Nothing>();
    same::<Class>();
    same::<Life>();
    same::<[(u8, f64); 3]>();
    same::<Result<(), [u32; 2]>>();
    same::<BTreeMap<SocketAddr, Option<IpAddr>>>();
}

#[test]
fn derived_signals_pass_their_self_check() {
    assert_eq!(self_check::<Everything>(), Ok(()));
}

/// Says that it is one byte and writes two.
#[derive(Signal, Clone, Debug)]
#[signal("test.liar")]
struct Liar {
    value: u8,
}

impl Serialize for Liar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.value, self.value).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Liar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(|value| Self { value })
    }
}

/// Says that it is one byte and reads two.
#[derive(Signal, Serialize, Clone)]
#[signal("test.glutton")]
struct Glutton {
    value: u8,
}

impl<'de> Deserialize<'de> for Glutton {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(u8, u8)>::deserialize(deserializer).map(|(value, _)| Self { value })
    }
}

#[test]
fn a_type_that_writes_other_bytes_than_its_structure_fails_its_self_check() {
    let error = self_check::<Liar>().unwrap_err();
    expect!["signal `test.liar`: its Serialize does not write what its structure says (struct Liar { value: u8 })"].assert_eq(&error.to_string());
    let error = self_check::<Glutton>().unwrap_err();
    expect!["signal `test.glutton`: its Deserialize does not read what its structure says: ends too early"].assert_eq(&error.to_string());
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("$sys.tested", system)]
struct Tested;

#[test]
fn system_signals_are_declared_inside_farc_only_and_are_no_names_for_users() {
    assert_eq!(Tested::NAME, "$sys.tested");
    assert!(farc_protocol::name::check_signal_name(Tested::NAME).is_err());
    assert!(farc_protocol::name::check_signal_name(Everything::NAME).is_ok());
}

#[test]
fn a_signal_is_normal_and_reliable_unless_it_says_otherwise() {
    assert_eq!(
        (Everything::CLASS, Everything::DELIVERY),
        (Class::Normal, Delivery::Reliable)
    );
}

#[derive(Event, Debug)]
enum TestEvent {
    Tested(Tested),
    #[event(local)]
    Named {
        liar: Liar,
    },
    #[event(own)]
    Done(Box<dyn std::any::Any + Send>),
    #[event(local)]
    Timeout,
}

#[test]
fn an_event_knows_its_variants_and_what_they_carry() {
    assert_eq!(TestEvent::NAMES, ["Tested", "Named", "Done", "Timeout"]);
    let tested = TestEvent::from(Tested);
    let (name, payload) = tested.payload().unwrap();
    assert_eq!(
        (tested.index(), name, payload.downcast_ref()),
        (0, "$sys.tested", Some(&Tested))
    );
    let done = TestEvent::Done(Box::new(7u8));
    assert_eq!((done.index(), done.payload().is_none()), (2, true));
    assert!(matches!(done, TestEvent::Done(seven) if seven.is::<u8>()));
}

#[test]
fn what_is_posted_becomes_the_event_it_names() {
    let liar = Liar { value: 1 };
    assert!(matches!(
        TestEvent::from(TestEventPosted::from(Tested)),
        TestEvent::Tested(Tested)
    ));
    assert!(matches!(
        TestEventPosted::Named { liar }.into(),
        TestEvent::Named {
            liar: Liar { value: 1 }
        }
    ));
    assert!(matches!(
        TestEventPosted::Timeout.into(),
        TestEvent::Timeout
    ));
}

#[test]
fn a_blob_shares_its_storage_and_nobody_can_write_there() {
    let original = Blob::from(vec![1, 2, 3]);
    let copy = original.clone();
    assert_eq!(original.as_ptr(), copy.as_ptr());
    // Taking the bytes out of one copies them while another is there.
    let mut taken = Vec::from(copy);
    taken[0] = 9;
    assert_eq!(*original, [1, 2, 3]);
    assert_eq!(Vec::from(original), [1, 2, 3]);
}

#[test]
fn a_blob_is_a_length_and_its_bytes() {
    let blob = Blob::from([7, 8]);
    assert_eq!(bytes(&blob)[..], [2, 7, 8]);
    assert_eq!(codec::decode::<Blob>(&[2, 7, 8]), Ok(blob.clone()));
    assert_eq!(serde_json::to_string(&blob).unwrap(), "[7,8]");
    assert_eq!(serde_json::from_str::<Blob>("[7,8]").unwrap(), blob);
    assert_eq!(format!("{blob:?}"), "Blob(2 bytes)");
}

#[test]
fn a_blob_is_compared_by_its_bytes() {
    let blob: Blob = (0..3).collect();
    assert_eq!(blob, Blob::from(&[0, 1, 2][..]));
    assert!(blob < Blob::from([1]));
    assert_eq!(blob.iter().sum::<u8>(), 3);
    assert!(Blob::default().is_empty());
}
