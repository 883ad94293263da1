//! JSON as a part of a signal: text on the wire, itself everywhere else.

use farc_protocol::json::embedded::MAX_EMBEDDED_DEPTH;
use serde_json::json;

use super::*;

#[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[signal("test.json")]
struct Answer {
    id: u8,
    json: Json,
    perhaps: Option<Json>,
}

fn answer() -> Answer {
    Answer {
        id: 7,
        json: Json(json!({"b": [1, -2.5, "ä\"", null], "a": {}})),
        perhaps: None,
    }
}

#[test]
fn json_is_text_on_the_wire_and_json_in_json() {
    let answer = answer();
    agrees(&answer);
    let encoded = bytes(&Json(json!({"a": [1]})));
    assert_eq!(encoded[..], *b"\x09{\"a\":[1]}");
    let shown = to_json(&Answer::structure(), &bytes(&answer)).unwrap();
    assert_eq!(shown, serde_json::to_value(&answer).unwrap());
    assert_eq!(shown["json"]["b"][1], -2.5);
    let parsed: Answer = serde_json::from_value(shown).unwrap();
    assert_eq!(parsed, answer);
}

#[test]
fn json_has_a_structure_and_fingerprints_that_stay() {
    let structure = Answer::structure();
    expect!["struct Answer { id: u8, json: json, perhaps: option<json> }"]
        .assert_eq(&structure.to_string());
    expect!["ed225b7999674478d9104bd071ef6180"]
        .assert_eq(&structure.wire_fingerprint().to_string());
    expect!["73485dbf911cba08665166588d2f90c2"]
        .assert_eq(&structure.schema_fingerprint(Answer::NAME).to_string());
    let (min_wire, depth) = shape::shape::<Answer>().figures().summary();
    assert_eq!((min_wire, depth), (structure.min_wire(), structure.depth()));
    assert_eq!(self_check::<Answer>(), Ok(()));
}

#[test]
fn no_json_that_nests_too_deeply_is_sent_or_received() {
    let nested = |levels: usize| (0..levels).fold(json!([]), |inner, _| json!([inner]));
    agrees(&Json(nested(MAX_EMBEDDED_DEPTH - 1)));
    let mut out = BytesMut::new();
    let error = codec::encode(&Json(nested(MAX_EMBEDDED_DEPTH)), &mut out).unwrap_err();
    expect!["not encodable: JSON that nests more than 64 levels"].assert_eq(&error.to_string());
    let text = "[".repeat(1 << 20);
    let error = codec::decode::<Json>(&bytes(&text)).unwrap_err();
    expect!["malformed: JSON that nests more than 64 levels"].assert_eq(&error.to_string());
}

proptest! {
    #[test]
    fn any_text_is_json_or_an_error(text in "[\\[\\]{}\",:0-9a-z\\\\. ]{0,40}") {
        if let Ok(json) = codec::decode::<Json>(&bytes(&text)) {
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json.0.clone());
            prop_assert_eq!(codec::decode::<Json>(&bytes(&json)), Ok(json));
        }
    }
}

#[test]
fn json_is_a_value_and_a_value_is_json() {
    let mut json = Json::from(json!({"a": 1}));
    json["a"] = json!(2);
    assert_eq!(json.to_string(), r#"{"a":2}"#);
    assert_eq!(format!("{json:?}"), format!("{:?}", json.0));
    assert_eq!(serde_json::Value::from(json), json!({"a": 2}));
}
