//! What waits for a sequence number: policy acts here and nowhere else.
//!
//! FIFO per account, and for now over accounts too: as long as credit is unlimited no account waits for itself.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::{frame::Cause, limits, session::Outbound};

/// Something that will take a sequence number.
#[derive(Debug)]
pub(super) enum Item {
    /// An event.
    Message(Outbound),
    /// Events that were dropped here, merged.
    Loss(Loss),
}

/// Events of one signal that were dropped for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loss {
    pub(super) signal: u32,
    pub(super) account: u32,
    pub(super) count: u64,
    pub(super) cause: Cause,
}

/// The queues of one class.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    lanes: BTreeMap<u32, VecDeque<Item>>,
    /// Whose turn it is: the account and how many items in a row.
    order: VecDeque<(u32, usize)>,
    messages: usize,
    bytes: usize,
    /// Bytes of the payloads that a batch copies: what its buffer needs.
    small_bytes: usize,
}

impl Outbox {
    pub(super) const fn messages(&self) -> usize {
        self.messages
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// About how many bytes the waiting messages take when they are written, without the payloads that are not copied.
    pub(super) fn estimate(&self) -> usize {
        (self.small_bytes + 16 * self.messages.min(limits::BATCH_MESSAGES)).min(limits::BATCH_LEN)
    }

    pub(super) fn push(&mut self, message: Outbound) {
        self.messages += 1;
        self.bytes += message.payload.len();
        self.small_bytes += small(&message.payload);
        self.append(message.account, Item::Message(message));
    }

    /// Tells of dropped events behind everything that waits for the same account; merged with what is told there already.
    pub(super) fn push_loss(&mut self, loss: Loss) {
        let lane = self.lanes.get_mut(&loss.account);
        let told = lane
            .into_iter()
            .flat_map(|lane| lane.iter_mut().rev())
            .map_while(|item| match item {
                Item::Loss(told) => Some(told),
                Item::Message(_) => None,
            });
        for told in told {
            if told.signal == loss.signal && told.cause == loss.cause {
                told.count = told
                    .count
                    .saturating_add(loss.count)
                    .min(crate::varint::MAX);
                return;
            }
        }
        self.append(loss.account, Item::Loss(loss));
    }

    fn append(&mut self, account: u32, item: Item) {
        self.lanes.entry(account).or_default().push_back(item);
        match self.order.back_mut() {
            Some((last, run)) if *last == account => *run += 1,
            Some(_) | None => self.order.push_back((account, 1)),
        }
    }

    pub(super) fn front(&self) -> Option<&Item> {
        let (account, _) = self.order.front()?;
        self.lanes.get(account)?.front()
    }

    pub(super) fn pop(&mut self) -> Option<Item> {
        let (account, run) = self.order.front_mut()?;
        let account = *account;
        *run -= 1;
        if *run == 0 {
            self.order.pop_front();
        }
        let lane = self.lanes.get_mut(&account)?;
        let item = lane.pop_front()?;
        if lane.is_empty() && account != 0 {
            self.lanes.remove(&account);
        }
        if let Item::Message(message) = &item {
            self.messages -= 1;
            self.bytes -= message.payload.len();
            self.small_bytes -= small(&message.payload);
        }
        Some(item)
    }
}

fn small(payload: &Bytes) -> usize {
    if payload.len() <= limits::COPY_LEN {
        payload.len()
    } else {
        0
    }
}
