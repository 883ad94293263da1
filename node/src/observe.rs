//! What can be seen of a running node, at the place where it happens.
//!
//! Kernel, bus and link call an [`Observer`] on the thread where something happens: journals, traces and metrics hang
//! here. Without one, each place costs a single branch. An observer must not block for long: it runs between a
//! publisher and its receivers. Of this crate it knows only what a state machine records.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farc_protocol::frame::Class;
use farc_protocol::life::Life;

use crate::hsm::Record;
use crate::signal::AnySignal;

/// Why an event did not reach its receiver, or a peer.
///
/// Every event that is not delivered is counted under exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// No actor has this name or address.
    NoActor,
    /// The receiver's mailbox, or a peer's lane in front of it, had no room.
    MailboxFull,
    /// The lane between a link and the domain had no room.
    LaneFull,
    /// The hand-over to a peer had no room.
    OutboxFull,
    /// The step that handled it panicked.
    Poison,
    /// The timer was disarmed, the task cancelled, or their state exited, while the event waited in the mailbox or was deferred.
    Disarmed,
    /// The receiver stopped while it waited.
    Stopped,
    /// The payload of a peer could not be decoded as this signal.
    Undecodable,
    /// The encoded event is larger than a message may be.
    TooLarge,
    /// The subscription ended before the event arrived.
    Unsubscribed,
    /// This node is shutting down and takes no more events of peers.
    Draining,
    /// The peer is gone for good.
    PeerGone,
    /// The actor deferred it, and its side queue had no room.
    DeferredFull,
    /// The actor had deferred it, and gave it up.
    Discarded,
    /// A newer event of equal key took its place in a full mailbox or side queue.
    Conflated,
    /// No actor and no peer wanted the publication, and its signal asks for a dead letter then. In nobody's books, since nobody was meant.
    Unheard,
}

impl Cause {
    /// How many causes there are.
    pub const COUNT: usize = 16;

    /// All causes, in the order of [`Cause::index`].
    pub const ALL: [Cause; Self::COUNT] = [
        Cause::NoActor,
        Cause::MailboxFull,
        Cause::LaneFull,
        Cause::OutboxFull,
        Cause::Poison,
        Cause::Disarmed,
        Cause::Stopped,
        Cause::Undecodable,
        Cause::TooLarge,
        Cause::Unsubscribed,
        Cause::Draining,
        Cause::PeerGone,
        Cause::DeferredFull,
        Cause::Discarded,
        Cause::Conflated,
        Cause::Unheard,
    ];

    /// A dense number, for tables.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name in counters, logs and dead letters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::NoActor => "no_actor",
            Cause::MailboxFull => "mailbox_full",
            Cause::LaneFull => "lane_full",
            Cause::OutboxFull => "outbox_full",
            Cause::Poison => "poison",
            Cause::Disarmed => "disarmed",
            Cause::Stopped => "stopped",
            Cause::Undecodable => "undecodable",
            Cause::TooLarge => "too_large",
            Cause::Unsubscribed => "unsubscribed",
            Cause::Draining => "draining",
            Cause::PeerGone => "peer_gone",
            Cause::DeferredFull => "deferred_full",
            Cause::Discarded => "discarded",
            Cause::Conflated => "conflated",
            Cause::Unheard => "unheard",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A local actor, or the domain itself, is about to publish: called before any receiver has the event.
#[derive(Clone, Copy)]
pub struct Publish<'a> {
    /// The publishing actor; `None` when the domain's owner publishes.
    pub actor: Option<&'a str>,
    /// The signal's stable name.
    pub signal: &'static str,
    /// The signal itself, to be downcast or written as JSON.
    pub payload: &'a dyn AnySignal,
    /// The domain's time.
    pub now: Instant,
}

/// Where an event of a peer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The publishing node.
    pub node: &'a str,
    /// Its life when it published.
    pub life: Life,
    /// The publishing actor, as that node numbers its actors; 0 when no actor published it.
    pub actor: u32,
}

