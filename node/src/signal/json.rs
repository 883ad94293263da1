//! JSON as a part of a signal.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use farc_protocol::json::embedded;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
    ser,
};
use serde_json::Value;

/// A [`serde_json::Value`] that can be part of a signal.
///
/// A bare `Value` cannot: it contains itself, and it asks a decoder what comes next, which the format of signals does not say. So on the wire
/// this is JSON text, with bounds that are checked before it is read: arrays and objects nest at most 64 levels, and there are at most 2^20
/// values. It is nevertheless known as JSON, so that tools show it as it is. Where a structure is known, a struct takes fewer bytes.
///
/// ```
/// use farc::{Json, Signal};
/// use serde::{Deserialize, Serialize};
/// use serde_json::json;
///
/// #[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
/// #[signal("plugin.result")]
/// struct PluginResult {
///     plugin: u16,
///     result: Json,
/// }
///
/// let signal = PluginResult { plugin: 7, result: Json(json!({"found": [1, 2]})) };
/// assert_eq!(signal.result["found"][1], 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Json(
    /// The value.
    pub Value,
);

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        json.0
    }
}

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for Json {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The value itself to formats for people, text to others.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let text = embedded::print(&self.0).map_err(ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Value::deserialize(deserializer).map(Self);
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
        embedded::parse(text).map(Json).map_err(E::custom)
    }
}
