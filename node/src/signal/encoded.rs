//! Values of types that no proof covers: isolated because they were copied.

use std::{
    fmt,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
};

use bytes::BytesMut;
use farc_protocol::{
    codec::{self, DecodeError, EncodeError},
    schema::{Fields, Structure},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use thiserror::Error;

use super::{
    Blob, Isolated,
    shape::{Figures, Row, shape},
};

/// The bytes of a `T`, for a signal that must carry a type which is not [`Isolated`].
///
/// The compiler cannot prove that such a value shares nothing, so it does not travel: [`new`](Self::new) writes it down, and each receiver
/// [decodes](Self::decode) a value of its own. Any type with serde's traits will do, one of another crate as well.
///
/// ```
/// use std::collections::HashMap;
///
/// use farc::{Encoded, Signal};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Signal, Serialize, Deserialize, Clone)]
/// #[signal("stock.prices")]
/// struct Prices {
///     by_name: Encoded<HashMap<String, u32>>,
/// }
///
/// # fn main() -> Result<(), farc::EncodedError> {
/// let mut prices = HashMap::from([("bolt".to_owned(), 7)]);
/// let signal = Prices { by_name: Encoded::new(&prices)? };
/// prices.clear(); // is not seen by anyone
/// assert_eq!(signal.by_name.decode()?["bolt"], 7);
/// # Ok(())
/// # }
/// ```
///
/// # What it costs
/// Encoding once and decoding in every receiver, local ones too. And what the schema knows: peers see bytes, so that two nodes with different
/// ideas of `T` find out when they decode, not when they are linked; tools print hex digits. Prefer a struct of your own with
/// `#[derive(Isolated)]`.
///
/// # Bounds
/// The format is that of signals (bincode 2, `standard`), and so are the bounds: 16 MiB of bytes, 128 levels, 128 MiB in containers, no more
/// elements than bytes. Types that describe themselves cannot be read back (`serde_json::Value`, `#[serde(untagged)]`, `#[serde(flatten)]`); for
/// the first there is [`Json`](super::Json).
pub struct Encoded<T> {
    bytes: Blob,
    /// It makes a `T` and holds none, so that it is `Send` whatever `T` is.
    of: PhantomData<fn() -> T>,
}

/// Why a value and its bytes cannot be turned into each other, by who is to blame.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodedError {
    /// The value: it is too large, or of a form that the format has not.
    #[error("the value cannot be encoded: {0}")]
    Value(EncodeError),
    /// The bytes, and so whoever sent them: they are no such value.
    #[error("the bytes are no such value: {0}")]
    Bytes(DecodeError),
    /// The type: its own `Serialize` or `Deserialize`, which is named here, panicked.
    #[error("the {0} of the type panicked")]
    Type(&'static str),
}

impl<T> Encoded<T> {
    /// Writes the value down.
    ///
    /// # Errors
    /// [`EncodedError::Value`] when it is longer than 16 MiB or its `Serialize` fails, [`EncodedError::Type`] when that panics.
    pub fn new(value: &T) -> Result<Self, EncodedError>
    where
        T: Serialize,
    {
        let mut bytes = BytesMut::new();
        contain("Serialize", || codec::encode(value, &mut bytes))?.map_err(EncodedError::Value)?;
        Ok(Self {
            bytes: bytes.freeze().into(),
            of: PhantomData,
        })
    }

    /// A value that nobody else has.
    ///
    /// The bytes may come from a peer: whatever they are, this does not panic, and what it allocates is bounded.
    ///
    /// # Errors
    /// [`EncodedError::Bytes`] when they are not those of a `T`, [`EncodedError::Type`] when its `Deserialize` panics.
    pub fn decode(&self) -> Result<T, EncodedError>
    where
        T: DeserializeOwned,
    {
        contain("Deserialize", || codec::decode(&self.bytes))?.map_err(EncodedError::Bytes)
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }
}

/// Runs the user's half of serde. It cannot leave anything half done that is looked at afterwards: what it wrote or read is dropped.
fn contain<R>(what: &'static str, user: impl FnOnce() -> R) -> Result<R, EncodedError> {
    catch_unwind(AssertUnwindSafe(user)).map_err(|panic| {
        // It may be any value, and its drop may panic as well; a second such one is leaked rather than dropped.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(again);
        }
        EncodedError::Type(what)
    })
}

// SAFETY: it owns bytes. Whatever a `T` can reach, none is here.
unsafe impl<T: 'static> Isolated for Encoded<T> {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures =
        Row::EMPTY.and(shape::<Blob>()).figures();

    fn structure() -> Structure {
        Structure::Struct {
            name: "Encoded".into(),
            fields: Fields::Newtype(Box::new(Blob::structure())),
        }
    }
}

impl<T> Serialize for Encoded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.bytes.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Encoded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Blob::deserialize(deserializer)?;
        Ok(Self {
            bytes,
            of: PhantomData,
        })
    }
}

impl<T> Clone for Encoded<T> {
    fn clone(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            of: PhantomData,
        }
    }
}

/// By the bytes. Values that are equal may have different ones: a `HashMap` is written in the order that it happens to have.
impl<T> PartialEq for Encoded<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Encoded<T> {}

impl<T> fmt::Debug for Encoded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoded({} bytes)", self.bytes.len())
    }
}
