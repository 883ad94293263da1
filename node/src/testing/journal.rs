//! The observer of a test node: the trace, what actors have published and handled, and where they are to panic.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::faults::{Faults, PanicAt};
use crate::observe::{
    Dispatched, Dropped, GapRaised, LinkChange, Observer, Place, Posted, Publish, Recalled,
    Restarted, Started, StateRecord, Stopped,
};
use crate::signal::{AnySignal, Signal};
use crate::trace::steps::{Step, Steps};

/// How many lines and signals are kept until the test takes them; older ones go first. A test looks at dozens.
const KEPT: usize = 100_000;

/// What all nodes of a test did, in the order of happening.
#[derive(Debug, Default)]
pub(super) struct Log {
    lines: Vec<Line>,
    /// How many lines were forgotten.
    gone: usize,
    /// How many signals were seen, on all nodes.
    seen: u64,
}

#[derive(Debug)]
struct Line {
    node: usize,
    at: Duration,
    text: String,
}

impl Log {
    pub(super) fn push(&mut self, node: usize, at: Duration, text: String) {
        self.lines.push(Line { node, at, text });
        if self.lines.len() > KEPT {
            self.gone += KEPT / 2;
            self.lines.drain(..KEPT / 2);
        }
    }

    /// The number of the next line.
    pub(super) fn end(&self) -> usize {
        self.gone + self.lines.len()
    }

    /// The lines from number `from` on of one node, as [`TextTrace`](crate::trace::TextTrace) writes them.
    pub(super) fn of(&self, node: usize, from: usize) -> Vec<String> {
        let lines = self.since(from).filter(|line| line.node == node);
        lines
            .map(|Line { at, text, .. }| format!("{:.6} {text}\n", at.as_secs_f64()))
            .collect()
    }

    /// The lines from number `from` on of all nodes, with their names in front of the actors'.
    pub(super) fn of_all(&self, names: &[&str], from: usize) -> Vec<String> {
        self.since(from)
            .map(|Line { node, at, text }| {
                format!("{:.6} {}/{text}\n", at.as_secs_f64(), names[*node])
            })
            .collect()
    }

    fn since(&self, from: usize) -> impl Iterator<Item = &Line> {
        self.lines.iter().skip(from.saturating_sub(self.gone))
    }
}

/// A signal that an actor has published or handled.
struct Seen {
    /// Rises over all nodes.
    number: u64,
    actor: String,
    signal: Box<dyn AnySignal>,
}

/// Watches one node, over all its lives.
pub(super) struct Journal {
    node: usize,
    began: Instant,
    log: Arc<Mutex<Log>>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    steps: Steps,
    published: Vec<Seen>,
    handled: Vec<Seen>,
    faults: Faults,
}

/// A panic of the user's code while it is held cannot leave half a change behind: only values move.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    pub(super) fn new(node: usize, began: Instant, log: Arc<Mutex<Log>>) -> Self {
        Self {
            node,
            began,
            log,
            kept: Mutex::default(),
        }
    }

    /// Writes a line that is none of an actor's.
    pub(super) fn note(&self, now: Instant, text: String) {
        let at = now.saturating_duration_since(self.began);
        lock(&self.log).push(self.node, at, text);
    }

    /// The number of the next signal.
    fn number(&self) -> u64 {
        let mut log = lock(&self.log);
        log.seen += 1;
        log.seen
    }

    fn line(&self, now: Instant, actor: &str, step: &Step) {
        self.note(now, format!("{actor} {}", step.line()));
    }

    /// Takes the oldest signal of type `S` that an actor has published, with its name.
    pub(super) fn take_published<S: Signal>(&self) -> Option<(String, S)> {
        take_first(&mut lock(&self.kept).published, |_| true)
    }

    /// The number of the signal that [`take_published`](Journal::take_published) would take: lower than those that came later, on any node.
    pub(super) fn first_published<S: Signal>(&self) -> Option<u64> {
        let kept = lock(&self.kept);
        let first = kept.published.iter().find(|seen| seen.signal.is::<S>());
        first.map(|seen| seen.number)
    }

    /// Takes all signals of type `S` that actors have published.
    pub(super) fn take_all_published<S: Signal>(&self) -> Vec<S> {
        let kept = &mut lock(&self.kept).published;
        std::iter::from_fn(|| take_first(kept, |_| true).map(|(_, signal)| signal)).collect()
    }

    /// Takes the oldest signal of type `S` that this actor has handled.
    pub(super) fn take_handled<S: Signal>(&self, actor: &str) -> Option<S> {
        let taken = take_first(&mut lock(&self.kept).handled, |seen| seen.actor == actor);
        taken.map(|(_, signal)| signal)
    }

    /// Takes all signals of type `S` that this actor has handled.
    pub(super) fn take_all_handled<S: Signal>(&self, actor: &str) -> Vec<S> {
        std::iter::from_fn(|| self.take_handled(actor)).collect()
    }

    /// Has an actor panic.
    pub(super) fn panic_at(&self, actor: &str, at: PanicAt) {
        lock(&self.kept).faults.add(actor, at);
    }

    /// The panics that have not happened yet, as text.
    pub(super) fn panics_to_come(&self) -> Vec<String> {
        lock(&self.kept).faults.to_come()
    }

    /// The node was killed: what was under way ends without a word.
    pub(super) fn forget_steps(&self) {
        lock(&self.kept).steps = Steps::default();
    }
}

