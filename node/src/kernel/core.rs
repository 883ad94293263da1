//! What a step may touch while it runs: every mailbox, the ready set, the timers and the books of the domain.

mod overflow;
mod side;
mod timing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::inbox::Bell;
use super::mailbox::{AnyMailbox, Overflow};
use super::ready::{LEVELS, Ready};
use super::tally::{Counts, DeadLetters};
use super::timers::Timers;
use super::{Admit, DeadLetter, Lane, Mailbox, Origin, Refused, Share, Taken, Tally};
use crate::observe::{Cause, Dropped, Observer};
use crate::signal::Event;

/// Where an actor is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Constructed, not started.
    New,
    /// Takes steps.
    Running,
    /// Failed; waits to be constructed anew.
    Waiting,
    /// Takes no more events.
    Stopped,
}

/// No actor runs.
const NOBODY: u32 = u32::MAX;

/// An actor as the kernel sees it.
struct Slot {
    mailbox: Box<dyn AnyMailbox>,
    name: Arc<str>,
    priority: u8,
    phase: Phase,
    is_ready: bool,
    /// Entries of the ring and reserved slots: what makes it ready.
    work: u32,
    /// The number of the step before which it became ready.
    since: u64,
    longest_wait: u64,
    counts: Counts,
}

/// What waits for an actor, measured.
#[derive(Clone, Copy)]
pub(crate) struct Depth {
    /// What will be dispatched: the mailbox, what was recalled, and what other threads have posted.
    pub(crate) waiting: u64,
    /// What waits for a transition.
    pub(crate) deferred: u64,
    /// How many posted events may wait.
    pub(crate) capacity: u32,
}

/// The part of a domain that is lent to the running step.
pub(crate) struct Core {
    now: Instant,
    steps: u64,
    running: u32,
    slots: Vec<Slot>,
    by_name: BTreeMap<Arc<str>, u32>,
    ready: Ready,
    timers: Timers,
    dead: DeadLetters,
    /// Actors whose mailbox was full and is to be a fault of theirs.
    faults: Vec<u32>,
    pub(super) bell: Arc<Bell>,
    observer: Option<Arc<dyn Observer>>,
}

impl Core {
    pub(super) fn new(now: Instant, bell: Arc<Bell>, observer: Option<Arc<dyn Observer>>) -> Self {
        Self {
            now,
            steps: 0,
            running: NOBODY,
            slots: Vec::new(),
            by_name: BTreeMap::new(),
            ready: Ready::new(),
            timers: Timers::default(),
            dead: DeadLetters::default(),
            faults: Vec::new(),
            bell,
            observer,
        }
    }

