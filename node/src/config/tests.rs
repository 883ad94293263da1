//! The small parsers; what a person sees of them is in the golden texts of `tests/config_*.rs`.

use std::time::Duration;

use super::suggest::{listed, nearest};
use super::value::parse_duration;
use super::{Params, admin_of};

#[test]
fn a_suggestion_is_near_or_there_is_none() {
    let known = ["name", "cluster", "listen"];
    assert_eq!(nearest("lissten", known), Some("listen"));
    assert_eq!(nearest("nmae", known), Some("name"));
    assert_eq!(nearest("metrics", known), None);
    assert_eq!(nearest("x", []), None);
}

#[test]
fn words_are_listed_as_a_sentence_has_them() {
    assert_eq!(listed([]), "nothing");
    assert_eq!(listed(["a"]), "`a`");
    assert_eq!(listed(["a", "b", "c"]), "`a`, `b` or `c`");
}

#[test]
fn durations_are_one_number_and_one_unit() {
    assert_eq!(parse_duration("8s"), Some(Duration::from_secs(8)));
    assert_eq!(parse_duration("500 ms"), Some(Duration::from_millis(500)));
    assert_eq!(parse_duration("1.5h"), Some(Duration::from_secs(5400)));
    for bad in ["8", "s", "-1s", "1s2", "1 week", "", "1e400s", "nan s"] {
        assert_eq!(parse_duration(bad), None, "{bad}");
    }
}

#[test]
fn params_built_in_code_are_held_against_the_type_like_those_of_a_file() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Args {
        seats: u8,
    }
    let read = |text: &str| text.parse::<Params>().unwrap().read::<Args>();
    assert_eq!(read("seats = 5"), Ok(Args { seats: 5 }));
    assert_eq!(
        read("seats = 500\nsaets = 1").unwrap_err().to_string(),
        "unknown parameter `saets`; `seats`: found integer `500`, expected an integer from 0 to 255"
    );
}

#[test]
fn params_of_a_file_keep_every_number_and_string_exactly() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Args {
        seed: u64,
        hex: u32,
        ratio: f64,
        texts: Vec<String>,
        inner: std::collections::BTreeMap<String, i64>,
        when: String,
    }
    let text = "params = { seed = 18446744073709551615, hex = 0xff, ratio = 1e-3, when = 2027-01-15, \
                texts = [\"a\\n\\\"b\\\"\", 'c:\\d'], inner = { 'odd key' = -1, b = +2 } }";
    let parsed = toml::de::DeTable::parse(text).unwrap();
    let params = Params::of(&parsed.get_ref()["params"]);
    let read: Args = params.read().unwrap();
    let expected = Args {
        seed: u64::MAX,
        hex: 255,
        ratio: 1e-3,
        texts: vec!["a\n\"b\"".to_owned(), "c:\\d".to_owned()],
        inner: [("odd key".to_owned(), -1), ("b".to_owned(), 2)].into(),
        when: "2027-01-15".to_owned(),
    };
    assert_eq!(read, expected);
}

#[test]
fn a_client_finds_the_socket_of_a_file_that_is_broken_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(
        &path,
        "[node]\nname = \"a\"\nlisten = 5\n[admin]\nsocket = \"a.sock\"\n",
    )
    .unwrap();
    let found = admin_of(&path).unwrap();
    assert_eq!(found.name, "a");
    assert_eq!(found.cluster, super::DEFAULT_CLUSTER);
    assert_eq!(found.socket, Some(folder.path().join("a.sock")));
    assert_eq!(admin_of(&folder.path().join("none.toml")), None);
}
