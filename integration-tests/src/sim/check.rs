//! The oracle: was the promise kept?
//!
//! It reads what observers saw (publish, dispatch, gap) and nothing else. For every publishing actor in one life of its node, every receiving actor in one
//! life of its node, and the signals to which the receiver subscribes:
//! - what is dispatched was published, by whom the bus says, and is wanted;
//! - it is dispatched once, and in the order of publishing;
//! - what is missing between two dispatched events was announced by a gap before the second;
//! - what is missing after the last, between two lives that both lasted to the end, was announced by a gap.
//!
//! The duty to deliver begins with the first event that arrived or the first one published after the receiver's node was ready, whichever is earlier.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(test)]
mod tests;

/// One life of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// Which node.
    pub node: u8,
    /// Its how-manieth life, from 1.
    pub life: u32,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", char::from(b'a' + self.node), self.life)
    }
}

/// What tells one published event from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    /// Where it was published.
    pub from: Run,
    /// By which actor of that node.
    pub actor: u8,
    /// Counts what that actor published in that life, of all signals, from 1.
    pub n: u64,
    /// Which signal.
    pub signal: u8,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/p{}:{} (signal {})",
            self.from, self.actor, self.n, self.signal
        )
    }
}

/// What an observer saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// This life began.
    Began(Run),
    /// From here on, what `publisher` publishes reaches the subscribers of `receiver`.
    Ready {
        /// The publishing side.
        publisher: Run,
        /// The receiving side.
        receiver: Run,
    },
    /// Before the event is delivered to anyone.
    Published(EventId),
    /// After the dispatch returned.
    Dispatched {
        /// Where.
        at: Run,
        /// To which receiver of that node.
        receiver: u8,
        /// What.
        event: EventId,
        /// Where it comes from by the bus's account; `None` for this node itself.
        source: Option<Run>,
    },
    /// A receiver is told that it misses something.
    Gap {
        /// Where.
        at: Run,
        /// Which receiver of that node.
        receiver: u8,
        /// Whose events are missing.
        peer: Run,
        /// How many of each signal.
        counts: Vec<(u8, u64)>,
    },
    /// A receiver's mailbox had no room for an event of its own node.
    Dropped {
        /// Where.
        at: Run,
        /// Which receiver of that node.
        receiver: u8,
        /// Which signal.
        signal: u8,
    },
    /// This life was ended from outside.
    Ended(Run),
}

/// What every observer of a simulation writes to. Cheap to clone; all clones are the same journal.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<Vec<Record>>>);

impl Journal {
    /// Appends.
    pub fn add(&self, record: Record) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record);
    }

    /// Everything so far.
    pub fn records(&self) -> Vec<Record> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Who wants what: the signals of each (node, receiver). The same in every life.
pub type Subscriptions = BTreeMap<(u8, u8), BTreeSet<u8>>;

/// A broken promise.
#[expect(
    missing_docs,
    reason = "the fields are those of the records that show it"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Dispatched, but nobody published it.
    Invented {
        at: Run,
        receiver: u8,
        event: EventId,
    },
    /// The bus names another origin than the event has.
    Misattributed {
        at: Run,
        receiver: u8,
        event: EventId,
        source: Option<Run>,
    },
    /// The receiver has no subscription to it.
    Unwanted {
        at: Run,
        receiver: u8,
        event: EventId,
    },
    /// Dispatched twice to one receiver in one life.
    Doubled {
        at: Run,
        receiver: u8,
        event: EventId,
    },
    /// Dispatched after an event that the same actor published later.
    Misordered {
        at: Run,
        receiver: u8,
        event: EventId,
        after: u64,
    },
    /// More is missing before this event, or at the end, than gaps account for.
    Lost {
        at: Run,
        receiver: u8,
        from: Run,
        signal: u8,
        missing: u64,
        told: u64,
        before: Option<EventId>,
    },
    /// A life that had ended still did something.
    Undead { run: Run },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invented {
                at,
                receiver,
                event,
            } => write!(f, "{at}/r{receiver} got {event}, which nobody published"),
            Self::Misattributed {
                at,
                receiver,
                event,
                source,
            } => write!(
                f,
                "{at}/r{receiver} got {event} as if it came from {source:?}"
            ),
            Self::Unwanted {
                at,
                receiver,
                event,
            } => write!(f, "{at}/r{receiver} got {event} without a subscription"),
            Self::Doubled {
                at,
                receiver,
                event,
            } => write!(f, "{at}/r{receiver} got {event} twice"),
            Self::Misordered {
                at,
                receiver,
                event,
                after,
            } => write!(f, "{at}/r{receiver} got {event} after number {after}"),
            Self::Lost {
                at,
                receiver,
                from,
                signal,
                missing,
                told,
                before,
            } => {
                write!(
                    f,
                    "{at}/r{receiver} misses {missing} of signal {signal} from {from}, gaps tell of {told}"
                )?;
                match before {
                    Some(event) => write!(f, ", seen at {event}"),
                    None => f.write_str(", seen at the end"),
                }
            }
            Self::Undead { run } => write!(f, "{run} acted after its end"),
        }
    }
}

