//! Finds steps that take too long, while they run (D6).
//!
//! It looks at each domain from outside, several times within the shortest of its limits: a step that it finds twice has taken at least the time in
//! between. So the domain reads no clock for it, and a step is told up to one look late. It has no place in a simulation: there the domains
//! run on the same thread, and a step takes no time.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::config::WatchdogConfig;
use crate::kernel::{Doing, Pulse, Running};

/// How often it looks within the time after which it warns.
const LOOKS: u32 = 2;

/// When it comes so many times later to a look than it wanted, the whole process was stopped, and nothing is known of the step.
const ASLEEP: u32 = 10;

/// A step that is taking long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LongStep {
    /// The actor; empty when it is a command from outside.
    pub actor: String,
    /// The state that it was in before.
    pub state: String,
    /// The event; empty for a start, a stop or a command.
    pub event: String,
    /// For how long it has run, at least.
    pub milliseconds: u64,
    /// Whether that is so long that the node is not healthy.
    pub unhealthy: bool,
}

impl LongStep {
    /// The sentence for `health`.
    pub(super) fn complaint(&self) -> String {
        let Self {
            actor,
            state,
            event,
            milliseconds,
            ..
        } = self;
        let seconds = Duration::from_millis(*milliseconds).as_secs_f64();
        if actor.is_empty() {
            format!("its domain has been busy with a command for {seconds:.1} s")
        } else if event.is_empty() {
            format!("actor {actor} has been starting or stopping for {seconds:.1} s")
        } else {
            format!("actor {actor} has been handling {event} in state {state} for {seconds:.1} s")
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Fine,
    Warn,
    Error,
    Unhealthy,
}

/// A step that was found at a look.
struct Seen {
    running: Running,
    since: Instant,
    told: Level,
}

/// Watches one domain.
pub(super) struct Watchdog {
    pulse: Arc<Pulse>,
    limits: WatchdogConfig,
    seen: Option<Seen>,
    last: Option<Instant>,
}

/// What the status shows of all watched domains.
pub(super) type Found = Rc<RefCell<Option<LongStep>>>;

impl Watchdog {
    pub(super) fn new(pulse: Arc<Pulse>, limits: WatchdogConfig) -> Self {
        Self {
            pulse,
            limits,
            seen: None,
            last: None,
        }
    }

    /// How long it waits between two looks.
    fn period(&self) -> Duration {
        self.limits.warn / LOOKS
    }

    /// Looks once; says what takes long, if anything does.
    pub(super) fn look(&mut self, now: Instant) -> Option<LongStep> {
        let last = self.last.replace(now).unwrap_or(now);
        let was_asleep = now.saturating_duration_since(last) > self.period() * ASLEEP;
        let running = self.pulse.look();
        let is_same = |seen: &Seen| Some(seen.running) == running && !was_asleep;
        if !self.seen.as_ref().is_some_and(is_same) {
            if let Some(seen) = self.seen.take().filter(|seen| seen.told > Level::Fine) {
                let took = last.saturating_duration_since(seen.since);
                let Doing { actor, .. } = self.pulse.doing(seen.running);
                tracing::warn!(actor, at_least = ?took, "a long step is over");
            }
            self.seen = running.map(|running| Seen {
                running,
                since: now,
                told: Level::Fine,
            });
            return None;
        }
        let seen = self.seen.as_mut()?;
        let took = now.saturating_duration_since(seen.since);
        let level = self.limits.level(took);
        if level == Level::Fine {
            return None;
        }
        let Doing {
            actor,
            state,
            event,
        } = self.pulse.doing(seen.running);
        if level > seen.told {
            seen.told = level;
            match level {
                Level::Fine | Level::Warn => {
                    tracing::warn!(actor, state, event, ?took, "a step takes long");
                }
                Level::Error => {
                    tracing::error!(actor, state, event, ?took, "a step takes very long");
                }
                Level::Unhealthy => {
                    tracing::error!(
                        actor,
                        state,
                        event,
                        ?took,
                        "a step does not end: the node is not healthy"
                    );
                }
            }
        }
        Some(LongStep {
            actor,
            state: state.to_owned(),
            event: event.to_owned(),
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            unhealthy: level == Level::Unhealthy,
        })
    }
}

impl WatchdogConfig {
    fn level(&self, took: Duration) -> Level {
        if took >= self.unhealthy {
            Level::Unhealthy
        } else if took >= self.error {
            Level::Error
        } else if took >= self.warn {
            Level::Warn
        } else {
            Level::Fine
        }
    }
}

/// Watches until it is dropped.
pub(super) async fn watch(mut watchdog: Watchdog, clock: Arc<dyn Clock>, found: Found) {
    loop {
        tokio::time::sleep(watchdog.period()).await;
        let long = watchdog.look(clock.now());
        found.replace(long);
    }
}

#[cfg(test)]
mod tests;
