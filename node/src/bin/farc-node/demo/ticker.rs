//! Much and steady traffic: a numbered event a millisecond to every other ticker, so that a lost one leaves a hole.

use std::time::{Duration, Instant};

use farc::prelude::*;
use serde::{Deserialize, Serialize};

use super::signals::{Stamps, Tick};

/// How often a ticker wakes up. It says all that is due by then, so its pace holds on a busy machine.
const BEAT: Duration = Duration::from_millis(5);

/// The most it says at once: a node that was stopped for seconds catches up over some beats, and leaves its
/// neighbours' mailboxes time to drain.
const BREATH: u64 = 64;

/// How fast.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Pace {
    /// Events a second.
    per_second: u32,
}

/// What happens to a ticker.
#[derive(Event, Debug)]
pub(super) enum TickerEvent {
    Tick(Tick),
    #[event(local)]
    Beat,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Ticker {
    per_second: u64,
    began: Option<Instant>,
    said: u64,
    stamps: Stamps,
}

impl Actor for Ticker {
    type Args = Pace;

    fn new(args: Pace, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            per_second: args.per_second.into(),
            began: None,
            said: 0,
            stamps: Stamps::default(),
        })
    }
}

#[hsm(event = TickerEvent, initial = ticking, subscribe = [Tick])]
impl Ticker {
    #[entry(ticking)]
    fn begin(&mut self, cx: &mut Context<Self>) {
        self.began = Some(cx.now());
        wake(cx);
    }

    #[state]
    fn ticking(&mut self, event: &TickerEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            TickerEvent::Beat => {
                self.say_what_is_due(cx);
                wake(cx);
                Handled
            }
            // To have got it is all: observers compare.
            TickerEvent::Tick(_) => Handled,
        }
    }
}

impl Ticker {
    fn say_what_is_due(&mut self, cx: &mut Context<'_, Self>) {
        let since = self
            .began
            .map(|began| cx.now().saturating_duration_since(began))
            .unwrap_or_default();
        // Milliseconds of a process's life times events a second stay far below 2^64.
        let due = since.as_millis() as u64 * self.per_second / 1000;
        for _ in 0..due.saturating_sub(self.said).min(BREATH) {
            let stamp = self.stamps.next::<Tick, _>(cx);
            cx.publish(Tick { stamp });
            self.said += 1;
        }
    }
}

fn wake(cx: &mut Context<'_, Ticker>) {
    cx.after(BEAT, TickerEvent::Beat)
        .expect("one timer at a time, armed when the last one fired");
}
