//! Time events of all actors: arming, ending, firing.

use std::time::{Duration, Instant};

use super::{Core, Phase};
use crate::kernel::guard;
use crate::kernel::lateness::TimerStats;
use crate::kernel::mailbox::{Alarm, Armed, Arming, Ended, Ends, Fired, Period, Rearm, later};
use crate::kernel::timers::{Due, What};
use crate::observe::Cause;
use crate::signal::Event;

/// How far a time event that is due in a domain that winds down is put off: beyond every deadline for leaving.
const HELD_BACK: Duration = Duration::from_secs(365 * 24 * 3600);

impl Core {
    /// Arms a time event. Gives it back when the actor has 64 already.
    pub(crate) fn arm<E: Event>(&mut self, slot: u32, alarm: Alarm<E>) -> Result<Arming, E> {
        let at = alarm.at;
        // The heap and the mailbox lie apart.
        let (mailbox, timers) = self.timed::<E>(slot);
        let arming = mailbox.arm(alarm, || timers.arm(at, slot, What::Event));
        self.look_for_due();
        arming
    }

    /// Arms a time event of a snapshot, under the number that it has there.
    pub(crate) fn arm_as<E: Event>(&mut self, slot: u32, arming: Arming, alarm: Alarm<E>) {
        let at = alarm.at;
        let (mailbox, timers) = self.timed::<E>(slot);
        mailbox.arm_as(arming, alarm, timers.arm(at, slot, What::Event));
        self.look_for_due();
    }

    /// The number of the last arming.
    pub(crate) fn armings<E: Event>(&self, slot: u32) -> Arming {
        self.mailbox_of::<E>(slot)
            .map_or(Arming::NONE, |mailbox| mailbox.armings())
    }

    /// Armings are numbered from here on.
    pub(crate) fn number_from<E: Event>(&mut self, slot: u32, last: Arming) {
        self.mailbox::<E>(slot).number_from(last);
    }

    /// Ends time events: those that are armed, and those whose event waits already, wherever it waits (A23).
    #[inline]
    pub(crate) fn disarm<E: Event>(&mut self, slot: u32, ends: Ends) {
        if self.slots[slot as usize].mailbox.is_some() && self.mailbox::<E>(slot).has_timers(ends) {
            self.disarm_some::<E>(slot, ends);
        }
    }

    #[cold]
    fn disarm_some<E: Event>(&mut self, slot: u32, ends: Ends) {
        let (mailbox, timers) = self.timed::<E>(slot);
        let ended = mailbox.disarm(ends, |turn| timers.cancel(turn));
        self.ended::<E>(slot, ended);
    }

    /// Sets another deadline for a timer. False if neither it is armed nor its event waits.
    pub(crate) fn rearm<E: Event>(&mut self, slot: u32, arming: Arming, to: Rearm) -> bool {
        let (mailbox, timers) = self.timed::<E>(slot);
        let ended = mailbox.rearm(arming, to, |before| {
            if let Some(before) = before {
                timers.cancel(before);
            }
            timers.arm(to.at, slot, What::Event)
        });
        self.look_for_due();
        let found = ended.is_some();
        self.ended::<E>(slot, ended.unwrap_or_default());
        found
    }

    fn ended<E: Event>(&mut self, slot: u32, Ended { queued, results }: Ended) {
        if queued + results > 0 {
            self.recount::<E>(slot);
        }
        if queued > 0 {
            self.lost(slot, "timer", Cause::Disarmed, queued as u64);
        }
        if results > 0 {
            self.lost(slot, "task", Cause::Disarmed, results as u64);
        }
        self.drop_cancelled::<E>(slot);
        let mut events = self.mailbox::<E>(slot).take_ended();
        // Last, since the drop of an event is the user's code; each by itself, since several may panic.
        while let Some(event) = events.pop() {
            let _ = guard(|| drop(event));
        }
        self.mailbox::<E>(slot).keep_room(events);
    }

    /// The timer with this number, if it is armed.
    pub(crate) fn armed<E: Event>(&self, slot: u32, arming: Arming) -> Option<&Armed<E>> {
        self.mailbox_of::<E>(slot)?.armed(arming)
    }

    /// What is armed.
    pub(crate) fn alarms<E: Event>(&self, slot: u32) -> impl Iterator<Item = &Armed<E>> {
        self.mailbox_of::<E>(slot)
            .into_iter()
            .flat_map(|mailbox| mailbox.timers())
    }

    /// A time event that is due wants attention.
    pub(super) fn look_for_due(&mut self) {
        self.attention |= self.timers.next().is_some_and(|at| at <= self.now);
    }

    /// Everything that is due posts its event, by deadline. What is due to be constructed anew has its turn later.
    pub(in crate::kernel) fn fire_due(&mut self) {
        while let Some(due) = self.timers.pop_due(self.now) {
            self.fire(due);
        }
    }

    fn fire(&mut self, due: Due) {
        if due.what == What::Question {
            self.timers.done(due);
            self.question_due(due.slot, due.seq);
            return;
        }
        if due.what != What::Event {
            let waits = self.phase(due.slot) == Phase::Waiting;
            if self.give_turn(due) && waits {
                self.restarts.push_back(due.slot);
            }
            return;
        }
        if self.is_winding_down() {
            // Its actor may end it still.
            return self.timers.again(due, later(self.now, HELD_BACK));
        }
        self.lateness
            .record(self.now.saturating_duration_since(due.at));
        let actor = &mut self.slots[due.slot as usize];
        let Some(mailbox) = &mut actor.mailbox else {
            self.timers.done(due);
            return;
        };
        let posted = match mailbox.fire(due.handle, self.now) {
            Fired::Nothing => {
                self.timers.done(due);
                return;
            }
            Fired::Once => {
                self.timers.done(due);
                Period::Posted
            }
            Fired::Again { at, this } => {
                self.timers.again(due, at);
                this
            }
        };
        match posted {
            Period::Posted => {
                mailbox.counts_mut().intended += 1;
                actor.work = mailbox.work();
                self.make_ready(due.slot);
                self.look_behind(due.slot);
            }
            Period::Poisoned => self.intend_and_drop(due.slot, "timer", Cause::Poison, 1),
            Period::Behind => {}
        }
    }

    /// How the timers have fired.
    pub(crate) fn timer_stats(&self) -> TimerStats {
        self.lateness.stats(self.timers.len())
    }

    pub(in crate::kernel) fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }
}
