//! Our half of one class: events wait in the outbox, get a number when they leave it, and stay in the ring until the peer
//! has accepted them.

use std::{collections::BTreeMap, sync::Arc};

use bytes::{Bytes, BytesMut};

use self::{
    outbox::{Item, Loss, Outbox},
    ring::{Batch, Entry, Ring, What},
};
use super::{Outbound, bits::Bits};
use crate::{
    frame::{
        BatchBuilder, Cause, Class, Data, MessageRef, Preface, SignalDef, batch::put_batch_head,
        put_def,
    },
    limits::{self, Limits},
};

mod outbox;
mod ring;

/// What this node publishes, for its life.
#[derive(Debug, Default)]
pub(super) struct Tables {
    signals: Vec<Option<Arc<SignalDef>>>,
    actors: Vec<Option<Arc<str>>>,
}

impl Tables {
    /// Ids above the bound that peers have are not taken: their events are dropped as undefined.
    pub(super) fn define(&mut self, def: Arc<SignalDef>, limits: &Limits) {
        if def.id != 0
            && def.id <= limits.signals
            && crate::name::check_signal_name(&def.name).is_ok()
        {
            let id = def.id;
            put(&mut self.signals, id, def);
        }
    }

    pub(super) fn define_actor(&mut self, id: u32, name: &str, limits: &Limits) {
        if id != 0 && id <= limits.actors && crate::name::check_signal_name(name).is_ok() {
            put(&mut self.actors, id, name.into());
        }
    }

    pub(super) fn signal(&self, id: u32) -> Option<&Arc<SignalDef>> {
        self.signals.get(id as usize)?.as_ref()
    }

    fn actor(&self, id: u32) -> Option<&Arc<str>> {
        self.actors.get(id as usize)?.as_ref()
    }
}

fn put<T>(table: &mut Vec<Option<T>>, id: u32, value: T) {
    let index = id as usize;
    if table.len() <= index {
        table.resize_with(index + 1, || None);
    }
    table[index].get_or_insert(value);
}

/// What was said on our stream of one class on one connection.
#[derive(Debug, Default)]
pub(super) struct StreamOut {
    opened: bool,
    signals: Bits,
    actors: Bits,
    version: u64,
    /// The next number to send on it.
    cursor: u64,
    /// Numbers below this were sent on an earlier connection.
    replay_until: u64,
}

/// The books of the publisher's side.
#[derive(Debug, Default)]
pub(super) struct SendBooks {
    pub(super) offered: u64,
    pub(super) numbered: u64,
    pub(super) acknowledged: u64,
    pub(super) dropped: BTreeMap<Cause, u64>,
    pub(super) gap: BTreeMap<Cause, u64>,
    pub(super) replayed: u64,
    pub(super) gaps_sent: u64,
}

/// One class of what goes to the peer.
#[derive(Debug)]
pub(super) struct Sender {
    outbox: Outbox,
    ring: Ring,
    pub(super) books: SendBooks,
    /// Permits of the hand-over that came free.
    pub(super) released: usize,
    /// Where the last connection was broken by the peer's complaint about bytes, and how many in a row were.
    complaints: (u64, u32),
}

impl Sender {
    pub(super) fn new() -> Self {
        Self {
            outbox: Outbox::default(),
            ring: Ring::new(),
            books: SendBooks::default(),
            released: 0,
            complaints: (0, 0),
        }
    }

    pub(super) const fn queued(&self) -> usize {
        self.outbox.messages()
    }

    pub(super) const fn outbox_bytes(&self) -> usize {
        self.outbox.bytes()
    }

    pub(super) const fn ring_bytes(&self) -> usize {
        self.ring.bytes()
    }

    pub(super) const fn unacknowledged(&self) -> u64 {
        self.ring.unacknowledged()
    }

    pub(super) const fn next_seq(&self) -> u64 {
        self.ring.next_seq()
    }

    /// Whether the peer has accepted all there is, losses and gaps included.
    pub(super) fn is_done(&self) -> bool {
        self.outbox.is_empty() && self.ring.is_empty()
    }

    /// Takes an event, or says why it is dropped when the outbox is full.
    pub(super) fn enqueue(&mut self, message: Outbound, limits: &Limits) -> Result<(), Outbound> {
        let full = self.outbox.messages() >= limits.outbox_messages
            || self.outbox.bytes() + message.payload.len() > limits.outbox_bytes;
        if full {
            return Err(message);
        }
        self.outbox.push(message);
        Ok(())
    }

    /// Counts an event that is not taken. Its permit is free.
    pub(super) fn drop_one(&mut self, cause: Cause) {
        *self.books.dropped.entry(cause).or_insert(0) += 1;
        self.released += 1;
    }

    pub(super) fn tell_loss(&mut self, signal: u32, account: u32, count: u64, cause: Cause) {
        if count > 0 {
            self.outbox.push_loss(Loss {
                signal,
                account,
                count: count.min(crate::varint::MAX),
                cause,
            });
        }
    }

