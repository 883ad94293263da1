//! What waits for one actor.
//!
//! One ring of the actor's own event type holds everything that will be dispatched, in order. Its room is divided into shares, so that no
//! source can take another's: posters of the same domain, other threads (each of their posts holds one of the *foreign permits*), and each
//! peer (its *lane*). What has no poster that could be refused, a due timer or a `$sys` event, waits beside the ring and enters it first.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::inbox::{Bell, Ring as BellRing, lock};

/// How many time events an actor may have armed: enough for a device with many channels, few enough to search.
pub(crate) const TIMERS: usize = 64;

/// How many `$sys` events may wait beside a full mailbox: every link of the largest cluster (256 peers) may go down and up twice.
const PENDING: usize = 1024;

/// Where a queued event came from: which share it occupies, and what may still end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A post or publication in this domain.
    Local,
    /// A post from another thread.
    Foreign,
    /// A timer that was armed in this state.
    Timer(u16),
    /// The node itself.
    System,
    /// A peer: its number, the number of its life as the bus counts, and the actor that published.
    Peer { peer: u16, life: u32, actor: u32 },
}

/// An event in the ring.
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

/// What the next step of an actor is about.
pub(crate) enum Taken<E> {
    /// This event.
    Event(E, Origin),
    /// The reserved slot with this key is due.
    Reserved(u32),
    /// Nothing waits.
    Nothing,
}

/// A time event that is armed.
pub(crate) struct Armed<E> {
    pub(super) seq: u64,
    pub(super) scope: u16,
    pub(super) event: E,
}

/// A slot outside the bound: `key` tells its owner what it stands for.
struct Reserved {
    key: u32,
    /// It is due when this many events have left the ring.
    position: u64,
}

/// What most actors never use.
struct Extras<E> {
    timers: Vec<Armed<E>>,
    pending: VecDeque<Entry<E>>,
    reserved: Vec<Reserved>,
    /// By the peers' numbers.
    lanes: Vec<PeerLane>,
}

/// A peer's events in the ring.
#[derive(Clone, Copy, Default)]
struct PeerLane {
    queued: u32,
    /// Behind the last one: so many events will have left the ring when it is dispatched.
    end: u64,
}

impl<E> Default for Extras<E> {
    fn default() -> Self {
        Self {
            timers: Vec::new(),
            pending: VecDeque::new(),
            reserved: Vec::new(),
            lanes: Vec::new(),
        }
    }
}

/// The mailbox of an actor whose events are of type `E`.
pub(crate) struct Mailbox<E> {
    ring: VecDeque<Entry<E>>,
    /// How many events have left the ring, those before a removed one included: positions count from here.
    left: u64,
    /// How many entries take the local share.
    local: u32,
    local_room: u32,
    /// How many timers are armed or queued; while it is 0, a state's exit costs one comparison.
    timed: u32,
    pub(crate) lane: Arc<Lane<E>>,
    /// Brought along to the lane's lock, so that draining allocates nothing.
    spare: VecDeque<E>,
    extras: Option<Box<Extras<E>>>,
}

