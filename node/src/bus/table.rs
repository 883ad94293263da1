//! The local subscribers of one signal.

use std::any::Any;

use bytes::Bytes;
use farc_protocol::codec;

use super::SignalKey;
use super::interest::takes;
use crate::kernel::{Admit, Core, Origin, Refused, Share, guard};
use crate::observe::Cause;
use crate::signal::{Accepts, Event, Signal};

/// An actor that subscribes to `S`. The functions are those of its event type.
pub(super) struct Subscriber<S> {
    /// `NOBODY` once it has ended.
    pub(super) slot: u32,
    /// The subscription as peers see it, which it may share; 0 for a signal that is never on the wire.
    id: u32,
    /// The version of our interest when it was made.
    since: u64,
    /// Which of the subscriptions to this signal it is.
    number: u64,
    /// Gives it an event of this domain.
    pub(super) give_local: fn(&mut Core, u32, S) -> Admit,
    /// Gives it any event.
    pub(super) give: fn(&mut Core, u32, S, Origin, Share) -> Admit,
    pub(super) reserve: fn(&mut Core, u32, u32),
    pub(super) is_open: fn(&mut Core, u32, u32, u16) -> bool,
    /// Puts the event into an `Option` of the event type.
    pub(super) place: fn(S, &mut dyn Any),
}

impl<S: Signal> Subscriber<S> {
    pub(super) fn new<E: Accepts<S>>(slot: u32, id: u32, since: u64) -> Self {
        Self {
            slot,
            id,
            since,
            number: 0,
            give_local: give_local::<S, E>,
            give: give::<S, E>,
            reserve: Core::reserve::<E>,
            is_open: Core::is_open::<E>,
            place: place::<S, E>,
        }
    }
}

fn give<S: Signal, E: Accepts<S>>(
    core: &mut Core,
    slot: u32,
    signal: S,
    origin: Origin,
    share: Share,
) -> Admit {
    match core.push(slot, E::from(signal), origin, share) {
        Ok(()) => Admit::Queued,
        Err(refused) => not_given::<S, E>(core, slot, refused),
    }
}

fn give_local<S: Signal, E: Accepts<S>>(core: &mut Core, slot: u32, signal: S) -> Admit {
    match core.push_local(slot, E::from(signal)) {
        Ok(()) => Admit::Queued,
        Err(refused) => not_given::<S, E>(core, slot, refused),
    }
}

#[cold]
#[inline(never)]
fn not_given<S: Signal, E: Event>(core: &mut Core, slot: u32, refused: Refused<E>) -> Admit {
    let cause = if refused.why == Admit::Stopped {
        Cause::Stopped
    } else {
        Cause::MailboxFull
    };
    core.report(slot, S::NAME, cause, 1);
    let why = refused.why;
    // Its drop is the user's code, and may run in the publisher's step.
    let _ = guard(|| drop(refused));
    why
}

fn place<S: Signal, E: Accepts<S>>(signal: S, into: &mut dyn Any) {
    if let Some(place) = into.downcast_mut::<Option<E>>() {
        *place = Some(E::from(signal));
    }
}

/// An event of a peer, to be decoded and copied.
pub(super) struct Incoming<'a> {
    pub(super) version: u64,
    pub(super) targets: &'a [u32],
    pub(super) payload: &'a Bytes,
    pub(super) origin: Origin,
    pub(super) share: Share,
}

/// What became of an event of a peer.
pub(super) enum Arrived {
    /// Its subscriptions have ended since it was routed.
    Nobody,
    /// Each receiver has a copy or is in the list of those that missed it.
    Copied,
    /// Its bytes are not this signal; every receiver missed it.
    Undecodable,
}

/// In the place of a subscription that has ended.
const NOBODY: u32 = u32::MAX;

/// The subscribers of `S`: highest priority first, and then by the order of subscribing (C2).
///
/// A million of them come and go: adding one is a push, and one that ends leaves a hole until half of its level is holes.
pub(super) struct Table<S> {
    pub(super) key: Option<SignalKey>,
    /// The highest priority first.
    levels: Vec<Level<S>>,
    /// How many subscriptions were ever made.
    made: u64,
}

/// The subscribers of one priority, by their numbers.
struct Level<S> {
    priority: u8,
    subscribers: Vec<Subscriber<S>>,
    holes: usize,
}

impl<S: Signal> Table<S> {
    pub(super) fn new(key: Option<SignalKey>) -> Self {
        Self {
            key,
            levels: Vec::new(),
            made: 0,
        }
    }

