//! What a step may touch while it runs: every mailbox, the ready set, the timers and the books of the domain.

mod asking;
mod flow;
mod foreign;
mod life;
mod names;
mod overflow;
mod side;
mod slot;
mod supervision;
mod tasks;
mod timing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) use self::life::Coming;
use self::names::Names;
use self::tasks::Tasks;
use super::asks::Asking;
use super::bell::Bell;
use super::lateness::Lateness;
use super::mailbox::Overflow;
use super::pulse::Pulse;
use super::ready::Ready;
use super::supervision::Supervisor;
use super::tally::DeadLetters;
use super::timers::Timers;
use super::{AnyLane, DeadLetter, Lane, Mailbox, Tally};
use crate::observe::{Cause, Dropped, Observer};
use crate::signal::Event;

pub(crate) use self::asking::TooMany;
pub(crate) use self::flow::Carried;
pub(in crate::kernel) use self::slot::{NIL, Slot};
pub(crate) use self::tasks::NoTask;

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

impl Phase {
    /// Whether what waits for the actor waits for more than its turn.
    fn is_aside(self) -> bool {
        matches!(self, Self::New | Self::Waiting)
    }
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
    /// When the domain was made: times of the ready set count from here.
    born: Instant,
    /// `now` in nanoseconds since then.
    nanos: u64,
    steps: u64,
    running: u32,
    /// Whether the loop has more to look at than the ready set: a fault, a start, a timer that is due.
    attention: bool,
    slots: Vec<Slot>,
    /// Slots of actors that are gone.
    free: Vec<u32>,
    names: Names,
    ready: Ready,
    timers: Timers,
    dead: DeadLetters,
    /// Actors whose mailbox was full and is to be a fault of theirs.
    faults: VecDeque<u32>,
    tasks: Tasks,
    asking: Asking,
    /// Actors that will be started and stopped, in this order (E1, E2).
    coming: VecDeque<Coming>,
    /// Actors whose turn has come to be constructed anew, in this order.
    restarts: VecDeque<u32>,
    /// Whether the last thing that the loop did was a restart: then it is a step's turn.
    restarted: bool,
    /// Actors that have stopped and are to be removed.
    departed: Vec<u32>,
    /// Actors that have failed for good and can still be looked at.
    down: VecDeque<u32>,
    /// The books of actors that are gone.
    gone: Tally,
    /// Whether the domain is being stopped: nobody comes any more.
    ending: bool,
    /// How many actors take no steps now and will: those that have not started, and those that have failed and come back.
    aside: usize,
    /// Whether the domain works off what waits, and takes in nothing new: its node is leaving.
    winding_down: bool,
    /// Whether the step that runs has answered `Stop`.
    stopping: bool,
    /// How many exit paths of actors that stopped were abandoned, since an exit action panicked.
    exits_abandoned: u64,
    pub(crate) supervisor: Supervisor,
    lateness: Lateness,
    pub(crate) pulse: Arc<Pulse>,
    pub(super) bell: Arc<Bell>,
    observer: Option<Arc<dyn Observer>>,
}

