//! What a node says of itself: the value behind `status`, `health` and the admin API, the same in Rust and in JSON.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use farc_protocol::frame::Class;
use farc_protocol::life::Life;
use farc_protocol::session::{ClassStats, Stats};

use super::watchdog::LongStep;
use crate::kernel::{Asks, Tally, TimerStats};
use crate::link::PeerStatus;

/// A node at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// The node itself.
    pub node: NodeStatus,
    /// Its links, by the peer's name.
    pub links: Vec<LinkStatus>,
    /// Its actors, in the order of the config.
    pub actors: Vec<ActorStatus>,
    /// Its timers.
    #[serde(default)]
    pub timers: TimersStatus,
    /// The books of all actors that are gone, in one sum.
    #[serde(default)]
    pub gone: ActorBooks,
    /// Sums over all actors, those that are gone too (`intended`, `delivered`, `queued`, `dropped.<cause>`), and links (`offered`, `acknowledged`,
    /// `replayed`, `received`, `duplicate`, `routed`, `unmatched`, `resumes`, `link.dropped.<cause>`, `gap.<cause>`, `refused.<cause>`,
    /// `lost.<cause>`); the node's questions (`asks.asked`, `asks.answered`, `asks.failed.<cause>`, `asks.withdrawn`, `asks.open`, `asks.late`);
    /// publications that nobody wanted (`unheard`), and actors that stopped without all of their exit actions (`exits_abandoned`).
    pub counters: BTreeMap<String, u64>,
}

/// The node itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// Its cluster.
    pub cluster: String,
    /// This run of it.
    pub life: Life,
    /// For how long it has run, in seconds.
    pub uptime_s: f64,
    /// Where it listens; a local node does not.
    pub listen: Option<SocketAddr>,
    /// Whether its actors run and every peer has exchanged its interest with it at least once since the start.
    pub ready: bool,
    /// The peers that are missing for that.
    pub missing: Vec<String>,
    /// Whether it is on its way out.
    pub leaving: bool,
    /// The version of farc in it.
    pub version: String,
    /// A step that takes longer than it should, while it runs.
    #[serde(default)]
    pub long_step: Option<LongStep>,
}

/// The timers of a node, and how late they fire: from the deadline to the look at the clock that noticed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TimersStatus {
    /// How many deadlines wait.
    pub armed: u64,
    /// How many have fired, each period of a periodic one for itself.
    pub fired: u64,
    /// Of these, how many more than a millisecond late.
    pub late: u64,
    /// The greatest lateness in microseconds.
    pub max_late_us: u64,
    /// So late or less were half of them; with several domains, half of those of each.
    pub p50_late_us: u64,
    /// So late or less were 99 of 100; with several domains, of those of each.
    pub p99_late_us: u64,
}

impl TimersStatus {
    /// Of all domains of a node.
    pub(super) fn of(domains: impl IntoIterator<Item = TimerStats>) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let mut all = Self::default();
        for stats in domains {
            all.armed += stats.armed;
            all.fired += stats.fired;
            all.late += stats.late;
            all.max_late_us = all.max_late_us.max(micros(stats.max_late));
            all.p50_late_us = all.p50_late_us.max(micros(stats.p50_late));
            all.p99_late_us = all.p99_late_us.max(micros(stats.p99_late));
        }
        all
    }
}

/// A link to one peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkStatus {
    /// The peer.
    pub name: String,
    /// `connecting`, `up`, `suspect`, `down`, `draining` or `refused`.
    pub state: String,
    /// Where the peer is connected, or else where it is called.
    pub address: String,
    /// The peer's run that we are or were linked with.
    pub life: Option<Life>,
    /// The round trip in milliseconds.
    pub rtt_ms: Option<f64>,
    /// Whether both sides know what the other subscribes to.
    pub ready: bool,
    /// Why the last connection ended or was not made.
    pub last_failure: Option<String>,
    /// Connections that were put to use.
    pub connections: u64,
    /// Times that one of two connections was chosen.
    pub elections: u64,
    /// Times that a session went on over another connection.
    pub resumes: u64,
    /// Ranges of events that we reported as missing.
    pub gaps_sent: u64,
    /// Ranges of events that the peer reported as missing.
    pub gaps_received: u64,
    /// The books by class name; classes without traffic are left out.
    pub classes: BTreeMap<String, LinkBooks>,
}