    /// Adds a subscriber behind those of its priority; returns its number.
    pub(super) fn insert(&mut self, priority: u8, mut subscriber: Subscriber<S>) -> u64 {
        self.made += 1;
        subscriber.number = self.made;
        let at = self
            .levels
            .partition_point(|level| level.priority > priority);
        if self
            .levels
            .get(at)
            .is_none_or(|level| level.priority != priority)
        {
            let level = Level {
                priority,
                subscribers: Vec::new(),
                holes: 0,
            };
            self.levels.insert(at, level);
        }
        self.levels[at].subscribers.push(subscriber);
        self.made
    }

    /// Who subscribes, in order.
    #[inline]
    pub(super) fn subscribers(&self) -> impl Iterator<Item = &Subscriber<S>> {
        self.levels
            .iter()
            .flat_map(|level| &level.subscribers)
            .filter(|subscriber| subscriber.slot != NOBODY)
    }

    /// The subscription with this number, of an actor of this priority.
    pub(super) fn find(&self, priority: u8, number: u64) -> Option<&Subscriber<S>> {
        let mut levels = self.levels.iter();
        let level = levels.find(|level| level.priority == priority)?;
        let at = level.at(number)?;
        level.subscribers.get(at)
    }
}

impl<S> Level<S> {
    fn at(&self, number: u64) -> Option<usize> {
        self.subscribers
            .binary_search_by_key(&number, |known| known.number)
            .ok()
    }

    /// Ends a subscription; returns its id.
    fn end(&mut self, number: u64) -> Option<u32> {
        let at = self.at(number)?;
        let subscriber = &mut self.subscribers[at];
        if subscriber.slot == NOBODY {
            return None;
        }
        subscriber.slot = NOBODY;
        let id = subscriber.id;
        self.holes += 1;
        if self.holes * 2 > self.subscribers.len() {
            self.subscribers.retain(|known| known.slot != NOBODY);
            self.holes = 0;
            if self.subscribers.capacity() > 2 * self.subscribers.len() + 8 {
                self.subscribers.shrink_to_fit();
            }
        }
        Some(id)
    }
}

/// What the bus asks of a table whose signal it does not know.
pub(super) trait AnyTable: Any {
    fn key(&self) -> Option<SignalKey>;
    fn name(&self) -> &'static str;
    /// Ends the subscription with this number, of an actor of this priority; returns its id if peers know of it.
    fn unsubscribe(&mut self, priority: u8, number: u64) -> Option<u32>;
    /// Decodes an event of a peer once and gives each receiver a copy. `missed` gets those that had no room.
    fn deliver(&self, core: &mut Core, incoming: &Incoming<'_>, missed: &mut Vec<u32>) -> Arrived;
    /// The receivers of a message that was routed with this version.
    fn receivers(&self, version: u64, targets: &[u32]) -> Vec<u32>;
}

impl<S: Signal> AnyTable for Table<S> {
    fn key(&self) -> Option<SignalKey> {
        self.key
    }

    fn name(&self) -> &'static str {
        S::NAME
    }

    fn unsubscribe(&mut self, priority: u8, number: u64) -> Option<u32> {
        let mut levels = self.levels.iter_mut();
        let level = levels.find(|level| level.priority == priority)?;
        let id = level.end(number)?;
        (id != 0).then_some(id)
    }

    fn deliver(&self, core: &mut Core, incoming: &Incoming<'_>, missed: &mut Vec<u32>) -> Arrived {
        let matching = || {
            self.subscribers()
                .filter(|known| takes(known.since, known.id, incoming.version, incoming.targets))
        };
        let mut left = matching().count();
        if left == 0 {
            return Arrived::Nobody;
        }
        // A hand-written Deserialize or Clone may panic; bytes of a peer must not reach beyond this message.
        let Ok(Ok(signal)) = guard(|| codec::decode::<S>(incoming.payload)) else {
            for receiver in matching() {
                core.intend_and_drop(receiver.slot, S::NAME, Cause::Undecodable, 1);
                missed.push(receiver.slot);
            }
            return Arrived::Undecodable;
        };
        let mut signal = Some(signal);
        for receiver in matching() {
            left -= 1;
            let copy = if left == 0 {
                signal.take()
            } else {
                guard(|| signal.clone()).ok().flatten()
            };
            let Some(copy) = copy else {
                core.intend_and_drop(receiver.slot, S::NAME, Cause::Poison, 1);
                missed.push(receiver.slot);
                continue;
            };
            // What does not fit is dropped in there, which is the user's code again.
            let given = guard(|| {
                (receiver.give)(core, receiver.slot, copy, incoming.origin, incoming.share)
            });
            if given != Ok(Admit::Queued) {
                missed.push(receiver.slot);
            }
        }
        Arrived::Copied
    }

    fn receivers(&self, version: u64, targets: &[u32]) -> Vec<u32> {
        let matching = self
            .subscribers()
            .filter(|known| takes(known.since, known.id, version, targets));
        matching.map(|known| known.slot).collect()
    }
}
