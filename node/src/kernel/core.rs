//! What a step may touch while it runs: every mailbox, the ready set, the timers and the books of the domain.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::inbox::Bell;
use super::mailbox::{AnyMailbox, Disarmed};
use super::ready::{LEVELS, Ready};
use super::tally::{Counts, DeadLetters};
use super::timers::{Due, Timers, What};
use super::{Admit, DeadLetter, Lane, Mailbox, Origin, Refused, Share, Taken, Tally};
use crate::observe::{Cause, Dropped, Observer};

/// The state that a timer is bound to: its index, or the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope(pub(crate) u16);

impl Scope {
    /// No state: until the actor stops. States are numbered below 255.
    pub(crate) const TOP: Self = Self(u16::MAX);
}

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
    pub(crate) fn add<E: Send + 'static>(
        &mut self,
        name: Arc<str>,
        priority: u8,
        capacity: u32,
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
            mailbox: Box::new(Mailbox::<E>::new(capacity, lane.clone())),
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
    fn mailbox<E: Send + 'static>(&mut self, slot: u32) -> &mut Mailbox<E> {
        typed(self.slots[slot as usize].mailbox.as_mut())
    }

    /// The lane of an actor, if this is its event type.
    pub(crate) fn lane<E: Send + 'static>(&self, slot: u32) -> Option<Arc<Lane<E>>> {
        let mailbox: &dyn std::any::Any = self.slots[slot as usize].mailbox.as_ref();
        mailbox
            .downcast_ref::<Mailbox<E>>()
            .map(|mailbox| mailbox.lane.clone())
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
    pub(crate) fn push<E: Send + 'static>(
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
            actor.counts.drop(Cause::MailboxFull, 1);
            return Err(Refused {
                event,
                why: Admit::Full,
            });
        }
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// Posts from within the domain to any actor: a plain push when it lives here. What cannot be taken comes back, and was never intended.
    #[inline]
    pub(crate) fn post<E: Send + 'static, P: Into<E>>(
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
    pub(crate) fn post_to<E: Send + 'static, P: Into<E>>(
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
            return Err(Refused {
                event: value,
                why: Admit::Full,
            });
        }
        // There is room, so it is taken.
        let taken = mailbox.push(value.into(), Origin::Local, Share::Local);
        debug_assert!(taken.is_ok(), "a mailbox with room took no event");
        actor.counts.intended += 1;
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// What the actor's next step is about.
    #[inline]
    pub(crate) fn take<E: Send + 'static>(&mut self, slot: u32) -> Taken<E> {
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
    pub(crate) fn reserve<E: Send + 'static>(&mut self, slot: u32, key: u32) {
        self.mailbox::<E>(slot).reserve(key);
        let actor = &mut self.slots[slot as usize];
        actor.counts.intended += 1;
        actor.work += 1;
        self.make_ready(slot);
    }

    /// Whether the reserved slot `key` still waits, with no event of the peer behind it.
    pub(crate) fn is_open<E: Send + 'static>(&mut self, slot: u32, key: u32, peer: u16) -> bool {
        self.mailbox::<E>(slot).is_open(key, peer)
    }

    /// Arms a time event, bound to a state. Gives it back when the actor has 64 already.
    pub(crate) fn arm<E: Send + 'static>(
        &mut self,
        slot: u32,
        after: Duration,
        scope: Scope,
        event: E,
    ) -> Result<(), E> {
        // A deadline beyond what the clock can express never comes.
        let at = self
            .now
            .checked_add(after)
            .unwrap_or_else(|| self.now + Duration::from_secs(u32::MAX.into()));
        let timers = &mut self.timers;
        typed::<E>(self.slots[slot as usize].mailbox.as_mut())
            .arm(scope.0, event, || timers.arm(at, slot, What::Event))
    }

    /// The state was exited (`None`: the actor's state is discarded): its timers end, and their events that wait already (A23).
    #[inline]
    pub(crate) fn disarm<E: Send + 'static>(&mut self, slot: u32, scope: Option<Scope>) {
        if self.mailbox::<E>(slot).has_timers() {
            self.disarm_some::<E>(slot, scope);
        }
    }

    #[cold]
    fn disarm_some<E: Send + 'static>(&mut self, slot: u32, scope: Option<Scope>) {
        let Disarmed { armed, queued } = self.mailbox::<E>(slot).disarm(scope.map(|scope| scope.0));
        self.recount::<E>(slot);
        if !queued.is_empty() {
            self.lost(slot, "timer", Cause::Disarmed, queued.len() as u64);
        }
        let slots = &self.slots;
        self.timers.disarmed(armed.len(), |due| match due.what {
            What::Event => slots[due.slot as usize].mailbox.is_armed(due.seq),
            What::Restart => true,
        });
        // Last, since the drop of an event is the user's code.
        drop((armed, queued));
    }

    /// Removing from the middle may have let waiting events in.
    fn recount<E: Send + 'static>(&mut self, slot: u32) {
        let work = self.mailbox::<E>(slot).work();
        let actor = &mut self.slots[slot as usize];
        actor.work = work;
        if work == 0 && actor.is_ready {
            actor.is_ready = false;
            let priority = actor.priority;
            self.ready.remove(slot, priority);
        }
    }

    /// Has the kernel call [`Runner::restart`](super::Runner::restart) after a while.
    pub(crate) fn restart_after(&mut self, slot: u32, after: Duration) {
        self.timers.arm(self.now + after, slot, What::Restart);
    }

    /// Everything that is due posts its event, by deadline. Returns an actor that is to be constructed anew, if that is due first.
    #[inline]
    pub(super) fn fire_due(&mut self) -> Option<u32> {
        while let Some(due) = self.timers.pop_due(self.now) {
            if let Some(slot) = self.fire(&due) {
                return Some(slot);
            }
        }
        None
    }

    fn fire(&mut self, due: &Due) -> Option<u32> {
        let actor = &mut self.slots[due.slot as usize];
        match due.what {
            What::Restart => return (actor.phase == Phase::Waiting).then_some(due.slot),
            What::Event if actor.mailbox.fire(due.seq) => {
                actor.counts.intended += 1;
                actor.work = actor.mailbox.work();
                self.make_ready(due.slot);
            }
            What::Event => self.timers.found_stale(),
        }
        None
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
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
        let (queued, posts) = actor.mailbox.queued();
        actor.counts.tally(queued + posts.waiting, posts.posted)
    }

    /// How many events an actor has ignored.
    pub(crate) fn ignored(&self, slot: u32) -> u64 {
        self.slots[slot as usize].counts.ignored
    }

    /// How many events wait, and how many posted ones may.
    pub(crate) fn depth(&self, slot: u32) -> (u64, u32) {
        let mailbox = &self.slots[slot as usize].mailbox;
        let (queued, posts) = mailbox.queued();
        (queued + posts.waiting, mailbox.capacity())
    }

    /// The most steps that an actor waited while it was ready (B8).
    pub(crate) fn longest_wait(&self, slot: u32) -> u64 {
        self.slots[slot as usize].longest_wait
    }
}

/// The mailbox as the type that it was made with.
#[inline]
fn typed<E: Send + 'static>(mailbox: &mut dyn AnyMailbox) -> &mut Mailbox<E> {
    let mailbox: &mut dyn std::any::Any = mailbox;
    mailbox
        .downcast_mut()
        .expect("a slot is only used with the event type it was made for")
}