/// A run-to-completion step has returned, and its event is done with: it was not deferred.
#[derive(Clone, Copy)]
pub struct Dispatched<'a> {
    /// The actor that handled the event.
    pub actor: &'a str,
    /// The variant of its event type.
    pub event: &'static str,
    /// The signal's stable name and value, when the variant carries one.
    pub payload: Option<(&'static str, &'a dyn AnySignal)>,
    /// The publishing node, for an event of a peer.
    pub source: Option<Origin<'a>>,
    /// The active leaf after the step; `None` after a stop.
    pub state: Option<&'static str>,
    /// All active states after the step, as `status` writes them: `on.bright`. Empty after a stop.
    pub active: &'a dyn fmt::Display,
    /// False when no state wanted the event.
    pub handled: bool,
    /// The domain's time.
    pub now: Instant,
}

/// An actor posts to another one, or to itself: within its step, after the mailbox has taken or refused the event.
#[derive(Clone, Copy)]
pub struct Posted<'a> {
    /// The posting actor.
    pub actor: &'a str,
    /// The receiver.
    pub to: &'a str,
    /// The variant of the receiver's event type.
    pub event: &'static str,
    /// The signal, when the variant carries one.
    pub payload: Option<&'a dyn AnySignal>,
    /// False when the event came back, since the mailbox is full or the receiver has stopped.
    pub taken: bool,
    /// Whether it goes before what waits: `post_front`.
    pub front: bool,
    /// The domain's time.
    pub now: Instant,
}

/// An actor has run its start action and its initial transitions, or was restored.
#[derive(Clone, Copy)]
pub struct Started<'a> {
    /// The actor.
    pub actor: &'a str,
    /// How often it has failed before and was constructed anew.
    pub restarts: u64,
    /// All active states, as `status` writes them.
    pub active: &'a dyn fmt::Display,
    /// The domain's time.
    pub now: Instant,
}

/// An actor has left all its states and takes no more events.
#[derive(Clone, Copy, Debug)]
pub struct Stopped<'a> {
    /// The actor.
    pub actor: &'a str,
    /// The domain's time.
    pub now: Instant,
}

/// Something happened in an actor's state machine, within a step.
#[derive(Clone, Copy, Debug)]
pub struct StateRecord<'a> {
    /// The actor.
    pub actor: &'a str,
    /// The variant of its event type that the step is about; empty for the start, and for a stop from outside.
    pub event: &'static str,
    /// What happened, with the states by their names.
    pub record: Record<&'static str>,
    /// The domain's time.
    pub now: Instant,
}

/// A deferred event comes back: it will be dispatched before what waits in the mailbox.
#[derive(Clone, Copy, Debug)]
pub struct Recalled<'a> {
    /// The actor that had deferred it.
    pub actor: &'a str,
    /// The variant of its event type.
    pub event: &'static str,
    /// The domain's time.
    pub now: Instant,
}

/// Events were dropped.
#[derive(Clone, Copy, Debug)]
pub struct Dropped<'a> {
    /// The receiver: an actor's or a peer's name.
    pub receiver: &'a str,
    /// The signal or the event's variant.
    pub event: &'a str,
    /// Why.
    pub cause: Cause,
    /// How many at once.
    pub count: u64,
    /// The domain's time.
    pub now: Instant,
}

/// Events of a peer will never reach a receiver.
#[derive(Clone, Copy, Debug)]
pub struct GapRaised<'a> {
    /// The local actor that misses them.
    pub actor: &'a str,
    /// The publishing node.
    pub peer: &'a str,
    /// Its life.
    pub life: Life,
    /// The class they were sent in.
    pub class: Class,
    /// How many are missing.
    pub count: u64,
    /// The same by signal, as far as it is known.
    pub signals: &'a [(String, u64)],
    /// Why, in a word.
    pub cause: &'a str,
    /// The domain's time.
    pub now: Instant,
}

/// A link to a peer changed.
#[derive(Clone, Copy, Debug)]
pub struct LinkChange<'a> {
    /// The peer.
    pub peer: &'a str,
    /// The state before.
    pub from: &'a str,
    /// The state now.
    pub to: &'a str,
    /// The peer's life, when it is known.
    pub life: Option<Life>,
    /// Whether the session went on where it was.
    pub resumed: bool,
    /// What happened, for people.
    pub reason: &'a str,
    /// The time.
    pub now: Instant,
}

