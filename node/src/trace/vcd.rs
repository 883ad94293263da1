//! The states of the actors over time, as a VCD file.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ::vcd::{IdCode, SimulationCommand, TimescaleUnit, Value, VarType, Writer};

use super::sink::Sink;
use crate::observe::{Dispatched, Observer, Restarted, Started, Stopped};

/// How many actors a file shows: more traces than a viewer can list. Later ones are left out, which is reported once.
const MOST_ACTORS: usize = 4096;

/// Writes a VCD file (Value Change Dump, IEEE 1364) that a wave viewer such as GTKWave shows: the actors below one another, time to the right.
///
/// Each actor is a scope with three variables: `state`, a string with the active states (`on.bright`; `stopped` and `failed` at the end);
/// `event`, a string with the variant that was handled last; and `step`, a mark at each step. Strings are an extension of the format that
/// GTKWave reads.
///
/// Times are those of the domain's clock, in nanoseconds since the first actor started. Steps at the same time, which the clock of the domain
/// does not tell apart, are a nanosecond apart, so that each of them can be seen.
///
/// A VCD file names its variables before the first value: it shows the actors that have started when the first event is dispatched, and
/// those that [`with_actors`](VcdTrace::with_actors) names; up to 4,096. An actor that comes later is left out, which is reported once.
///
/// It flushes when an actor fails or stops, and when it is dropped: give it a `BufWriter`. It writes on the domain's thread.
pub struct VcdTrace<W: Write + Send> {
    state: Mutex<State<W>>,
}

struct State<W: Write> {
    sink: Sink<Writer<W>>,
    /// By name.
    actors: BTreeMap<String, Waves>,
    began: Option<Instant>,
    /// The time of the last change, in nanoseconds; `None` before the header.
    last: Option<u64>,
    /// That actors were left out was reported.
    complained: bool,
}

/// The variables of an actor.
struct Waves {
    /// Known from the header on.
    ids: Option<Ids>,
    /// Its state when the header is written.
    initial: String,
    /// It has failed, and shows that until it starts again.
    failed: bool,
}

#[derive(Clone, Copy)]
struct Ids {
    state: IdCode,
    event: IdCode,
    step: IdCode,
}

impl<W: Write + Send> VcdTrace<W> {
    /// A trace that writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self::with_actors(writer, [])
    }

    /// A trace that also shows these actors, which will start later.
    pub fn with_actors<'n>(writer: W, names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut state = State {
            sink: Sink::new(Writer::new(writer), "VCD"),
            actors: BTreeMap::new(),
            began: None,
            last: None,
            complained: false,
        };
        for name in names {
            state.announce(name, String::new());
        }
        Self {
            state: Mutex::new(state),
        }
    }

    /// Hands what was written so far to whoever reads it; the header too, if no event was dispatched yet.
    pub fn flush(&self) {
        let mut state = self.state();
        state.header();
        state.sink.write(Writer::flush);
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> State<W> {
    /// An actor that has started, or will. After the header only those that are in it are shown.
    fn announce(&mut self, name: &str, initial: String) {
        if let Some(waves) = self.actors.get_mut(name) {
            waves.initial = initial;
        } else if self.last.is_none() && self.actors.len() < MOST_ACTORS {
            let waves = Waves {
                ids: None,
                initial,
                failed: false,
            };
            self.actors.insert(name.to_owned(), waves);
        } else if !self.complained {
            self.complained = true;
            tracing::warn!(
                actor = name,
                "the VCD trace does not show this actor, nor others that start after its header"
            );
        }
    }

    /// Names the variables and gives each its first value, once.
    fn header(&mut self) {
        if self.last.is_some() {
            return;
        }
        self.last = Some(0);
        let actors = &mut self.actors;
        self.sink.write(|vcd| {
            vcd.version("farc")?;
            vcd.timescale(1, TimescaleUnit::NS)?;
            vcd.add_module("farc")?;
            for (name, waves) in actors.iter_mut() {
                vcd.add_module(&word(name))?;
                waves.ids = Some(Ids {
                    state: vcd.add_var(VarType::String, 1, "state", None)?,
                    event: vcd.add_var(VarType::String, 1, "event", None)?,
                    step: vcd.add_var(VarType::Event, 1, "step", None)?,
                });
                vcd.upscope()?;
            }
            vcd.upscope()?;
            vcd.enddefinitions()?;
            vcd.timestamp(0)?;
            vcd.begin(SimulationCommand::Dumpvars)?;
            for waves in actors.values() {
                if let Some(ids) = waves.ids {
                    vcd.change_string(ids.state, &word(&waves.initial))?;
                    vcd.change_string(ids.event, &word(""))?;
                }
            }
            vcd.end()
        });
    }

    /// Writes a change of an actor, at its own time.
    fn change(
        &mut self,
        actor: &str,
        now: Instant,
        write: impl FnOnce(&mut Writer<W>, Ids) -> io::Result<()>,
    ) {
        let began = *self.began.get_or_insert(now);
        let Some(ids) = self.actors.get(actor).and_then(|waves| waves.ids) else {
            self.announce(actor, String::new());
            return;
        };
        let since = now.saturating_duration_since(began).as_nanos();
        let next = self.last.map_or(0, |last| last.saturating_add(1));
        let time = u64::try_from(since).unwrap_or(u64::MAX).max(next);
        self.last = Some(time);
        self.sink.write(|vcd| {
            vcd.timestamp(time)?;
            write(vcd, ids)
        });
    }

    fn end(&mut self, actor: &str, now: Instant, how: &str) {
        self.header();
        self.change(actor, now, |vcd, ids| vcd.change_string(ids.state, how));
        self.sink.write(Writer::flush);
    }
}

impl<W: Write + Send> Observer for VcdTrace<W> {
    fn started(&self, started: &Started<'_>) {
        let mut state = self.state();
        let active = started.active.to_string();
        state.began.get_or_insert(started.now);
        if let Some(waves) = state.actors.get_mut(started.actor) {
            waves.failed = false;
        }
        if state.last.is_none() {
            state.announce(started.actor, active);
        } else {
            state.change(started.actor, started.now, |vcd, ids| {
                vcd.change_string(ids.state, &word(&active))
            });
        }
    }

    fn stopped(&self, stopped: &Stopped<'_>) {
        let mut state = self.state();
        let failed = state
            .actors
            .get(stopped.actor)
            .is_some_and(|waves| waves.failed);
        if !failed {
            state.end(stopped.actor, stopped.now, "stopped");
        }
    }

    fn dispatched(&self, step: &Dispatched<'_>) {
        let mut state = self.state();
        state.header();
        let active = step.active.to_string();
        state.change(step.actor, step.now, |vcd, ids| {
            vcd.change_scalar(ids.step, Value::V1)?;
            vcd.change_string(ids.event, &word(step.event))?;
            vcd.change_string(ids.state, &word(&active))
        });
    }

    fn restarted(&self, failure: &Restarted<'_>) {
        let mut state = self.state();
        state.end(failure.actor, failure.now, "failed");
        if let Some(waves) = state.actors.get_mut(failure.actor) {
            waves.failed = true;
        }
    }
}

/// A value or a name as the format has it: one word, and not none.
fn word(text: &str) -> String {
    let word: String = text.split_whitespace().collect();
    if word.is_empty() {
        "-".to_owned()
    } else {
        word
    }
}

impl<W: Write + Send> Drop for VcdTrace<W> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl<W: Write + Send> fmt::Debug for VcdTrace<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VcdTrace").finish_non_exhaustive()
    }
}
