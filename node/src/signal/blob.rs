//! Many bytes that are cheap to send to many.

use std::{fmt, ops::Deref};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An immutable buffer of bytes: a clone shares the storage, which nobody can change or reach from elsewhere.
///
/// On the wire it is a length and the bytes, moved as a whole; a `Vec<u8>` is encoded byte by byte.
///
/// [`bytes::Bytes`] is no part of a signal, since it can also view storage that somebody else still reaches; a blob is made from one, and one
/// from a blob.
///
/// ```
/// use farc::Blob;
///
/// let picture = Blob::from(vec![0x89, b'P', b'N', b'G']);
/// let copy = picture.clone(); // shares the storage
/// assert_eq!(copy.as_ptr(), picture.as_ptr());
///
/// let mut mine = Vec::from(copy); // does not
/// mine[0] = 0;
/// assert_eq!(picture[0], 0x89);
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob {
    /// Always in storage that is reached through `Bytes` alone: `Bytes` can also view storage that its owner still reaches.
    bytes: Bytes,
}

impl Blob {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes: Bytes::from(bytes),
        }
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Self {
            bytes: Bytes::copy_from_slice(bytes),
        }
    }
}

/// Moves the storage if nobody else has a part of it, and copies the bytes otherwise.
impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        // Storage that its owner may still reach, as of `Bytes::from_owner` and `Bytes::from_static`, is never unique.
        match bytes.try_into_mut() {
            Ok(unique) => Self {
                bytes: unique.freeze(),
            },
            Err(shared) => Self::from(&*shared),
        }
    }
}

/// Shares the storage, which nobody can change through `Bytes` either.
impl From<Blob> for Bytes {
    fn from(blob: Blob) -> Self {
        blob.bytes
    }
}

impl<const N: usize> From<[u8; N]> for Blob {
    fn from(bytes: [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<Blob> for Vec<u8> {
    fn from(blob: Blob) -> Self {
        Self::from(blob.bytes)
    }
}

impl FromIterator<u8> for Blob {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
        Self::from(Vec::from_iter(bytes))
    }
}

impl Deref for Blob {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.bytes.len())
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BlobVisitor)
    }
}

struct BlobVisitor;

impl<'de> de::Visitor<'de> for BlobVisitor {
    type Value = Blob;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Blob, E> {
        Ok(Blob::from(bytes))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Blob, E> {
        Ok(Blob::from(bytes))
    }

    /// Formats for people, config files among them, write bytes as a list of numbers.
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Blob, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
        }
        Ok(Blob::from(bytes))
    }
}