fn take_first<S: Signal>(
    from: &mut Vec<Seen>,
    mut fits: impl FnMut(&Seen) -> bool,
) -> Option<(String, S)> {
    let at = from
        .iter()
        .position(|seen| seen.signal.is::<S>() && fits(seen))?;
    let seen = from.remove(at);
    let signal = seen.signal.downcast_ref::<S>()?.clone();
    Some((seen.actor, signal))
}

fn keep(into: &mut Vec<Seen>, number: u64, actor: &str, signal: &dyn AnySignal) {
    into.push(Seen {
        number,
        actor: actor.to_owned(),
        signal: signal.copied(),
    });
    if into.len() > KEPT {
        into.drain(..KEPT / 2);
    }
}

impl Observer for Journal {
    fn publish(&self, publish: &Publish<'_>) {
        let mut kept = lock(&self.kept);
        kept.steps.publish(publish);
        if let Some(actor) = publish.actor {
            keep(&mut kept.published, self.number(), actor, publish.payload);
        }
    }

    fn posted(&self, post: &Posted<'_>) {
        lock(&self.kept).steps.posted(post);
    }

    fn started(&self, started: &Started<'_>) {
        let step = lock(&self.kept).steps.started(started);
        self.line(started.now, started.actor, &step);
    }

    fn stopped(&self, stopped: &Stopped<'_>) {
        let step = lock(&self.kept).steps.stopped(stopped);
        if let Some(step) = step {
            self.line(stopped.now, stopped.actor, &step);
        }
    }

    fn dispatched(&self, dispatched: &Dispatched<'_>) {
        let mut kept = lock(&self.kept);
        let step = kept.steps.dispatched(dispatched);
        self.line(dispatched.now, dispatched.actor, &step);
        if let Some((_, payload)) = dispatched.payload {
            keep(&mut kept.handled, self.number(), dispatched.actor, payload);
        }
    }

    fn record(&self, record: &StateRecord<'_>) {
        let step = lock(&self.kept).steps.record(record);
        if let Some(step) = step {
            self.line(record.now, record.actor, &step);
        }
    }

    fn recalled(&self, recalled: &Recalled<'_>) {
        lock(&self.kept).steps.recalled(recalled);
    }

    fn dropped(&self, dropped: &Dropped<'_>) {
        let step = lock(&self.kept).steps.dropped(dropped);
        if let Some(step) = step {
            self.line(dropped.now, dropped.receiver, &step);
        }
    }

    fn restarted(&self, failure: &Restarted<'_>) {
        let step = lock(&self.kept).steps.failed(failure);
        self.line(failure.now, failure.actor, &step);
    }

    fn gap(&self, gap: &GapRaised<'_>) {
        let GapRaised {
            actor,
            peer,
            count,
            cause,
            ..
        } = gap;
        self.note(gap.now, format!("{actor} gap of {peer}: {count} {cause};"));
    }

    fn link(&self, change: &LinkChange<'_>) {
        let LinkChange {
            peer, to, reason, ..
        } = change;
        let mut text = format!("$link {peer}: {to}");
        if change.resumed {
            text.push_str(", resumed");
        }
        if !reason.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(text, ", {reason}");
        }
        self.note(change.now, text + ";");
    }

    fn panics(&self, place: &Place<'_>) -> Option<String> {
        lock(&self.kept).faults.strikes(place)
    }
}
