use farc::Isolated;
use serde::{Deserialize, Serialize};

#[derive(Isolated, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reading {
    #[serde(default)]
    missing: u8,
    #[serde(default = "seven", alias = "other")]
    seven: u8,
    #[serde(rename = "is")]
    renamed: u8,
    #[serde(rename(serialize = "left", deserialize = "right"))]
    renamed_twice: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<u8>,
    #[serde(flatten)]
    inner: Inner,
    #[serde(with = "hex")]
    bytes: Vec<u8>,
    #[serde(serialize_with = "hex::serialize")]
    more: Vec<u8>,
    #[serde(skip_deserializing)]
    cached: u8,
}

#[derive(Isolated, Serialize, Deserialize)]
#[serde(transparent)]
struct Inner {
    value: u8,
}

#[derive(Isolated, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Tagged {
    #[serde(rename = "first")]
    One,
    #[serde(skip)]
    Two,
    #[serde(other)]
    Other,
}

#[derive(Isolated, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Untagged {
    One { value: u8 },
    Two(#[serde(default)] u8),
}

#[derive(Isolated, Serialize, Deserialize, Clone)]
#[serde(from = "u8", into = "u8")]
struct Converted(u8);

#[derive(Isolated, Serialize, Deserialize)]
#[serde(try_from = "u8")]
struct Checked(u8);

impl From<u8> for Converted {
    fn from(value: u8) -> Self {
        Self(value)
    }
}

impl From<Converted> for u8 {
    fn from(value: Converted) -> Self {
        value.0
    }
}

impl From<u8> for Checked {
    fn from(value: u8) -> Self {
        Self(value)
    }
}

#[derive(Isolated, Serialize, Deserialize)]
#[serde(remote = "Elsewhere")]
struct Remote(u8);

fn main() {}
