//! Variable-length integers of RFC 9000, section 16: the only integers on the wire.
//!
//! The two most significant bits of the first byte say how many bytes follow: `00` one byte in all, `01` two, `10` four,
//! `11` eight. The rest is the value, big endian. A longer form than needed is legal, as in the RFC; we never write one.

use bytes::{BufMut, BytesMut};

/// The largest value that fits: 2^62 - 1.
pub const MAX: u64 = (1 << 62) - 1;

/// The most bytes that one integer takes.
pub const MAX_LEN: usize = 8;

/// How many bytes [`put`] writes for `value`.
#[must_use]
pub const fn len(value: u64) -> usize {
    match value {
        0..=0x3f => 1,
        0x40..=0x3fff => 2,
        0x4000..=0x3fff_ffff => 4,
        _ => 8,
    }
}

/// `value` in its shortest form: the bytes, of which the first so many count.
///
/// # Panics
/// When `value` exceeds [`MAX`]: counters that could get there do not exist (2^62 events are 146 years at a thousand
/// million a second), and values of peers were varints already.
#[must_use]
pub const fn encode(value: u64) -> ([u8; MAX_LEN], usize) {
    assert!(value <= MAX, "a varint holds 62 bits");
    let len = len(value);
    // The length's logarithm goes into the two most significant bits of what is written.
    let tagged = (value << (64 - 8 * len)) | ((len.trailing_zeros() as u64) << 62);
    (tagged.to_be_bytes(), len)
}

/// Appends `value` in its shortest form.
///
/// # Panics
/// As [`encode`].
pub fn put(out: &mut BytesMut, value: u64) {
    let (bytes, len) = encode(value);
    out.put_slice(&bytes[..len]);
}

/// Reads the integer at the start of `bytes`: the value and how many bytes it took, or `None` when `bytes` ends first.
#[must_use]
pub fn get(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let len = 1_usize << (first >> 6);
    let rest = bytes.get(1..len)?;
    let value = rest.iter().fold(u64::from(first & 0x3f), |value, byte| {
        (value << 8) | u64::from(*byte)
    });
    Some((value, len))
}

#[cfg(test)]
mod tests;
