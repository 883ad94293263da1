//! The steps as lines of text.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::sink::Sink;
use super::steps::{Step, Steps};
use crate::observe::{
    Dispatched, Dropped, Observer, Posted, Publish, Recalled, Restarted, Started, StateRecord,
    Stopped,
};

/// Writes a line for each step of each actor: seconds since the first one, the actor, and the step in the grammar of [`trace`](super).
///
/// ```text
/// 0.000000 lamp start: top-INIT;off-ENTRY;
/// 1.204117 lamp Press: off-Press;publish lamp.lit {"watts":5};off-EXIT;on-ENTRY;
/// ```
///
/// It writes a line at once and flushes when an actor fails or stops, and when it is dropped: give it a `BufWriter` or a `LineWriter`.
/// It writes on the domain's thread; a sink that blocks holds up the actors.
pub struct TextTrace<W: Write + Send> {
    state: Mutex<State<W>>,
}

struct State<W: Write> {
    sink: Sink<W>,
    steps: Steps,
    began: Option<Instant>,
}

impl<W: Write + Send> TextTrace<W> {
    /// A trace that writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self {
            state: Mutex::new(State {
                sink: Sink::new(writer, "text"),
                steps: Steps::default(),
                began: None,
            }),
        }
    }

    /// Hands what was written so far to whoever reads it.
    pub fn flush(&self) {
        self.state().sink.write(Write::flush);
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> State<W> {
    fn write(&mut self, now: Instant, actor: &str, step: &Step) {
        let began = *self.began.get_or_insert(now);
        let seconds = now.saturating_duration_since(began).as_secs_f64();
        let line = format!("{seconds:.6} {actor} {}\n", step.line());
        self.sink.write(|writer| writer.write_all(line.as_bytes()));
    }
}

impl<W: Write + Send> Observer for TextTrace<W> {
    fn publish(&self, publish: &Publish<'_>) {
        self.state().steps.publish(publish);
    }

    fn posted(&self, post: &Posted<'_>) {
        self.state().steps.posted(post);
    }

    fn started(&self, started: &Started<'_>) {
        let mut state = self.state();
        let step = state.steps.started(started);
        state.write(started.now, started.actor, &step);
    }

    fn stopped(&self, stopped: &Stopped<'_>) {
        let mut state = self.state();
        if let Some(step) = state.steps.stopped(stopped) {
            state.write(stopped.now, stopped.actor, &step);
        }
        state.sink.write(Write::flush);
    }

    fn dispatched(&self, dispatched: &Dispatched<'_>) {
        let mut state = self.state();
        let step = state.steps.dispatched(dispatched);
        state.write(dispatched.now, dispatched.actor, &step);
    }

    fn record(&self, record: &StateRecord<'_>) {
        let mut state = self.state();
        if let Some(step) = state.steps.record(record) {
            state.write(record.now, record.actor, &step);
        }
    }

    fn recalled(&self, recalled: &Recalled<'_>) {
        self.state().steps.recalled(recalled);
    }

    fn dropped(&self, dropped: &Dropped<'_>) {
        let mut state = self.state();
        if let Some(step) = state.steps.dropped(dropped) {
            state.write(dropped.now, dropped.receiver, &step);
        }
    }

    fn restarted(&self, failure: &Restarted<'_>) {
        let mut state = self.state();
        let step = state.steps.failed(failure);
        state.write(failure.now, failure.actor, &step);
        state.sink.write(Write::flush);
    }
}

impl<W: Write + Send> Drop for TextTrace<W> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl<W: Write + Send> fmt::Debug for TextTrace<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextTrace").finish_non_exhaustive()
    }
}
