//! What waits for one actor.
//!
//! One ring of the actor's own event type holds everything that will be dispatched, in order. Its room is divided into shares, so that no
//! source can take another's: posters of the same domain, other threads (each of their posts holds one of the *foreign permits*), and each
//! peer (its *lane*). What has no poster that could be refused, of a due timer, a task or `$sys`, waits beside the ring and enters it first.
//! Before the ring go the events that the actor has posted to its own front, and those that it had deferred and has recalled (A15).

mod again;
mod any_lane;
mod deferral;
mod known;
mod lane;
mod overflow;
mod pending;
mod ring;
mod tasks;
mod timed;
mod waiters;

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use self::again::Again;
use self::pending::Pending;
use self::ring::{Place, Ring};
use self::tasks::{Drained, Tasks};
use super::asks::Asker;
use super::tally::Counts;
use super::timers::Handle;
use crate::signal::Event;

pub(crate) use self::any_lane::{AnyLane, Unwelcome};
pub(crate) use self::deferral::Deferred;
pub(crate) use self::known::Known;
pub(super) use self::lane::DrainedLane;
pub(crate) use self::lane::Lane;
pub(crate) use self::overflow::Lost;
pub(crate) use self::overflow::MOST_CONFLATED;
pub use self::overflow::Overflow;
pub use self::tasks::TaskStatus;
pub(crate) use self::timed::{Alarm, Armed, Arming, Ends, Every, Rearm, Scope, TIMERS, later};
pub(super) use self::timed::{Ended, Fired, Period};
pub use self::timed::{Missed, OnRestore};
pub(crate) use self::waiters::Turn;

/// How many `$sys` events may wait beside a full mailbox: every link of the largest cluster (256 peers) may go down and up twice. Of more the
/// oldest goes, since what is newest is what is so: the end of the node, or that a peer is there again.
const PENDING: usize = 1024;

/// Where a queued event came from: which share it occupies, and what may still end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A post or publication in this domain.
    Local,
    /// A post from another thread.
    Foreign,
    /// This arming of a timer, which is bound to this state.
    Timer { scope: Scope, arming: Arming },
    /// This task, which is bound to this state.
    Task { scope: Scope, arming: Arming },
    /// The node itself.
    System,
    /// A question: the domain knows the way back by this number. It takes the room of a local post, or the permit of a foreign one.
    Request { request: u32, foreign: bool },
    /// The outcome of a question of the actor.
    Answer,
    /// A peer: its number, the number of its life as the bus counts, and the actor that published.
    Peer { peer: u16, life: u32, actor: u32 },
}

impl Origin {
    /// What may still end it.
    #[inline]
    pub(crate) fn binding(self) -> Option<(Scope, Arming)> {
        match self {
            Self::Timer { scope, arming } | Self::Task { scope, arming } => Some((scope, arming)),
            Self::Local
            | Self::Foreign
            | Self::System
            | Self::Request { .. }
            | Self::Answer
            | Self::Peer { .. } => None,
        }
    }
}

/// An event that waits.
pub(crate) struct Entry<E> {
    pub(crate) event: E,
    pub(crate) origin: Origin,
}

/// The rules by which an event enters the ring.
#[derive(Clone, Copy)]
pub(crate) enum Share {
    /// The room of local posters.
    Local,
    /// Whatever room there is; else it waits beside the ring.
    Pending,
    /// The lane of this peer, with its bound.
    Lane { peer: u16, bound: u32 },
}

/// Whether an event was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admit {
    /// It will be dispatched.
    Queued,
    /// No room in its share.
    Full,
    /// The actor has stopped.
    Stopped,
}

/// The event comes back, with the reason.
pub(crate) struct Refused<E> {
    pub(crate) event: E,
    pub(crate) why: Admit,
}

/// Whether an event is taken the short way, and who posted it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    No,
    Local,
    Foreign,
}

/// What the next step of an actor is about.
pub(crate) enum Taken<E> {
    /// This event.
    Event(E, Origin),
    /// The reserved slot with this key is due.
    Reserved(u32),
    /// Nothing waits.
    Nothing,
}

/// A slot outside the bound: `key` tells its owner what it stands for.
struct Reserved {
    key: u32,
    /// It is due when this many events have left the ring.
    position: u64,
}

