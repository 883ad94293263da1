//! JSON inside a message: the text that `farc::Json` is on the wire.
//!
//! bincode does not say what comes next, so it cannot decode a value that describes itself; text can. The text comes from a peer, and the
//! value from a program, so both are measured before anything recurses or allocates with them.

use serde_json::Value;
use thiserror::Error;

use super::MAX_VALUES;

/// How deep the arrays and objects of JSON inside a message may nest.
///
/// With the levels of types around it ([`MAX_DEPTH`](crate::schema::MAX_DEPTH)) it stays below 128, where parsers of JSON stop by default.
pub const MAX_EMBEDDED_DEPTH: usize = 64;

/// Why a value or a text cannot be JSON inside a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EmbeddedError {
    /// It nests deeper than [`MAX_EMBEDDED_DEPTH`].
    #[error("JSON that nests more than {MAX_EMBEDDED_DEPTH} levels")]
    TooDeep,
    /// It has more than [`MAX_VALUES`] values, an empty array or object counting as two.
    #[error("JSON of more than {MAX_VALUES} values")]
    TooMany,
    /// The text is no JSON.
    #[error("not JSON: {0}")]
    Malformed(String),
}

/// The text of a value, on one line and without spaces.
///
/// # Errors
/// When it is too deep or has too many values to be read again.
pub fn print(value: &Value) -> Result<String, EmbeddedError> {
    shallow(value, MAX_EMBEDDED_DEPTH)?;
    let text = value.to_string();
    measure(&text)?;
    Ok(text)
}

/// The value of a text: all of it.
///
/// # Errors
/// An [`EmbeddedError`] for whatever is not JSON within the bounds.
pub fn parse(text: &str) -> Result<Value, EmbeddedError> {
    measure(text)?;
    serde_json::from_str(text).map_err(|error| EmbeddedError::Malformed(error.to_string()))
}

/// How many values a text has at most: one more than it has commas and opening brackets.
pub(super) fn measure(text: &str) -> Result<usize, EmbeddedError> {
    let (mut values, mut depth, mut quoted, mut escaped) = (1, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b',' => values += 1,
            b'[' | b'{' => {
                values += 1;
                depth += 1;
                if depth > MAX_EMBEDDED_DEPTH {
                    return Err(EmbeddedError::TooDeep);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _other => {}
        }
    }
    if values > MAX_VALUES {
        return Err(EmbeddedError::TooMany);
    }
    Ok(values)
}

/// Recurses as deep as it may and no deeper.
fn shallow(value: &Value, levels: usize) -> Result<(), EmbeddedError> {
    let inside = || levels.checked_sub(1).ok_or(EmbeddedError::TooDeep);
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        Value::Array(elements) => {
            let levels = inside()?;
            elements
                .iter()
                .try_for_each(|element| shallow(element, levels))
        }
        Value::Object(fields) => {
            let levels = inside()?;
            fields.values().try_for_each(|field| shallow(field, levels))
        }
    }
}