/// What a checked journal contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events published.
    pub published: u64,
    /// Events dispatched.
    pub dispatched: u64,
    /// The same, per life and receiver.
    pub dispatched_at: BTreeMap<(Run, u8), u64>,
    /// Gaps raised for receivers.
    pub gaps: u64,
    /// Events that are missing and accounted for.
    pub missing: u64,
    /// Events that gaps tell of.
    pub told: u64,
}

/// Checks a journal; `settled` says that it ends in peace, so that whatever has not arrived by now never will.
pub fn check(
    records: &[Record],
    subscriptions: &Subscriptions,
    settled: bool,
) -> (Tally, Vec<Violation>) {
    let mut checker = Checker {
        settled,
        ..Checker::default()
    };
    checker.survey(records);
    for record in records {
        checker.step(record, subscriptions);
    }
    checker.finish(records, subscriptions);
    (checker.tally, checker.violations)
}

/// A publishing actor in one life.
type Publisher = (Run, u8);
/// A receiving actor in one life.
type Receiver = (Run, u8);

#[derive(Default)]
struct Checker {
    settled: bool,
    /// Everything that each actor published, in order: number, signal.
    published: BTreeMap<Publisher, Vec<(u64, u8)>>,
    /// How many of those lie before the present record.
    published_so_far: BTreeMap<Publisher, usize>,
    /// From which event on each pair of lives owes delivery because of readiness, as an index into `published`.
    ready: BTreeMap<(Publisher, Run), usize>,
    streams: BTreeMap<(Publisher, Receiver), Cursor>,
    accounts: BTreeMap<(Run, Receiver, u8), Account>,
    began: BTreeSet<Run>,
    ended: BTreeSet<Run>,
    tally: Tally,
    violations: Vec<Violation>,
}

/// How far one receiver is in what one actor published.
#[derive(Default)]
struct Cursor {
    /// Index after the last dispatched event.
    next: usize,
    last: u64,
    seen: BTreeSet<u64>,
}

#[derive(Default)]
struct Account {
    missing: u64,
    told: u64,
}

