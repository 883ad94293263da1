//! Reading and writing the fields of a frame: a cursor that checks each length against what is left.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};

use super::FrameError;
use crate::{life::Life, limits, name::check_signal_name, schema::Fingerprint, varint};

/// The unread part of a frame's body.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    frame: &'static str,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) const fn new(frame: &'static str, body: &'a [u8]) -> Self {
        Self { frame, rest: body }
    }

    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn varint(&mut self) -> Result<u64, FrameError> {
        let (value, len) = varint::get(self.rest).ok_or(FrameError::Truncated(self.frame))?;
        self.rest = &self.rest[len..];
        Ok(value)
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, FrameError> {
        let value = self.varint()?;
        u32::try_from(value).map_err(|_| FrameError::Value { what, value })
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], FrameError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(FrameError::Truncated(self.frame))?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let bytes = self.bytes(N)?;
        Ok(bytes.try_into().expect("bytes() gave as many as asked for"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, FrameError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn life(&mut self) -> Result<Life, FrameError> {
        let start = u64::from_be_bytes(self.array()?);
        let random = u64::from_be_bytes(self.array()?);
        Ok(Life { start, random })
    }

    pub(super) fn fingerprint(&mut self) -> Result<Fingerprint, FrameError> {
        self.array().map(Fingerprint)
    }

    pub(super) fn text(&mut self, what: &'static str, max: usize) -> Result<&'a str, FrameError> {
        let len = self.varint()?;
        let fits = usize::try_from(len).ok().filter(|len| *len <= max);
        let len = fits.ok_or(FrameError::TooLong { what, len, max })?;
        std::str::from_utf8(self.bytes(len)?).map_err(|_| FrameError::Text(what))
    }

    pub(super) fn name(&mut self, what: &'static str) -> Result<Arc<str>, FrameError> {
        let name = self.text(what, limits::NAME_LEN)?;
        check_signal_name(name).map_err(|source| FrameError::Name { what, source })?;
        Ok(name.into())
    }

    /// How many entries follow: no more than `max`, and no more than could be there.
    pub(super) fn count(
        &mut self,
        what: &'static str,
        max: usize,
        least: usize,
    ) -> Result<usize, FrameError> {
        let len = self.varint()?;
        let count = usize::try_from(len).ok().filter(|count| *count <= max);
        let count = count.ok_or(FrameError::TooLong { what, len, max })?;
        if count * least > self.left() {
            Err(FrameError::Truncated(self.frame))
        } else {
            Ok(count)
        }
    }

    pub(super) const fn finish(self) -> Result<(), FrameError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(FrameError::Trailing(self.frame))
        }
    }
}

/// Appends a frame: `body` writes behind the end, and the length is put before it afterwards.
pub(super) fn put_frame(out: &mut BytesMut, kind: u8, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(kind);
    let start = out.len();
    body(out);
    let len = out.len() - start;
    let (bytes, width) = varint::encode(len as u64);
    out.put_slice(&bytes[..width]);
    out.copy_within(start..start + len, start + width);
    out[start..start + width].copy_from_slice(&bytes[..width]);
}

pub(super) fn put_text(out: &mut BytesMut, text: &str) {
    varint::put(out, text.len() as u64);
    out.put_slice(text.as_bytes());
}

pub(super) fn put_life(out: &mut BytesMut, life: Life) {
    out.put_u64(life.start);
    out.put_u64(life.random);
}
