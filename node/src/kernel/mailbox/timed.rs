//! Time events of one actor: armed, due, and ended wherever they wait (A21 to A25).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Entry, Event, Extras, Mailbox, Origin};
use crate::kernel::guard;
use crate::kernel::timers::{Deadline, Handle};

/// How many time events an actor may have armed: enough for a device with many channels, few enough to search.
pub(crate) const TIMERS: u32 = 64;

/// What a timer is bound to: the index of a state, or one of the constants. States are numbered below 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Scope(pub(crate) u16);

impl Scope {
    /// No state: until the actor stops.
    pub(crate) const TOP: Self = Self(u16::MAX);
    /// A value of the actor, armed once.
    pub(crate) const VALUE: Self = Self(u16::MAX - 1);
    /// A value of the actor, armed for each period. It stays armed while its events wait.
    pub(crate) const PERIODIC: Self = Self(u16::MAX - 2);

    pub(crate) fn is_state(self) -> bool {
        self.0 < Self::PERIODIC.0
    }
}

/// The number of an arming: it rises with each one in an actor, and names it for life. In two halves, so that it does not widen an [`Origin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arming([u32; 2]);

impl Arming {
    /// No arming.
    pub(crate) const NONE: Self = Self([0; 2]);

    pub(crate) const fn new(number: u64) -> Self {
        Self([(number >> 32) as u32, number as u32])
    }

    pub(crate) const fn number(self) -> u64 {
        (self.0[0] as u64) << 32 | self.0[1] as u64
    }
}

/// What a periodic timer does when periods have passed without its event, because the node was busy or its clock jumped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// One event for all of them; the next one when the period in which it comes is over. The phase is kept.
    #[default]
    Skip,
    /// One event for each of them, at once. The phase is kept.
    Burst,
    /// One event for all of them; the next one a whole period later. The phase moves.
    Delay,
}

/// When a timer that was armed in a snapshot is due after the restoration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRestore {
    /// At the same time as without the interruption: what it was away for counts.
    KeepEnd,
    /// After what was left of its time when the snapshot was made.
    #[default]
    KeepRemainder,
    /// After its whole time, as if it was armed now.
    Restart,
}

/// How a timer fires again and again.
#[derive(Clone, Copy)]
pub(crate) struct Every<E> {
    /// More than zero.
    period: Duration,
    missed: Missed,
    /// How many periods have passed without an event of their own.
    pub(crate) passed: u64,
    pub(crate) clone: fn(&E) -> E,
}

impl<E> Every<E> {
    pub(crate) fn new(period: Duration, missed: Missed, clone: fn(&E) -> E) -> Self {
        Self {
            period: period.max(Duration::from_nanos(1)),
            missed,
            passed: 0,
            clone,
        }
    }

    pub(crate) fn period(&self) -> Duration {
        self.period
    }

    pub(crate) fn missed(&self) -> Missed {
        self.missed
    }

    /// When the timer that was due at `at` is due again. `behind`: its event is not posted, since the last one has found no room yet.
    fn next(&mut self, at: Instant, now: Instant, behind: bool) -> Instant {
        if self.missed == Missed::Burst && !behind {
            return later(at, self.period);
        }
        let period = self.period.as_nanos();
        let late = now.saturating_duration_since(at).as_nanos();
        let passed = u64::try_from(late / period).unwrap_or(u64::MAX);
        self.passed = self
            .passed
            .saturating_add(passed)
            .saturating_add(u64::from(behind));
        let left = if self.missed == Missed::Delay {
            period
        } else {
            period - late % period
        };
        later(
            at.max(now),
            Duration::new((left / 1_000_000_000) as u64, (left % 1_000_000_000) as u32),
        )
    }
}

/// A time beyond what the clock can express never comes.
pub(crate) fn later(from: Instant, by: Duration) -> Instant {
    from.checked_add(by)
        .unwrap_or_else(|| from + Duration::from_secs(u32::MAX.into()))
}

/// What is to be armed.
pub(crate) struct Alarm<E> {
    pub(crate) at: Instant,
    /// From the arming to the deadline.
    pub(crate) time: Duration,
    pub(crate) scope: Scope,
    pub(crate) on_restore: OnRestore,
    /// Apart, since most timers fire once.
    pub(crate) every: Option<Box<Every<E>>>,
    pub(crate) event: E,
}

/// The deadline of a timer that is armed anew.
#[derive(Clone, Copy)]
pub(crate) struct Rearm {
    pub(crate) at: Instant,
    pub(crate) time: Duration,
    pub(crate) on_restore: OnRestore,
}

/// A time event that is armed.
pub(crate) struct Armed<E> {
    pub(crate) turn: Deadline,
    pub(crate) arming: Arming,
    pub(crate) alarm: Alarm<E>,
}

/// What a deadline led to.
pub(crate) enum Fired {
    /// Nothing: the actor has no such timer.
    Nothing,
    /// Its event waits now.
    Once,
    /// It is due again.
    Again { at: Instant, this: Period },
}

