//! The bytes are pinned, and whatever else comes in is refused at a bounded price.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZero,
    time::Duration,
};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
enum Shape {
    Point,
    Circle(f32),
    Line(i16, i16),
    Box { width: u32, name: String },
}

fn bytes<T: Serialize>(value: T) -> Vec<u8> {
    let mut out = BytesMut::new();
    let length = encode(&value, &mut out).unwrap();
    assert_eq!(length, out.len());
    out.to_vec()
}

#[track_caller]
fn golden<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, expected: &str) {
    let encoded = bytes(&value);
    let hex: Vec<_> = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex.join(" "), expected);
    assert_eq!(decode::<T>(&encoded).unwrap(), value);
}

#[test]
fn integers_take_one_byte_up_to_250_and_then_a_marker() {
    golden(0u8, "00");
    golden(255u8, "ff");
    golden(-1i8, "ff");
    golden(250u16, "fa");
    golden(251u16, "fb fb 00");
    golden(65_535u32, "fb ff ff");
    golden(65_536u32, "fc 00 00 01 00");
    golden(u64::from(u32::MAX) + 1, "fd 00 00 00 00 01 00 00 00");
    golden(
        u128::from(u64::MAX) + 1,
        "fe 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00",
    );
    golden(u64::MAX, "fd ff ff ff ff ff ff ff ff");
}

#[test]
fn signed_integers_are_zigzag_first() {
    golden(0i32, "00");
    golden(-1i32, "01");
    golden(1i32, "02");
    golden(-126i64, "fb fb 00");
    golden(i16::MIN, "fb ff ff");
    golden(i64::MIN, "fd ff ff ff ff ff ff ff ff");
    golden(
        i128::MIN,
        "fe ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff",
    );
}

#[test]
fn other_scalars_are_as_they_are_in_memory() {
    golden(true, "01");
    golden(1.5f32, "00 00 c0 3f");
    golden(-2.0f64, "00 00 00 00 00 00 00 c0");
    golden('a', "61");
    golden('€', "e2 82 ac");
    golden(String::from("hé"), "03 68 c3 a9");
    golden(NonZero::new(7u16), "01 07");
    golden((), "");
}

#[test]
fn containers_start_with_their_count() {
    golden(vec![1u8, 2, 3], "03 01 02 03");
    golden(Vec::<u64>::new(), "00");
    golden([1u8, 2], "01 02");
    golden((1u8, 300u16, false), "01 fb 2c 01 00");
    golden(Some(5u8), "01 05");
    golden(None::<u8>, "00");
    golden(Ok::<u8, bool>(3), "00 03");
    golden(Err::<u8, bool>(true), "01 01");
    golden(
        BTreeMap::from([("a".to_owned(), 1u8), ("b".to_owned(), 2)]),
        "02 01 61 01 01 62 02",
    );
    golden(BTreeSet::from([3u8, 1]), "02 01 03");
    golden(vec![7u8; 251], &format!("fb fb 00{}", " 07".repeat(251)));
}

#[test]
fn enums_start_with_the_index_of_their_variant() {
    golden(Shape::Point, "00");
    golden(Shape::Circle(1.5), "01 00 00 c0 3f");
    golden(Shape::Line(-1, 1), "02 01 02");
    golden(
        Shape::Box {
            width: 300,
            name: "x".into(),
        },
        "03 fb 2c 01 01 78",
    );
}

#[test]
fn durations_and_addresses_are_in_serdes_compact_form() {
    golden(Duration::new(3, 1_000), "03 fb e8 03");
    golden(Ipv4Addr::LOCALHOST, "7f 00 00 01");
    golden(IpAddr::V4(Ipv4Addr::LOCALHOST), "00 7f 00 00 01");
    golden(
        "[::1]:80".parse::<SocketAddr>().unwrap(),
        &format!("01{} 01 50", " 00".repeat(15)),
    );
    golden(
        "1.2.3.4:8080".parse::<SocketAddr>().unwrap(),
        "00 01 02 03 04 fb 90 1f",
    );
}

#[test]
fn encoding_appends_and_leaves_what_was_there() {
    let mut out = BytesMut::from(&b"head"[..]);
    assert_eq!(encode(&7u8, &mut out), Ok(1));
    assert_eq!(&out[..], b"head\x07");
}

#[test]
fn a_value_that_is_too_long_is_not_encoded_and_leaves_nothing_behind() {
    let mut out = BytesMut::from(&b"head"[..]);
    let long = "x".repeat(MAX_MESSAGE);
    assert_eq!(encode(&long, &mut out), Err(EncodeError::TooLarge));
    assert_eq!(&out[..], b"head");
    // With its five bytes of length, this one just fits.
    assert_eq!(encode(&long[5..], &mut out), Ok(MAX_MESSAGE));
}

