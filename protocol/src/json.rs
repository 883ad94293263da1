//! The bytes of a value as JSON, and back, by its structure alone: for tools that have never seen the type.
//!
//! | structure | JSON |
//! |---|---|
//! | `bool`, `string`, `char` | as such; a `char` is a string of one |
//! | integers | numbers; beyond ±(2^53 - 1), where readers of JSON begin to round, strings of digits. Both are read |
//! | floats | numbers; `"NaN"`, `"inf"`, `"-inf"`, and `"NaN:"` with the bits in hex for unusual ones |
//! | `blob` | a string of hex digits |
//! | `duration` | `{"secs": 1, "nanos": 500}` |
//! | addresses | strings, as in `"127.0.0.1:80"` |
//! | `uuid` | a string, as in `"67e55044-10b1-426f-9247-bb680e5fe0c8"` |
//! | `json` | itself |
//! | `timestamp`, `date`, `time`, `datetime`, `span`, `signed_duration` | strings, as in `"2026-01-02T03:04:05Z"` |
//! | `option` | `null` or the value; if the value can be `null` itself, `{"Some": value}` |
//! | sequences, sets, arrays, tuples | arrays |
//! | maps | objects if the keys are strings, chars, bools, integers, uuids or times in ascending order, else arrays of pairs. Both are read |
//! | structs | named: objects; tuple: arrays; newtype: the value; unit: `null` |
//! | enums | `"Variant"`, or `{"Variant": fields}` |
//!
//! That is what `serde_json` makes of the Rust type wherever `serde_json` loses nothing. Turning bytes into JSON and back
//! gives the same bytes, if an encoder wrote them.
//!
//! Both sides are outside: bytes come from peers, JSON from people. Nothing here panics, and what it builds is bounded.

use serde_json::Value;
use thiserror::Error;

use crate::{
    codec::MAX_MESSAGE,
    schema::{Fields, Foreign, MAX_DEPTH, Structure},
};

pub mod embedded;
mod foreign;
mod keys;
mod numbers;
mod path;
mod reading;
mod writing;

use path::Path;

/// The most JSON values that one message turns into. One takes 32 bytes and up, where its bytes may be just one.
pub const MAX_VALUES: usize = 1 << 20;

/// The longest text that an error quotes.
const MAX_QUOTE: usize = 40;

/// Why bytes and JSON cannot be turned into each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{at}: {why}")]
pub struct JsonError {
    /// Where, as in `.orders[3].price`; `value` for the whole.
    pub at: String,
    /// What is wrong there.
    pub why: String,
}

/// The JSON of the value of which `bytes` are the encoding: all of them.
///
/// # Errors
/// When they are not of that structure, are longer than [`MAX_MESSAGE`] or make more than [`MAX_VALUES`].
pub fn to_json(structure: &Structure, bytes: &[u8]) -> Result<Value, JsonError> {
    check_depth(structure)?;
    if bytes.len() > MAX_MESSAGE {
        return Err(Path::root().error(format!("{} bytes, more than {MAX_MESSAGE}", bytes.len())));
    }
    let mut reader = reading::Reader::new(bytes);
    let value = reader.value(structure, Path::root())?;
    match reader.left() {
        0 => Ok(value),
        left => Err(Path::root().error(format!("{left} bytes too many"))),
    }
}

/// The encoding of the value that `json` writes.
///
/// Fields that are options may be missing; unknown fields are errors.
///
/// # Errors
/// When it is not of that structure, or would be longer than [`MAX_MESSAGE`].
pub fn from_json(structure: &Structure, json: &Value) -> Result<Vec<u8>, JsonError> {
    check_depth(structure)?;
    let mut writer = writing::Writer::default();
    writer.value(structure, json, Path::root())?;
    Ok(writer.finish())
}

/// No type of ours is deeper, and both ways recurse with the structure.
fn check_depth(structure: &Structure) -> Result<(), JsonError> {
    if structure.depth() > MAX_DEPTH {
        return Err(Path::root().error(format!("nests more than {MAX_DEPTH} levels")));
    }
    Ok(())
}

/// Whether `null` already means something for values of this structure, so that it cannot mean `None`.
fn nullable(structure: &Structure) -> bool {
    match structure {
        Structure::Unit | Structure::Option(_) | Structure::Foreign(Foreign::Json) => true,
        Structure::Struct { fields, .. } => match fields {
            Fields::Unit => true,
            Fields::Newtype(inner) => nullable(inner),
            Fields::Tuple(_) | Fields::Named(_) => false,
        },
        Structure::Bool
        | Structure::Int(_)
        | Structure::NonZero(_)
        | Structure::F32
        | Structure::F64
        | Structure::Char
        | Structure::String
        | Structure::Blob
        | Structure::Duration
        | Structure::Address(_)
        | Structure::Foreign(_)
        | Structure::Seq(_)
        | Structure::Set(_)
        | Structure::Map(..)
        | Structure::Array(..)
        | Structure::Tuple(_)
        | Structure::Enum { .. } => false,
    }
}

/// What came in, short and on one line.
fn quote(text: &str) -> String {
    let mut quoted: String = text
        .chars()
        .take(MAX_QUOTE)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(MAX_QUOTE).is_some() {
        quoted.push_str("...");
    }
    format!("\"{quoted}\"")
}

#[cfg(test)]
mod tests;
