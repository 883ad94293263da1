//! Values to bytes and back: the payloads of messages. The only module that names bincode.
//!
//! The format is bincode 2's `standard()`: little endian, variable-length integers, no names. It is pinned by golden
//! vectors, so that a byte-compatible crate may replace the unmaintained one.
//!
//! Bytes come from peers, so nothing in them is believed: the length is checked first, a limit is always set, a declared
//! length never allocates, nesting is bounded, and a message that is not used up is refused. Nothing here panics.

use bincode::{config, enc::write::Writer, error};
use bytes::BytesMut;
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

mod guard;

/// The longest payload of one message, in bytes. A peer's link holds a few of them at a time.
pub const MAX_MESSAGE: usize = 16 << 20;

/// bincode counts an integer at its full width, whatever it takes on the wire, and sixteen bytes is the widest. A lower
/// limit would refuse honest lists of small numbers; the true length was checked before.
const CLAIM_LIMIT: usize = 16 * MAX_MESSAGE;

/// The longest text of an error that quotes what came in.
const MAX_REASON: usize = 200;

/// Why a value has no bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// It takes more than [`MAX_MESSAGE`] bytes.
    #[error("longer than {MAX_MESSAGE} bytes")]
    TooLarge,
    /// Its `Serialize` failed, or asked for what the format has not, such as a sequence of unknown length.
    #[error("not encodable: {0}")]
    Unsupported(String),
}

/// Why bytes are not a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// There are more than [`MAX_MESSAGE`] of them.
    #[error("{length} bytes, more than {MAX_MESSAGE}")]
    TooLarge {
        /// How many there are.
        length: usize,
    },
    /// They end before the value does.
    #[error("ends too early")]
    Truncated,
    /// The value ends before they do.
    #[error("{left} bytes too many")]
    Trailing {
        /// How many are left.
        left: usize,
    },
    /// They are not of that type.
    #[error("malformed: {0}")]
    Malformed(String),
}

/// Appends the bytes of `value` to `out` and says how many they are. On an error `out` is as before.
///
/// # Errors
/// [`EncodeError::TooLarge`] beyond [`MAX_MESSAGE`]; [`EncodeError::Unsupported`] when the value's `Serialize` fails.
pub fn encode<T: Serialize + ?Sized>(value: &T, out: &mut BytesMut) -> Result<usize, EncodeError> {
    let before = out.len();
    let mut writer = Appender {
        out,
        room: MAX_MESSAGE,
        full: false,
    };
    let result = bincode::serde::encode_into_writer(value, &mut writer, config::standard());
    let full = writer.full;
    let written = out.len() - before;
    result.map(|()| written).map_err(|error| {
        out.truncate(before);
        if full {
            EncodeError::TooLarge
        } else {
            EncodeError::Unsupported(short(&not_encodable(&error)))
        }
    })
}

/// The value of which `bytes` are the encoding: all of them.
///
/// What it allocates is bounded by the type and the number of bytes, not by lengths declared in them.
///
/// # Errors
/// A [`DecodeError`] for whatever is not the encoding of a `T`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (value, read) = decode_prefix(bytes)?;
    match bytes.len() - read {
        0 => Ok(value),
        left => Err(DecodeError::Trailing { left }),
    }
}

/// Takes one value from the front of `input`.
pub(crate) fn take<'de, T: serde::Deserialize<'de>>(
    input: &mut &'de [u8],
) -> Result<T, DecodeError> {
    let (value, read) = decode_prefix(input)?;
    *input = input.get(read..).unwrap_or_default();
    Ok(value)
}

fn decode_prefix<'de, T: serde::Deserialize<'de>>(
    bytes: &'de [u8],
) -> Result<(T, usize), DecodeError> {
    if bytes.len() > MAX_MESSAGE {
        return Err(DecodeError::TooLarge {
            length: bytes.len(),
        });
    }
    let config = config::standard().with_limit::<CLAIM_LIMIT>();
    bincode::serde::seed_decode_from_slice(guard::Root::new(bytes.len()), bytes, config).map_err(
        |error| {
            if matches!(error, error::DecodeError::UnexpectedEnd { .. }) {
                DecodeError::Truncated
            } else {
                DecodeError::Malformed(short(&malformed(&error)))
            }
        },
    )
}

struct Appender<'a> {
    out: &'a mut BytesMut,
    room: usize,
    full: bool,
}

impl Writer for Appender<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), error::EncodeError> {
        let Some(room) = self.room.checked_sub(bytes.len()) else {
            self.full = true;
            return Err(error::EncodeError::Other("too large"));
        };
        self.room = room;
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

/// What a type said goes on in its own words; the library prints itself as Rust.
fn not_encodable(error: &error::EncodeError) -> String {
    use bincode::serde::EncodeError::SequenceMustHaveLength;
    if let error::EncodeError::OtherString(text) = error {
        text.clone()
    } else if matches!(error, error::EncodeError::Serde(SequenceMustHaveLength)) {
        "a sequence or map of unknown length".to_owned()
    } else {
        error.to_string()
    }
}

fn malformed(error: &error::DecodeError) -> String {
    use bincode::serde::DecodeError::{AnyNotSupported, IgnoredAnyNotSupported};
    if let error::DecodeError::OtherString(text) = error {
        text.clone()
    } else if matches!(
        error,
        error::DecodeError::Serde(AnyNotSupported | IgnoredAnyNotSupported)
    ) {
        "the type asks what comes next, which the format does not say".to_owned()
    } else {
        error.to_string()
    }
}

/// Short and on one line: it may quote the peer.
fn short(reason: &str) -> String {
    reason
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_REASON)
        .collect()
}

#[cfg(test)]
mod tests;