impl Core {
    pub(super) fn new(now: Instant, bell: Arc<Bell>, observer: Option<Arc<dyn Observer>>) -> Self {
        Self {
            now,
            born: now,
            nanos: 0,
            steps: 0,
            running: NIL,
            attention: false,
            slots: Vec::new(),
            free: Vec::new(),
            names: Names::default(),
            ready: Ready::new(),
            timers: Timers::new(now),
            dead: DeadLetters::default(),
            faults: VecDeque::new(),
            tasks: Tasks::default(),
            asking: Asking::new(bell.clone()),
            coming: VecDeque::new(),
            restarts: VecDeque::new(),
            restarted: false,
            departed: Vec::new(),
            down: VecDeque::new(),
            gone: Tally::default(),
            ending: false,
            aside: 0,
            winding_down: false,
            stopping: false,
            exits_abandoned: 0,
            supervisor: Supervisor::default(),
            lateness: Lateness::new(),
            pulse: Arc::new(Pulse::new()),
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
        if to > self.now {
            self.note_delays();
            self.now = to;
            let age = to.saturating_duration_since(self.born);
            self.nanos = u64::try_from(age.as_nanos()).unwrap_or(u64::MAX);
        }
        self.look_for_due();
    }

    /// Whether the loop has more to do than the next step. Asked before each.
    #[inline]
    pub(super) fn wants_attention(&self) -> bool {
        self.attention
    }

    /// The loop sees to everything now.
    pub(super) fn attended(&mut self) {
        self.attention = false;
    }

    /// The loop has left starts or restarts for later.
    pub(super) fn look_again(&mut self) {
        self.attention |= !self.coming.is_empty() || !self.restarts.is_empty();
    }

    #[inline]
    pub(crate) fn observer(&self) -> Option<&Arc<dyn Observer>> {
        self.observer.as_ref()
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// How many slots there are: those of actors that are gone and whose slot was not given to another count.
    pub(crate) fn len(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Adds an actor that takes events of type `E`; it runs after [`Core::set_phase`] says so. Its name must be free.
    ///
    /// `capacity` is divided: half, rounded down but at least one, for posts of other threads, the rest for the domain.
    pub(crate) fn add<E: Event>(
        &mut self,
        name: Arc<str>,
        priority: u8,
        capacity: u32,
        overflow: Overflow,
    ) -> (u32, Arc<Lane<E>>) {
        let (index, generation) = match self.free.pop() {
            Some(index) => (index, self.slots[index as usize].generation.wrapping_add(1)),
            None => (self.len(), 0),
        };
        let home = (index, generation);
        let lane = Arc::new(Lane::new(home, name, self.bell.clone(), capacity.max(2)));
        let mut slot = Slot::new(lane.clone(), priority, overflow);
        slot.generation = generation;
        self.aside += 1;
        if let Some(reused) = self.slots.get_mut(index as usize) {
            *reused = slot;
        } else {
            self.slots.push(slot);
        }
        self.names.insert(index, &self.slots);
        (index, lane)
    }

    /// Gives the slot of a stopped actor to whoever comes next, and its name too. Returns its last books.
    pub(crate) fn remove(&mut self, slot: u32) -> Tally {
        debug_assert_eq!(
            self.phase(slot),
            Phase::Stopped,
            "an actor is stopped first"
        );
        let books = self.tally(slot);
        self.names.remove(slot, &self.slots);
        if self.slots[slot as usize].is_faulty {
            self.faults.retain(|&known| known != slot);
        }
        let actor = &mut self.slots[slot as usize];
        actor.is_gone = true;
        actor.mailbox = None;
        actor.lane.forget();
        self.free.push(slot);
        books
    }

    /// Whether the slot's actor was removed.
    pub(crate) fn is_gone(&self, slot: u32) -> bool {
        self.slots[slot as usize].is_gone
    }

    /// Which of the actors that had this slot has it now.
    pub(crate) fn generation(&self, slot: u32) -> u32 {
        self.slots[slot as usize].generation
    }

    #[inline]
    pub(crate) fn name(&self, slot: u32) -> &Arc<str> {
        self.slots[slot as usize].lane.name()
    }

    pub(crate) fn priority(&self, slot: u32) -> u8 {
        self.slots[slot as usize].priority
    }

    pub(crate) fn phase(&self, slot: u32) -> Phase {
        self.slots[slot as usize].phase
    }

    pub(crate) fn set_phase(&mut self, slot: u32, phase: Phase) {
        let actor = &mut self.slots[slot as usize];
        self.aside -= usize::from(actor.phase.is_aside());
        self.aside += usize::from(phase.is_aside());
        actor.phase = phase;
        if phase == Phase::Running {
            self.make_ready(slot);
        } else if actor.is_ready {
            self.ready.remove(&mut self.slots, slot);
        }
    }

    /// The mailbox of an actor of this event type.
    #[inline]
    fn mailbox<E: Event>(&mut self, slot: u32) -> &mut Mailbox<E> {
        self.slots[slot as usize].mailbox()
    }

    /// The mailbox of an actor, if this is its event type and it has one already.
    fn mailbox_of<E: Event>(&self, slot: u32) -> Option<&Mailbox<E>> {
        let mailbox = self.slots[slot as usize].mailbox.as_deref()?;
        let mailbox: &dyn std::any::Any = &**mailbox;
        mailbox.downcast_ref()
    }

    /// The mailbox and the domain's heap of deadlines.
    fn timed<E: Event>(&mut self, slot: u32) -> (&mut Mailbox<E>, &mut Timers) {
        (self.slots[slot as usize].mailbox(), &mut self.timers)
    }

    /// The lane of an actor, of whatever event type.
    pub(crate) fn any_lane(&self, slot: u32) -> &Arc<dyn AnyLane> {
        &self.slots[slot as usize].lane
    }

    /// The lane of an actor, if this is its event type.
    pub(crate) fn lane<E: Event>(&self, slot: u32) -> Option<Arc<Lane<E>>> {
        let lane: Arc<dyn std::any::Any + Send + Sync> = self.slots[slot as usize].lane.clone();
        lane.downcast().ok()
    }

    /// The actor of this name.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.names.find(name, &self.slots)
    }

    /// Counts events that a snapshot brings.
    pub(crate) fn intend(&mut self, slot: u32, count: u64) {
        self.slots[slot as usize].counts().intended += count;
    }

    /// Counts intended events that never come to a mailbox.
    pub(crate) fn intend_and_drop(
        &mut self,
        slot: u32,
        event: &'static str,
        cause: Cause,
        count: u64,
    ) {
        self.slots[slot as usize].counts().intended += count;
        self.lost(slot, event, cause, count);
    }

    /// Counts intended events that will not be dispatched, tells the observer, and writes a dead letter.
    #[cold]
    pub(crate) fn lost(&mut self, slot: u32, event: &'static str, cause: Cause, count: u64) {
        self.slots[slot as usize].counts().drop(cause, count);
        self.report(slot, event, cause, count);
    }

    /// Tells the observer of a drop that is counted already, and writes a dead letter.
    #[cold]
    pub(crate) fn report(&mut self, slot: u32, event: &'static str, cause: Cause, count: u64) {
        let actor = &self.slots[slot as usize];
        self.observe(|observer| {
            observer.dropped(&Dropped {
                receiver: actor.lane.name(),
                event,
                cause,
                count,
                now: self.now,
            });
        });
        // A disarmed timer is what its owner asked for, and that the newest event of a key stands for the others: no letters that got lost.
        if !matches!(cause, Cause::Disarmed | Cause::Conflated) {
            self.dead.push(DeadLetter {
                at: self.now,
                actor: actor.lane.name().clone(),
                event,
                cause,
            });
        }
    }

    /// Writes a dead letter of a publication that nobody wanted.
    #[cold]
    pub(crate) fn unheard(&mut self, publisher: Option<u32>, signal: &'static str) {
        let publisher = publisher.map(|slot| self.slots[slot as usize].lane.name().clone());
        self.dead.push(DeadLetter {
            at: self.now,
            actor: publisher.unwrap_or_else(|| "".into()),
            event: signal,
            cause: Cause::Unheard,
        });
    }

    pub(crate) fn dead_letters(&self) -> impl Iterator<Item = &DeadLetter> {
        self.dead.iter()
    }

    /// Reserves the slot `key` of a receiver behind what is queued now, outside of every bound. It is intended for it.
    pub(crate) fn reserve<E: Event>(&mut self, slot: u32, key: u32) {
        let mailbox = self.mailbox::<E>(slot);
        mailbox.reserve(key);
        mailbox.counts.intended += 1;
        let actor = &mut self.slots[slot as usize];
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
            self.ready.remove(&mut self.slots, slot);
        }
        self.make_ready(slot);
    }

    pub(super) fn close_all(&mut self) {
        for slot in 0..self.len() {
            // What waits there goes with the mailbox, and not with the last address.
            self.close(slot);
        }
    }

    /// How many events an actor has ignored.
    pub(crate) fn ignored(&self, slot: u32) -> u64 {
        let mailbox = &self.slots[slot as usize].mailbox;
        mailbox
            .as_ref()
            .map_or(0, |mailbox| mailbox.counts().ignored)
    }

    /// Whether no event waits for anybody, apart from what other threads have left. Who runs and has one is ready; only the others are looked at one by
    /// one, while there are any.
    pub(crate) fn is_idle(&self) -> bool {
        let none_waits = |actor: &Slot| {
            let mailbox = actor.mailbox.as_ref();
            !actor.phase.is_aside() || mailbox.is_none_or(|mailbox| mailbox.waiting() == 0)
        };
        let is_idle =
            self.ready.is_empty() && (self.aside == 0 || self.slots.iter().all(none_waits));
        debug_assert_eq!(
            is_idle,
            (0..self.len()).all(|slot| {
                let mailbox = self.slots[slot as usize].mailbox.as_ref();
                mailbox.is_none_or(|mailbox| mailbox.waiting() == 0)
            }),
            "who runs and has an event is ready"
        );
        is_idle
    }

    /// Whether something waits in the lane of an actor.
    pub(super) fn has_posts(&self, slot: u32) -> bool {
        self.slots[slot as usize].lane.posts().waiting > 0
    }

    /// What waits for an actor.
    pub(crate) fn depth(&self, slot: u32) -> Depth {
        let actor = &self.slots[slot as usize];
        let mailbox = actor.mailbox.as_ref();
        Depth {
            waiting: mailbox.map_or(0, |mailbox| mailbox.waiting()) + actor.lane.posts().waiting,
            deferred: mailbox.map_or(0, |mailbox| mailbox.deferred()),
            capacity: actor.lane.capacity(),
        }
    }

    /// The longest that an actor waited while it was ready: in steps, and as time at the resolution of the looks at the clock (B8).
    pub(crate) fn longest_wait(&self, slot: u32) -> (u64, Duration) {
        let mailbox = &self.slots[slot as usize].mailbox;
        mailbox.as_ref().map_or((0, Duration::ZERO), |mailbox| {
            let counts = mailbox.counts();
            (
                counts.longest_wait,
                Duration::from_nanos(counts.longest_time),
            )
        })
    }

    /// The fewest places that were ever free for local posters.
    pub(crate) fn low_water(&self, slot: u32) -> u32 {
        let actor = &self.slots[slot as usize];
        let used = actor
            .mailbox
            .as_ref()
            .map_or(0, |mailbox| mailbox.counts().high_water);
        actor.lane.local_room() - used
    }
}