/// A peer's events in the ring.
#[derive(Clone, Copy, Default)]
struct PeerLane {
    queued: u32,
    /// Behind the last one: so many events will have left the ring when it is dispatched.
    end: u64,
}

/// What most actors never use.
struct Extras<E> {
    timers: Vec<Armed<E>>,
    /// Was dispatched, and will be once more.
    again: Again<E>,
    /// The number of the last arming.
    armings: Arming,
    /// The arming whose event was taken last, unless it was disarmed since.
    current: Arming,
    pending: Pending<E>,
    reserved: Vec<Reserved>,
    /// By the peers' numbers.
    lanes: Vec<PeerLane>,
    /// Posted by the actor itself, before everything: the last one is the next.
    front: Vec<E>,
    /// Was deferred, and is dispatched before the ring.
    recalled: VecDeque<Entry<E>>,
    /// The side queue.
    deferred: VecDeque<Entry<E>>,
    /// Time events that have ended, until they are dropped. Kept for its room.
    ended: Vec<E>,
    /// Of the tasks' events, how many have ended and are in there.
    ended_results: usize,
    tasks: Option<Box<Tasks<E>>>,
    /// Questions of the actor that are open, or whose outcome waits here.
    asks: u32,
}

impl<E> Default for Extras<E> {
    fn default() -> Self {
        Self {
            timers: Vec::new(),
            again: Again::default(),
            armings: Arming::NONE,
            current: Arming::NONE,
            pending: Pending::default(),
            reserved: Vec::new(),
            lanes: Vec::new(),
            front: Vec::new(),
            recalled: VecDeque::new(),
            deferred: VecDeque::new(),
            ended: Vec::new(),
            ended_results: 0,
            tasks: None,
            asks: 0,
        }
    }
}

/// The mailbox of an actor whose events are of type `E`. What each event touches comes first and lies together.
#[repr(C)]
pub(crate) struct Mailbox<E> {
    ring: Ring<Entry<E>>,
    extras: Option<Box<Extras<E>>>,
    /// How many entries take the local share.
    local: u32,
    local_room: u32,
    /// How many events have left the ring, those before a removed one included: positions count from here.
    left: u64,
    pub(super) counts: Counts,
    overflow: Overflow,
    /// How many entries came through the lane: when they have all been taken, the lane is looked into again.
    foreign: u32,
    /// Permits that are free and not back in the lane.
    returned: u32,
    /// How many timers are armed or have their only event waiting; while it is 0, there is nothing to disarm.
    timed: u32,
    /// Those of them that are bound to a state; while it is 0, a state's exit costs one comparison.
    scoped: u32,
    lane: Arc<Lane<E>>,
    /// Brought along to the lane's lock, so that draining allocates nothing.
    spare: VecDeque<E>,
}

impl<E: Event> Mailbox<E> {
    fn new(overflow: Overflow, lane: Arc<Lane<E>>) -> Self {
        Self {
            ring: Ring::new(),
            left: 0,
            local: 0,
            local_room: lane.local_room(),
            foreign: 0,
            returned: 0,
            timed: 0,
            scoped: 0,
            overflow,
            counts: Counts::default(),
            lane,
            spare: VecDeque::new(),
            extras: None,
        }
    }

    fn extras(&mut self) -> &mut Extras<E> {
        self.extras.get_or_insert_default()
    }

