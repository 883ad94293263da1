//! The judge: a pure function from journals to a verdict.
//!
//! What the words mean here:
//!
//! - A *stream* is what one publishing actor, in one life of its node, says with one signal, numbered from 1 without
//!   holes. A *receiver* is one actor in one life of its node.
//! - *Doubled*: the same number of a stream dispatched twice to one receiver.
//! - *Reordered*: a number of a stream dispatched to a receiver after a higher one.
//! - *Lost*: a number that the demo's topology sends to a receiver, journalled by its publisher once both lives had
//!   passed their readiness barrier, not dispatched, and not covered by a gap that was raised for this receiver. When both
//!   lives last to the end, every number up to the end mark counts; when one of them ended before, only the numbers
//!   below the highest that the receiver has seen do: what a killed process held, nobody can give back.
//! - *Invented*: dispatched, though its publisher never journalled it.
//! - A philosopher *eats* from its journalled beginning to the earliest of its journalled end, the end of its lease,
//!   and the end of its process. A lease bounds a meal by definition, since a process that is stopped in the middle
//!   of a meal cannot say so; a philosopher that goes on eating past its lease without such an excuse has *overstayed*.
//! - A *violation* is two neighbours who eat at once, or one who overstays.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::journal::{Publisher, Record, Word, Words};

/// How long after the end of a lease a philosopher may take to say that it has stopped. It is the patience of a busy
/// machine, not of the protocol: the forks are not shared during it.
const OVERSTAY_NS: u64 = 1_500_000_000;

/// As many problems as somebody would read.
const REPORTED: usize = 12;

/// Who is meant to get what, and who sits where.
#[derive(Debug, Default)]
pub(super) struct Topology {
    /// Signal -> the receivers, as (node, actor).
    pub(super) receivers: BTreeMap<Word, Vec<(Word, Word)>>,
    /// The node of each philosopher, around the table.
    pub(super) seats: Vec<Word>,
}

/// One life of one node: its journal, and what the one who started it knows of it.
#[derive(Debug)]
pub(super) struct Witness {
    pub(super) node: Word,
    pub(super) life: Word,
    /// When it was seen to have passed its readiness barrier.
    pub(super) ready: Option<u64>,
    /// When it was known to be dead, unless it lasted to the end.
    pub(super) ended: Option<u64>,
    /// When it was stopped and let go on.
    pub(super) frozen: Vec<(u64, u64)>,
    pub(super) records: Vec<(u64, Record)>,
}

/// What the journals say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Meals of each philosopher, in all its lives.
    pub(super) meals: Vec<u64>,
    /// Philosophers on nodes that lasted from the beginning to the end, and did not eat.
    pub(super) starved: Vec<usize>,
    pub(super) violations: u64,
    pub(super) published: u64,
    pub(super) dispatched: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
    pub(super) reordered: u64,
    pub(super) invented: u64,
    /// Gaps that were raised up to the end mark, whether they cover a loss or not.
    pub(super) gaps: u64,
    /// Publishers that disagree with the topology on how many receivers there are.
    pub(super) miscounted: u64,
    /// The first problems, for people.
    pub(super) problems: Vec<String>,
}

impl Verdict {
    /// Whether all that the journals can prove holds.
    pub(super) fn holds(&self) -> bool {
        self.starved.is_empty()
            && [
                self.violations,
                self.lost,
                self.doubled,
                self.reordered,
                self.invented,
                self.miscounted,
            ] == [0; 6]
    }

    fn problem(&mut self, text: impl FnOnce() -> String) {
        if self.problems.len() < REPORTED {
            self.problems.push(text());
        }
    }
}

