//! The peer's half of one class: what comes is taken once and in order, and acknowledged when it was accepted.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use super::{Delivered, Fault, Inbound, bits::Bits};
use crate::{
    close::CloseCode,
    frame::{Batch, Cause, Message},
    limits::Limits,
};

/// The books of the receiver's side.
#[derive(Debug, Default)]
pub(super) struct ReceiveBooks {
    pub(super) received: u64,
    pub(super) duplicate: u64,
    pub(super) refused: BTreeMap<Cause, u64>,
    pub(super) unmatched: u64,
    pub(super) routed: u64,
    pub(super) pending: u64,
    pub(super) lost: BTreeMap<Cause, u64>,
    pub(super) gaps: u64,
}

/// One class of what comes from the peer.
#[derive(Debug)]
pub(super) struct Receiver {
    /// The next number that is new here.
    next: u64,
    /// Everything before it was accepted: it may be acknowledged.
    accepted: u64,
    /// What the live connection was told, by HELLO or ACK.
    told: u64,
    /// Numbers that nobody has to accept: gaps, losses, refused events.
    by_itself: VecDeque<(u64, u64)>,
    /// Bytes that came since the last ACK.
    bytes: u64,
    /// When an ACK is due.
    ack_at: Option<Instant>,
    /// An ACK is due now.
    ack_now: bool,
    pub(super) books: ReceiveBooks,
}

/// The events of a batch that are new.
#[derive(Debug)]
pub(super) struct Fresh {
    pub(super) first: u64,
    pub(super) up_to: u64,
    pub(super) messages: Vec<Inbound>,
}

/// What the peer has defined on one stream.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Signals.
    pub(super) signals: Bits,
    /// Of these: the ones whose delivery is not configured here.
    pub(super) unsupported: Bits,
}

impl Receiver {
    pub(super) fn new() -> Self {
        Self {
            next: 1,
            accepted: 1,
            told: 1,
            by_itself: VecDeque::new(),
            bytes: 0,
            ack_at: None,
            ack_now: false,
            books: ReceiveBooks::default(),
        }
    }

    pub(super) const fn next_expected(&self) -> u64 {
        self.next
    }

    pub(super) const fn accepted_up_to(&self) -> u64 {
        self.accepted
    }

    pub(super) const fn has_unsaid_ack(&self) -> bool {
        self.told < self.accepted
    }

    pub(super) const fn ack_at(&self) -> Option<Instant> {
        self.ack_at
    }

    /// The peer's life is over: numbers begin anew, the books go on.
    pub(super) fn restart(&mut self) {
        *self = Self {
            books: std::mem::take(&mut self.books),
            ..Self::new()
        };
    }

    /// A connection goes live that was told `next_expected` in HELLO.
    pub(super) fn resume(&mut self, told: u64) {
        self.told = told;
        self.bytes = 0;
        self.ack_at = None;
        self.ack_now = self.has_unsaid_ack();
    }

    /// Takes a batch: what is known is skipped, a hole closes. `None` when nothing is new.
    pub(super) fn batch(&mut self, batch: &Batch, known: &Known) -> Result<Option<Fresh>, Fault> {
        let up_to = batch.base + batch.count;
        if up_to <= self.next {
            self.books.received += batch.count;
            self.books.duplicate += batch.count;
            return Ok(None);
        }
        self.must_follow("BATCH", batch.base)?;
        let skip = self.next - batch.base;
        let mut refused = 0;
        let mut bytes = 0;
        let mut messages = Vec::with_capacity(usize::try_from(batch.count - skip).unwrap_or(0));
        for (index, message) in (0..).zip(batch.messages()) {
            let message = message?;
            if index < skip {
                continue;
            }
            bytes += message.payload.len() as u64;
            if !known.signals.contains(message.signal) {
                let reason = format!("signal {} was not defined on this stream", message.signal);
                return Err(Fault::new(CloseCode::Protocol, reason));
            }
            if message.correlation.is_some() || known.unsupported.contains(message.signal) {
                refused += 1;
            } else {
                messages.push(inbound(message));
            }
        }
        self.books.received += batch.count;
        self.books.duplicate += skip;
        self.books.pending += messages.len() as u64;
        if refused > 0 {
            *self.books.refused.entry(Cause::Unsupported).or_insert(0) += refused;
        }
        let first = std::mem::replace(&mut self.next, up_to);
        self.bytes += bytes;
        if messages.is_empty() {
            self.accept_by_itself(first, up_to - 1);
            return Ok(None);
        }
        Ok(Some(Fresh {
            first,
            up_to,
            messages,
        }))
    }