    /// Whether a local post would be taken.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.local < self.local_room
    }

    /// Whether a local post would be taken, and so many more behind it.
    pub(crate) fn has_room_beside(&self, spare: u32) -> bool {
        self.local_room.saturating_sub(self.local) > spare
    }

    /// A place in the ring for an event of a local poster, which must be put there: there must be room.
    #[inline(always)]
    pub(super) fn local_place(&mut self) -> Place<'_, Entry<E>> {
        self.take_room();
        self.ring.place_back()
    }

    #[inline]
    fn take_room(&mut self) {
        self.local += 1;
        self.counts.high_water = self.counts.high_water.max(self.local);
    }

    #[inline]
    pub(super) fn push(&mut self, event: E, origin: Origin, share: Share) -> Result<(), E> {
        match share {
            Share::Local => {
                if self.local >= self.local_room {
                    return Err(event);
                }
                self.take_room();
            }
            Share::Pending => return self.push_pending(event, origin, None),
            Share::Lane { peer, bound } => {
                let end = self.left + self.ring.len() as u64 + 1;
                let lanes = &mut self.extras().lanes;
                let peer = usize::from(peer);
                if lanes.len() <= peer {
                    lanes.resize(peer + 1, PeerLane::default());
                }
                let lane = &mut lanes[peer];
                if lane.queued >= bound {
                    return Err(event);
                }
                lane.queued += 1;
                lane.end = end;
            }
        }
        self.ring.push_back(Entry { event, origin });
        Ok(())
    }

    /// `since` is for the figure of the longest delay.
    fn push_pending(&mut self, event: E, origin: Origin, since: Option<Instant>) -> Result<(), E> {
        let pending = self.extras.as_ref().map(|extras| &extras.pending);
        let is_first = pending.is_none_or(|pending| pending.len() == 0);
        // Questions, timers and tasks are bounded by themselves: an armed one and a waiting one count alike, a periodic one waits here once, and a
        // stream has a window.
        let is_one_too_many =
            origin == Origin::System && pending.is_some_and(|pending| pending.system() >= PENDING);
        let entry = Entry { event, origin };
        if self.has_room() && is_first {
            self.take_room();
            self.ring.push_back(entry);
        } else if is_one_too_many {
            return Err(entry.event);
        } else {
            self.extras().pending.push(entry, since);
        }
        Ok(())
    }

    /// Takes the oldest `$sys` event out of those that wait beside the ring, for another to wait in its place.
    pub(super) fn evict_system(&mut self) -> Option<Entry<E>> {
        self.extras.as_mut()?.pending.remove_system()
    }

    /// Puts an event before everything else. Gives it back when the local share is full (A20).
    pub(super) fn push_front(&mut self, event: E) -> Result<(), E> {
        if !self.has_room() {
            return Err(event);
        }
        self.take_room();
        self.extras().front.push(event);
        Ok(())
    }

    /// What is next, if it is a plain post and nothing can be before it: the short way of nearly every event. Without its origin, which need not
    /// be copied. It goes to its place in one go, for the same reason.
    #[inline(always)]
    pub(super) fn take_plain(&mut self, into: &mut Option<E>) -> Plain {
        if self.extras.is_some() {
            return Plain::No;
        }
        let plain = match self.ring.front().map(|first| first.origin) {
            Some(Origin::Local) => Plain::Local,
            Some(Origin::Foreign) => Plain::Foreign,
            Some(
                Origin::Timer { .. }
                | Origin::Task { .. }
                | Origin::System
                | Origin::Request { .. }
                | Origin::Answer
                | Origin::Peer { .. },
            )
            | None => return Plain::No,
        };
        *into = self.ring.pop_front().map(|first| first.event);
        self.left += 1;
        match plain {
            Plain::Foreign => self.release_foreign(),
            Plain::Local | Plain::No => self.local -= 1,
        }
        plain
    }

    /// An event that came through the lane has left the ring. Its permit goes back together with others: each time, the posters' processor would
    /// lose the place where it counts them.
    #[inline]
    fn release_foreign(&mut self) {
        self.foreign -= 1;
        self.returned += 1;
        if self.foreign == 0 || self.returned >= self.lane.permits_at_once() {
            self.give_permits_back();
        }
    }

    fn give_permits_back(&mut self) {
        let count = std::mem::take(&mut self.returned);
        if count > 0 {
            self.lane.release_all(count);
        }
    }

    /// Whether the lane is to be looked into, since all that the last look brought has left the ring.
    #[inline]
    pub(super) fn is_through(&self) -> bool {
        self.foreign == 0 && self.stays()
    }

    /// Whether it looks into the lane by itself, and is not told of each post there. Where older events give way for new ones, they should do so
    /// at once.
    #[inline]
    fn stays(&self) -> bool {
        match self.overflow {
            Overflow::Reject | Overflow::DropNewest | Overflow::Fault => true,
            Overflow::DropOldest | Overflow::Conflate => false,
        }
    }

    /// What is next. Frees the share that the event took.
    pub(super) fn take(&mut self) -> Taken<E> {
        if self.extras.is_some()
            && let Some(first) = self.take_first()
        {
            return first;
        }
        let Some(Entry { event, origin }) = self.ring.pop_front() else {
            return Taken::Nothing;
        };
        self.left += 1;
        self.release(origin);
        Taken::Event(event, origin)
    }

    /// What goes before the ring: the event that is dispatched once more, the actor's own front, what it has recalled, and reserved slots that are due.
    fn take_first(&mut self) -> Option<Taken<E>> {
        let extras = self.extras.as_mut()?;
        let again = extras.again.take();
        if again.is_some() {
            return again;
        }
        if let Some(event) = extras.front.pop() {
            self.local -= 1;
            self.admit_pending();
            return Some(Taken::Event(event, Origin::Local));
        }
        if let Some(Entry { event, origin }) = extras.recalled.pop_front() {
            if let Some((_, arming)) = origin.binding() {
                extras.current = arming;
                self.count_out_of(origin);
            }
            return Some(Taken::Event(event, origin));
        }
        let due = extras
            .reserved
            .iter()
            .position(|slot| slot.position <= self.left)?;
        Some(Taken::Reserved(extras.reserved.remove(due).key))
    }

    #[inline]
    fn release(&mut self, origin: Origin) {
        match origin {
            Origin::Local | Origin::System => self.local -= 1,
            Origin::Foreign | Origin::Request { foreign: true, .. } => self.release_foreign(),
            Origin::Request { foreign: false, .. } => self.local -= 1,
            Origin::Answer => {
                self.local -= 1;
                self.forget_asks(1);
            }
            Origin::Timer { scope, arming } => {
                self.local -= 1;
                self.count_out(scope);
                self.extras().current = arming;
            }
            Origin::Task { arming, .. } => {
                self.local -= 1;
                self.count_out_of(origin);
                self.extras().current = arming;
                self.task_event_left(arming);
            }
            Origin::Peer { peer, .. } => {
                if let Some(lane) = self.extras().lanes.get_mut(usize::from(peer)) {
                    lane.queued -= 1;
                }
            }
        }
        self.admit_pending();
    }

    /// How many questions of the actor are open, or have an outcome that waits.
    pub(super) fn asks(&self) -> u32 {
        self.extras.as_ref().map_or(0, |extras| extras.asks)
    }

    /// The actor has one more.
    pub(super) fn ask(&mut self) {
        self.extras().asks += 1;
    }

    /// So many are done with.
    pub(super) fn forget_asks(&mut self, count: u32) {
        if let Some(extras) = &mut self.extras {
            extras.asks = extras.asks.saturating_sub(count);
        }
    }

    /// Lets what waits beside the ring in, as far as there is room.
    #[inline]
    fn admit_pending(&mut self) {
        if let Some(extras) = &mut self.extras {
            while self.local < self.local_room
                && let Some(entry) = extras.pending.enter()
            {
                self.local += 1;
                self.ring.push_back(entry);
            }
        }
    }

    /// Takes an event out of the middle of the ring, with its place: what is due behind it moves up.
    fn remove(&mut self, at: usize) -> Option<Entry<E>> {
        let entry = self.ring.remove(at)?;
        if matches!(
            entry.origin,
            Origin::Foreign | Origin::Request { foreign: true, .. }
        ) {
            self.foreign -= 1;
        }
        let removed = self.left + at as u64;
        if let Some(extras) = &mut self.extras {
            let reserved = extras.reserved.iter_mut().map(|slot| &mut slot.position);
            let lanes = extras.lanes.iter_mut().map(|lane| &mut lane.end);
            for position in reserved.chain(lanes) {
                if *position > removed {
                    *position -= 1;
                }
            }
        }
        Some(entry)
    }

    /// Reserves a slot behind what is queued now.
    pub(super) fn reserve(&mut self, key: u32) {
        let position = self.left + self.ring.len() as u64;
        self.extras().reserved.push(Reserved { key, position });
    }

    /// Whether the slot with this key still waits and no event of the peer was queued behind it.
    pub(super) fn is_open(&self, key: u32, peer: u16) -> bool {
        let Some(extras) = &self.extras else {
            return false;
        };
        let end = extras
            .lanes
            .get(usize::from(peer))
            .map_or(0, |lane| lane.end);
        extras
            .reserved
            .iter()
            .any(|slot| slot.key == key && slot.position >= end)
    }

    /// What can be taken now: the ring, and what goes before it.
    pub(super) fn work(&self) -> u32 {
        let first = self.extras.as_ref().map_or(0, |extras| {
            extras.again.len() + extras.front.len() + extras.recalled.len() + extras.reserved.len()
        });
        (self.ring.len() + first) as u32
    }

    /// Moves what other threads have posted into the ring, at most so many. `number` gives a request its number; what gives way is in `lost`.
    pub(super) fn drain_lane(
        &mut self,
        most: usize,
        number: &mut dyn FnMut(Asker) -> Option<u32>,
        lost: &mut Vec<Lost>,
    ) -> DrainedLane {
        self.give_permits_back();
        let stays = self.stays();
        let is_full = !stays && self.lane.is_full();
        let mut drained = self.lane.take(&mut self.spare, most, stays);
        let mut posts = std::mem::take(&mut self.spare);
        for (event, at) in posts.drain(..).zip(0..) {
            let is_request = drained
                .requests
                .front()
                .is_some_and(|(place, _)| *place == at);
            let asker = is_request.then(|| drained.requests.pop_front()).flatten();
            let request = asker.and_then(|(_, asker)| number(asker));
            let origin = request.map_or(Origin::Foreign, |request| Origin::Request {
                request,
                foreign: true,
            });
            let event = if is_full {
                match self.enter_full(event, origin, lost) {
                    Ok(()) => continue,
                    Err(event) => event,
                }
            } else {
                event
            };
            self.ring.push_back(Entry { event, origin });
            self.foreign += 1;
        }
        self.spare = posts;
        drained
    }
}