/// A step panicked; the actor's state is discarded.
#[derive(Clone, Copy, Debug)]
pub struct Restarted<'a> {
    /// The actor.
    pub actor: &'a str,
    /// The message of the panic, or why the construction failed.
    pub cause: &'a str,
    /// When it will be constructed anew, from now; `None` when it stays stopped.
    pub after: Option<Duration>,
    /// The domain's time.
    pub now: Instant,
}

/// A place in a step where a test may have it panic.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The actor.
    pub actor: &'a str,
    /// The variant of its event type that the step is about; empty for the start, and for a stop from outside.
    pub event: &'static str,
    /// What is about to happen, or was just decided, as in [`StateRecord`]; `None` at the beginning of the step, before its handler runs.
    pub record: Option<Record<&'static str>>,
}

/// Several observers: each sees everything, in the order of the list.
impl Observer for Vec<Arc<dyn Observer>> {
    fn publish(&self, seen: &Publish<'_>) {
        self.iter().for_each(|observer| observer.publish(seen));
    }

    fn posted(&self, seen: &Posted<'_>) {
        self.iter().for_each(|observer| observer.posted(seen));
    }

    fn started(&self, seen: &Started<'_>) {
        self.iter().for_each(|observer| observer.started(seen));
    }

    fn stopped(&self, seen: &Stopped<'_>) {
        self.iter().for_each(|observer| observer.stopped(seen));
    }

    fn dispatched(&self, seen: &Dispatched<'_>) {
        self.iter().for_each(|observer| observer.dispatched(seen));
    }

    fn record(&self, seen: &StateRecord<'_>) {
        self.iter().for_each(|observer| observer.record(seen));
    }

    fn recalled(&self, seen: &Recalled<'_>) {
        self.iter().for_each(|observer| observer.recalled(seen));
    }

    fn dropped(&self, seen: &Dropped<'_>) {
        self.iter().for_each(|observer| observer.dropped(seen));
    }

    fn gap(&self, seen: &GapRaised<'_>) {
        self.iter().for_each(|observer| observer.gap(seen));
    }

    fn link(&self, seen: &LinkChange<'_>) {
        self.iter().for_each(|observer| observer.link(seen));
    }

    fn restarted(&self, seen: &Restarted<'_>) {
        self.iter().for_each(|observer| observer.restarted(seen));
    }

    fn panics(&self, place: &Place<'_>) -> Option<String> {
        // Each is asked: one that counts must not miss a place.
        let asked = self.iter().map(|observer| observer.panics(place));
        asked.fold(None, Option::or)
    }
}

/// Sees what happens. Every method does nothing unless it is overridden.
pub trait Observer: Send + Sync {
    /// Before a publication is delivered to anyone.
    fn publish(&self, _: &Publish<'_>) {}
    /// After an actor has posted.
    fn posted(&self, _: &Posted<'_>) {}
    /// After an actor has started: what its state machine recorded on the way came before.
    fn started(&self, _: &Started<'_>) {}
    /// After an actor has stopped: its exits were recorded before.
    fn stopped(&self, _: &Stopped<'_>) {}
    /// After a step has returned, unless it deferred its event.
    fn dispatched(&self, _: &Dispatched<'_>) {}
    /// Within a step: what an actor's state machine does, in the order of happening.
    fn record(&self, _: &StateRecord<'_>) {}
    /// When a deferred event is recalled, the oldest first.
    fn recalled(&self, _: &Recalled<'_>) {}
    /// When something is dropped.
    fn dropped(&self, _: &Dropped<'_>) {}
    /// When a gap is raised for a receiver, whether or not it listens to gaps.
    fn gap(&self, _: &GapRaised<'_>) {}
    /// When a link changes.
    fn link(&self, _: &LinkChange<'_>) {}
    /// When an actor failed.
    fn restarted(&self, _: &Restarted<'_>) {}
    /// Whether the step is to panic here, and with which message: as if the actor's own code had panicked. Asked at each place of each step.
    ///
    /// It is how a test finds out what an actor's failure does to the others; what watches a running node leaves it alone.
    fn panics(&self, _: &Place<'_>) -> Option<String> {
        None
    }
}
