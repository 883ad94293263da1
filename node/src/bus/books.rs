//! The books: what was meant for whom, and what became of it (C3).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::kernel::{Asks, Tally};
use crate::observe::Cause;

/// All books of one domain and the node's peers, read between two steps.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Books {
    /// By the actors' names: `intended = delivered + dropped + queued`.
    pub actors: BTreeMap<String, Tally>,
    /// The sum over all actors that have stopped and are not there any more.
    pub gone: Tally,
    /// The questions of the node.
    pub asks: Asks,
    /// One a peer.
    pub peers: Vec<PeerBooks>,
    /// Publications that nobody wanted: an ordinary outcome.
    pub unheard: u64,
    /// Actors that stopped and left some of their states without their exit actions, since one of those panicked.
    pub exits_abandoned: u64,
}

/// The hand-over to one peer: `offered = handed + dropped`. What became of what was handed over, the session knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PeerBooks {
    /// The peer.
    pub peer: String,
    /// Publications that the peer's interest asked for.
    pub offered: u64,
    /// Publications that were queued for the link.
    pub handed: u64,
    /// Publications that were not, by cause.
    pub dropped: BTreeMap<Cause, u64>,
    /// Messages that wait for the link, measured.
    pub queued: u64,
    /// Messages in the queue and in the session's outbox.
    pub permits_held: u64,
    /// What came from the peer.
    pub inbound: InboundBooks,
}

/// What the link delivered: `received = unmatched + routed + draining`, and `routed + copied = drained + lane_full + queued`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InboundBooks {
    /// Messages that the link delivered.
    pub received: u64,
    /// Messages without a subscription, any more or yet.
    pub unmatched: u64,
    /// Messages with at least one receiver, whatever became of each copy.
    pub routed: u64,
    /// Messages refused while the node was draining.
    pub draining: u64,
    /// Copies of routed ones for further domains; on a node of one domain there are none. What follows counts copies too.
    pub copied: u64,
    /// Of the routed ones: messages that the domain has taken out of the lane.
    pub drained: u64,
    /// Of the routed ones: messages for which the lane had no room; their receivers were told.
    pub lane_full: u64,
    /// Of the drained ones: messages that could not be decoded.
    pub undecodable: u64,
    /// Messages that wait for the domain, measured.
    pub queued: u64,
}

impl Books {
    /// What does not add up, one sentence each; empty when the books are right.
    pub fn balance(&self) -> Vec<String> {
        let actors = self
            .actors
            .iter()
            .filter(|(_, tally)| tally.imbalance() != 0)
            .map(|(name, tally)| {
                format!(
                    "actor {name}: intended {} != delivered {} + dropped {} + queued {}",
                    tally.intended,
                    tally.delivered,
                    tally.dropped_total(),
                    tally.queued
                )
            });
        let gone = (self.gone.imbalance() != 0)
            .then(|| format!("actors that are gone: {:?} do not balance", self.gone));
        actors
            .chain(gone)
            .chain(self.asks.balance())
            .chain(self.peers.iter().flat_map(PeerBooks::balance))
            .collect()
    }
}

impl PeerBooks {
    /// All drops, whatever the cause.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    fn balance(&self) -> Vec<String> {
        let Self {
            peer,
            offered,
            handed,
            inbound,
            ..
        } = self;
        let InboundBooks {
            received,
            unmatched,
            routed,
            copied,
            draining,
            drained,
            lane_full,
            queued,
            ..
        } = inbound;
        let mut wrong = Vec::new();
        if *offered != handed + self.dropped_total() {
            wrong.push(format!(
                "peer {peer}: offered {offered} != handed {handed} + dropped {}",
                self.dropped_total()
            ));
        }
        if *received != unmatched + routed + draining {
            wrong.push(format!(
                "peer {peer}: received {received} != unmatched {unmatched} + routed {routed} + draining {draining}"
            ));
        }
        if routed + copied != drained + lane_full + queued {
            wrong.push(format!(
                "peer {peer}: routed {routed} + copied {copied} != drained {drained} + lane_full {lane_full} + queued {queued}"
            ));
        }
        wrong
    }
}
