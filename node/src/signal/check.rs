//! Does a type write what its structure says? Derived serde does; a hand-written one is checked here.

use farc_protocol::codec::{self, DecodeError, EncodeError};
use thiserror::Error;

use super::Signal;

/// How the bytes of a type differ from its structure.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SelfCheckError {
    /// It refuses bytes that its structure allows.
    #[error("signal `{name}`: its Deserialize does not read what its structure says: {source}")]
    Decode {
        /// The signal.
        name: &'static str,
        /// What the decoder says.
        source: DecodeError,
    },
    /// It cannot be encoded.
    #[error("signal `{name}`: its Serialize fails: {source}")]
    Encode {
        /// The signal.
        name: &'static str,
        /// What the encoder says.
        source: EncodeError,
    },
    /// It writes other bytes than it read.
    #[error("signal `{name}`: its Serialize does not write what its structure says ({structure})")]
    Differs {
        /// The signal.
        name: &'static str,
        /// What it should write.
        structure: String,
    },
}

/// Decodes values that were made from the structure of `S`, and expects the same bytes back.
///
/// For debug builds, once at registration. With serde's own derives it cannot fail, since the attributes that change
/// the form are refused; with a hand-written `Serialize` or `Deserialize` it can.
///
/// # Errors
/// [`SelfCheckError`] when the structure and the bytes of the type differ.
pub fn self_check<S: Signal>() -> Result<(), SelfCheckError> {
    let structure = S::structure();
    for bytes in structure.samples() {
        let value: S = codec::decode(&bytes).map_err(|source| SelfCheckError::Decode {
            name: S::NAME,
            source,
        })?;
        let mut again = bytes::BytesMut::with_capacity(bytes.len());
        codec::encode(&value, &mut again).map_err(|source| SelfCheckError::Encode {
            name: S::NAME,
            source,
        })?;
        if *again != *bytes {
            return Err(SelfCheckError::Differs {
                name: S::NAME,
                structure: structure.to_string(),
            });
        }
    }
    Ok(())
}