/// Judges the witnesses. `end` is the last moment whose events had time enough to arrive.
pub(super) fn judge(
    witnesses: &[&Witness],
    topology: &Topology,
    end: u64,
    words: &Words,
) -> Verdict {
    let mut verdict = Verdict {
        meals: vec![0; topology.seats.len()],
        ..Verdict::default()
    };
    let streams = published(witnesses, topology, words, &mut verdict);
    let received = received(witnesses, end, &mut verdict);
    compare(
        witnesses,
        topology,
        &streams,
        &received,
        end,
        words,
        &mut verdict,
    );
    dine(witnesses, topology, words, &mut verdict);
    verdict
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Stream {
    publisher: Publisher,
    signal: Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Receiver {
    /// Which witness.
    witness: usize,
    actor: Word,
}

/// What was published: per stream the witness and its (number, time), in the journal's order.
type Published = BTreeMap<Stream, (usize, Vec<(u64, u64)>)>;

/// What was dispatched: the numbers, in the order of the receiver.
type Received = HashMap<(Stream, Receiver), Vec<u64>>;

fn published(
    witnesses: &[&Witness],
    topology: &Topology,
    words: &Words,
    verdict: &mut Verdict,
) -> Published {
    let mut streams = Published::new();
    for (at, witness) in witnesses.iter().enumerate() {
        for (time, record) in &witness.records {
            let Record::Publish {
                actor,
                signal,
                n,
                receivers,
            } = record
            else {
                continue;
            };
            verdict.published += 1;
            let expected = topology.receivers.get(signal).map_or(0, Vec::len);
            if *receivers as usize != expected {
                verdict.miscounted += 1;
                verdict.problem(|| {
                    format!(
                        "{} {n} names {receivers} receivers, the topology {expected}",
                        words.text(*signal)
                    )
                });
            }
            let publisher = Publisher {
                node: witness.node,
                actor: *actor,
                life: witness.life,
            };
            let stream = Stream {
                publisher,
                signal: *signal,
            };
            streams
                .entry(stream)
                .or_insert_with(|| (at, Vec::new()))
                .1
                .push((*n, *time));
        }
    }
    streams
}

fn received(witnesses: &[&Witness], end: u64, verdict: &mut Verdict) -> Received {
    let mut received = Received::new();
    for (at, witness) in witnesses.iter().enumerate() {
        for (time, record) in &witness.records {
            match record {
                Record::Dispatch {
                    actor,
                    signal,
                    from,
                    n,
                } => {
                    verdict.dispatched += 1;
                    let stream = Stream {
                        publisher: *from,
                        signal: *signal,
                    };
                    received
                        .entry((
                            stream,
                            Receiver {
                                witness: at,
                                actor: *actor,
                            },
                        ))
                        .or_default()
                        .push(*n);
                }
                // Later ones come from leaving.
                Record::Gap { .. } => verdict.gaps += u64::from(*time <= end),
                Record::Start { .. }
                | Record::Publish { .. }
                | Record::Eat { .. }
                | Record::Done { .. }
                | Record::Link { .. } => {}
            }
        }
    }
    received
}

fn compare(
    witnesses: &[&Witness],
    topology: &Topology,
    streams: &Published,
    received: &Received,
    end: u64,
    words: &Words,
    verdict: &mut Verdict,
) {
    for (stream, (publisher, sent)) in streams {
        for (node, actor) in topology.receivers.get(&stream.signal).into_iter().flatten() {
            for (at, witness) in witnesses
                .iter()
                .enumerate()
                .filter(|(_, witness)| witness.node == *node)
            {
                let receiver = Receiver {
                    witness: at,
                    actor: *actor,
                };
                let seen = received
                    .get(&(*stream, receiver))
                    .map_or(&[][..], Vec::as_slice);
                let told = Told {
                    stream,
                    source: witnesses[*publisher],
                    receiver,
                    witness,
                };
                told.compare(sent, seen, end, words, verdict);
            }
        }
    }
    // In the order of the journals, so that the same journals give the same words.
    let mut unknown: Vec<_> = received
        .iter()
        .filter(|((stream, _), _)| !streams.contains_key(stream))
        .collect();
    unknown.sort_unstable_by_key(|(key, _)| **key);
    for ((stream, _), numbers) in unknown {
        verdict.invented += numbers.len() as u64;
        verdict.problem(|| {
            format!(
                "{} dispatched, which nobody published",
                words.text(stream.signal)
            )
        });
    }
}

/// One stream and one receiver.
struct Told<'a> {
    stream: &'a Stream,
    source: &'a Witness,
    receiver: Receiver,
    witness: &'a Witness,
}

impl Told<'_> {
    fn compare(
        &self,
        sent: &[(u64, u64)],
        seen: &[u64],
        end: u64,
        words: &Words,
        verdict: &mut Verdict,
    ) {
        let mut highest = 0;
        let mut once = HashSet::with_capacity(seen.len());
        for n in seen {
            if !once.insert(*n) {
                verdict.doubled += 1;
                verdict.problem(|| self.tell("doubled", *n, words));
            } else if *n < highest {
                verdict.reordered += 1;
                verdict.problem(|| self.tell("out of order", *n, words));
            }
            highest = highest.max(*n);
        }
        let known: HashSet<u64> = sent.iter().map(|(n, _)| *n).collect();
        for n in seen.iter().filter(|n| !known.contains(n)) {
            verdict.invented += 1;
            verdict.problem(|| self.tell("invented", *n, words));
        }
        let (Some(publisher_ready), Some(receiver_ready)) = (self.source.ready, self.witness.ready)
        else {
            return;
        };
        let from = publisher_ready.max(receiver_ready);
        let lasted = self.source.ended.is_none() && self.witness.ended.is_none();
        let due =
            |n: u64, time: u64| time >= from && if lasted { time <= end } else { n < highest };
        let missing: Vec<u64> = sent
            .iter()
            .filter(|(n, time)| due(*n, *time) && !once.contains(n))
            .map(|(n, _)| *n)
            .collect();
        let uncovered = if missing.is_empty() {
            0
        } else {
            (missing.len() as u64).saturating_sub(self.covered())
        };
        if uncovered > 0 {
            verdict.lost += uncovered;
            verdict.problem(|| {
                self.tell(
                    &format!("{uncovered} lost, the first missing"),
                    missing.first().copied().unwrap_or(0),
                    words,
                )
            });
        }
    }

    /// How many of this stream's signal the receiver was told that it will not get.
    fn covered(&self) -> u64 {
        let Publisher { node, life, .. } = self.stream.publisher;
        let mut covered = 0;
        for (_, record) in &self.witness.records {
            let Record::Gap {
                actor,
                peer,
                life: of,
                signals,
                ..
            } = record
            else {
                continue;
            };
            if *actor == self.receiver.actor && *peer == node && *of == life {
                covered += signals
                    .iter()
                    .filter(|(signal, _)| *signal == self.stream.signal)
                    .map(|(_, count)| count)
                    .sum::<u64>();
            }
        }
        covered
    }

    fn tell(&self, what: &str, n: u64, words: &Words) -> String {
        let Stream { publisher, signal } = self.stream;
        format!(
            "{} {n} of {}/{} (life {}) at {}/{} (life {}): {what}",
            words.text(*signal),
            words.text(publisher.node),
            words.text(publisher.actor),
            words.text(publisher.life),
            words.text(self.witness.node),
            words.text(self.receiver.actor),
            words.text(self.witness.life),
        )
    }
}

