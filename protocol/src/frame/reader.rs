//! Cutting a stream into frames, in whatever pieces it arrives.
//!
//! A frame that arrives whole is a slice of what arrived. One that arrives in pieces is put together in a buffer that
//! grows with the bytes that came, never with the length that was declared.

use bytes::{Buf, Bytes, BytesMut};

use super::FrameError;
use crate::varint;

/// A frame as it was cut out: its type and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The type byte: see [`super::kind`].
    pub kind: u8,
    /// The body, of exactly the declared length.
    pub body: Bytes,
}

/// Cuts one stream into frames.
#[derive(Debug)]
pub struct Reader {
    /// Largest body.
    max: usize,
    /// The beginning of a frame whose end has not come.
    begun: BytesMut,
    /// What has come behind it.
    rest: Bytes,
}

/// What the first bytes of a frame say.
struct Head {
    kind: u8,
    /// Bytes of type and length.
    width: usize,
    /// Bytes of the body.
    len: usize,
}

impl Reader {
    /// A reader at the beginning of a stream; a body may have `max` bytes.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            max,
            begun: BytesMut::new(),
            rest: Bytes::new(),
        }
    }

    /// From now on a body may have `max` bytes.
    pub const fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    /// More of the stream. Call [`Reader::next`] until it has no more frame before the next piece.
    pub fn push(&mut self, bytes: Bytes) {
        if self.rest.is_empty() {
            self.rest = bytes;
        } else {
            self.begun.extend_from_slice(&self.rest);
            self.rest = bytes;
        }
    }

    /// Bytes held here.
    #[must_use]
    pub fn held(&self) -> usize {
        self.begun.len() + self.rest.len()
    }

    /// Takes `N` bytes from the beginning, for a preface; `None` until they have come.
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let missing = N.saturating_sub(self.begun.len()).min(self.rest.len());
        self.begun.extend_from_slice(&self.rest.split_to(missing));
        let taken = self.begun.first_chunk::<N>().copied()?;
        self.begun.advance(N);
        Some(taken)
    }

    /// The next frame, or `None` until more has come.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] as soon as a length above the bound was declared. The stream cannot be read on after it.
    #[expect(
        clippy::should_implement_trait,
        reason = "a reader is fed between two calls, which no iterator expects"
    )]
    pub fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        if self.begun.is_empty() {
            match self.head(&self.rest)? {
                Some(head) if head.width + head.len <= self.rest.len() => {
                    self.rest.advance(head.width);
                    return Ok(Some(Frame {
                        kind: head.kind,
                        body: self.rest.split_to(head.len),
                    }));
                }
                Some(_) | None => {
                    self.begun.extend_from_slice(&self.rest);
                    self.rest.clear();
                    return Ok(None);
                }
            }
        }
        self.finish_begun()
    }

    fn finish_begun(&mut self) -> Result<Option<Frame>, FrameError> {
        let head = loop {
            match self.head(&self.begun)? {
                Some(head) => break head,
                None if self.rest.is_empty() => return Ok(None),
                None => self.move_over(1),
            }
        };
        let end = head.width + head.len;
        self.move_over(end.saturating_sub(self.begun.len()).min(self.rest.len()));
        if self.begun.len() < end {
            return Ok(None);
        }
        // More than one frame can have begun here only when `push` came before `next` said None.
        let left = self.begun.split_off(end);
        let mut body = std::mem::replace(&mut self.begun, left).freeze();
        body.advance(head.width);
        Ok(Some(Frame {
            kind: head.kind,
            body,
        }))
    }

    fn move_over(&mut self, len: usize) {
        let piece = self.rest.split_to(len);
        self.begun.extend_from_slice(&piece);
    }

    fn head(&self, bytes: &[u8]) -> Result<Option<Head>, FrameError> {
        let Some((kind, behind)) = bytes.split_first() else {
            return Ok(None);
        };
        let Some((declared, width)) = varint::get(behind) else {
            return Ok(None);
        };
        let fits = usize::try_from(declared)
            .ok()
            .filter(|len| *len <= self.max);
        let len = fits.ok_or(FrameError::TooLong {
            what: "frame",
            len: declared,
            max: self.max,
        })?;
        Ok(Some(Head {
            kind: *kind,
            width: 1 + width,
            len,
        }))
    }
}