/// What became of one period of a timer.
pub(crate) enum Period {
    /// Its event waits now.
    Posted,
    /// The event before has found no room yet.
    Behind,
    /// The event could not be cloned: that panicked.
    Poisoned,
}

/// Which time events end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// All of the actor.
    All,
    /// Those that are bound to this state.
    State(Scope),
    /// Those of this arming.
    Arming(Arming),
}

impl Ends {
    pub(super) fn has(self, scope: Scope, arming: Arming) -> bool {
        match self {
            Self::All => true,
            Self::State(of) => of == scope,
            Self::Arming(of) => of == arming,
        }
    }

    fn has_entry<E>(self, entry: &Entry<E>) -> bool {
        let binding = entry.origin.binding();
        binding.is_some_and(|(scope, arming)| self.has(scope, arming))
    }
}

/// How many time events have ended, and how many events of tasks.
#[derive(Clone, Copy, Default)]
pub(in crate::kernel) struct Ended {
    /// Those whose event waited already.
    pub(in crate::kernel) queued: usize,
    pub(in crate::kernel) results: usize,
}

impl<E: Event> Mailbox<E> {
    pub(super) fn count_in(&mut self, scope: Scope) {
        self.timed += u32::from(scope != Scope::PERIODIC);
        self.scoped += u32::from(scope.is_state());
    }

    #[inline]
    pub(super) fn count_out(&mut self, scope: Scope) {
        self.timed -= u32::from(scope != Scope::PERIODIC);
        self.scoped -= u32::from(scope.is_state());
    }

    /// Keeps a time event until it is due. Gives it back when the actor has too many.
    pub(in crate::kernel) fn arm(
        &mut self,
        alarm: Alarm<E>,
        turn: impl FnOnce() -> Deadline,
    ) -> Result<Arming, E> {
        if self.timed >= TIMERS {
            return Err(alarm.event);
        }
        let extras = self.extras();
        let arming = Arming::new(extras.armings.number() + 1);
        extras.armings = arming;
        self.arm_as(arming, alarm, turn());
        Ok(arming)
    }

    /// Arms under a number that was given before.
    pub(in crate::kernel) fn arm_as(&mut self, arming: Arming, alarm: Alarm<E>, turn: Deadline) {
        // A periodic timer counts while it is armed, the others until their event is dispatched.
        self.timed += 1;
        self.scoped += u32::from(alarm.scope.is_state());
        let extras = self.extras();
        extras.armings = Arming::new(extras.armings.number().max(arming.number()));
        extras.timers.push(Armed {
            turn,
            arming,
            alarm,
        });
    }

    /// The number of the last arming.
    pub(in crate::kernel) fn armings(&self) -> Arming {
        self.extras
            .as_ref()
            .map_or(Arming::NONE, |extras| extras.armings)
    }

    /// Armings are numbered from here on: what a snapshot says of earlier ones stays true.
    pub(in crate::kernel) fn number_from(&mut self, last: Arming) {
        let extras = self.extras();
        extras.armings = Arming::new(extras.armings.number().max(last.number()));
    }

    /// A timer is due: its event enters the ring or waits beside it.
    pub(super) fn fire(&mut self, handle: Handle, now: Instant) -> Fired {
        let Some(extras) = &mut self.extras else {
            return Fired::Nothing;
        };
        let mut timers = extras.timers.iter();
        let Some(i) = timers.position(|timer| timer.turn.handle == handle) else {
            return Fired::Nothing;
        };
        let Armed { arming, alarm, .. } = &mut extras.timers[i];
        let origin = Origin::Timer {
            scope: alarm.scope,
            arming: *arming,
        };
        let Some(every) = &mut alarm.every else {
            let event = extras.timers.swap_remove(i).alarm.event;
            // A timer is never refused.
            let _ = self.push_pending(event, origin, Some(now));
            return Fired::Once;
        };
        let behind = extras.pending.iter().any(|entry| entry.origin == origin);
        alarm.at = every.next(alarm.at, now, behind);
        let at = alarm.at;
        let this = if behind {
            Period::Behind
        } else {
            // Clone is the user's code.
            match guard(|| (every.clone)(&alarm.event)) {
                Ok(event) => {
                    let _ = self.push_pending(event, origin, Some(now));
                    Period::Posted
                }
                Err(_) => Period::Poisoned,
            }
        };
        Fired::Again { at, this }
    }

    /// Whether anything could end: asked at each exit of a state, so it costs a comparison.
    #[inline]
    pub(in crate::kernel) fn has_timers(&self, ends: Ends) -> bool {
        match ends {
            Ends::State(_) => self.scoped > 0,
            Ends::All | Ends::Arming(_) => self.extras.is_some(),
        }
    }

    /// What is armed.
    pub(in crate::kernel) fn timers(&self) -> impl Iterator<Item = &Armed<E>> {
        self.extras.iter().flat_map(|extras| extras.timers.iter())
    }

