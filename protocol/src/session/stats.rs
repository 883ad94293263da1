//! The books of a link: plain numbers that balance.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{Session, inbound::Receiver, outbound::Sender};
use crate::{
    close::CloseCode,
    frame::{Cause, Class},
    life::Life,
};

/// Where a link stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Never connected in this life, or waiting for the next dial.
    #[default]
    Connecting,
    /// A verified connection carries traffic.
    Up,
    /// Was up; the peer's interest and what waits for it are kept.
    Down,
    /// One of the two nodes is leaving.
    Draining,
    /// A newer life of our own name is connected there.
    Superseded,
    /// The peer broke three connections at one place, and is not listened to for a while.
    Quarantined,
}

/// The books of one class: cumulative over all lives of the peer.
///
/// `offered = acknowledged + dropped + gap + queued + unacknowledged` and
/// `received = duplicate + refused + unmatched + routed + pending`, at every moment between two calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClassStats {
    /// Events given to the session for this peer.
    pub offered: u64,
    /// Of these: waiting for a sequence number.
    pub queued: u64,
    /// How many ever got a sequence number.
    pub numbered: u64,
    /// Of these: not yet known to be accepted by the peer.
    pub unacknowledged: u64,
    /// Of these: accepted by the peer.
    pub acknowledged: u64,
    /// Dropped, before or after they got a number, by cause.
    pub dropped: BTreeMap<Cause, u64>,
    /// Reported to the peer as missing, by cause.
    pub gap: BTreeMap<Cause, u64>,
    /// How many times a numbered event was sent again.
    pub replayed: u64,
    /// Bytes in the ring.
    pub ring_bytes: u64,
    /// Bytes in the outbox.
    pub outbox_bytes: u64,
    /// Events read from the peer, duplicates included.
    pub received: u64,
    /// Of these: known already, and skipped.
    pub duplicate: u64,
    /// Of these: not taken, by cause.
    pub refused: BTreeMap<Cause, u64>,
    /// Of these: matched no subscription.
    pub unmatched: u64,
    /// Of these: given to at least one local receiver.
    pub routed: u64,
    /// Of these: given out by `poll_event`, or about to be, and not yet reported back.
    pub pending: u64,
    /// Events that the peer reported as missing or dropped, by cause.
    pub lost: BTreeMap<Cause, u64>,
    /// The next sequence number to give, in this epoch.
    pub next_seq: u64,
    /// The next sequence number expected from the peer, in this epoch.
    pub next_expected: u64,
}

impl ClassStats {
    /// What left the books at the publisher before or after numbering, over all causes.
    #[must_use]
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// What was reported as a gap, over all causes.
    #[must_use]
    pub fn gap_total(&self) -> u64 {
        self.gap.values().sum()
    }

    /// What was refused, over all causes.
    #[must_use]
    pub fn refused_total(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Whether both halves of the books balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        let out = self.acknowledged
            + self.dropped_total()
            + self.gap_total()
            + self.queued
            + self.unacknowledged;
        let into =
            self.duplicate + self.refused_total() + self.unmatched + self.routed + self.pending;
        self.offered == out && self.received == into
    }
}

/// The state of a link, for people and tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Where it stands.
    pub state: LinkState,
    /// The peer's life, once it is known.
    pub peer_life: Option<Life>,
    /// The last round trip of a PING, of any connection.
    #[serde(rename = "rtt_us", serialize_with = "micros")]
    pub rtt: Option<Duration>,
    /// Connections that were verified and put to use.
    pub connections: u64,
    /// Times that two verified connections were there and one was chosen.
    pub elections: u64,
    /// Times that an epoch went on with another connection.
    pub resumes: u64,
    /// GAP ranges sent.
    pub gaps_sent: u64,
    /// GAP ranges received.
    pub gaps_received: u64,
    /// Connections that we closed for a fault of the peer's, by code.
    pub closed: BTreeMap<CloseCode, u64>,
    /// The code and reason of the last such close.
    pub last_fault: Option<(CloseCode, String)>,
    /// Frames that were skipped because they are marked as ignorable.
    pub ignored_frames: u64,
    /// The peer's subscriptions in force.
    pub peer_subscriptions: usize,
    /// The version of the peer's interest in force.
    pub peer_interest: u64,
    /// The version of our interest that the peer has confirmed on the live connection.
    pub interest_acknowledged: u64,
    /// The books, by [`Class::index`].
    pub classes: [ClassStats; Class::COUNT],
}

impl Stats {
    /// The books of one class.
    #[must_use]
    pub const fn class(&self, class: Class) -> &ClassStats {
        &self.classes[class.index()]
    }
}

fn micros<S: serde::Serializer>(rtt: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match rtt {
        Some(rtt) => serializer.serialize_some(&u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX)),
        None => serializer.serialize_none(),
    }
}

impl Session {
    pub(super) fn collect_stats(&self) -> Stats {
        let counters = &self.counters;
        Stats {
            state: self.link_state(),
            peer_life: self.remote.as_ref().map(|remote| remote.life),
            rtt: counters.rtt,
            connections: counters.connections,
            elections: counters.elections,
            resumes: counters.resumes,
            gaps_sent: self
                .senders
                .iter()
                .map(|sender| sender.books.gaps_sent)
                .sum(),
            gaps_received: self
                .receivers
                .iter()
                .map(|receiver| receiver.books.gaps)
                .sum(),
            closed: counters.closed.clone(),
            last_fault: counters.last_fault.clone(),
            ignored_frames: counters.ignored_frames,
            peer_subscriptions: self.theirs.set.len(),
            peer_interest: self.theirs.version,
            interest_acknowledged: self
                .live()
                .and_then(|live| live.interest_acknowledged)
                .unwrap_or(0),
            classes: std::array::from_fn(|class| {
                class_stats(&self.senders[class], &self.receivers[class])
            }),
        }
    }

    fn link_state(&self) -> LinkState {
        if self.superseded {
            return LinkState::Superseded;
        }
        if self.quarantined_until.is_some() {
            return LinkState::Quarantined;
        }
        if self.leaving.is_some() {
            return LinkState::Draining;
        }
        match &self.remote {
            Some(remote) if remote.is_up && remote.goaway => LinkState::Draining,
            Some(remote) if remote.is_up => LinkState::Up,
            Some(remote) if remote.was_up => LinkState::Down,
            Some(_) | None => LinkState::Connecting,
        }
    }
}

fn class_stats(sender: &Sender, receiver: &Receiver) -> ClassStats {
    let (sent, taken) = (&sender.books, &receiver.books);
    ClassStats {
        offered: sent.offered,
        queued: sender.queued() as u64,
        numbered: sent.numbered,
        unacknowledged: sender.unacknowledged(),
        acknowledged: sent.acknowledged,
        dropped: sent.dropped.clone(),
        gap: sent.gap.clone(),
        replayed: sent.replayed,
        ring_bytes: sender.ring_bytes() as u64,
        outbox_bytes: sender.outbox_bytes() as u64,
        received: taken.received,
        duplicate: taken.duplicate,
        refused: taken.refused.clone(),
        unmatched: taken.unmatched,
        routed: taken.routed,
        pending: taken.pending,
        lost: taken.lost.clone(),
        next_seq: sender.next_seq(),
        next_expected: receiver.next_expected(),
    }
}