#[test]
fn a_value_that_cannot_be_serialised_leaves_nothing_behind() {
    struct Half;
    impl Serialize for Half {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::{Error, SerializeTuple};
            let mut tuple = serializer.serialize_tuple(2)?;
            tuple.serialize_element(&1u8)?;
            Err(S::Error::custom("no second half"))
        }
    }
    let mut out = BytesMut::from(&b"head"[..]);
    assert!(
        matches!(encode(&Half, &mut out), Err(EncodeError::Unsupported(why)) if why.contains("no second half"))
    );
    assert_eq!(&out[..], b"head");
}

#[test]
fn a_long_list_of_small_numbers_is_within_the_limit() {
    // bincode counts eight bytes for each, which would be twice the limit.
    let list = vec![1u64; MAX_MESSAGE / 4];
    assert_eq!(decode::<Vec<u64>>(&bytes(&list)).unwrap().len(), list.len());
}

// Hostile input.

/// The marker of a 64-bit length, and the length.
fn declared(length: u64) -> Vec<u8> {
    [&[253][..], &length.to_le_bytes()].concat()
}

#[derive(Deserialize, Debug, PartialEq)]
enum Nest {
    Leaf,
    Node(Box<Self>),
}

#[derive(Deserialize, Debug, PartialEq)]
struct List {
    next: Option<Box<Self>>,
}

#[test]
fn a_declared_length_is_not_believed() {
    for length in [16, 1 << 32, 1 << 40, 1 << 62, 1 << 63, u64::MAX] {
        let input = declared(length);
        assert!(decode::<String>(&input).is_err(), "string of {length}");
        assert!(decode::<Vec<u8>>(&input).is_err(), "bytes of {length}");
        assert!(decode::<Vec<u64>>(&input).is_err(), "numbers of {length}");
        assert!(
            decode::<Vec<String>>(&input).is_err(),
            "strings of {length}"
        );
        assert!(decode::<BTreeSet<u8>>(&input).is_err(), "set of {length}");
        assert!(
            decode::<BTreeMap<u8, u8>>(&input).is_err(),
            "map of {length}"
        );
    }
}

#[test]
fn a_string_is_borrowed_before_it_is_copied() {
    // Just within the limit, in nine bytes: the bare library would allocate it first and read afterwards. Here the
    // length is held against the input, which is what ends too early.
    for length in [10, 1 << 20, MAX_MESSAGE as u64 - 1, CLAIM_LIMIT as u64 - 9] {
        assert_eq!(
            decode::<String>(&declared(length)),
            Err(DecodeError::Truncated),
            "{length}"
        );
    }
}

#[test]
fn a_count_of_elements_that_take_no_bytes_costs_nothing() {
    for length in [1 << 40, u64::MAX] {
        assert!(matches!(
            decode::<Vec<()>>(&declared(length)),
            Err(DecodeError::Malformed(_))
        ));
        assert!(matches!(
            decode::<Vec<Box<()>>>(&declared(length)),
            Err(DecodeError::Malformed(_))
        ));
        assert!(matches!(
            decode::<Vec<[u8; 0]>>(&declared(length)),
            Err(DecodeError::Malformed(_))
        ));
    }
    // Elements of tuples are part of the type: those may take nothing.
    assert_eq!(decode::<((), [(); 3], u8)>(&[9]), Ok(((), [(); 3], 9)));
}

#[test]
fn nesting_ends_before_the_stack_does() {
    let deep = vec![1; 900_000];
    assert!(
        matches!(decode::<Nest>(&deep), Err(DecodeError::Malformed(why)) if why.contains("nested"))
    );
    assert!(
        matches!(decode::<List>(&deep), Err(DecodeError::Malformed(why)) if why.contains("nested"))
    );
    let nest = |inner| Nest::Node(Box::new(inner));
    assert_eq!(decode(&[1, 1, 0]), Ok(nest(nest(Nest::Leaf))));
    assert_eq!(
        decode(&[1, 0]),
        Ok(List {
            next: Some(Box::new(List { next: None }))
        })
    );
}

#[test]
fn few_bytes_do_not_become_much_memory() {
    // A byte each on the wire, sixteen kilobytes each in memory.
    type Large = Option<[[u128; 32]; 32]>;
    let most = guard::MAX_DECODED / size_of::<Large>();
    let list = |count: usize| [&declared(count as u64)[..], &vec![0; count]].concat();
    assert_eq!(decode::<Vec<Large>>(&list(9)).map(|list| list.len()), Ok(9));
    assert!(
        matches!(decode::<Vec<Large>>(&list(most + 1)), Err(DecodeError::Malformed(why)) if why.contains("memory"))
    );
    // However it is split up, and in the values of maps as well.
    let split = [&declared(most as u64)[..], &[1, 0].repeat(most)].concat();
    assert!(matches!(
        decode::<Vec<Vec<Large>>>(&split),
        Err(DecodeError::Malformed(_))
    ));
    let entries = (0..=most as u32).flat_map(|key| [bytes(key), vec![0]].concat());
    let map: Vec<u8> = declared(most as u64 + 1)
        .into_iter()
        .chain(entries)
        .collect();
    assert!(matches!(
        decode::<BTreeMap<u32, Large>>(&map),
        Err(DecodeError::Malformed(_))
    ));
}