/// What the kernel asks of a mailbox whose event type it does not know.
pub(crate) trait AnyMailbox: Any {
    fn drain_lane(
        &mut self,
        most: usize,
        number: &mut dyn FnMut(Asker) -> Option<u32>,
        lost: &mut Vec<Lost>,
    ) -> DrainedLane;
    /// The timer with this handle is due.
    fn fire(&mut self, handle: Handle, now: Instant) -> Fired;
    /// Takes in what the tasks have brought.
    fn drain_tasks(&mut self, now: Instant) -> Drained;
    fn task_status(&self, now: Instant) -> TaskStatus;
    /// Notes how long those had to wait that have found room. Tells whether anything waits for room.
    fn note_delay(&mut self, now: Instant) -> bool;
    /// Measured: what waits to be dispatched, apart from the side queue and the lane.
    fn waiting(&self) -> u64;
    /// Measured: the side queue.
    fn deferred(&self) -> u64;
    /// What can be taken now.
    fn work(&self) -> u32;
    /// Whether it looks into the lane by itself when it is through with what the last look brought.
    fn stays(&self) -> bool;
    fn counts(&self) -> &Counts;
    fn counts_mut(&mut self) -> &mut Counts;
}

impl<E: Event> AnyMailbox for Mailbox<E> {
    fn drain_lane(
        &mut self,
        most: usize,
        number: &mut dyn FnMut(Asker) -> Option<u32>,
        lost: &mut Vec<Lost>,
    ) -> DrainedLane {
        Self::drain_lane(self, most, number, lost)
    }

    fn fire(&mut self, handle: Handle, now: Instant) -> Fired {
        Self::fire(self, handle, now)
    }

    fn drain_tasks(&mut self, now: Instant) -> Drained {
        Self::drain_tasks(self, now)
    }

    fn task_status(&self, now: Instant) -> TaskStatus {
        Self::task_status(self, now)
    }

    fn note_delay(&mut self, now: Instant) -> bool {
        self.extras
            .as_mut()
            .is_some_and(|extras| extras.pending.look(now))
    }

    fn waiting(&self) -> u64 {
        let pending = self
            .extras
            .as_ref()
            .map_or(0, |extras| extras.pending.len());
        u64::from(Self::work(self)) + pending as u64
    }

    fn deferred(&self) -> u64 {
        self.extras
            .as_ref()
            .map_or(0, |extras| extras.deferred.len() as u64)
    }

    fn work(&self) -> u32 {
        Self::work(self)
    }

    fn stays(&self) -> bool {
        Self::stays(self)
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }

    fn counts_mut(&mut self) -> &mut Counts {
        &mut self.counts
    }
}

/// The name of the event's variant.
pub(crate) fn variant<E: Event>(event: &E) -> &'static str {
    E::NAMES.get(event.index()).copied().unwrap_or("event")
}
