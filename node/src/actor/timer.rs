//! Timers that are values of their actor.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Actor, Context, TimerLimit};
use crate::kernel::{Alarm, Arming, Ends, Every, Missed, OnRestore, Rearm, Scope, later};

/// A timer that lives in its actor, independent of the states (A22). It is armed with an event, which the actor gets when the time has come.
///
/// For a time that ends with a state, [`Context::after`] is simpler. A `Timer` is for what is moved, called off or repeated: once
/// [`disarm`](Self::disarm) has returned, the event is never dispatched, not even if it waits in the mailbox already (A23).
///
/// Timers end when their actor stops or fails. Up to 64 of an actor may be armed, or have fired and have their event waiting. A timer that is
/// dropped while it is armed still fires.
///
/// ```
/// use std::time::Duration;
/// use farc::{Timer, prelude::*};
///
/// #[derive(Event)]
/// pub enum DoorEvent {
///     #[event(local)]
///     Seen,
///     #[event(local)]
///     Quiet,
/// }
///
/// pub struct Door {
///     quiet: Timer,
/// }
///
/// #[hsm(event = DoorEvent, initial = open)]
/// impl Door {
///     #[state]
///     fn open(&mut self, event: &DoorEvent, cx: &mut Context<Self>) -> Next<Self> {
///         match event {
///             DoorEvent::Seen => {
///                 // Anew with each one who passes.
///                 let _ = self.quiet.arm_after(cx, Duration::from_secs(10), DoorEvent::Quiet);
///                 Handled
///             }
///             DoorEvent::Quiet => To(State::Closed),
///         }
///     }
///     #[state]
///     fn closed(&mut self, event: &DoorEvent) -> Next<Self> {
///         match event {
///             DoorEvent::Seen => To(State::Open),
///             DoorEvent::Quiet => Super,
///         }
///     }
/// }
/// # impl Actor for Door {
/// #     type Args = ();
/// #     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Door { quiet: Timer::new() }) }
/// # }
/// ```
pub struct Timer {
    /// The last arming; `NONE` before the first.
    arming: Arming,
    missed: Missed,
    on_restore: OnRestore,
}