    /// Takes numbers without events. The first of them that is new, or `None`.
    pub(super) fn skip(
        &mut self,
        what: &'static str,
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, Fault> {
        if to < self.next {
            return Ok(None);
        }
        self.must_follow(what, from)?;
        Ok(Some(std::mem::replace(&mut self.next, to + 1)))
    }

    fn must_follow(&self, what: &'static str, from: u64) -> Result<(), Fault> {
        if from <= self.next {
            return Ok(());
        }
        Err(Fault::new(
            CloseCode::Sequence,
            format!("{what} starts at {from}, expected {}", self.next),
        ))
    }

    /// Numbers that count as accepted as soon as everything before them is.
    pub(super) fn accept_by_itself(&mut self, from: u64, to: u64) {
        self.by_itself.push_back((from, to));
        self.absorb();
    }

    fn absorb(&mut self) {
        while let Some((from, to)) = self.by_itself.front().copied() {
            if from > self.accepted {
                break;
            }
            self.accepted = self.accepted.max(to + 1);
            self.by_itself.pop_front();
        }
    }

    /// Everything before `up_to` ended in a mailbox or in a counted drop.
    pub(super) fn accept(&mut self, up_to: u64) {
        self.accepted = self.accepted.max(up_to.min(self.next));
        self.absorb();
    }

    /// Decides when the next ACK goes out; called whenever more may have been accepted or time has passed.
    pub(super) fn tick(&mut self, now: Instant, limits: &Limits) {
        if !self.has_unsaid_ack() || self.ack_now {
            return;
        }
        let at = *self.ack_at.get_or_insert(now + limits.ack_delay);
        let enough =
            self.accepted - self.told >= limits.ack_messages || self.bytes >= limits.ack_bytes;
        if enough || at <= now {
            self.ack_at = None;
            self.ack_now = true;
        }
    }

    pub(super) const fn ack_is_due(&self) -> bool {
        self.ack_now && self.has_unsaid_ack()
    }

    /// The number to acknowledge; it counts as said.
    pub(super) fn take_ack(&mut self) -> Option<u64> {
        if !self.has_unsaid_ack() {
            return None;
        }
        self.told = self.accepted;
        self.bytes = 0;
        self.ack_at = None;
        self.ack_now = false;
        Some(self.told)
    }

    pub(super) fn count_delivered(&mut self, delivered: &Delivered) {
        let mut reported = delivered.routed + delivered.unmatched;
        self.books.routed += delivered.routed;
        self.books.unmatched += delivered.unmatched;
        for (cause, count) in &delivered.refused {
            *self.books.refused.entry(*cause).or_insert(0) += count;
            reported += count;
        }
        self.books.pending = self.books.pending.saturating_sub(reported);
    }

    pub(super) fn count_lost(&mut self, cause: Cause, count: u64) {
        let lost = self.books.lost.entry(cause).or_insert(0);
        *lost = lost.saturating_add(count);
    }
}

fn inbound(message: Message) -> Inbound {
    let Message {
        signal,
        source,
        account,
        targets,
        correlation: _,
        payload,
    } = message;
    Inbound {
        signal,
        source,
        targets,
        account,
        payload,
    }
}