    /// Drops what has no number yet, and tells of it in place.
    pub(super) fn drop_queued(&mut self, cause: Cause) {
        for (signal, account, count) in self.empty_outbox(cause) {
            self.tell_loss(signal, account, count, cause);
        }
    }

    fn empty_outbox(&mut self, cause: Cause) -> Vec<(u32, u32, u64)> {
        let mut lost = BTreeMap::new();
        while let Some(item) = self.outbox.pop() {
            let (key, count) = match item {
                Item::Message(message) => {
                    self.drop_one(cause);
                    ((message.signal, message.account), 1)
                }
                Item::Loss(loss) => ((loss.signal, loss.account), loss.count),
            };
            *lost.entry(key).or_insert(0_u64) += count;
        }
        lost.into_iter()
            .map(|((signal, account), count)| (signal, account, count))
            .collect()
    }

    /// The peer's life is over: everything goes, and the first thing its next life hears is what.
    pub(super) fn restart(&mut self) {
        let ring = std::mem::replace(&mut self.ring, Ring::new());
        let unacknowledged = ring.unacknowledged();
        if unacknowledged > 0 {
            *self.books.dropped.entry(Cause::PeerRestarted).or_insert(0) += unacknowledged;
        }
        let mut lost = BTreeMap::new();
        let queued = self
            .empty_outbox(Cause::PeerRestarted)
            .into_iter()
            .map(|(signal, _, count)| (signal, count));
        let numbered = ring
            .lost_counts()
            .into_iter()
            .map(|((signal, _), count)| (signal, count));
        numbered
            .chain(queued)
            .for_each(|(signal, count)| *lost.entry(signal).or_insert(0_u64) += count);
        for (signal, count) in lost {
            self.tell_loss(signal, 0, count, Cause::PeerRestarted);
        }
        self.complaints = (0, 0);
    }

    /// The peer has accepted everything before `to`; false when that was never sent.
    pub(super) fn acknowledge(&mut self, to: u64) -> bool {
        if to > self.ring.next_seq() {
            return false;
        }
        self.books.acknowledged += self.ring.acknowledge(to);
        true
    }

    /// Whether an ACK for `to` says something new.
    pub(super) const fn advances(&self, to: u64) -> bool {
        to > self.ring.acked()
    }

    pub(super) fn expire(&mut self) {
        self.ring.expire();
    }

    /// The same epoch goes on over a new connection, from where the peer says it is.
    pub(super) fn resume(&mut self, next_expected: u64) -> StreamOut {
        let resumed = self.ring.resume(next_expected);
        self.books.acknowledged += resumed.acknowledged;
        if let Some((cause, lost)) = resumed.gap {
            *self.books.gap.entry(cause).or_insert(0) += lost;
        }
        self.stream()
    }

    /// The same epoch goes on with a peer that has forgotten it.
    pub(super) fn resume_forgotten(&mut self) -> StreamOut {
        let lost = self.ring.forget();
        if lost > 0 {
            *self.books.gap.entry(Cause::Forgotten).or_insert(0) += lost;
        }
        self.stream()
    }

    fn stream(&self) -> StreamOut {
        StreamOut {
            cursor: self.ring.acked(),
            replay_until: self.ring.next_seq(),
            ..StreamOut::default()
        }
    }

    /// The peer has closed a connection because of our bytes. The third time at one point, the batch at that point is given
    /// up: nothing behind it would ever get through.
    pub(super) fn complained(&mut self) {
        if self.ring.is_empty() {
            return;
        }
        let (point, times) = self.complaints;
        let times = if point == self.ring.acked() {
            times + 1
        } else {
            1
        };
        self.complaints = (self.ring.acked(), times);
        if times == super::FAULTS_AT_ONE_POINT {
            self.complaints = (0, 0);
            let lost = self.ring.poison();
            *self.books.gap.entry(Cause::Poison).or_insert(0) += lost;
        }
    }

    /// The next bytes for the stream: what is numbered and not sent on it, then what can be numbered now.
    pub(super) fn transmit(
        &mut self,
        class: Class,
        stream: &mut StreamOut,
        tables: &Tables,
        limits: &Limits,
    ) -> Option<Vec<Bytes>> {
        let mut out = Output::default();
        while out.len < limits.transmit_bytes {
            if self.ring.at(stream.cursor).is_none() && !self.number(tables, limits) {
                break;
            }
            let Some(entry) = self.ring.at(stream.cursor) else {
                break;
            };
            if !stream.opened {
                stream.opened = true;
                out.head.extend_from_slice(&Preface { class }.encode());
            }
            out.write(entry, stream, tables);
            if entry.first < stream.replay_until && matches!(entry.what, What::Batch(_)) {
                self.books.replayed += entry.last + 1 - entry.first.max(self.ring.acked());
            }
            if matches!(entry.what, What::Gap { .. }) {
                self.books.gaps_sent += 1;
            }
            stream.cursor = entry.last + 1;
        }
        out.finish()
    }

