//! The canonical form is pinned: another one would make every peer a stranger.

use expect_test::{Expect, expect};

use super::*;

fn int(int: Int) -> Structure {
    Structure::Int(int)
}

fn named(name: &'static str, fields: &[(&'static str, Structure)]) -> Structure {
    let fields = fields.iter().map(|(name, structure)| Field {
        name: (*name).into(),
        structure: structure.clone(),
    });
    Structure::Struct {
        name: name.into(),
        fields: Fields::Named(fields.collect()),
    }
}

fn newtype(name: &'static str, inner: Structure) -> Structure {
    Structure::Struct {
        name: name.into(),
        fields: Fields::Newtype(Box::new(inner)),
    }
}

fn tuple_struct(name: &'static str, elements: &[Structure]) -> Structure {
    Structure::Struct {
        name: name.into(),
        fields: Fields::Tuple(elements.to_vec()),
    }
}

fn enumeration(name: &'static str, variants: Vec<(&'static str, Fields)>) -> Structure {
    let variants = variants.into_iter().map(|(name, fields)| Variant {
        name: name.into(),
        fields,
    });
    Structure::Enum {
        name: name.into(),
        variants: variants.collect(),
    }
}

fn hungry() -> Structure {
    named("Hungry", &[("philosopher", int(Int::U8))])
}

