//! Bytes and JSON say the same, for any structure; and whatever else comes in is refused at a bounded price.

use bytes::BytesMut;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::*;
use crate::{
    codec,
    schema::{Address, Field, Int, Variant},
};

fn bytes<T: Serialize>(value: T) -> Vec<u8> {
    let mut out = BytesMut::new();
    codec::encode(&value, &mut out).unwrap();
    out.to_vec()
}

fn int(int: Int) -> Structure {
    Structure::Int(int)
}

fn boxed(structure: &Structure) -> Box<Structure> {
    Box::new(structure.clone())
}

fn option(inner: &Structure) -> Structure {
    Structure::Option(boxed(inner))
}

fn structure(fields: Fields) -> Structure {
    Structure::Struct {
        name: "S".into(),
        fields,
    }
}

fn named(fields: &[(&'static str, Structure)]) -> Structure {
    let fields = fields.iter().map(|(name, structure)| Field {
        name: (*name).into(),
        structure: structure.clone(),
    });
    structure(Fields::Named(fields.collect()))
}

fn order() -> Structure {
    named(&[
        ("id", int(Int::U32)),
        ("note", option(&Structure::String)),
        ("prices", Structure::Seq(boxed(&Structure::F32))),
    ])
}

fn shape() -> Structure {
    let variant = |name: &'static str, fields| Variant {
        name: name.into(),
        fields,
    };
    Structure::Enum {
        name: "Shape".into(),
        variants: vec![
            variant("Point", Fields::Unit),
            variant("Circle", Fields::Newtype(Box::new(Structure::F32))),
            variant("Line", Fields::Tuple(vec![int(Int::I16), int(Int::I16)])),
            variant(
                "Box",
                Fields::Named(vec![Field {
                    name: "width".into(),
                    structure: int(Int::U32),
                }]),
            ),
        ],
    }
}

/// Both ways: `bytes` is `json`, and `json` is `bytes`.
#[track_caller]
fn same<T: Serialize>(structure: &Structure, value: T, json: Value) {
    let bytes = bytes(value);
    assert_eq!(to_json(structure, &bytes).unwrap(), json);
    assert_eq!(from_json(structure, &json).unwrap(), bytes);
    let text = json.to_string();
    assert_eq!(
        from_json(structure, &serde_json::from_str(&text).unwrap()).unwrap(),
        bytes,
        "through {text}"
    );
}

#[track_caller]
fn refused(structure: &Structure, json: Value, expected: Expect) {
    expected.assert_eq(&from_json(structure, &json).unwrap_err().to_string());
}

#[track_caller]
fn malformed(structure: &Structure, bytes: &[u8], expected: Expect) {
    expected.assert_eq(&to_json(structure, bytes).unwrap_err().to_string());
}

#[test]
fn a_struct_is_an_object_of_its_fields() {
    same(
        &order(),
        (7u32, Some("hi"), vec![0.1f32, 2.0]),
        json!({"id": 7, "note": "hi", "prices": [0.1, 2.0]}),
    );
    same(
        &order(),
        (7u32, None::<u8>, Vec::<f32>::new()),
        json!({"id": 7, "note": null, "prices": []}),
    );
    same(
        &structure(Fields::Tuple(vec![Structure::Bool, Structure::Char])),
        (true, 'x'),
        json!([true, "x"]),
    );
    same(
        &structure(Fields::Newtype(Box::new(Structure::Bool))),
        true,
        json!(true),
    );
    same(&structure(Fields::Unit), (), json!(null));
}

#[test]
fn an_option_may_be_missing_and_nothing_else() {
    let bytes = from_json(&order(), &json!({"id": 7, "prices": []})).unwrap();
    assert_eq!(
        to_json(&order(), &bytes).unwrap(),
        json!({"id": 7, "note": null, "prices": []})
    );
    refused(
        &order(),
        json!({"id": 7}),
        expect![".prices: missing; expected seq<f32>"],
    );
}

#[test]
fn an_enum_is_its_variant() {
    same(&shape(), 0u32, json!("Point"));
    same(&shape(), (1u32, 1.5f32), json!({"Circle": 1.5}));
    same(&shape(), (2u32, -1i16, 1i16), json!({"Line": [-1, 1]}));
    same(&shape(), (3u32, 9u32), json!({"Box": {"width": 9}}));
}

#[test]
fn an_option_of_what_can_be_null_says_so() {
    let unit = option(&Structure::Unit);
    same(&unit, None::<()>, json!(null));
    same(&unit, Some(()), json!({"Some": null}));
    let twice = option(&option(&Structure::Bool));
    same(&twice, None::<Option<bool>>, json!(null));
    same(&twice, Some(None::<bool>), json!({"Some": null}));
    same(&twice, Some(Some(true)), json!({"Some": true}));
    same(
        &option(&structure(Fields::Newtype(Box::new(Structure::Unit)))),
        Some(()),
        json!({"Some": null}),
    );
    same(&option(&Structure::F64), Some(1.0), json!(1.0));
}

#[test]
fn integers_are_exact_whoever_reads_them() {
    same(&int(Int::U64), (1u64 << 53) - 1, json!(9007199254740991u64));
    same(&int(Int::U64), 1u64 << 53, json!("9007199254740992"));
    same(&int(Int::U64), u64::MAX, json!("18446744073709551615"));
    same(
        &int(Int::I64),
        -(1i64 << 53) + 1,
        json!(-9007199254740991i64),
    );
    same(&int(Int::I64), i64::MIN, json!("-9223372036854775808"));
    same(&int(Int::U128), 5u128, json!(5));
    same(
        &int(Int::U128),
        u128::MAX,
        json!("340282366920938463463374607431768211455"),
    );
    same(
        &int(Int::I128),
        i128::MIN,
        json!("-170141183460469231731687303715884105728"),
    );
    same(&int(Int::I8), -128i8, json!(-128));
    // Numbers beyond are read too, if they came this far unrounded.
    assert_eq!(
        from_json(&int(Int::U64), &json!(u64::MAX)).unwrap(),
        bytes(u64::MAX)
    );
    assert_eq!(from_json(&int(Int::U8), &json!("7")).unwrap(), bytes(7u8));
}

#[test]
fn what_is_not_an_integer_of_that_width_is_refused() {
    refused(
        &int(Int::U8),
        json!(256),
        expect!["value: expected u8, found 256"],
    );
    refused(
        &int(Int::U8),
        json!(-1),
        expect!["value: expected u8, found -1"],
    );
    refused(
        &int(Int::I8),
        json!(128),
        expect!["value: expected i8, found 128"],
    );
    refused(
        &int(Int::U32),
        json!(1.0),
        expect!["value: expected u32, found 1.0"],
    );
    refused(
        &int(Int::U64),
        json!(1e300),
        expect!["value: expected u64, found 1e+300"],
    );
    refused(
        &int(Int::U64),
        json!("0x10"),
        expect![[r#"value: expected u64, found "0x10""#]],
    );
    refused(
        &int(Int::U64),
        json!("+1"),
        expect![[r#"value: expected u64, found "+1""#]],
    );
    refused(
        &int(Int::U64),
        json!("01"),
        expect![[r#"value: expected u64, found "01""#]],
    );
    refused(
        &int(Int::I64),
        json!("-0"),
        expect![[r#"value: expected i64, found "-0""#]],
    );
    refused(
        &int(Int::U64),
        json!(""),
        expect![[r#"value: expected u64, found """#]],
    );
    refused(
        &Structure::NonZero(Int::U64),
        json!(0),
        expect!["value: zero, where it cannot be"],
    );
    refused(
        &Structure::NonZero(Int::U64),
        json!("0"),
        expect!["value: zero, where it cannot be"],
    );
}

#[test]
fn floats_keep_every_bit() {
    same(&Structure::F64, 0.1f64, json!(0.1));
    same(&Structure::F64, -0.0f64, json!(-0.0));
    same(
        &Structure::F64,
        f64::MIN_POSITIVE,
        json!(2.2250738585072014e-308),
    );
    same(&Structure::F64, f64::INFINITY, json!("inf"));
    same(&Structure::F64, f64::NEG_INFINITY, json!("-inf"));
    same(
        &Structure::F64,
        f64::from_bits(0x7ff8_0000_0000_0000),
        json!("NaN"),
    );
    same(
        &Structure::F64,
        f64::from_bits(0xfff0_0000_0000_0001),
        json!("NaN:fff0000000000001"),
    );
    same(&Structure::F32, 0.1f32, json!(0.1));
    same(&Structure::F32, f32::MAX, json!(3.4028235e38));
    same(&Structure::F32, f32::from_bits(1), json!(1e-45));
    same(&Structure::F32, f32::from_bits(0x7fc0_0000), json!("NaN"));
    same(
        &Structure::F32,
        f32::from_bits(0x7f80_0001),
        json!("NaN:7f800001"),
    );
    same(&Structure::F32, f32::NEG_INFINITY, json!("-inf"));
    assert_eq!(
        from_json(&Structure::F64, &json!(3)).unwrap(),
        bytes(3.0f64)
    );
    refused(
        &Structure::F32,
        json!(1e39),
        expect!["value: expected f32, found 1e+39"],
    );
    refused(
        &Structure::F64,
        json!("NaN:3ff0000000000000"),
        expect![[r#"value: expected f64, found "NaN:3ff0000000000000""#]],
    );
    refused(
        &Structure::F64,
        json!("NaN:+ff0000000000001"),
        expect![[r#"value: expected f64, found "NaN:+ff0000000000001""#]],
    );
}

#[test]
fn a_blob_is_hex() {
    let blob = BlobOf(&[0, 0xab, 0xff]);
    same(&Structure::Blob, blob, json!("00abff"));
    assert_eq!(
        from_json(&Structure::Blob, &json!("00ABFF")).unwrap(),
        [3, 0, 0xab, 0xff]
    );
    refused(
        &Structure::Blob,
        json!("abc"),
        expect![[r#"value: expected blob, found "abc""#]],
    );
    refused(
        &Structure::Blob,
        json!("zz"),
        expect![[r#"value: expected blob, found "zz""#]],
    );
    refused(
        &Structure::Blob,
        json!("éé"),
        expect![[r#"value: expected blob, found "éé""#]],
    );
}

struct BlobOf<'a>(&'a [u8]);

impl Serialize for BlobOf<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[test]
fn durations_and_addresses_are_as_serde_writes_them() {
    let pause = std::time::Duration::new(3, 500);
    same(
        &Structure::Duration,
        pause,
        serde_json::to_value(pause).unwrap(),
    );
    for (kind, address) in [
        (Address::Ip, "10.0.0.1"),
        (Address::Ip, "::1"),
        (Address::Ipv6, "fe80::1"),
    ] {
        let structure = Structure::Address(kind);
        let bytes = from_json(&structure, &json!(address)).unwrap();
        assert_eq!(to_json(&structure, &bytes).unwrap(), json!(address));
    }
    let socket: std::net::SocketAddr = "[::1]:8080".parse().unwrap();
    same(
        &Structure::Address(Address::Socket),
        socket,
        json!("[::1]:8080"),
    );
    refused(
        &Structure::Address(Address::Socket),
        json!("[fe80::1%2]:80"),
        expect![[r#"value: expected SocketAddr, found "[fe80::1%2]:80""#]],
    );
    refused(
        &Structure::Address(Address::Ipv4),
        json!("1.2.3"),
        expect![[r#"value: expected Ipv4Addr, found "1.2.3""#]],
    );
    refused(
        &Structure::Duration,
        json!({"secs": 1}),
        expect![".nanos: expected u32, found null"],
    );
    refused(
        &Structure::Duration,
        json!({"secs": 1, "nanos": 2, "weeks": 3}),
        expect![[r#"value: no field "weeks"; there are: secs, nanos"#]],
    );
}

#[test]
fn a_uuid_is_written_as_people_write_it() {
    let uuid = Structure::Foreign(Foreign::Uuid);
    let sixteen: Vec<u8> = (0..16).map(|byte| byte * 17).collect();
    same(
        &uuid,
        BlobOf(&sixteen),
        json!("00112233-4455-6677-8899-aabbccddeeff"),
    );
    for text in [
        "00112233445566778899aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeef",
        "0011223-34455-6677-8899-aabbccddeeff",
        "0011223g-4455-6677-8899-aabbccddeeff",
        "{0112233-4455-6677-8899-aabbccddeef}",
        "0011223é-455-6677-8899-aabbccddeeff",
    ] {
        assert!(from_json(&uuid, &json!(text)).is_err(), "{text}");
    }
    malformed(
        &uuid,
        &[2, 1, 2],
        expect!["value: 2 bytes, where a uuid has 16"],
    );
    let map = Structure::Map(Box::new(uuid), Box::new(Structure::Bool));
    same(
        &map,
        vec![(BlobOf(&sixteen), true)],
        json!({"00112233-4455-6677-8899-aabbccddeeff": true}),
    );
}

#[test]
fn a_time_is_its_text() {
    let time = Structure::Foreign(Foreign::Timestamp);
    same(&time, "2026-01-02T03:04:05Z", json!("2026-01-02T03:04:05Z"));
    refused(
        &time,
        json!(1767323045),
        expect!["value: expected timestamp, found 1767323045"],
    );
}

#[test]
fn json_in_a_message_is_itself() {
    let json = Structure::Foreign(Foreign::Json);
    let value = json!({"list": [1, -2.5, "a\"b,[\\", null], "empty": {}});
    same(&json, value.to_string(), value.clone());
    same(&option(&json), Some("null"), json!({"Some": null}));
    same(&option(&json), None::<&str>, json!(null));
    malformed(
        &json,
        &bytes("[1,"),
        expect!["value: not JSON: EOF while parsing a value at line 1 column 3"],
    );
}

#[test]
fn json_in_a_message_is_bounded_before_it_is_read_or_written() {
    let json = Structure::Foreign(Foreign::Json);
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let deepest = nested(embedded::MAX_EMBEDDED_DEPTH);
    let value = to_json(&json, &bytes(&deepest)).unwrap();
    assert_eq!(from_json(&json, &value).unwrap(), bytes(&deepest));
    malformed(
        &json,
        &bytes(nested(embedded::MAX_EMBEDDED_DEPTH + 1)),
        expect!["value: JSON that nests more than 64 levels"],
    );
    refused(
        &json,
        json!([value]),
        expect!["value: JSON that nests more than 64 levels"],
    );
    let list = |values: usize| "[".to_owned() + &"0,".repeat(values - 2) + "0]";
    assert!(to_json(&json, &bytes(list(MAX_VALUES))).is_ok());
    malformed(
        &json,
        &bytes(list(MAX_VALUES + 1)),
        expect!["value: JSON of more than 1048576 values"],
    );
    let two = Structure::Tuple(vec![json.clone(), json.clone()]);
    malformed(
        &two,
        &bytes((list(MAX_VALUES / 2), list(MAX_VALUES / 2))),
        expect!["[1]: more than 1048576 values"],
    );
    refused(
        &json,
        Value::from(vec![0; MAX_VALUES]),
        expect!["value: JSON of more than 1048576 values"],
    );
}

#[test]
fn a_map_is_an_object_if_its_keys_can_be_names() {
    let of = |key: Structure| Structure::Map(Box::new(key), Box::new(Structure::Bool));
    same(
        &of(Structure::String),
        vec![("a", true), ("b", false)],
        json!({"a": true, "b": false}),
    );
    same(
        &of(int(Int::U16)),
        vec![(9u16, true), (10, false)],
        json!({"9": true, "10": false}),
    );
    same(
        &of(int(Int::I16)),
        vec![(-2i16, true), (-1, true), (0, false)],
        json!({"-2": true, "-1": true, "0": false}),
    );
    same(
        &of(int(Int::U64)),
        vec![(u64::MAX, true)],
        json!({"18446744073709551615": true}),
    );
    same(
        &of(Structure::Bool),
        vec![(false, true), (true, false)],
        json!({"false": true, "true": false}),
    );
    same(&of(Structure::Char), vec![('a', true)], json!({"a": true}));
    same(
        &of(structure(Fields::Newtype(Box::new(Structure::String)))),
        vec![("a", true)],
        json!({"a": true}),
    );
    same(
        &of(Structure::Tuple(vec![Structure::Bool])),
        vec![(true, true)],
        json!([[[true], true]]),
    );
    same(&of(shape()), vec![(0u32, true)], json!([["Point", true]]));
}

#[test]
fn a_map_in_another_order_is_pairs() {
    let map = Structure::Map(Box::new(Structure::String), Box::new(Structure::Bool));
    same(
        &map,
        vec![("b", true), ("a", false)],
        json!([["b", true], ["a", false]]),
    );
    same(
        &map,
        vec![("a", true), ("a", false)],
        json!([["a", true], ["a", false]]),
    );
    refused(
        &map,
        json!([["a"]]),
        expect!["[0]: expected a pair of key and value"],
    );
    refused(
        &map,
        json!("a"),
        expect![[r#"value: expected map<string, bool>, found "a""#]],
    );
    let numbers = Structure::Map(Box::new(int(Int::U8)), Box::new(Structure::Bool));
    refused(
        &numbers,
        json!({"x": true}),
        expect![[r#".x: expected u8, found "x""#]],
    );
    refused(
        &numbers,
        json!({"01": true}),
        expect![[r#".01: expected u8, found "01""#]],
    );
    let pairs = Structure::Map(Box::new(Structure::F32), Box::new(Structure::Bool));
    refused(
        &pairs,
        json!({"1.0": true}),
        expect!["value: expected map<f32, bool>, found an object of 1"],
    );
}

#[test]
fn an_error_says_where_and_what() {
    let orders = named(&[("orders", Structure::Seq(Box::new(order())))]);
    let bad = json!({"orders": [{"id": 1, "prices": []}, {"id": 2, "prices": [1.0, "free"]}]});
    refused(
        &orders,
        bad,
        expect![[r#".orders[1].prices[1]: expected f32, found "free""#]],
    );
    refused(
        &orders,
        json!({"orders": [{"id": 1, "price": []}]}),
        expect![[r#".orders[0]: no field "price"; there are: id, note, prices"#]],
    );
    refused(
        &shape(),
        json!("Triangle"),
        expect![[r#"value: no variant "Triangle"; there are Point, Circle, Line, Box"#]],
    );
    refused(
        &shape(),
        json!({"Circle": 1.0, "Point": null}),
        expect![
            "value: expected enum Shape { Point | Circle(f32) | Line(i16, i16) | Box { width: u32 } }, found an object of 2"
        ],
    );
    refused(
        &shape(),
        json!({"Point": null}),
        expect![
            "value: expected enum Shape { Point | Circle(f32) | Line(i16, i16) | Box { width: u32 } }, found an object of 1"
        ],
    );
    refused(
        &shape(),
        json!("Circle"),
        expect![[
            r#"value: expected enum Shape { Point | Circle(f32) | Line(i16, i16) | Box { width: u32 } }, found "Circle""#
        ]],
    );
    refused(
        &Structure::Char,
        json!("ab"),
        expect![[r#"value: expected char, found "ab""#]],
    );
    refused(
        &Structure::Array(Box::new(Structure::Bool), 2),
        json!([true]),
        expect!["value: expected [bool; 2], found an array of 1"],
    );
    refused(
        &option(&Structure::Unit),
        json!({"Some": null, "None": null}),
        expect!["value: expected option<()>, found an object of 2"],
    );
    refused(
        &Structure::Bool,
        json!("\u{1b}[31m ".repeat(100)),
        expect![[
            r#"value: expected bool, found "\u{1b}[31m \u{1b}[31m \u{1b}[31m \u{1b}[31m \u{1b}[31m \u{1b}[31m \u{1b}[31...""#
        ]],
    );
}

#[test]
fn malformed_bytes_are_refused_with_the_place() {
    malformed(&order(), &[], expect![".id: ends too early"]);
    malformed(
        &order(),
        &[1, 2],
        expect![".note: 2 is neither none (0) nor some (1)"],
    );
    malformed(&order(), &[1, 1, 5, b'h'], expect![".note: ends too early"]);
    malformed(&order(), &[1, 0, 0, 0], expect!["value: 1 bytes too many"]);
    malformed(&shape(), &[9], expect!["value: variant 9 of 4"]);
    malformed(
        &Structure::Bool,
        &[2],
        expect!["value: malformed: InvalidBooleanValue(2)"],
    );
    malformed(
        &Structure::NonZero(Int::U8),
        &[0],
        expect!["value: zero, where it cannot be"],
    );
    malformed(
        &Structure::String,
        &[2, 0xc3, 0x28],
        expect![
            "value: malformed: Utf8 { inner: Utf8Error { valid_up_to: 0, error_len: Some(1) } }"
        ],
    );
}

#[test]
fn a_declared_length_is_not_believed() {
    let declared = |length: u64| [&[253][..], &length.to_le_bytes()].concat();
    let unit = Structure::Unit;
    for length in [16, 1 << 32, 1 << 40, 1 << 62, u64::MAX] {
        for structure in [
            Structure::String,
            Structure::Blob,
            Structure::Seq(boxed(&int(Int::U64))),
            Structure::Set(boxed(&Structure::String)),
            Structure::Map(boxed(&Structure::String), boxed(&unit)),
            // No type of ours has these: a container of nothing, and a long array of it.
            Structure::Seq(boxed(&unit)),
            Structure::Map(boxed(&unit), boxed(&unit)),
        ] {
            assert!(
                to_json(&structure, &declared(length)).is_err(),
                "{structure} of {length}"
            );
        }
    }
    let array = Structure::Array(
        boxed(&Structure::Array(boxed(&unit), usize::MAX)),
        usize::MAX,
    );
    malformed(
        &array,
        &[],
        expect!["[0][1048574]: more than 1048576 values"],
    );
    assert!(from_json(&array, &json!([])).is_err());
}

#[test]
fn a_message_makes_no_more_values_than_it_may() {
    let list = Structure::Seq(boxed(&int(Int::U8)));
    let longest = bytes(vec![1u8; MAX_VALUES - 1]);
    assert!(to_json(&list, &longest).is_ok());
    assert!(to_json(&list, &bytes(vec![1u8; MAX_VALUES])).is_err());
    assert!(to_json(&list, &vec![0; MAX_MESSAGE + 1]).is_err());
}

#[test]
fn a_value_longer_than_a_message_is_refused() {
    let two = Structure::Tuple(vec![Structure::String, Structure::String]);
    let text = "x".repeat(MAX_MESSAGE - 5);
    assert!(from_json(&Structure::String, &json!(text)).is_ok());
    assert!(from_json(&two, &json!([text, "y"])).is_err());
}

#[test]
fn a_structure_deeper_than_any_type_is_refused() {
    let deep = (0..MAX_DEPTH).fold(Structure::Bool, |inner, _| option(&inner));
    assert!(to_json(&deep, &[0]).is_err());
    assert!(from_json(&deep, &json!(null)).is_err());
}

// Random structures and values.

fn ints() -> impl Strategy<Value = Int> {
    proptest::sample::select(vec![
        Int::U8,
        Int::U16,
        Int::U32,
        Int::U64,
        Int::U128,
        Int::I8,
        Int::I16,
        Int::I32,
        Int::I64,
        Int::I128,
    ])
}

fn addresses() -> impl Strategy<Value = Address> {
    proptest::sample::select(vec![
        Address::Ip,
        Address::Ipv4,
        Address::Ipv6,
        Address::Socket,
        Address::SocketV4,
        Address::SocketV6,
    ])
}

fn leaves() -> impl Strategy<Value = Structure> {
    prop_oneof![
        Just(Structure::Bool),
        ints().prop_map(Structure::Int),
        ints().prop_map(Structure::NonZero),
        Just(Structure::F32),
        Just(Structure::F64),
        Just(Structure::Char),
        Just(Structure::String),
        Just(Structure::Blob),
        Just(Structure::Duration),
        addresses().prop_map(Structure::Address),
        proptest::sample::select(Foreign::ALL.to_vec()).prop_map(Structure::Foreign),
        Just(Structure::Unit),
    ]
}

fn fields(inner: impl Strategy<Value = Structure> + Clone) -> impl Strategy<Value = Fields> {
    prop_oneof![
        Just(Fields::Unit),
        inner
            .clone()
            .prop_map(|inner| Fields::Newtype(Box::new(inner))),
        proptest::collection::vec(inner.clone(), 0..4).prop_map(Fields::Tuple),
        proptest::collection::vec(inner, 0..4).prop_map(|structures| {
            let fields = structures.into_iter().enumerate();
            Fields::Named(
                fields
                    .map(|(index, structure)| Field {
                        name: format!("f{index}").into(),
                        structure,
                    })
                    .collect(),
            )
        }),
    ]
}

fn structures() -> impl Strategy<Value = Structure> {
    leaves().prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| Structure::Option(Box::new(inner))),
            inner
                .clone()
                .prop_map(|inner| Structure::Seq(Box::new(counted(inner)))),
            inner
                .clone()
                .prop_map(|inner| Structure::Set(Box::new(counted(inner)))),
            (inner.clone(), inner.clone())
                .prop_map(|(key, value)| Structure::Map(Box::new(counted(key)), Box::new(value))),
            (inner.clone(), 0..4usize)
                .prop_map(|(inner, count)| Structure::Array(Box::new(inner), count)),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Structure::Tuple),
            fields(inner.clone()).prop_map(structure),
            proptest::collection::vec(fields(inner), 1..5).prop_map(|variants| {
                let variants = variants.into_iter().enumerate();
                let variants = variants.map(|(index, fields)| Variant {
                    name: format!("V{index}").into(),
                    fields,
                });
                Structure::Enum {
                    name: "E".into(),
                    variants: variants.collect(),
                }
            }),
        ]
    })
}

/// Containers of nothing do not exist.
fn counted(inner: Structure) -> Structure {
    if inner.min_wire() == 0 {
        Structure::Tuple(vec![inner, Structure::Bool])
    } else {
        inner
    }
}

/// Random bytes as a source of choices; zeros when it runs dry.
struct Entropy<'a>(std::slice::Iter<'a, u8>);

impl Entropy<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count.max(1)
    }

    fn number(&mut self) -> u128 {
        let length = self.below(17);
        (0..length).fold(0, |number, _| number << 8 | u128::from(self.byte()))
    }

    fn text(&mut self) -> String {
        let length = self.below(5);
        (0..length).map(|_| self.char()).collect()
    }

    fn char(&mut self) -> char {
        let number = u32::try_from(self.number() & 0xffff).unwrap();
        char::from_u32(number).unwrap_or('\u{10ffff}')
    }
}

/// The encoding of a random value, written through the codec's own primitives.
fn random(structure: &Structure, entropy: &mut Entropy<'_>, out: &mut Vec<u8>) {
    match structure {
        Structure::Bool => out.push(entropy.byte() & 1),
        Structure::Int(int) => random_int(*int, entropy.number(), out),
        Structure::NonZero(int) => random_int(*int, entropy.number() | 1, out),
        Structure::F32 => out.extend((entropy.number() as u32).to_le_bytes()),
        Structure::F64 => out.extend((entropy.number() as u64).to_le_bytes()),
        Structure::Char => out.extend(bytes(entropy.char())),
        Structure::String => out.extend(bytes(entropy.text())),
        Structure::Blob => out.extend(bytes(BlobOf(entropy.text().as_bytes()))),
        Structure::Duration => out.extend(bytes((
            entropy.number() as u64 >> 1,
            entropy.number() as u32 % 1_000_000_000,
        ))),
        Structure::Address(address) => random_address(*address, entropy, out),
        Structure::Foreign(Foreign::Uuid) => {
            out.extend(bytes(BlobOf(&entropy.number().to_le_bytes())))
        }
        Structure::Foreign(Foreign::Json) => {
            let json = random_json(entropy, 3).to_string();
            out.extend(bytes(json));
        }
        Structure::Foreign(_) => out.extend(bytes(entropy.text())),
        Structure::Unit => {}
        Structure::Option(inner) => match entropy.below(3) {
            0 => out.push(0),
            _some => {
                out.push(1);
                random(inner, entropy, out);
            }
        },
        Structure::Seq(inner) | Structure::Set(inner) => {
            let count = entropy.below(4);
            out.push(count as u8);
            (0..count).for_each(|_| random(inner, entropy, out));
        }
        Structure::Map(key, value) => {
            let count = entropy.below(4);
            out.push(count as u8);
            (0..count).for_each(|_| {
                random(key, entropy, out);
                random(value, entropy, out);
            });
        }
        Structure::Array(inner, count) => (0..*count).for_each(|_| random(inner, entropy, out)),
        Structure::Tuple(elements) => elements
            .iter()
            .for_each(|element| random(element, entropy, out)),
        Structure::Struct { fields, .. } => random_fields(fields, entropy, out),
        Structure::Enum { variants, .. } => {
            let index = entropy.below(variants.len());
            out.push(index as u8);
            random_fields(&variants[index].fields, entropy, out);
        }
    }
}

fn random_json(entropy: &mut Entropy<'_>, levels: usize) -> Value {
    match entropy.below(if levels == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => Value::from(entropy.byte() & 1 == 0),
        2 => Value::from(entropy.number() as i64),
        3 => Value::from(f64::from(entropy.number() as f32)),
        4 => Value::from(entropy.text()),
        5 => (0..entropy.below(4))
            .map(|_| random_json(entropy, levels - 1))
            .collect(),
        _object => (0..entropy.below(4))
            .map(|_| (entropy.text(), random_json(entropy, levels - 1)))
            .collect(),
    }
}

fn random_fields(fields: &Fields, entropy: &mut Entropy<'_>, out: &mut Vec<u8>) {
    match fields {
        Fields::Unit => {}
        Fields::Newtype(inner) => random(inner, entropy, out),
        Fields::Tuple(elements) => elements
            .iter()
            .for_each(|element| random(element, entropy, out)),
        Fields::Named(fields) => fields
            .iter()
            .for_each(|field| random(&field.structure, entropy, out)),
    }
}

fn random_int(int: Int, number: u128, out: &mut Vec<u8>) {
    out.extend(match int {
        Int::U8 => bytes(number as u8),
        Int::U16 => bytes(number as u16),
        Int::U32 => bytes(number as u32),
        Int::U64 => bytes(number as u64),
        Int::U128 => bytes(number),
        Int::I8 => bytes(number as i8),
        Int::I16 => bytes(number as i16),
        Int::I32 => bytes(number as i32),
        Int::I64 => bytes(number as i64),
        Int::I128 => bytes(number as i128),
    });
}

fn random_address(address: Address, entropy: &mut Entropy<'_>, out: &mut Vec<u8>) {
    let v4 = std::net::Ipv4Addr::from(entropy.number() as u32);
    let v6 = std::net::Ipv6Addr::from(entropy.number());
    let port = entropy.number() as u16;
    let four = entropy.byte() & 1 == 0;
    let ip = if four {
        v4.into()
    } else {
        std::net::IpAddr::from(v6)
    };
    out.extend(match address {
        Address::Ip => bytes(ip),
        Address::Ipv4 => bytes(v4),
        Address::Ipv6 => bytes(v6),
        Address::Socket => bytes(std::net::SocketAddr::new(ip, port)),
        Address::SocketV4 => bytes(std::net::SocketAddrV4::new(v4, port)),
        Address::SocketV6 => bytes(std::net::SocketAddrV6::new(v6, port, 0, 0)),
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn bytes_to_json_and_back_are_the_same_bytes(
        structure in structures(),
        entropy in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut bytes = Vec::new();
        random(&structure, &mut Entropy(entropy.iter()), &mut bytes);
        let json = to_json(&structure, &bytes).map_err(|error| TestCaseError::fail(format!("{structure}: {error}")))?;
        prop_assert_eq!(from_json(&structure, &json), Ok(bytes.clone()), "{} as {}", structure, json);
        let text: Value = serde_json::from_str(&json.to_string()).unwrap();
        prop_assert_eq!(from_json(&structure, &text), Ok(bytes), "{} as the text {}", structure, json);
    }

    #[test]
    fn samples_are_values(structure in structures()) {
        for bytes in structure.samples() {
            let json = to_json(&structure, &bytes).map_err(|error| TestCaseError::fail(format!("{structure}: {error}")))?;
            prop_assert_eq!(from_json(&structure, &json), Ok(bytes));
        }
    }

    #[test]
    fn a_value_takes_at_least_the_fewest_bytes(
        structure in structures(),
        entropy in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut bytes = Vec::new();
        random(&structure, &mut Entropy(entropy.iter()), &mut bytes);
        prop_assert!(bytes.len() >= structure.min_wire(), "{}: {:?}", structure, bytes);
    }

    #[test]
    fn random_bytes_are_json_or_an_error(
        structure in structures(),
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        if let Ok(json) = to_json(&structure, &bytes) {
            prop_assert!(from_json(&structure, &json).is_ok(), "{} as {}", structure, json);
        }
    }
}