    pub(in crate::kernel) fn armed(&self, arming: Arming) -> Option<&Armed<E>> {
        self.timers().find(|timer| timer.arming == arming)
    }

    /// Ends time events: the armed ones, and those that wait already. They are kept until [`take_ended`](Self::take_ended); `cancel` is told of each
    /// deadline that is called off.
    pub(in crate::kernel) fn disarm(
        &mut self,
        ends: Ends,
        mut cancel: impl FnMut(Deadline),
    ) -> Ended {
        let Some(extras) = &mut self.extras else {
            return Ended::default();
        };
        let mut once = false;
        let mut i = 0;
        while i < extras.timers.len() {
            let Armed {
                turn,
                arming,
                alarm,
            } = &extras.timers[i];
            if !ends.has(alarm.scope, *arming) {
                i += 1;
                continue;
            }
            once = alarm.every.is_none();
            cancel(*turn);
            self.timed -= 1;
            self.scoped -= u32::from(alarm.scope.is_state());
            extras.ended.push(extras.timers.swap_remove(i).alarm.event);
        }
        let armed = extras.ended.len();
        self.end_tasks(ends);
        let extras = self.extras();
        if extras.current != Arming::NONE && ends == Ends::Arming(extras.current) {
            extras.current = Arming::NONE;
        }
        let none_waits = match ends {
            Ends::All => false,
            Ends::State(_) => self.scoped == 0,
            // An arming without a period has one event, which is either armed or waits.
            Ends::Arming(_) => once,
        };
        if !none_waits {
            self.end_waiting(ends);
        }
        let extras = self.extras();
        let results = std::mem::take(&mut extras.ended_results);
        Ended {
            queued: extras.ended.len() - armed - results,
            results,
        }
    }

    fn end_waiting(&mut self, ends: Ends) {
        let mut i = 0;
        let before = self.ring.len();
        while i < self.ring.len() {
            if !self.ring.get(i).is_some_and(|entry| ends.has_entry(entry)) {
                i += 1;
            } else if let Some(entry) = self.remove(i) {
                self.end(entry);
            }
        }
        self.local -= (before - self.ring.len()) as u32;
        for entry in self.extras().pending.extract(|entry| ends.has_entry(entry)) {
            self.end(entry);
        }
        self.end_in(ends, |extras| &mut extras.recalled);
        self.end_in(ends, |extras| &mut extras.deferred);
        self.admit_pending();
    }

    fn end_in(&mut self, ends: Ends, queue: fn(&mut Extras<E>) -> &mut VecDeque<Entry<E>>) {
        for _ in 0..queue(self.extras()).len() {
            // Once round, so that what stays keeps its order.
            match queue(self.extras()).pop_front() {
                Some(entry) if ends.has_entry(&entry) => self.end(entry),
                Some(entry) => queue(self.extras()).push_back(entry),
                None => {}
            }
        }
    }

    fn end(&mut self, entry: Entry<E>) {
        self.count_out_of(entry.origin);
        let extras = self.extras();
        extras.ended_results += usize::from(matches!(entry.origin, Origin::Task { .. }));
        extras.ended.push(entry.event);
    }

    /// What has ended, to be dropped when everything is consistent again: a drop may panic.
    pub(in crate::kernel) fn take_ended(&mut self) -> Vec<E> {
        std::mem::take(&mut self.extras().ended)
    }

    /// Gives the list back for its room.
    pub(in crate::kernel) fn keep_room(&mut self, list: Vec<E>) {
        debug_assert!(list.is_empty(), "what has ended was dropped");
        self.extras().ended = list;
    }

    /// Sets another deadline for a timer that is armed, or whose only event waits still. Events that wait end. `None`: there is no such timer.
    /// `turn` makes the new deadline, and calls off the one before.
    pub(in crate::kernel) fn rearm(
        &mut self,
        arming: Arming,
        to: Rearm,
        turn: impl FnOnce(Option<Deadline>) -> Deadline,
    ) -> Option<Ended> {
        let ends = Ends::Arming(arming);
        let timers = &self.extras.as_ref()?.timers;
        let armed = timers.iter().position(|timer| timer.arming == arming);
        let waits = armed.is_none_or(|i| timers[i].alarm.every.is_some());
        if waits {
            self.end_waiting(ends);
        }
        let extras = self.extras();
        let queued = extras.ended.len();
        if let Some(timer) = armed.and_then(|i| extras.timers.get_mut(i)) {
            timer.turn = turn(Some(timer.turn));
            timer.alarm.at = to.at;
            timer.alarm.time = to.time;
        } else {
            let event = extras.ended.pop()?;
            let alarm = Alarm {
                at: to.at,
                time: to.time,
                scope: Scope::VALUE,
                on_restore: to.on_restore,
                every: None,
                event,
            };
            self.arm_as(arming, alarm, turn(None));
        }
        Some(Ended { queued, results: 0 })
    }
}
