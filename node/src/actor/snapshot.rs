//! Actors as data: what is saved beside the machine, and how it comes back.

use std::time::Duration;

use serde_json::Value;

use super::{Actor, RestoreError};
use crate::hsm::{Machine, SnapshotError, StateId};
use crate::kernel::{
    Alarm, Armed, Arming, Bound, Core, Entry, Every, OnRestore, Origin, SavedEvent, SavedPeriod,
    SavedTimer, Scope, Snapshot, TIMERS, later,
};

/// The actor's machine, and what waits for it.
pub(super) fn save<A: Actor>(
    core: &Core,
    slot: u32,
    machine: &Machine<A>,
) -> Result<Snapshot, SnapshotError> {
    let deferred = core.deferred(slot).map(save_event::<A>);
    let recalled = core.recalled(slot).map(save_event::<A>);
    let mut armed: Vec<&Armed<A::Event>> = core.alarms(slot).collect();
    armed.sort_by_key(|armed| armed.turn.seq);
    let timers = armed.into_iter().map(|armed| save_timer::<A>(core, armed));
    Ok(Snapshot {
        machine: machine.snapshot()?,
        deferred: deferred.collect::<Result<_, _>>()?,
        recalled: recalled.collect::<Result<_, _>>()?,
        timers: timers.collect::<Result<_, _>>()?,
        armings: core.armings::<A::Event>(slot).number(),
    })
}

fn save_event<A: Actor>(entry: &Entry<A::Event>) -> Result<SavedEvent, SnapshotError> {
    // Where else it came from means nothing to another life.
    let timer = entry.origin.binding();
    let timer = timer.map(|(scope, arming)| (bound::<A>(scope), arming.number()));
    Ok(SavedEvent {
        event: Machine::<A>::save_event(&entry.event)?,
        timer,
    })
}

fn save_timer<A: Actor>(core: &Core, armed: &Armed<A::Event>) -> Result<SavedTimer, SnapshotError> {
    let alarm = &armed.alarm;
    Ok(SavedTimer {
        arming: armed.arming.number(),
        bound: bound::<A>(alarm.scope),
        left: alarm.at.saturating_duration_since(core.now()),
        time: alarm.time,
        on_restore: alarm.on_restore,
        every: alarm.every.as_ref().map(|every| SavedPeriod {
            period: every.period(),
            missed: every.missed(),
            passed: every.passed,
        }),
        event: Machine::<A>::save_event(&alarm.event)?,
    })
}

fn bound<A: Actor>(scope: Scope) -> Bound {
    match A::State::from_index(usize::from(scope.0)) {
        Some(state) if scope.is_state() => Bound::State(state.name().to_owned()),
        _ if scope == Scope::VALUE => Bound::Value,
        _ if scope == Scope::PERIODIC => Bound::Periodic,
        _ => Bound::Actor,
    }
}

/// What a snapshot holds beside the machine, as events and times again.
pub(super) struct Waiting<A: Actor> {
    deferred: Vec<Entry<A::Event>>,
    recalled: Vec<Entry<A::Event>>,
    timers: Vec<(Arming, Alarm<A::Event>)>,
    armings: Arming,
}

impl<A: Actor> Waiting<A> {
    /// Reads it, for an actor that was no actor for so long. Nothing has happened when this fails.
    pub(super) fn load(
        core: &Core,
        snapshot: &Snapshot,
        away: Duration,
    ) -> Result<Self, RestoreError> {
        let kept = snapshot.deferred.len() + snapshot.recalled.len();
        if kept > usize::from(A::DEFER) {
            return Err(RestoreError::Deferred {
                found: kept,
                bound: A::DEFER,
            });
        }
        if snapshot.timers.len() > TIMERS as usize {
            return Err(RestoreError::Timers {
                found: snapshot.timers.len(),
            });
        }
        let mut timers = Vec::new();
        for (i, saved) in snapshot.timers.iter().enumerate() {
            let which = format!("event of timer {}", i + 1);
            let alarm = load_timer::<A>(core, saved, away, &which)?;
            timers.push((Arming::new(saved.arming), alarm));
        }
        Ok(Self {
            deferred: load_events::<A>(&snapshot.deferred, "deferred")?,
            recalled: load_events::<A>(&snapshot.recalled, "recalled")?,
            timers,
            armings: Arming::new(snapshot.armings),
        })
    }