impl Timer {
    /// A timer that is not armed.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            arming: Arming::NONE,
            missed: Missed::Skip,
            on_restore: OnRestore::KeepRemainder,
        }
    }

    /// The same, with another policy for periods that pass without their event. Counts from the next arming on.
    #[must_use]
    pub const fn missed(mut self, missed: Missed) -> Self {
        self.missed = missed;
        self
    }

    /// The same, with another policy for what a snapshot says of it. Counts from the next arming on.
    #[must_use]
    pub const fn on_restore(mut self, on_restore: OnRestore) -> Self {
        self.on_restore = on_restore;
        self
    }

    /// Arms the timer: the actor gets the event after this time. What it was armed with before is disarmed.
    ///
    /// # Errors
    ///
    /// When 64 timers of the actor are armed or waiting. The event comes back, and the timer is not armed.
    pub fn arm_after<A: Actor>(
        &mut self,
        cx: &mut Context<'_, A>,
        time: Duration,
        event: impl Into<A::Event>,
    ) -> Result<(), TimerLimit<A::Event>> {
        let at = later(cx.now(), time);
        self.arm(cx, at, time, None, event.into())
    }

    /// Arms the timer: the actor gets the event at this time. If that has passed, it gets it once, behind what waits now (A24).
    ///
    /// # Errors
    ///
    /// As for [`arm_after`](Self::arm_after).
    pub fn arm_at<A: Actor>(
        &mut self,
        cx: &mut Context<'_, A>,
        at: Instant,
        event: impl Into<A::Event>,
    ) -> Result<(), TimerLimit<A::Event>> {
        let time = at.saturating_duration_since(cx.now());
        self.arm(cx, at, time, None, event.into())
    }

    /// Arms the timer: the actor gets a copy of the event after each period, until the timer is disarmed.
    ///
    /// The times are the multiples of the period from now on, however late an event is dispatched (A25). Periods that pass without an event of
    /// their own follow the policy of [`missed`](Self::missed). While the last event has found no room in the mailbox, no further one comes.
    /// A period of zero counts as one nanosecond.
    ///
    /// # Errors
    ///
    /// As for [`arm_after`](Self::arm_after).
    pub fn arm_every<A: Actor>(
        &mut self,
        cx: &mut Context<'_, A>,
        period: Duration,
        event: impl Into<A::Event>,
    ) -> Result<(), TimerLimit<A::Event>>
    where
        A::Event: Clone,
    {
        let every = Every::new(period, self.missed, Clone::clone);
        let at = later(cx.now(), every.period());
        self.arm(cx, at, period, Some(every), event.into())
    }

    fn arm<A: Actor>(
        &mut self,
        cx: &mut Context<'_, A>,
        at: Instant,
        time: Duration,
        every: Option<Every<A::Event>>,
        event: A::Event,
    ) -> Result<(), TimerLimit<A::Event>> {
        self.disarm(cx);
        let scope = if every.is_some() {
            Scope::PERIODIC
        } else {
            Scope::VALUE
        };
        let alarm = Alarm {
            at,
            time,
            scope,
            on_restore: self.on_restore,
            every: every.map(Box::new),
            event,
        };
        let (core, slot) = cx.kernel();
        self.arming = core.arm(slot, alarm).map_err(TimerLimit)?;
        Ok(())
    }

    /// Sets another time for the event that the timer was armed with: so long from now. A periodic timer keeps its period from then on.
    ///
    /// An event that has fired and waits still is taken back. False if there is none: the timer is not armed, and its event was dispatched or
    /// disarmed.
    pub fn rearm<A: Actor>(&mut self, cx: &mut Context<'_, A>, time: Duration) -> bool {
        let to = Rearm {
            at: later(cx.now(), time),
            time,
            on_restore: self.on_restore,
        };
        let (core, slot) = cx.kernel();
        core.rearm::<A::Event>(slot, self.arming, to)
    }

    /// Ends what the timer was armed with: its event is not dispatched any more, wherever it waits (A23).
    ///
    /// True if it was armed. False if its time had come already, or it was never armed; an event that waits is removed all the same.
    pub fn disarm<A: Actor>(&mut self, cx: &mut Context<'_, A>) -> bool {
        let armed = self.is_armed(cx);
        let arming = std::mem::replace(&mut self.arming, Arming::NONE);
        if arming != Arming::NONE {
            let (core, slot) = cx.kernel();
            core.disarm::<A::Event>(slot, Ends::Arming(arming));
        }
        armed
    }

    /// Whether its time is still to come.
    pub fn is_armed<A: Actor>(&self, cx: &Context<'_, A>) -> bool {
        let (core, slot) = cx.kernel_ref();
        core.armed::<A::Event>(slot, self.arming).is_some()
    }

    /// How many periods have passed without an event of their own since the timer was armed.
    pub fn periods_missed<A: Actor>(&self, cx: &Context<'_, A>) -> u64 {
        let (core, slot) = cx.kernel_ref();
        core.armed::<A::Event>(slot, self.arming)
            .and_then(|armed| armed.alarm.every.as_ref())
            .map_or(0, |every| every.passed)
    }
}

/// In a snapshot, the number of its arming: restored, it finds it again.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    arming: u64,
    missed: Missed,
    on_restore: OnRestore,
}

impl Serialize for Timer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let saved = Saved {
            arming: self.arming.number(),
            missed: self.missed,
            on_restore: self.on_restore,
        };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        Ok(Self {
            arming: Arming::new(saved.arming),
            missed: saved.missed,
            on_restore: saved.on_restore,
        })
    }
}

impl Default for Timer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("arming", &self.arming.number())
            .field("missed", &self.missed)
            .field("on_restore", &self.on_restore)
            .finish()
    }
}