#[test]
fn a_type_that_trusts_what_it_is_told_does_not_make_room_for_all_of_it() {
    struct Trusting;

    impl<'de> Deserialize<'de> for Trusting {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Told;
            impl<'de> serde::de::Visitor<'de> for Told {
                type Value = Trusting;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a list")
                }
                fn visit_seq<A: serde::de::SeqAccess<'de>>(
                    self,
                    mut list: A,
                ) -> Result<Trusting, A::Error> {
                    assert_eq!(list.size_hint(), Some(4096));
                    while list.next_element::<u8>()?.is_some() {}
                    Ok(Trusting)
                }
            }
            deserializer.deserialize_seq(Told)
        }
    }

    assert!(decode::<Trusting>(&bytes(vec![0u8; 100_000])).is_ok());
}

#[test]
fn what_is_left_over_is_refused() {
    assert_eq!(
        decode::<u8>(&[1, 2, 3]),
        Err(DecodeError::Trailing { left: 2 })
    );
    assert_eq!(decode::<()>(&[0]), Err(DecodeError::Trailing { left: 1 }));
}

#[test]
fn what_ends_too_early_is_refused() {
    let whole = bytes((1u64 << 40, String::from("text"), Some(3.0f64)));
    for cut in 0..whole.len() {
        assert_eq!(
            decode::<(u64, String, Option<f64>)>(&whole[..cut]),
            Err(DecodeError::Truncated),
            "cut at {cut}"
        );
    }
}

#[test]
fn input_longer_than_a_message_is_refused_unread() {
    let long = vec![0; MAX_MESSAGE + 1];
    assert_eq!(
        decode::<Vec<u8>>(&long),
        Err(DecodeError::TooLarge {
            length: MAX_MESSAGE + 1
        })
    );
}

#[test]
fn values_that_a_type_has_not_are_refused() {
    assert!(decode::<bool>(&[2]).is_err());
    assert!(decode::<Option<u8>>(&[2, 0]).is_err());
    assert!(decode::<char>(&[0xff]).is_err());
    assert!(decode::<char>(&[0xed, 0xa0, 0x80]).is_err(), "a surrogate");
    assert!(decode::<String>(&[2, 0xc3, 0x28]).is_err(), "not UTF-8");
    assert!(decode::<Shape>(&[4]).is_err());
    assert!(decode::<Shape>(&declared(1 << 40)).is_err());
    assert!(decode::<NonZero<u8>>(&[0]).is_err());
    assert!(
        decode::<Duration>(&[&[253][..], &[0xff; 8], &[252], &[0xff; 4]].concat()).is_err(),
        "overflows"
    );
    assert!(decode::<u16>(&[252, 0, 0, 0, 0]).is_err(), "too wide");
    assert!(decode::<u128>(&[255]).is_err(), "no such marker");
}

#[test]
fn an_error_quotes_little_and_on_one_line() {
    #[derive(Debug)]
    struct Picky;
    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("unknown name {text}")))
        }
    }
    let Err(DecodeError::Malformed(why)) = decode::<Picky>(&bytes("\x1b[31m\n".repeat(1000)))
    else {
        panic!("accepted")
    };
    assert!(
        why.len() <= MAX_REASON && !why.contains(char::is_control),
        "{why:?}"
    );
}

type Mixed = (
    Vec<(u16, Option<String>)>,
    BTreeMap<i64, Shape>,
    Result<[u8; 3], (char, u128)>,
    (Duration, IpAddr, NonZero<u32>, Vec<Vec<f32>>),
);

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Point),
        (-1e9f32..1e9).prop_map(Shape::Circle),
        any::<(i16, i16)>().prop_map(|(x, y)| Shape::Line(x, y)),
        (any::<u32>(), ".{0,8}").prop_map(|(width, name)| Shape::Box { width, name }),
    ]
}

proptest! {
    #[test]
    fn random_bytes_are_never_more_than_an_error(input in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode::<Mixed>(&input);
        let _ = decode::<Nest>(&input);
        let _ = decode::<List>(&input);
        let _ = decode::<Vec<Mixed>>(&input);
        let _ = decode::<Vec<()>>(&input);
    }

    #[test]
    fn what_was_encoded_is_decoded(
        list in proptest::collection::vec((any::<u16>(), proptest::option::of(".{0,8}")), 0..8),
        map in proptest::collection::btree_map(any::<i64>(), shapes(), 0..8),
        numbers in any::<(u128, i128, u64, i64)>(),
    ) {
        let value = (list, map, numbers);
        prop_assert_eq!(decode(&bytes(&value)), Ok(value));
    }

    #[test]
    fn what_is_decoded_from_changed_bytes_is_no_more_than_an_error(
        map in proptest::collection::btree_map(any::<i64>(), shapes(), 1..8),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut encoded = bytes(&map);
        let place = place.index(encoded.len());
        encoded[place] = byte;
        let _ = decode::<BTreeMap<i64, Shape>>(&encoded);
    }
}