    pub(super) fn has_deferred(&self) -> bool {
        !self.deferred.is_empty()
    }

    /// Queues and arms everything, for an actor that has nothing yet.
    pub(super) fn put(self, core: &mut Core, slot: u32) {
        core.number_from::<A::Event>(slot, self.armings);
        core.intend(slot, (self.deferred.len() + self.recalled.len()) as u64);
        for entry in self.deferred {
            core.put_deferred(slot, entry);
        }
        for entry in self.recalled {
            core.put_recalled(slot, entry);
        }
        for (arming, alarm) in self.timers {
            core.arm_as(slot, arming, alarm);
        }
    }
}

fn load_events<A: Actor>(
    saved: &[SavedEvent],
    queue: &str,
) -> Result<Vec<Entry<A::Event>>, SnapshotError> {
    let load = |(i, saved): (usize, &SavedEvent)| {
        let origin = match &saved.timer {
            Some((bound, arming)) => Origin::Timer {
                scope: scope::<A>(bound)?,
                arming: Arming::new(*arming),
            },
            None => Origin::System,
        };
        let event = event_of::<A>(&saved.event, &format!("{queue} event {}", i + 1))?;
        Ok(Entry { event, origin })
    };
    saved.iter().enumerate().map(load).collect()
}

/// The event of a value; an error says which one it was.
fn event_of<A: Actor>(value: &Value, which: &str) -> Result<A::Event, SnapshotError> {
    Machine::<A>::load_event(value).map_err(|error| {
        if let SnapshotError::Load { source, .. } = error {
            let what = format!("the {which}");
            SnapshotError::Load { what, source }
        } else {
            error
        }
    })
}

fn load_timer<A: Actor>(
    core: &Core,
    saved: &SavedTimer,
    away: Duration,
    which: &str,
) -> Result<Alarm<A::Event>, SnapshotError> {
    let (wait, overdue) = match saved.on_restore {
        OnRestore::KeepEnd => (
            saved.left.saturating_sub(away),
            away.saturating_sub(saved.left),
        ),
        OnRestore::KeepRemainder => (saved.left, Duration::ZERO),
        OnRestore::Restart => (saved.time, Duration::ZERO),
    };
    let at = later(core.now(), wait);
    let every = saved.every.as_ref().map(|saved| {
        let mut every = Every::new(saved.period, saved.missed, again::<A>);
        every.passed = saved.passed;
        Box::new(every)
    });
    Ok(Alarm {
        // Where the clock does not reach back so far, it is due now.
        at: at.checked_sub(overdue).unwrap_or(at),
        time: saved.time,
        scope: scope::<A>(&saved.bound)?,
        on_restore: saved.on_restore,
        every,
        event: event_of::<A>(&saved.event, which)?,
    })
}

/// What is bound to a state must find it.
fn scope<A: Actor>(bound: &Bound) -> Result<Scope, SnapshotError> {
    match bound {
        Bound::State(name) => A::State::all()
            .iter()
            .find(|state| state.name() == name.as_str())
            .map(|state| Scope(state.index() as u16))
            .ok_or_else(|| SnapshotError::State {
                state: name.clone(),
                role: "what a timer is bound to",
            }),
        Bound::Actor => Ok(Scope::TOP),
        Bound::Value => Ok(Scope::VALUE),
        Bound::Periodic => Ok(Scope::PERIODIC),
    }
}

/// A restored timer does not know how its event is cloned: it is saved and restored instead.
fn again<A: Actor>(event: &A::Event) -> A::Event {
    let copy = Machine::<A>::save_event(event).and_then(|saved| Machine::<A>::load_event(&saved));
    match copy {
        Ok(event) => event,
        // The kernel counts the event as lost.
        Err(error) => panic!("{error}"),
    }
}