/// The books of one class of a link, cumulative over all lives of the peer (SEMANTICS C3):
/// `offered = acknowledged + dropped + gap + queued + unacknowledged` and
/// `received = duplicate + refused + unmatched + routed + pending`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LinkBooks {
    /// Events for this peer.
    pub offered: u64,
    /// Accepted by the peer.
    pub acknowledged: u64,
    /// Dropped here, by cause.
    pub dropped: BTreeMap<String, u64>,
    /// Reported to the peer as missing, by cause.
    pub gap: BTreeMap<String, u64>,
    /// Waiting to be sent.
    pub queued: u64,
    /// Sent, and not yet accepted.
    pub unacknowledged: u64,
    /// Events that were sent once more.
    pub replayed: u64,
    /// Events that came from the peer, doubles included.
    pub received: u64,
    /// Of these: doubles.
    pub duplicate: u64,
    /// Of these: not taken, by cause.
    pub refused: BTreeMap<String, u64>,
    /// Of these: nobody here wanted them any more.
    pub unmatched: u64,
    /// Of these: given to local receivers.
    pub routed: u64,
    /// Of these: on their way to local receivers.
    pub pending: u64,
    /// Events that the peer reported as missing or dropped, by cause.
    pub lost: BTreeMap<String, u64>,
}

impl LinkBooks {
    /// Whether both halves of the books balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        let sum = |causes: &BTreeMap<String, u64>| causes.values().sum::<u64>();
        let out = self.acknowledged + sum(&self.dropped) + sum(&self.gap);
        let into = self.duplicate + sum(&self.refused) + self.unmatched;
        self.offered == out + self.queued + self.unacknowledged
            && self.received == into + self.routed + self.pending
    }
}

/// One actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActorStatus {
    /// Its name.
    pub name: String,
    /// The registered type.
    pub kind: String,
    /// The domain that it runs in.
    #[serde(default)]
    pub domain: String,
    /// Where it is in its life: `new`, `running`, `failed` or `stopped`.
    pub phase: String,
    /// The active states from the outside in, joined by dots, regions in braces, as in `on.{motor.idle, light.dark}`; empty when none is active.
    pub state: String,
    /// 63 runs first, 0 last.
    pub priority: u8,
    /// What waits for it.
    pub mailbox: MailboxStatus,
    /// Events whose step has returned.
    pub handled: u64,
    /// Of these: events that no state wanted.
    pub ignored: u64,
    /// How often it was constructed anew.
    pub restarts: u64,
    /// Why the last time.
    pub last_failure: Option<String>,
    /// The most steps of others that it waited while it had an event.
    pub longest_wait_steps: u64,
    /// Futures and closures that run beside it, or whose result waits in its mailbox.
    #[serde(default)]
    pub tasks: u32,
    /// The longest time, in seconds, that a due timer or a result of a task had to wait for room in its mailbox.
    #[serde(default)]
    pub longest_delay_s: f64,
    /// The longest time that it waited so, in seconds; a wait of fewer than 32 steps counts nothing.
    #[serde(default)]
    pub longest_wait_s: f64,
    /// The books: `intended = delivered + dropped + queued`.
    pub books: ActorBooks,
}

/// The mailbox of an actor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailboxStatus {
    /// How many events wait.
    pub depth: u64,
    /// How many may.
    pub capacity: u64,
    /// How many are deferred beside it.
    pub deferred: u64,
    /// The fewest places that were ever free for posts and publications of its own domain, whose room is half the capacity, rounded up.
    pub low_water: u64,
}

/// The books of one receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorBooks {
    /// Events for which it was chosen.
    pub intended: u64,
    /// Events whose step has returned.
    pub delivered: u64,
    /// Events that it will never get, by cause.
    pub dropped: BTreeMap<String, u64>,
    /// Events that wait.
    pub queued: u64,
}

impl ActorBooks {
    pub(super) fn of(books: &Tally) -> Self {
        Self {
            intended: books.intended,
            delivered: books.delivered,
            dropped: by_name(&books.dropped),
            queued: books.queued,
        }
    }

    /// Whether they balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.intended == self.delivered + self.dropped.values().sum::<u64>() + self.queued
    }
}

/// The last events that nobody got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadLettersStatus {
    /// At most 1,024, the newest last.
    pub letters: Vec<DeadLetterStatus>,
    /// Domains that did not answer within a second: theirs are not among them.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// An event that nobody got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadLetterStatus {
    /// How long ago it was given up, in seconds.
    pub ago_s: f64,
    /// The domain that gave it up.
    pub domain: String,
    /// Whom it was for.
    pub actor: String,
    /// The variant of the receiver's event type, or the signal's name if it never became one.
    pub event: String,
    /// Why, as in the books.
    pub cause: String,
}

/// What is no single actor's or link's.
pub(super) struct Sums {
    pub(super) timers: TimersStatus,
    pub(super) gone: Tally,
    pub(super) unheard: u64,
    pub(super) exits_abandoned: u64,
    pub(super) asks: Asks,
}

