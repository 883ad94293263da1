//! BATCH: many events in one frame, the hot path in both directions.
//!
//! Out, [`BatchBuilder`] copies small payloads into one buffer and keeps large ones as they are, so a batch is a few
//! buffers and no allocation is made per message. In, [`Batch::messages`] gives payloads as slices of the frame.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{FrameError, fields::Fields, kind};
use crate::{limits, varint};

/// Bits of a message's header: which optional fields follow the signal, in this order.
mod flag {
    pub(super) const TARGETS: u64 = 1;
    pub(super) const SOURCE: u64 = 1 << 1;
    pub(super) const ACCOUNT: u64 = 1 << 2;
    pub(super) const CORRELATION: u64 = 1 << 3;
    pub(super) const TIME: u64 = 1 << 4;
    pub(super) const EXTENSIONS: u64 = 1 << 5;
    pub(super) const KNOWN: u64 = (1 << 6) - 1;
}

/// An event to be written.
#[derive(Clone, Copy, Debug)]
pub struct MessageRef<'a> {
    /// The signal's id.
    pub signal: u32,
    /// The publishing actor's id, 0 for none.
    pub source: u32,
    /// Only these subscriptions; empty for all that match.
    pub targets: &'a [u32],
    /// The receiving account, 0 for the shared one.
    pub account: u32,
    /// The encoded values.
    pub payload: &'a Bytes,
}

impl MessageRef<'_> {
    /// An upper bound of the bytes that it takes.
    #[must_use]
    pub const fn max_len(&self) -> usize {
        // One byte of header; signal, count of targets, source, account and length may each take a varint's most.
        1 + (5 + self.targets.len()) * varint::MAX_LEN + self.payload.len()
    }
}

/// Collects messages into the body of a batch.
#[derive(Debug)]
pub struct BatchBuilder {
    buffer: BytesMut,
    parts: Vec<Bytes>,
    len: usize,
    count: usize,
}

impl BatchBuilder {
    /// An empty batch with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            buffer: BytesMut::with_capacity(bytes),
            parts: Vec::new(),
            len: 0,
            count: 0,
        }
    }

    /// How many messages are in it.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// How many bytes its messages take.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether `message` may still be added: a batch has at most [`limits::BATCH_LEN`] bytes and
    /// [`limits::BATCH_MESSAGES`] messages.
    #[must_use]
    pub const fn fits(&self, message: &MessageRef<'_>) -> bool {
        // Base and count go before the messages.
        self.count < limits::BATCH_MESSAGES
            && self.len + message.max_len() + 2 * varint::MAX_LEN <= limits::BATCH_LEN
    }

    /// Adds a message.
    pub fn push(&mut self, message: &MessageRef<'_>) {
        let before = self.buffer.len();
        put_head(&mut self.buffer, message);
        let head = self.buffer.len() - before;
        if message.payload.len() <= limits::COPY_LEN {
            self.buffer.put_slice(message.payload);
        } else {
            self.parts.push(self.buffer.split().freeze());
            self.parts.push(message.payload.clone());
        }
        self.len += head + message.payload.len();
        self.count += 1;
    }

    /// The encoded messages, to be sent behind [`put_batch_head`] as often as needed.
    #[must_use]
    pub fn finish(mut self) -> Vec<Bytes> {
        if !self.buffer.is_empty() {
            self.parts.push(self.buffer.freeze());
        }
        self.parts
    }
}

fn put_head(out: &mut BytesMut, message: &MessageRef<'_>) {
    let mut header = 0;
    if !message.targets.is_empty() {
        header |= flag::TARGETS;
    }
    if message.source != 0 {
        header |= flag::SOURCE;
    }
    if message.account != 0 {
        header |= flag::ACCOUNT;
    }
    varint::put(out, header);
    varint::put(out, u64::from(message.signal));
    if !message.targets.is_empty() {
        varint::put(out, message.targets.len() as u64);
        message
            .targets
            .iter()
            .for_each(|target| varint::put(out, u64::from(*target)));
    }
    if message.source != 0 {
        varint::put(out, u64::from(message.source));
    }
    if message.account != 0 {
        varint::put(out, u64::from(message.account));
    }
    varint::put(out, message.payload.len() as u64);
}

/// Appends what goes before a batch's messages: type, length, base and count. `len` is that of the messages.
pub fn put_batch_head(out: &mut BytesMut, base: u64, count: usize, len: usize) {
    out.put_u8(kind::BATCH);
    varint::put(
        out,
        (varint::len(base) + varint::len(count as u64) + len) as u64,
    );
    varint::put(out, base);
    varint::put(out, count as u64);
}