/// One of everything.
fn everything() -> Structure {
    let leaves = Structure::Tuple(vec![
        Structure::Bool,
        Structure::NonZero(Int::I128),
        Structure::F32,
        Structure::F64,
        Structure::Char,
        Structure::String,
        Structure::Blob,
        Structure::Duration,
        Structure::Unit,
        Structure::Address(Address::Socket),
    ]);
    let choice = enumeration(
        "Choice",
        vec![
            ("None", Fields::Unit),
            ("One", Fields::Newtype(Box::new(int(Int::U16)))),
            (
                "Two",
                Fields::Tuple(vec![
                    int(Int::I64),
                    Structure::Set(Box::new(int(Int::U128))),
                ]),
            ),
            (
                "Named",
                Fields::Named(vec![Field {
                    name: "a".into(),
                    structure: Structure::F32,
                }]),
            ),
        ],
    );
    named(
        "Everything",
        &[
            ("leaves", leaves),
            ("choices", Structure::Seq(Box::new(choice))),
            (
                "map",
                Structure::Map(
                    Box::new(Structure::String),
                    Box::new(newtype("Meters", Structure::F64)),
                ),
            ),
            (
                "maybe",
                Structure::Option(Box::new(Structure::Array(Box::new(int(Int::I8)), 3))),
            ),
            (
                "pair",
                tuple_struct("Pair", &[int(Int::U32), int(Int::U64)]),
            ),
            (
                "nothing",
                Structure::Struct {
                    name: "Nothing".into(),
                    fields: Fields::Unit,
                },
            ),
        ],
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(actual: impl ToString, expected: Expect) {
    expected.assert_eq(&actual.to_string());
}

#[test]
fn the_canonical_layout_of_a_small_signal_is_these_bytes() {
    check(
        hex(&hungry().canonical_wire()),
        expect![
            "465348303157110000000000000062696e636f6465322d7374616e6461726445010000000000000010ff"
        ],
    );
}

#[test]
fn the_canonical_schema_of_a_small_signal_is_these_bytes() {
    check(
        hex(&hungry().canonical_schema("dining.hungry")),
        expect![
            "465348303153110000000000000062696e636f6465322d7374616e646172640d0000000000000064696e696e672e68756e67727948060000000000000048756e6772795301000000000000000b000000000000007068696c6f736f7068657210ffff"
        ],
    );
}

#[test]
fn the_fingerprints_of_a_small_signal_are_these() {
    check(
        hungry().wire_fingerprint(),
        expect!["9c912d89a4466c47d37fe11f15e543c5"],
    );
    check(
        hungry().schema_fingerprint("dining.hungry"),
        expect!["12f98936c4952f65dc3f630b381f5c3d"],
    );
}

#[test]
fn the_canonical_forms_and_fingerprints_of_everything_are_these() {
    check(
        hex(&everything().canonical_wire()),
        expect![
            "465348303157110000000000000062696e636f6465322d7374616e64617264450600000000000000450a00000000000000012c020304050607450000000000000000ff33ff41460400000000000000450000000000000000ff114502000000000000001b4214ffff45010000000000000002ffffff430503ff4044030000000000000018ffff4502000000000000001213ff450000000000000000ffff"
        ],
    );
    check(
        hex(&everything().canonical_schema("test.everything")),
        expect![
            "465348303153110000000000000062696e636f6465322d7374616e646172640f00000000000000746573742e65766572797468696e67480a0000000000000045766572797468696e6753060000000000000006000000000000006c6561766573450a00000000000000012c0203040506074733ff070000000000000063686f696365734146060000000000000043686f696365040000000000000004000000000000004e6f6e655003000000000000004f6e655111ff030000000000000054776f5202000000000000001b4214ffff05000000000000004e616d656453010000000000000001000000000000006102ffffff03000000000000006d617043054806000000000000004d65746572735103ffffff05000000000000006d617962654044030000000000000018ffff040000000000000070616972480400000000000000506169725202000000000000001213ffff07000000000000006e6f7468696e674807000000000000004e6f7468696e6750ffffff"
        ],
    );
    check(
        everything().wire_fingerprint(),
        expect!["e2a09865e18a8487beab067df2b76a9a"],
    );
    check(
        everything().schema_fingerprint("test.everything"),
        expect!["54a9403d3b7b141bdd6906f22f127eca"],
    );
}

#[test]
fn a_fingerprint_is_the_start_of_the_sha_256_of_its_form() {
    // The SHA-256 of the empty input starts with these bytes: the digest is the standard one.
    use sha2::Digest;
    let digest = sha2::Sha256::digest(hungry().canonical_wire());
    assert_eq!(hungry().wire_fingerprint().0, digest[..16]);
    assert_eq!(hex(&sha2::Sha256::digest(b"")[..4]), "e3b0c442");
}

#[test]
fn a_structure_reads_like_the_rust_that_declares_it() {
    check(hungry(), expect!["struct Hungry { philosopher: u8 }"]);
    check(
        everything(),
        expect![
            "struct Everything { leaves: (bool, nonzero<i128>, f32, f64, char, string, blob, duration, (), SocketAddr), choices: seq<enum Choice { None | One(u16) | Two(i64, set<u128>) | Named { a: f32 } }>, map: map<string, struct Meters(f64)>, maybe: option<[i8; 3]>, pair: struct Pair(u32, u64), nothing: struct Nothing }"
        ],
    );
    check(
        tuple_struct("One", &[Structure::Bool]),
        expect!["struct One(bool,)"],
    );
    check(Structure::Tuple(vec![Structure::Bool]), expect!["(bool,)"]);
    check(named("Empty", &[]), expect!["struct Empty {}"]);
}

#[test]
fn every_kind_of_structure_has_its_own_layout_and_schema() {
    let byte = || Box::new(int(Int::U8));
    let ints = [
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
    ];
    let addresses = [
        Address::Ip,
        Address::Ipv4,
        Address::Ipv6,
        Address::Socket,
        Address::SocketV4,
        Address::SocketV6,
    ];
    let mut all = vec![
        Structure::Bool,
        Structure::F32,
        Structure::F64,
        Structure::Char,
        Structure::String,
        Structure::Blob,
        Structure::Duration,
        Structure::Unit,
        Structure::Option(byte()),
        Structure::Seq(byte()),
        Structure::Set(byte()),
        Structure::Map(byte(), byte()),
        Structure::Array(byte(), 1),
        Structure::Array(byte(), 2),
        Structure::Tuple(vec![*byte()]),
        Structure::Tuple(vec![*byte(), *byte()]),
        enumeration("E", vec![("A", Fields::Unit)]),
        enumeration("E", vec![("A", Fields::Unit), ("B", Fields::Unit)]),
        enumeration("E", vec![("A", Fields::Newtype(byte()))]),
        enumeration(
            "E",
            vec![("A", Fields::Newtype(byte())), ("B", Fields::Unit)],
        ),
        enumeration(
            "E",
            vec![("A", Fields::Unit), ("B", Fields::Newtype(byte()))],
        ),
    ];
    all.extend(ints.map(Structure::Int));
    all.extend(ints.map(Structure::NonZero));
    all.extend(addresses.map(Structure::Address));
    all.extend(Foreign::ALL.map(Structure::Foreign));
    for (index, left) in all.iter().enumerate() {
        for right in &all[index + 1..] {
            assert_ne!(
                left.canonical_wire(),
                right.canonical_wire(),
                "{left} and {right}"
            );
            assert_ne!(
                left.wire_fingerprint(),
                right.wire_fingerprint(),
                "{left} and {right}"
            );
            assert_ne!(
                left.schema_fingerprint("s"),
                right.schema_fingerprint("s"),
                "{left} and {right}"
            );
        }
    }
}

/// The two differ in both fingerprints.
fn differ(left: &Structure, right: &Structure) {
    assert_ne!(
        left.wire_fingerprint(),
        right.wire_fingerprint(),
        "{left} and {right}"
    );
    assert_ne!(
        left.schema_fingerprint("s"),
        right.schema_fingerprint("s"),
        "{left} and {right}"
    );
}

/// The two have the same bytes but another name somewhere.
fn differ_in_names(left: &Structure, right: &Structure) {
    assert_eq!(
        left.wire_fingerprint(),
        right.wire_fingerprint(),
        "{left} and {right}"
    );
    assert_ne!(
        left.schema_fingerprint("s"),
        right.schema_fingerprint("s"),
        "{left} and {right}"
    );
}

#[test]
fn where_a_struct_ends_counts() {
    let (a, b) = (Structure::Bool, Structure::Char);
    let tuple = |elements: &[Structure]| Structure::Tuple(elements.to_vec());
    differ(
        &tuple(&[tuple(&[a.clone(), b.clone()]), a.clone()]),
        &tuple(&[tuple(std::slice::from_ref(&a)), b.clone(), a.clone()]),
    );
    differ(
        &tuple(&[tuple(&[]), a.clone()]),
        &tuple(&[tuple(std::slice::from_ref(&a))]),
    );
    differ(
        &Structure::Seq(Box::new(tuple(&[a.clone(), b.clone()]))),
        &tuple(&[Structure::Seq(Box::new(a.clone())), b.clone()]),
    );
    let inner = named("I", &[("x", a.clone())]);
    let outer = named("O", &[("i", inner.clone()), ("y", b.clone())]);
    let wider = named("O", &[("i", named("I", &[("x", a), ("y", b)]))]);
    differ(&outer, &wider);
}

#[test]
fn where_a_variant_ends_counts() {
    let unit = || Fields::Unit;
    let of = |elements: &[Structure]| Fields::Tuple(elements.to_vec());
    let (a, b) = (Structure::Bool, Structure::Char);
    differ(
        &enumeration("E", vec![("A", of(&[a.clone(), b.clone()])), ("B", unit())]),
        &enumeration(
            "E",
            vec![
                ("A", of(std::slice::from_ref(&a))),
                ("B", of(std::slice::from_ref(&b))),
            ],
        ),
    );
    differ(
        &enumeration("E", vec![("A", unit()), ("B", of(&[a.clone(), b.clone()]))]),
        &enumeration("E", vec![("A", of(&[b])), ("B", of(&[a]))]),
    );
}

#[test]
fn a_name_cannot_run_into_the_next() {
    let ab_c = named("T", &[("ab", Structure::Bool), ("c", Structure::Bool)]);
    let a_bc = named("T", &[("a", Structure::Bool), ("bc", Structure::Bool)]);
    differ_in_names(&ab_c, &a_bc);
    differ_in_names(
        &named("Ta", &[("b", Structure::Bool)]),
        &named("T", &[("ab", Structure::Bool)]),
    );
    let byte = Structure::Bool;
    assert_ne!(
        named("x", &[]).schema_fingerprint("ab"),
        named("bx", &[]).schema_fingerprint("a")
    );
    // Neither can a name imitate the form of what follows it.
    let tag = named("T", &[("a\u{1}", byte.clone())]);
    differ_in_names(&tag, &named("T", &[("a", byte)]));
}

#[test]
fn the_order_of_fields_counts() {
    let xy = named("P", &[("x", Structure::F32), ("y", Structure::F32)]);
    let yx = named("P", &[("y", Structure::F32), ("x", Structure::F32)]);
    differ_in_names(&xy, &yx);
    let mixed = named("P", &[("x", Structure::F32), ("y", Structure::F64)]);
    differ(
        &mixed,
        &named("P", &[("x", Structure::F64), ("y", Structure::F32)]),
    );
}

#[test]
fn names_of_newtypes_count_in_the_schema_only() {
    differ_in_names(
        &newtype("Meters", Structure::F64),
        &newtype("Feet", Structure::F64),
    );
    differ_in_names(&newtype("Meters", Structure::F64), &Structure::F64);
    differ_in_names(
        &tuple_struct("P", &[Structure::F64]),
        &named("P", &[("x", Structure::F64)]),
    );
}

#[test]
fn the_name_of_the_signal_counts_in_the_schema() {
    assert_ne!(
        hungry().schema_fingerprint("a"),
        hungry().schema_fingerprint("b")
    );
}

#[test]
fn the_fewest_bytes_are_those_of_the_smallest_value() {
    assert_eq!(Structure::Unit.min_wire(), 0);
    assert_eq!(Structure::Array(Box::new(Structure::F64), 3).min_wire(), 24);
    assert_eq!(
        Structure::Array(Box::new(Structure::F64), usize::MAX).min_wire(),
        usize::MAX
    );
    assert_eq!(Structure::Address(Address::Socket).min_wire(), 6);
    assert_eq!(Structure::Foreign(Foreign::Uuid).min_wire(), 17);
    let choice = enumeration(
        "E",
        vec![
            ("A", Fields::Newtype(Box::new(Structure::F64))),
            ("B", Fields::Unit),
        ],
    );
    assert_eq!(choice.min_wire(), 1);
    // leaves 1+1+4+8+1+1+1+2+0+6, choices 1, map 1, maybe 1, pair 2
    assert_eq!(everything().min_wire(), 25 + 1 + 1 + 1 + 2);
}

#[test]
fn the_depth_counts_types_not_values() {
    assert_eq!(Structure::Bool.depth(), 1);
    assert_eq!(hungry().depth(), 2);
    assert_eq!(everything().depth(), 5);
}

#[test]
fn samples_show_every_variant_and_both_sides_of_an_option() {
    let choice = || {
        enumeration(
            "E",
            vec![
                ("A", Fields::Unit),
                ("B", Fields::Newtype(Box::new(Structure::Bool))),
            ],
        )
    };
    let samples = choice().samples();
    assert!(samples.iter().any(|bytes| bytes[0] == 0) && samples.iter().any(|bytes| bytes[0] == 1));
    let samples = Structure::Option(Box::new(choice())).samples();
    for expected in [&[0][..], &[1, 0], &[1, 1, 0]] {
        assert!(
            samples.iter().any(|bytes| bytes == expected),
            "{expected:?} in {samples:?}"
        );
    }
}

#[test]
fn types_of_other_crates_have_a_form_a_name_and_fingerprints_that_stay() {
    let all = Structure::Tuple(Foreign::ALL.map(Structure::Foreign).to_vec());
    expect!["(uuid, json, timestamp, date, time, datetime, span, signed_duration)"]
        .assert_eq(&all.to_string());
    expect!["140f78d266056441860d37478854647f"].assert_eq(&all.wire_fingerprint().to_string());
    expect!["dee29ec0072a52c2c2a856e896457988"]
        .assert_eq(&all.schema_fingerprint("test.foreign").to_string());
}