    /// The domain's time: that of the last look at the clock.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    pub(super) fn advance(&mut self, to: Instant) {
        self.now = self.now.max(to);
    }

    #[inline]
    pub(crate) fn observer(&self) -> Option<&Arc<dyn Observer>> {
        self.observer.as_ref()
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) fn len(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Adds an actor that takes events of type `E`; it runs after [`Core::set_phase`] says so.
    ///
    /// `capacity` is divided: half, rounded down but at least one, for posts of other threads, the rest for the domain.
    pub(crate) fn add<E: Event>(
        &mut self,
        name: Arc<str>,
        priority: u8,
        capacity: u32,
        overflow: Overflow,
    ) -> (u32, Arc<Lane<E>>) {
        let slot = self.len();
        let capacity = capacity.max(2);
        self.by_name.insert(name.clone(), slot);
        let lane = Arc::new(Lane::new(
            slot,
            name.clone(),
            self.bell.clone(),
            capacity / 2,
        ));
        self.slots.push(Slot {
            mailbox: Box::new(Mailbox::<E>::new(capacity, overflow, lane.clone())),
            name,
            priority: priority.min(LEVELS as u8 - 1),
            phase: Phase::New,
            is_ready: false,
            work: 0,
            since: 0,
            longest_wait: 0,
            counts: Counts::default(),
        });
        self.ready.grow();
        (slot, lane)
    }

    pub(crate) fn name(&self, slot: u32) -> &Arc<str> {
        &self.slots[slot as usize].name
    }

    pub(crate) fn priority(&self, slot: u32) -> u8 {
        self.slots[slot as usize].priority
    }

    pub(crate) fn phase(&self, slot: u32) -> Phase {
        self.slots[slot as usize].phase
    }

    pub(crate) fn set_phase(&mut self, slot: u32, phase: Phase) {
        let actor = &mut self.slots[slot as usize];
        actor.phase = phase;
        if phase == Phase::Running {
            self.make_ready(slot);
        } else if actor.is_ready {
            actor.is_ready = false;
            let priority = actor.priority;
            self.ready.remove(slot, priority);
        }
    }

    /// Puts an actor with work into the ready set, unless its own step runs: then it goes to the back after the step (B2).
    #[inline]
    fn make_ready(&mut self, slot: u32) {
        let running = self.running;
        let actor = &mut self.slots[slot as usize];
        if actor.work > 0 && !actor.is_ready && actor.phase == Phase::Running && running != slot {
            actor.is_ready = true;
            actor.since = self.steps;
            self.ready.push(slot, actor.priority);
        }
    }

    /// The mailbox of an actor of this event type.
    #[inline]
    fn mailbox<E: Event>(&mut self, slot: u32) -> &mut Mailbox<E> {
        typed(self.slots[slot as usize].mailbox.as_mut())
    }

    /// The mailbox of an actor, if this is its event type.
    fn mailbox_of<E: Event>(&self, slot: u32) -> Option<&Mailbox<E>> {
        let mailbox: &dyn std::any::Any = self.slots[slot as usize].mailbox.as_ref();
        mailbox.downcast_ref()
    }

    /// The mailbox and the domain's heap of deadlines.
    fn timed<E: Event>(&mut self, slot: u32) -> (&mut Mailbox<E>, &mut Timers) {
        let mailbox = self.slots[slot as usize].mailbox.as_mut();
        (typed(mailbox), &mut self.timers)
    }

    /// The lane of an actor, if this is its event type.
    pub(crate) fn lane<E: Event>(&self, slot: u32) -> Option<Arc<Lane<E>>> {
        self.mailbox_of(slot).map(|mailbox| mailbox.lane.clone())
    }

    /// The actor of this name.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// An actor that could not be completed gives its name back.
    pub(crate) fn forget(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// Chooses this receiver for an event: it is intended for it, and queued or dropped.
    #[inline]
    pub(crate) fn push<E: Event>(
        &mut self,
        slot: u32,
        event: E,
        origin: Origin,
        share: Share,
    ) -> Result<(), Refused<E>> {
        let actor = &mut self.slots[slot as usize];
        actor.counts.intended += 1;
        if actor.phase == Phase::Stopped {
            actor.counts.drop(Cause::Stopped, 1);
            return Err(Refused {
                event,
                why: Admit::Stopped,
            });
        }
        if let Err(event) = typed::<E>(actor.mailbox.as_mut()).push(event, origin, share) {
            return self.push_full(slot, event, share);
        }
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// Posts from within the domain to any actor: a plain push when it lives here. What cannot be taken comes back, and was never intended.
    #[inline]
    pub(crate) fn post<E: Event, P: Into<E>>(
        &mut self,
        lane: &Lane<E>,
        value: P,
    ) -> Result<(), Refused<P>> {
        if !lane.is_in(&self.bell) {
            return lane.post(value);
        }
        self.post_to(lane.slot, value)
    }

    /// Posts to an actor of this domain, by its slot.
    #[inline]
    pub(crate) fn post_to<E: Event, P: Into<E>>(
        &mut self,
        slot: u32,
        value: P,
    ) -> Result<(), Refused<P>> {
        let actor = &mut self.slots[slot as usize];
        if actor.phase == Phase::Stopped {
            return Err(Refused {
                event: value,
                why: Admit::Stopped,
            });
        }
        let mailbox = typed::<E>(actor.mailbox.as_mut());
        if !mailbox.has_room() {
            return self.post_full(slot, value);
        }
        // There is room, so it is taken.
        let taken = mailbox.push(value.into(), Origin::Local, Share::Local);
        debug_assert!(taken.is_ok(), "a mailbox with room took no event");
        actor.counts.intended += 1;
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// Posts before everything that waits for the actor (A20). Gives the event back when there is no room for it.
    pub(crate) fn post_front<E: Event>(&mut self, slot: u32, event: E) -> Result<(), Refused<E>> {
        let actor = &mut self.slots[slot as usize];
        let why = if actor.phase == Phase::Stopped {
            Admit::Stopped
        } else {
            Admit::Full
        };
        if why == Admit::Stopped {
            return Err(Refused { event, why });
        }
        typed::<E>(actor.mailbox.as_mut())
            .push_front(event)
            .map_err(|event| Refused { event, why })?;
        actor.counts.intended += 1;
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// What the actor's next step is about.
    #[inline]
    pub(crate) fn take<E: Event>(&mut self, slot: u32) -> Taken<E> {
        let actor = &mut self.slots[slot as usize];
        let mailbox = typed::<E>(actor.mailbox.as_mut());
        let taken = mailbox.take();
        // Counted anew, since the room may have let a waiting event in.
        actor.work = mailbox.work();
        taken
    }

    /// The dispatch of an event has returned.
    #[inline]
    pub(crate) fn delivered(&mut self, slot: u32, handled: bool) {
        let counts = &mut self.slots[slot as usize].counts;
        counts.delivered += 1;
        counts.ignored += u64::from(!handled);
    }

    /// Counts events that a snapshot brings.
    pub(crate) fn intend(&mut self, slot: u32, count: u64) {
        self.slots[slot as usize].counts.intended += count;
    }

    /// Counts intended events that never come to a mailbox.
    pub(crate) fn intend_and_drop(
        &mut self,
        slot: u32,
        event: &'static str,
        cause: Cause,
        count: u64,
    ) {
        self.slots[slot as usize].counts.intended += count;
        self.lost(slot, event, cause, count);
    }

    /// Counts intended events that will not be dispatched, tells the observer, and writes a dead letter.
    #[cold]
    pub(crate) fn lost(&mut self, slot: u32, event: &'static str, cause: Cause, count: u64) {
        self.slots[slot as usize].counts.drop(cause, count);
        self.report(slot, event, cause, count);
    }

    /// Tells the observer of a drop that is counted already, and writes a dead letter.
    #[cold]
    pub(crate) fn report(&mut self, slot: u32, event: &'static str, cause: Cause, count: u64) {
        let actor = &self.slots[slot as usize];
        if let Some(observer) = &self.observer {
            observer.dropped(&Dropped {
                receiver: &actor.name,
                event,
                cause,
                count,
                now: self.now,
            });
        }
        // A disarmed timer is what its owner asked for, not a letter that got lost.
        if cause != Cause::Disarmed {
            self.dead.push(DeadLetter {
                at: self.now,
                actor: actor.name.clone(),
                event,
                cause,
            });
        }
    }

    pub(crate) fn dead_letters(&self) -> impl Iterator<Item = &DeadLetter> {
        self.dead.iter()
    }

    /// Reserves the slot `key` of a receiver behind what is queued now, outside of every bound. It is intended for it.
    pub(crate) fn reserve<E: Event>(&mut self, slot: u32, key: u32) {
        self.mailbox::<E>(slot).reserve(key);
        let actor = &mut self.slots[slot as usize];
        actor.counts.intended += 1;
        actor.work += 1;
        self.make_ready(slot);
    }

    /// Whether the reserved slot `key` still waits, with no event of the peer behind it.
    pub(crate) fn is_open<E: Event>(&mut self, slot: u32, key: u32, peer: u16) -> bool {
        self.mailbox::<E>(slot).is_open(key, peer)
    }

    /// Removing from the middle may have let waiting events in.
    fn recount<E: Event>(&mut self, slot: u32) {
        let work = self.mailbox::<E>(slot).work();
        let actor = &mut self.slots[slot as usize];
        actor.work = work;
        if work == 0 && actor.is_ready {
            actor.is_ready = false;
            let priority = actor.priority;
            self.ready.remove(slot, priority);
        }
        self.make_ready(slot);
    }

    /// The most urgent actor begins a step.
    #[inline]
    pub(super) fn begin_step(&mut self) -> Option<u32> {
        let slot = self.ready.pop()?;
        let actor = &mut self.slots[slot as usize];
        actor.is_ready = false;
        actor.longest_wait = actor.longest_wait.max(self.steps - actor.since);
        self.running = slot;
        self.steps += 1;
        Some(slot)
    }

    /// A start, restart or stop: a step without an event.
    pub(super) fn begin(&mut self, slot: u32) {
        self.running = slot;
        self.steps += 1;
    }

    #[inline]
    pub(super) fn end_step(&mut self, slot: u32) {
        self.running = NOBODY;
        self.make_ready(slot);
    }

    /// Other threads have posted to this actor.
    pub(super) fn drain_lane(&mut self, slot: u32) {
        let actor = &mut self.slots[slot as usize];
        if actor.phase != Phase::Stopped {
            actor.mailbox.drain_lane();
            actor.work = actor.mailbox.work();
            self.make_ready(slot);
        }
    }

    /// Closes the lane of an actor that takes no more events, and moves what it held into the mailbox, to be taken out and counted.
    pub(crate) fn close(&mut self, slot: u32) {
        let actor = &mut self.slots[slot as usize];
        actor.mailbox.close();
        actor.mailbox.drain_lane();
        actor.work = actor.mailbox.work();
    }

    pub(super) fn close_all(&mut self) {
        for slot in &self.slots {
            slot.mailbox.close();
        }
    }

    /// The books of an actor, measured now.
    pub(crate) fn tally(&self, slot: u32) -> Tally {
        let actor = &self.slots[slot as usize];
        let posts = actor.mailbox.posts();
        let queued = actor.mailbox.waiting() + actor.mailbox.deferred() + posts.waiting;
        actor.counts.tally(queued, posts.posted)
    }

    /// How many events an actor has ignored.
    pub(crate) fn ignored(&self, slot: u32) -> u64 {
        self.slots[slot as usize].counts.ignored
    }

    /// What waits for an actor.
    pub(crate) fn depth(&self, slot: u32) -> Depth {
        let mailbox = &self.slots[slot as usize].mailbox;
        Depth {
            waiting: mailbox.waiting() + mailbox.posts().waiting,
            deferred: mailbox.deferred(),
            capacity: mailbox.capacity(),
        }
    }

    /// The most steps that an actor waited while it was ready (B8).
    pub(crate) fn longest_wait(&self, slot: u32) -> u64 {
        self.slots[slot as usize].longest_wait
    }
}

/// The mailbox as the type that it was made with.
#[inline]
fn typed<E: Event>(mailbox: &mut dyn AnyMailbox) -> &mut Mailbox<E> {
    let mailbox: &mut dyn std::any::Any = mailbox;
    mailbox
        .downcast_mut()
        .expect("a slot is only used with the event type it was made for")
}