impl Status {
    /// The status of these parts, with the sums.
    pub(super) fn new(
        node: NodeStatus,
        links: Vec<LinkStatus>,
        actors: Vec<ActorStatus>,
        sums: Sums,
    ) -> Self {
        let Sums {
            timers,
            gone,
            unheard,
            exits_abandoned,
            asks,
        } = sums;
        let gone = ActorBooks::of(&gone);
        let mut counters = BTreeMap::new();
        let mut add = |name: &str, count: u64| match counters.get_mut(name) {
            Some(sum) => *sum += count,
            None => {
                counters.insert(name.to_owned(), count);
            }
        };
        // With the books of those that are gone: a counter never falls.
        let all = actors.iter().map(|actor| &actor.books);
        for books in all.chain([&gone]) {
            add("intended", books.intended);
            add("delivered", books.delivered);
            add("queued", books.queued);
            for (cause, count) in &books.dropped {
                add(&format!("dropped.{cause}"), *count);
            }
        }
        for link in &links {
            add("resumes", link.resumes);
            for books in link.classes.values() {
                add("offered", books.offered);
                add("acknowledged", books.acknowledged);
                add("replayed", books.replayed);
                add("received", books.received);
                add("duplicate", books.duplicate);
                add("routed", books.routed);
                add("unmatched", books.unmatched);
                for (what, causes) in [
                    ("link.dropped", &books.dropped),
                    ("gap", &books.gap),
                    ("refused", &books.refused),
                    ("lost", &books.lost),
                ] {
                    for (cause, count) in causes {
                        add(&format!("{what}.{cause}"), *count);
                    }
                }
            }
        }
        add("unheard", unheard);
        add("exits_abandoned", exits_abandoned);
        add("asks.asked", asks.asked);
        add("asks.answered", asks.answered);
        add("asks.withdrawn", asks.withdrawn);
        add("asks.open", asks.open);
        add("asks.late", asks.late);
        for (cause, count) in &asks.failed {
            add(&format!("asks.failed.{}", cause.as_str()), *count);
        }
        Self {
            node,
            links,
            actors,
            timers,
            gone,
            counters,
        }
    }
}

impl From<PeerStatus> for LinkStatus {
    fn from(peer: PeerStatus) -> Self {
        let Stats {
            connections,
            elections,
            resumes,
            gaps_sent,
            gaps_received,
            ..
        } = peer.stats;
        let classes = Class::ALL
            .into_iter()
            .map(|class| (class, peer.stats.class(class)))
            .filter(|(_, books)| books.offered > 0 || books.received > 0)
            .map(|(class, books)| (class_name(class).to_owned(), LinkBooks::from(books)));
        Self {
            classes: classes.collect(),
            name: peer.name.to_string(),
            state: peer.state.to_string(),
            address: peer.address,
            life: peer.life,
            rtt_ms: peer.rtt.map(|rtt| rtt.as_secs_f64() * 1e3),
            ready: peer.ready,
            last_failure: peer.last_failure,
            connections,
            elections,
            resumes,
            gaps_sent,
            gaps_received,
        }
    }
}

impl From<&ClassStats> for LinkBooks {
    fn from(stats: &ClassStats) -> Self {
        Self {
            offered: stats.offered,
            acknowledged: stats.acknowledged,
            dropped: by_name(&stats.dropped),
            gap: by_name(&stats.gap),
            queued: stats.queued,
            unacknowledged: stats.unacknowledged,
            replayed: stats.replayed,
            received: stats.received,
            duplicate: stats.duplicate,
            refused: by_name(&stats.refused),
            unmatched: stats.unmatched,
            routed: stats.routed,
            pending: stats.pending,
            lost: by_name(&stats.lost),
        }
    }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Realtime => "realtime",
        Class::High => "high",
        Class::Normal => "normal",
        Class::Bulk => "bulk",
    }
}

/// Counts under the names of their causes.
pub(super) fn by_name<C: std::fmt::Display>(causes: &BTreeMap<C, u64>) -> BTreeMap<String, u64> {
    causes
        .iter()
        .map(|(cause, count)| (cause.to_string(), *count))
        .collect()
}

/// Whether a node is ready, and what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// It is.
    pub ready: bool,
    /// Why it is not, in words.
    pub missing: Vec<String>,
}

impl Health {
    pub(super) fn of(node: &NodeStatus) -> Self {
        let mut missing = node.missing.clone();
        if node.leaving {
            missing.push("the node is leaving".to_owned());
        }
        Self {
            ready: node.ready,
            missing,
        }
    }
}