/// A batch as it came: its messages are read on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The sequence number of the first message; the others follow.
    pub base: u64,
    /// How many messages.
    pub count: u64,
    messages: Bytes,
}

/// An event that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The publisher's id of the signal.
    pub signal: u32,
    /// The publisher's id of the actor, 0 for none.
    pub source: u32,
    /// The receiving account, 0 for the shared one.
    pub account: u32,
    /// Only these of the receiver's subscriptions; empty for all that match.
    pub targets: Vec<u32>,
    /// Of a request or a reply: not announced by this version.
    pub correlation: Option<u64>,
    /// The encoded values: a slice of the frame.
    pub payload: Bytes,
}

impl Batch {
    /// Reads what goes before the messages and checks it.
    ///
    /// # Errors
    /// When it is too large, empty, or claims more messages than its bytes can hold.
    pub fn decode(mut body: Bytes) -> Result<Self, FrameError> {
        if body.len() > limits::BATCH_LEN {
            return Err(FrameError::TooLong {
                what: "batch",
                len: body.len() as u64,
                max: limits::BATCH_LEN,
            });
        }
        let mut fields = Fields::new("BATCH", &body);
        let base = fields.varint()?;
        // A message has at least a header, a signal and a length.
        let count = fields.count("messages of a batch", limits::BATCH_MESSAGES, 3)? as u64;
        if count == 0 {
            return Err(FrameError::Value {
                what: "count of a batch",
                value: 0,
            });
        }
        if base == 0 || base + count >= varint::MAX {
            return Err(FrameError::Value {
                what: "base of a batch",
                value: base,
            });
        }
        let head = body.len() - fields.left();
        body.advance(head);
        Ok(Self {
            base,
            count,
            messages: body,
        })
    }

    /// Appends the frame, with a copy of its messages.
    pub fn encode(&self, out: &mut BytesMut) {
        put_batch_head(
            out,
            self.base,
            usize::try_from(self.count).unwrap_or(usize::MAX),
            self.messages.len(),
        );
        out.put_slice(&self.messages);
    }

    /// The messages in order, `count` of them unless one is malformed.
    pub const fn messages(&self) -> Messages<'_> {
        Messages {
            all: &self.messages,
            at: 0,
            left: self.count,
        }
    }
}

/// Iterator over the messages of a batch. Ends after the first error.
#[derive(Debug)]
pub struct Messages<'a> {
    all: &'a Bytes,
    at: usize,
    left: u64,
}

impl Iterator for Messages<'_> {
    type Item = Result<Message, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            let trailing = self.at < self.all.len();
            self.at = self.all.len();
            return trailing.then_some(Err(FrameError::Trailing("BATCH")));
        }
        let read = self.read();
        self.left -= 1;
        if read.is_err() {
            self.left = 0;
            self.at = self.all.len();
        }
        Some(read)
    }
}

impl Messages<'_> {
    fn read(&mut self) -> Result<Message, FrameError> {
        let mut fields = Fields::new("message", &self.all[self.at..]);
        let header = fields.varint()?;
        if header & !flag::KNOWN != 0 {
            return Err(FrameError::Value {
                what: "header of a message",
                value: header,
            });
        }
        let has = |flag: u64| header & flag != 0;
        let signal = fields.u32("signal")?;
        let mut targets = Vec::new();
        if has(flag::TARGETS) {
            let count = fields.count("targets", limits::TARGETS, 1)?;
            targets.reserve_exact(count);
            for _ in 0..count {
                targets.push(fields.u32("target")?);
            }
        }
        let source = if has(flag::SOURCE) {
            fields.u32("source")?
        } else {
            0
        };
        let account = if has(flag::ACCOUNT) {
            fields.u32("account")?
        } else {
            0
        };
        let correlation = if has(flag::CORRELATION) {
            Some(fields.varint()?)
        } else {
            None
        };
        if has(flag::TIME) {
            fields.varint()?;
        }
        if has(flag::EXTENSIONS) {
            let len = fields.count("extensions", limits::BATCH_LEN, 1)?;
            fields.bytes(len)?;
        }
        let len = fields.count("payload", limits::BATCH_LEN, 1)?;
        let start = self.all.len() - fields.left();
        self.at = start + len;
        Ok(Message {
            signal,
            source,
            account,
            targets,
            correlation,
            payload: self.all.slice(start..self.at),
        })
    }
}