    /// Gives numbers to what is at the front of the outbox, as one entry. False when there is nothing or no room.
    fn number(&mut self, tables: &Tables, limits: &Limits) -> bool {
        let room = self.ring.room(limits);
        if room == 0 {
            return false;
        }
        match self.outbox.front() {
            None => return false,
            Some(Item::Message(_)) => self.number_batch(room, tables),
            Some(Item::Loss(_)) => {
                if let Some(Item::Loss(loss)) = self.outbox.pop() {
                    self.ring.push(1, What::Loss(loss));
                }
            }
        }
        true
    }

    fn number_batch(&mut self, room: usize, tables: &Tables) {
        let mut builder = BatchBuilder::with_capacity(self.outbox.estimate());
        let mut version = None;
        let mut signals: Vec<(u32, u32)> = Vec::new();
        let mut sources: Vec<u32> = Vec::new();
        while let Some(Item::Message(message)) = self.outbox.front() {
            let source = tables.actor(message.source).map_or(0, |_| message.source);
            let written = MessageRef {
                signal: message.signal,
                source,
                targets: &message.targets,
                account: message.account,
                payload: &message.payload,
            };
            // A batch is routed with one version. The first message always fits: its size was checked on the way in.
            let other_version = *version.get_or_insert(message.version) != message.version;
            if builder.count() >= room
                || other_version
                || !(builder.is_empty() || builder.fits(&written))
            {
                break;
            }
            builder.push(&written);
            match signals.last_mut() {
                Some((last, run)) if *last == message.signal => *run += 1,
                Some(_) | None => signals.push((message.signal, 1)),
            }
            if source != 0 && sources.last() != Some(&source) {
                sources.push(source);
            }
            self.outbox.pop();
            self.released += 1;
        }
        let count = builder.count() as u64;
        self.books.numbered += count;
        let len = builder.len();
        let version = version.unwrap_or(0);
        self.ring.push(
            count,
            What::Batch(Batch {
                version,
                parts: builder.finish(),
                len,
                signals,
                sources,
            }),
        );
    }
}

/// Frames on their way into buffers: small things share one, a batch's own buffers are passed on.
#[derive(Default)]
struct Output {
    head: BytesMut,
    parts: Vec<Bytes>,
    len: usize,
}

impl Output {
    fn write(&mut self, entry: &Entry, stream: &mut StreamOut, tables: &Tables) {
        match &entry.what {
            What::Batch(batch) => {
                batch
                    .signals
                    .iter()
                    .for_each(|(signal, _)| self.define(*signal, stream, tables));
                batch
                    .sources
                    .iter()
                    .for_each(|source| self.define_actor(*source, stream, tables));
                if stream.version != batch.version {
                    stream.version = batch.version;
                    Data::Interest(batch.version).encode(&mut self.head);
                }
                let count =
                    usize::try_from(entry.last + 1 - entry.first).unwrap_or(limits::BATCH_MESSAGES);
                put_batch_head(&mut self.head, entry.first, count, batch.len);
                self.flush();
                self.len += batch.len;
                self.parts.extend(batch.parts.iter().cloned());
            }
            What::Loss(Loss {
                signal,
                account,
                count,
                cause,
            }) => {
                self.define(*signal, stream, tables);
                let (signal, account, count, cause) = (*signal, *account, *count, *cause);
                Data::Loss {
                    seq: entry.first,
                    signal,
                    account,
                    count,
                    cause,
                }
                .encode(&mut self.head);
            }
            What::Gap { cause, counts } => {
                let counts: Vec<_> = counts
                    .iter()
                    .copied()
                    .take(crate::frame::GAP_SIGNALS)
                    .collect();
                counts
                    .iter()
                    .for_each(|(signal, _)| self.define(*signal, stream, tables));
                Data::Gap {
                    from: entry.first,
                    to: entry.last,
                    cause: *cause,
                    counts,
                }
                .encode(&mut self.head);
            }
            // Only a resume can meet these, and it has turned them into gaps before anything is sent.
            What::Expired(_) => {}
        }
    }

    fn define(&mut self, signal: u32, stream: &mut StreamOut, tables: &Tables) {
        if stream.signals.insert(signal)
            && let Some(def) = tables.signal(signal)
        {
            put_def(&mut self.head, def);
        }
    }

    fn define_actor(&mut self, id: u32, stream: &mut StreamOut, tables: &Tables) {
        if stream.actors.insert(id)
            && let Some(name) = tables.actor(id)
        {
            Data::ActorDef {
                id,
                name: Arc::clone(name),
            }
            .encode(&mut self.head);
        }
    }

    fn flush(&mut self) {
        if !self.head.is_empty() {
            self.len += self.head.len();
            self.parts.push(self.head.split().freeze());
        }
    }

    fn finish(mut self) -> Option<Vec<Bytes>> {
        self.flush();
        (!self.parts.is_empty()).then_some(self.parts)
    }
}
