//! The observer of a bench: it keeps what the test asks for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Output;
use crate::hsm::Record;
use crate::observe::{
    Dispatched, Dropped, Observer, Posted, Publish, Recalled, Restarted, Started, StateRecord,
    Stopped,
};
use crate::trace::steps::{Step, Steps, receiver};

/// How many lines and outputs are kept until the test takes them; older ones go first.
///
/// A test looks at dozens. A walk along many paths, which does not look at all, must not fill the memory.
const KEPT: usize = 100_000;

#[derive(Default)]
pub(super) struct Recorder {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    steps: Steps,
    lines: Vec<String>,
    /// The time of the last line.
    last: Option<Instant>,
    outputs: Vec<Output>,
    records: Vec<(&'static str, Record<&'static str>)>,
}

impl Recorder {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines since the last call, each with its end of line.
    pub(super) fn trace(&self) -> String {
        let lines = std::mem::take(&mut self.kept().lines);
        lines.into_iter().map(|line| line + "\n").collect()
    }

    /// The outputs since the last call.
    pub(super) fn outputs(&self) -> Vec<Output> {
        std::mem::take(&mut self.kept().outputs)
    }

    /// Takes the outputs out for which `choose` has a value.
    pub(super) fn choose<T>(&self, choose: impl Fn(&Output) -> Option<T>) -> Vec<T> {
        let mut chosen = Vec::new();
        self.kept().outputs.retain(|output| match choose(output) {
            Some(value) => {
                chosen.push(value);
                false
            }
            None => true,
        });
        chosen
    }

    /// What the state machine has recorded since the last call, with the event of each.
    pub(super) fn records(&self) -> Vec<(&'static str, Record<&'static str>)> {
        std::mem::take(&mut self.kept().records)
    }
}

impl Kept {
    fn line(&mut self, now: Instant, step: &Step) {
        let passed = self
            .last
            .replace(now)
            .map(|last| now.saturating_duration_since(last));
        if let Some(passed) = passed.filter(|passed| !passed.is_zero()) {
            self.lines.push(format!("+{passed:?}"));
        }
        self.lines.push(step.line());
        shorten(&mut self.lines);
    }

    fn output(&mut self, output: Output) {
        self.outputs.push(output);
        shorten(&mut self.outputs);
    }
}

/// Forgets the older half when there is too much.
fn shorten<T>(kept: &mut Vec<T>) {
    if kept.len() > KEPT {
        kept.drain(..KEPT / 2);
    }
}

impl Observer for Recorder {
    fn publish(&self, publish: &Publish<'_>) {
        if publish.actor.is_some() {
            let signal = publish.payload.copied();
            let mut kept = self.kept();
            kept.steps.publish(publish);
            kept.output(Output::Publish(signal));
        }
    }

    fn posted(&self, post: &Posted<'_>) {
        let output = Output::Post {
            to: receiver(post).to_owned(),
            event: post.event,
            payload: post.payload.map(|payload| payload.copied()),
            taken: post.taken,
        };
        let mut kept = self.kept();
        kept.steps.posted(post);
        kept.output(output);
    }

    fn started(&self, started: &Started<'_>) {
        let mut kept = self.kept();
        let step = kept.steps.started(started);
        kept.line(started.now, &step);
    }

    fn stopped(&self, stopped: &Stopped<'_>) {
        let mut kept = self.kept();
        if let Some(step) = kept.steps.stopped(stopped) {
            kept.line(stopped.now, &step);
        }
    }

    fn dispatched(&self, dispatched: &Dispatched<'_>) {
        let mut kept = self.kept();
        let step = kept.steps.dispatched(dispatched);
        kept.line(dispatched.now, &step);
    }

    fn record(&self, record: &StateRecord<'_>) {
        let mut kept = self.kept();
        if let Some(step) = kept.steps.record(record) {
            kept.line(record.now, &step);
        }
        kept.records.push((record.event, record.record));
        shorten(&mut kept.records);
    }

    fn recalled(&self, recalled: &Recalled<'_>) {
        self.kept().steps.recalled(recalled);
    }

    fn dropped(&self, dropped: &Dropped<'_>) {
        let mut kept = self.kept();
        if let Some(step) = kept.steps.dropped(dropped) {
            kept.line(dropped.now, &step);
        }
    }

    fn restarted(&self, failure: &Restarted<'_>) {
        let mut kept = self.kept();
        let step = kept.steps.failed(failure);
        kept.line(failure.now, &step);
    }
}