impl Checker {
    fn survey(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Published(event) => {
                    self.published
                        .entry((event.from, event.actor))
                        .or_default()
                        .push((event.n, event.signal));
                }
                Record::Ready {
                    publisher,
                    receiver,
                } => {
                    // Actors that publish for the first time later owe everything.
                    self.began.insert(*publisher);
                    for ((run, actor), events) in &self.published {
                        if run == publisher {
                            self.ready
                                .entry(((*run, *actor), *receiver))
                                .or_insert(events.len());
                        }
                    }
                    self.ready
                        .entry(((*publisher, u8::MAX), *receiver))
                        .or_insert(0);
                }
                Record::Began(run) => {
                    self.began.insert(*run);
                }
                Record::Dispatched { .. }
                | Record::Gap { .. }
                | Record::Dropped { .. }
                | Record::Ended(_) => {}
            }
        }
    }

    fn step(&mut self, record: &Record, subscriptions: &Subscriptions) {
        match record {
            Record::Published(event) => {
                self.tally.published += 1;
                *self
                    .published_so_far
                    .entry((event.from, event.actor))
                    .or_default() += 1;
                self.alive(event.from);
            }
            Record::Dispatched {
                at,
                receiver,
                event,
                source,
            } => {
                self.alive(*at);
                self.dispatched(*at, *receiver, *event, *source, subscriptions);
            }
            Record::Gap {
                at,
                receiver,
                peer,
                counts,
            } => {
                self.alive(*at);
                self.tally.gaps += 1;
                for (signal, count) in counts {
                    self.tally.told += count;
                    self.accounts
                        .entry((*peer, (*at, *receiver), *signal))
                        .or_default()
                        .told += count;
                }
            }
            Record::Dropped {
                at,
                receiver,
                signal,
            } => {
                self.accounts
                    .entry((*at, (*at, *receiver), *signal))
                    .or_default()
                    .told += 1;
            }
            Record::Ended(run) => {
                self.ended.insert(*run);
            }
            Record::Began(_) | Record::Ready { .. } => {}
        }
    }

    fn alive(&mut self, run: Run) {
        if self.ended.contains(&run) {
            self.violations.push(Violation::Undead { run });
        }
    }

    fn dispatched(
        &mut self,
        at: Run,
        receiver: u8,
        event: EventId,
        source: Option<Run>,
        subscriptions: &Subscriptions,
    ) {
        self.tally.dispatched += 1;
        *self.tally.dispatched_at.entry((at, receiver)).or_default() += 1;
        let publisher = (event.from, event.actor);
        let so_far = self.published_so_far.get(&publisher).copied().unwrap_or(0);
        let index = self.published.get(&publisher).and_then(|events| {
            events[..so_far]
                .binary_search(&(event.n, event.signal))
                .ok()
        });
        let Some(index) = index else {
            return self.violations.push(Violation::Invented {
                at,
                receiver,
                event,
            });
        };
        if source.unwrap_or(at) != event.from || (source.is_none() && at.node != event.from.node) {
            self.violations.push(Violation::Misattributed {
                at,
                receiver,
                event,
                source,
            });
        }
        let Some(wanted) = subscriptions
            .get(&(at.node, receiver))
            .filter(|wanted| wanted.contains(&event.signal))
        else {
            return self.violations.push(Violation::Unwanted {
                at,
                receiver,
                event,
            });
        };
        let duty = self.duty(publisher, at);
        let first = !self.streams.contains_key(&(publisher, (at, receiver)));
        let cursor = self.streams.entry((publisher, (at, receiver))).or_default();
        if !cursor.seen.insert(event.n) {
            return self.violations.push(Violation::Doubled {
                at,
                receiver,
                event,
            });
        }
        if event.n < cursor.last {
            return self.violations.push(Violation::Misordered {
                at,
                receiver,
                event,
                after: cursor.last,
            });
        }
        let begin = if first {
            duty.unwrap_or(index).min(index)
        } else {
            cursor.next
        };
        cursor.next = index + 1;
        cursor.last = event.n;
        self.miss(publisher, (at, receiver), begin..index, wanted);
        for signal in wanted {
            self.settle(publisher.0, (at, receiver), *signal, Some(event));
        }
    }

    /// The first event that `publisher` owes the receivers of `at` even if none ever arrived.
    fn duty(&self, publisher: Publisher, at: Run) -> Option<usize> {
        if publisher.0 == at {
            return Some(0);
        }
        let of_actor = self.ready.get(&(publisher, at));
        of_actor
            .or_else(|| self.ready.get(&((publisher.0, u8::MAX), at)))
            .copied()
    }

    fn miss(
        &mut self,
        publisher: Publisher,
        receiver: Receiver,
        range: std::ops::Range<usize>,
        wanted: &BTreeSet<u8>,
    ) {
        let Some(events) = self.published.get(&publisher) else {
            return;
        };
        for (_, signal) in &events[range] {
            if wanted.contains(signal) {
                self.tally.missing += 1;
                self.accounts
                    .entry((publisher.0, receiver, *signal))
                    .or_default()
                    .missing += 1;
            }
        }
    }

    fn settle(&mut self, from: Run, (at, receiver): Receiver, signal: u8, before: Option<EventId>) {
        let Some(account) = self.accounts.get_mut(&(from, (at, receiver), signal)) else {
            return;
        };
        if account.missing > account.told {
            let (missing, told) = (account.missing, account.told);
            // Reported once, not again with every later event.
            account.told = account.missing;
            self.violations.push(Violation::Lost {
                at,
                receiver,
                from,
                signal,
                missing,
                told,
                before,
            });
        }
    }

    fn finish(&mut self, records: &[Record], subscriptions: &Subscriptions) {
        if !self.settled {
            return;
        }
        for record in records {
            if let Record::Published(event) = record {
                self.began.insert(event.from);
            }
        }
        let lasting: Vec<Run> = self.began.difference(&self.ended).copied().collect();
        let publishers: Vec<Publisher> = self
            .published
            .keys()
            .copied()
            .filter(|(run, _)| lasting.contains(run))
            .collect();
        for at in lasting {
            for (&(_, receiver), wanted) in subscriptions
                .iter()
                .filter(|((node, _), _)| *node == at.node)
            {
                for &publisher in &publishers {
                    let begin = match self.streams.get(&(publisher, (at, receiver))) {
                        Some(cursor) => Some(cursor.next),
                        None => self.duty(publisher, at),
                    };
                    let end = self.published[&publisher].len();
                    self.miss(publisher, (at, receiver), begin.unwrap_or(end)..end, wanted);
                    for signal in wanted {
                        self.settle(publisher.0, (at, receiver), *signal, None);
                    }
                }
            }
        }
    }
}
