//! The local subscribers of one signal.

use std::any::Any;

use bytes::Bytes;
use farc_protocol::codec;

use super::SignalKey;
use super::interest::takes;
use crate::kernel::{Admit, Core, Origin, Share, guard};
use crate::observe::Cause;
use crate::signal::{Accepts, Signal};

/// An actor that subscribes to `S`. The functions are those of its event type.
pub(super) struct Subscriber<S> {
    pub(super) slot: u32,
    priority: u8,
    /// The subscription as peers see it; 0 for a signal that is never on the wire.
    id: u32,
    /// The version of our interest that it first belongs to.
    since: u64,
    pub(super) give: fn(&mut Core, u32, S, Origin, Share) -> Admit,
    pub(super) reserve: fn(&mut Core, u32, u32),
    pub(super) is_open: fn(&mut Core, u32, u32, u16) -> bool,
    /// Puts the event into an `Option` of the event type.
    pub(super) place: fn(S, &mut dyn Any),
}

impl<S: Signal> Subscriber<S> {
    pub(super) fn new<E: Accepts<S>>(slot: u32, priority: u8, id: u32, since: u64) -> Self {
        Self {
            slot,
            priority,
            id,
            since,
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
        Err(refused) => {
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
    }
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

/// The subscribers of `S`: highest priority first, and then by the order of subscribing (C2).
pub(super) struct Table<S> {
    pub(super) key: Option<SignalKey>,
    pub(super) subscribers: Vec<Subscriber<S>>,
}

impl<S: Signal> Table<S> {
    /// Adds a subscriber behind those of its priority.
    pub(super) fn insert(&mut self, subscriber: Subscriber<S>) {
        let at = self
            .subscribers
            .partition_point(|known| known.priority >= subscriber.priority);
        self.subscribers.insert(at, subscriber);
    }

    pub(super) fn of(&self, slot: u32) -> Option<&Subscriber<S>> {
        self.subscribers
            .iter()
            .find(|subscriber| subscriber.slot == slot)
    }
}

/// What the bus asks of a table whose signal it does not know.
pub(super) trait AnyTable: Any {
    fn key(&self) -> Option<SignalKey>;
    fn name(&self) -> &'static str;
    /// Ends the subscription of an actor; returns its id if peers know of it.
    fn unsubscribe(&mut self, slot: u32) -> Option<u32>;
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

    fn unsubscribe(&mut self, slot: u32) -> Option<u32> {
        let at = self
            .subscribers
            .iter()
            .position(|subscriber| subscriber.slot == slot)?;
        let id = self.subscribers.remove(at).id;
        (id != 0).then_some(id)
    }

    fn deliver(&self, core: &mut Core, incoming: &Incoming<'_>, missed: &mut Vec<u32>) -> Arrived {
        let matching = || {
            self.subscribers
                .iter()
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
            .subscribers
            .iter()
            .filter(|known| takes(known.since, known.id, version, targets));
        matching.map(|known| known.slot).collect()
    }
}