impl<E: Send + 'static> Mailbox<E> {
    pub(crate) fn new(capacity: u32, lane: Arc<Lane<E>>) -> Self {
        Self {
            ring: VecDeque::new(),
            left: 0,
            local: 0,
            local_room: capacity - lane.room,
            timed: 0,
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

    #[inline]
    pub(super) fn push(&mut self, event: E, origin: Origin, share: Share) -> Result<(), E> {
        match share {
            Share::Local => {
                if self.local >= self.local_room {
                    return Err(event);
                }
                self.local += 1;
            }
            Share::Pending => return self.push_pending(event, origin),
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

    fn push_pending(&mut self, event: E, origin: Origin) -> Result<(), E> {
        let timed = matches!(origin, Origin::Timer(_));
        let waiting = self
            .extras
            .as_ref()
            .map_or(0, |extras| extras.pending.len());
        if self.has_room() && waiting == 0 {
            self.local += 1;
            self.ring.push_back(Entry { event, origin });
        } else if timed || waiting < PENDING {
            // Timers are bounded by themselves: an armed one and a waiting one count alike.
            self.extras().pending.push_back(Entry { event, origin });
        } else {
            return Err(event);
        }
        Ok(())
    }

    /// What is next, a reserved slot that is due before everything else. Frees the share that the event took.
    #[inline]
    pub(super) fn take(&mut self) -> Taken<E> {
        if let Some(extras) = &mut self.extras
            && let Some(due) = extras
                .reserved
                .iter()
                .position(|slot| slot.position <= self.left)
        {
            return Taken::Reserved(extras.reserved.remove(due).key);
        }
        let Some(Entry { event, origin }) = self.ring.pop_front() else {
            return Taken::Nothing;
        };
        self.left += 1;
        self.release(origin);
        Taken::Event(event, origin)
    }

    #[inline]
    fn release(&mut self, origin: Origin) {
        match origin {
            Origin::Local => self.local -= 1,
            Origin::Foreign => self.lane.release(),
            Origin::Timer(_) => {
                self.local -= 1;
                self.timed -= 1;
            }
            Origin::System => self.local -= 1,
            Origin::Peer { peer, .. } => {
                if let Some(lane) = self.extras().lanes.get_mut(usize::from(peer)) {
                    lane.queued -= 1;
                }
            }
        }
        if let Some(extras) = &mut self.extras {
            while self.local < self.local_room
                && let Some(entry) = extras.pending.pop_front()
            {
                self.local += 1;
                self.ring.push_back(entry);
            }
        }
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

    /// Entries of the ring and reserved slots.
    pub(super) fn work(&self) -> u32 {
        (self.ring.len()
            + self
                .extras
                .as_ref()
                .map_or(0, |extras| extras.reserved.len())) as u32
    }

    /// Moves what other threads have posted into the ring; tells how many.
    pub(super) fn drain_lane(&mut self) -> u32 {
        {
            let mut queue = lock(&self.lane.queue);
            queue.rung = false;
            std::mem::swap(&mut queue.posts, &mut self.spare);
        }
        let count = self.spare.len();
        self.ring.extend(self.spare.drain(..).map(|event| Entry {
            event,
            origin: Origin::Foreign,
        }));
        count as u32
    }

    /// Keeps a time event until it is due. Gives it back when the actor has too many.
    pub(super) fn arm(&mut self, scope: u16, event: E, seq: impl FnOnce() -> u64) -> Result<(), E> {
        if self.timed as usize >= TIMERS {
            return Err(event);
        }
        self.extras().timers.push(Armed {
            seq: seq(),
            scope,
            event,
        });
        self.timed += 1;
        Ok(())
    }

    /// A timer is due: its event enters the ring or waits beside it. False if it was disarmed.
    pub(super) fn fire(&mut self, seq: u64) -> bool {
        let Some(extras) = &mut self.extras else {
            return false;
        };
        let Some(at) = extras.timers.iter().position(|timer| timer.seq == seq) else {
            return false;
        };
        let Armed { scope, event, .. } = extras.timers.remove(at);
        // A timer is never refused.
        self.push_pending(event, Origin::Timer(scope)).is_ok()
    }

    #[inline]
    pub(super) fn has_timers(&self) -> bool {
        self.timed > 0
    }

    pub(super) fn is_armed(&self, seq: u64) -> bool {
        self.extras
            .as_ref()
            .is_some_and(|extras| extras.timers.iter().any(|timer| timer.seq == seq))
    }

    /// Ends the timers of one state, or all of them: the armed ones, and those whose event waits already. Returns them to be dropped by the
    /// caller, when everything is consistent again: a drop may panic.
    pub(super) fn disarm(&mut self, scope: Option<u16>) -> Disarmed<E> {
        let Some(extras) = &mut self.extras else {
            return Disarmed::default();
        };
        let ends = |of: u16| scope.is_none_or(|scope| scope == of);
        let mut out = Disarmed::default();
        let mut i = 0;
        while i < extras.timers.len() {
            if ends(extras.timers[i].scope) {
                out.armed.push(extras.timers.remove(i).event);
            } else {
                i += 1;
            }
        }
        let queued = |entry: &Entry<E>| matches!(entry.origin, Origin::Timer(of) if ends(of));
        let mut i = 0;
        while i < extras.pending.len() {
            match extras.pending.get(i) {
                Some(entry) if queued(entry) => out
                    .queued
                    .extend(extras.pending.remove(i).map(|entry| entry.event)),
                _ => i += 1,
            }
        }
        let mut i = 0;
        let mut in_ring = 0;
        while i < self.ring.len() {
            match self.ring.get(i) {
                Some(entry) if queued(entry) => {
                    out.queued
                        .extend(self.ring.remove(i).map(|entry| entry.event));
                    in_ring += 1;
                    let removed = self.left + i as u64;
                    let positions = extras.reserved.iter_mut().map(|slot| &mut slot.position);
                    for position in
                        positions.chain(extras.lanes.iter_mut().map(|lane| &mut lane.end))
                    {
                        if *position > removed {
                            *position -= 1;
                        }
                    }
                }
                _ => i += 1,
            }
        }
        self.timed -= (out.armed.len() + out.queued.len()) as u32;
        self.local -= in_ring;
        while self.local < self.local_room
            && let Some(entry) = extras.pending.pop_front()
        {
            self.local += 1;
            self.ring.push_back(entry);
        }
        out
    }
}

/// Time events that have ended.
pub(super) struct Disarmed<E> {
    pub(super) armed: Vec<E>,
    pub(super) queued: Vec<E>,
}

impl<E> Default for Disarmed<E> {
    fn default() -> Self {
        Self {
            armed: Vec::new(),
            queued: Vec::new(),
        }
    }
}

/// What the kernel asks of a mailbox whose event type it does not know.
pub(super) trait AnyMailbox: Any {
    fn drain_lane(&mut self) -> u32;
    /// A timer is due. False: it was disarmed.
    fn fire(&mut self, seq: u64) -> bool;
    fn is_armed(&self, seq: u64) -> bool;
    /// Measured: ring, pending and reserved slots, and then what the lane holds.
    fn queued(&self) -> (u64, Posts);
    /// Entries of the ring and reserved slots.
    fn work(&self) -> u32;
    fn capacity(&self) -> u32;
    /// No post from another thread is taken any more.
    fn close(&self);
}

impl<E: Send + 'static> AnyMailbox for Mailbox<E> {
    fn drain_lane(&mut self) -> u32 {
        Self::drain_lane(self)
    }

    fn fire(&mut self, seq: u64) -> bool {
        Self::fire(self, seq)
    }

    fn is_armed(&self, seq: u64) -> bool {
        Self::is_armed(self, seq)
    }

    fn queued(&self) -> (u64, Posts) {
        let beside = self
            .extras
            .as_ref()
            .map_or(0, |extras| extras.pending.len() + extras.reserved.len());
        ((self.ring.len() + beside) as u64, self.lane.posts())
    }

    fn work(&self) -> u32 {
        Self::work(self)
    }

    fn capacity(&self) -> u32 {
        self.local_room + self.lane.room
    }

    fn close(&self) {
        lock(&self.lane.queue).closed = true;
    }
}

/// What other threads know of an actor: the queue in front of its mailbox.
pub(crate) struct Lane<E> {
    pub(crate) slot: u32,
    pub(crate) name: Arc<str>,
    bell: Arc<Bell>,
    /// How many posts of other threads may be between the caller and the dispatch.
    room: u32,
    permits: AtomicU32,
    queue: Mutex<Queue<E>>,
}

struct Queue<E> {
    posts: VecDeque<E>,
    /// How many were ever posted: the intended ones of this way in.
    posted: u64,
    /// Whether the bell has been rung since the last drain.
    rung: bool,
    closed: bool,
}

/// The state of a lane at one moment.
#[derive(Clone, Copy)]
pub(super) struct Posts {
    pub(super) posted: u64,
    pub(super) waiting: u64,
}

impl<E: Send + 'static> Lane<E> {
    pub(super) fn new(slot: u32, name: Arc<str>, bell: Arc<Bell>, room: u32) -> Self {
        let queue = Queue {
            posts: VecDeque::new(),
            posted: 0,
            rung: false,
            closed: false,
        };
        Self {
            slot,
            name,
            bell,
            room,
            permits: AtomicU32::new(room),
            queue: Mutex::new(queue),
        }
    }

    /// Posts from any thread. The value comes back when no permit is left, or the actor has stopped.
    pub(crate) fn post<P: Into<E>>(&self, value: P) -> Result<(), Refused<P>> {
        if self
            .permits
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(1)
            })
            .is_err()
        {
            let why = if lock(&self.queue).closed {
                Admit::Stopped
            } else {
                Admit::Full
            };
            return Err(Refused { event: value, why });
        }
        let mut queue = lock(&self.queue);
        if queue.closed {
            drop(queue);
            self.release();
            return Err(Refused {
                event: value,
                why: Admit::Stopped,
            });
        }
        // Under the lock, since a closed lane must give the value back as it came. The conversion is generated code.
        queue.posts.push_back(value.into());
        queue.posted += 1;
        let first = !std::mem::replace(&mut queue.rung, true);
        drop(queue);
        if first {
            self.bell.ring(BellRing::Lane(self.slot));
        }
        Ok(())
    }

    fn release(&self) {
        self.permits.fetch_add(1, Ordering::AcqRel);
    }

    fn posts(&self) -> Posts {
        let queue = lock(&self.queue);
        Posts {
            posted: queue.posted,
            waiting: queue.posts.len() as u64,
        }
    }

    /// Whether this actor lives in the domain with that bell.
    #[inline]
    pub(super) fn is_in(&self, bell: &Arc<Bell>) -> bool {
        Arc::ptr_eq(&self.bell, bell)
    }
}