/// A meal: from, until.
type Meal = (u64, u64);

fn dine(witnesses: &[&Witness], topology: &Topology, words: &Words, verdict: &mut Verdict) {
    let seats = topology.seats.len();
    let mut meals: Vec<Vec<Meal>> = vec![Vec::new(); seats];
    for witness in witnesses {
        eaten(witness, &mut meals, verdict);
    }
    for (seat, meals) in meals.iter_mut().enumerate() {
        meals.sort_unstable();
        verdict.meals[seat] = meals.len() as u64;
        let node = topology.seats[seat];
        let survived = witnesses
            .iter()
            .filter(|witness| witness.node == node)
            .all(|witness| witness.ended.is_none());
        if meals.is_empty() && survived {
            verdict.starved.push(seat);
            verdict.problem(|| format!("philosopher {seat} on {} never ate", words.text(node)));
        }
    }
    for seat in 0..seats {
        let neighbour = (seat + 1) % seats;
        // Two philosophers are each other's neighbours on both sides, and one has none.
        if neighbour == seat || (seats == 2 && seat == 1) {
            continue;
        }
        for at in overlaps(&meals[seat], &meals[neighbour]) {
            verdict.violations += 1;
            verdict
                .problem(|| format!("philosophers {seat} and {neighbour} ate at once, at {at} ns"));
        }
    }
}

fn eaten(witness: &Witness, meals: &mut [Vec<Meal>], verdict: &mut Verdict) {
    let mut open: BTreeMap<(u32, u64), (u64, u64)> = BTreeMap::new();
    for (time, record) in &witness.records {
        match record {
            Record::Eat {
                philosopher,
                lease,
                ends,
            } => {
                open.insert((*philosopher, *lease), (*time, *ends));
            }
            Record::Done { philosopher, lease } => {
                let Some((from, ends)) = open.remove(&(*philosopher, *lease)) else {
                    continue;
                };
                serve(meals, *philosopher, (from, (*time).min(ends)));
                let excused = witness
                    .frozen
                    .iter()
                    .any(|(stopped, went_on)| *stopped <= *time && *went_on >= from);
                if *time > ends.saturating_add(OVERSTAY_NS) && !excused {
                    verdict.violations += 1;
                    verdict.problem(|| {
                        format!(
                            "philosopher {philosopher} overstayed lease {lease} by {} ms",
                            (time - ends) / 1_000_000
                        )
                    });
                }
            }
            Record::Start { .. }
            | Record::Publish { .. }
            | Record::Dispatch { .. }
            | Record::Gap { .. }
            | Record::Link { .. } => {}
        }
    }
    for ((philosopher, _), (from, ends)) in open {
        serve(
            meals,
            philosopher,
            (from, ends.min(witness.ended.unwrap_or(u64::MAX))),
        );
    }
}

/// A meal that begins when its lease is over is none.
fn serve(meals: &mut [Vec<Meal>], philosopher: u32, meal: Meal) {
    if let Some(meals) = meals.get_mut(philosopher as usize)
        && meal.0 < meal.1
    {
        meals.push(meal);
    }
}

/// Where the meals of two neighbours overlap; both lists are sorted.
fn overlaps(left: &[Meal], right: &[Meal]) -> Vec<u64> {
    let mut found = Vec::new();
    let (mut l, mut r) = (0, 0);
    while let (Some((a, b)), Some((c, d))) = (left.get(l), right.get(r)) {
        if a < d && c < b {
            found.push(*a.max(c));
        }
        if b < d { l += 1 } else { r += 1 }
    }
    found
}

#[cfg(test)]
mod tests;
