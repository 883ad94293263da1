//! Between the session of a peer and the bus of this node.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use farc_protocol::frame::{Cause, Class, RefuseCode, Refused, SignalDef, detach};
use farc_protocol::life::Life;
use farc_protocol::session::{Delivered, DownReason, Event, Inbound, Outbound, Session};

use crate::bus::{Bus, Delivery, GapReport, Handed, PeerPort, Resolution, SystemEvent};
use crate::observe;

/// Translates: events of the bus into those of the session with their definitions, and the peer's numbers into ours.
pub(crate) struct Exchange {
    bus: Arc<Bus>,
    port: Arc<PeerPort>,
    handed: Vec<Handed>,
    interest: Option<u64>,
    /// Our signals that the session knows, by number.
    defined: Vec<Option<Class>>,
    actors: BTreeSet<u32>,
    /// The peer's life, once it was up.
    life: Option<Life>,
    /// The peer's signals, by its numbers, which are dense from 1 and bounded by the session.
    theirs: Vec<Option<Theirs>>,
}

/// A signal of the peer, and what we make of it.
#[derive(Clone)]
struct Theirs {
    name: Arc<str>,
    resolution: Resolution,
}

impl Exchange {
    pub(crate) fn new(bus: Arc<Bus>, port: Arc<PeerPort>) -> Self {
        Self {
            bus,
            port,
            handed: Vec::new(),
            interest: None,
            defined: Vec::new(),
            actors: BTreeSet::new(),
            life: None,
            theirs: Vec::new(),
        }
    }

    /// The task to wake when there is something to take from the bus.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        self.port.set_waker(waker);
    }

    /// Permits that the session has done with go back to the publishers.
    pub(crate) fn release(&self, session: &mut Session) {
        let permits = session.take_released();
        if permits > 0 {
            self.port.release(permits);
        }
    }

    /// Gives the session all that the bus has for the peer; true when there was anything.
    pub(crate) fn take_from_bus(&mut self, now: Instant, session: &mut Session) -> bool {
        let changed = self.take_interest(session);
        let mut handed = std::mem::take(&mut self.handed);
        self.port.drain(&mut handed);
        let moved = changed || !handed.is_empty();
        for item in handed.drain(..) {
            self.hand(now, session, item);
        }
        // Kept, with its room, for the next time.
        self.handed = handed;
        moved
    }

    fn take_interest(&mut self, session: &mut Session) -> bool {
        if self.interest == Some(self.bus.interest_version()) {
            return false;
        }
        let interest = self.bus.interest();
        self.interest = Some(interest.version);
        session.set_interest(interest.version, &interest.subscriptions);
        true
    }

    fn hand(&mut self, now: Instant, session: &mut Session, handed: Handed) {
        match handed {
            Handed::Message {
                signal,
                source,
                version,
                payload,
            } => {
                let class = self.define(session, signal);
                self.define_actor(session, source);
                session.enqueue(
                    now,
                    class,
                    Outbound {
                        signal,
                        source,
                        version,
                        payload,
                        ..Outbound::default()
                    },
                );
            }
            Handed::Loss {
                signal,
                count,
                cause,
            } => {
                let class = self.define(session, signal);
                session.enqueue_loss(class, signal, 0, count, wire_cause(cause));
            }
        }
    }

    /// Makes sure that the session knows a signal of ours, and says in which class it goes.
    fn define(&mut self, session: &mut Session, signal: u32) -> Class {
        let index = signal as usize;
        if let Some(Some(class)) = self.defined.get(index) {
            return *class;
        }
        // An undefined signal is a mistake of ours that the session counts and drops.
        let Some(def) = self.bus.signal(signal) else {
            return Class::default();
        };
        let class = def.class;
        session.define(def);
        if self.defined.len() <= index {
            self.defined.resize(index + 1, None);
        }
        self.defined[index] = Some(class);
        class
    }

    fn define_actor(&mut self, session: &mut Session, actor: u32) {
        if actor != 0 && !self.actors.contains(&actor) {
            self.actors.insert(actor);
            if let Some(name) = self.bus.actor(actor) {
                session.define_actor(actor, &name);
            }
        }
    }

    /// The peer can be talked to.
    pub(crate) fn peer_is_up(&mut self, life: Life, resumed: bool) {
        if self.life != Some(life) {
            self.life = Some(life);
            self.theirs.clear();
        }
        self.bus.system(SystemEvent::NodeUp {
            name: self.port.name().to_owned(),
            life,
            resumed,
        });
    }

    pub(crate) fn peer_is_down(&mut self, life: Life, reason: DownReason) {
        self.bus.system(SystemEvent::NodeDown {
            name: self.port.name().to_owned(),
            life,
            reason: reason.into(),
        });
    }

    /// What the session has for the bus.
    pub(crate) fn on_event(&mut self, now: Instant, session: &mut Session, event: Event) {
        match event {
            Event::Interest {
                version,
                subscriptions,
            } => {
                // What was routed by the interest before goes before.
                self.take_from_bus(now, session);
                self.bus.set_interest(&self.port, version, &subscriptions);
            }
            Event::Defined { def, .. } => self.defined(session, def),
            Event::ActorDefined { id, name, .. } => {
                if let Some(life) = self.life {
                    self.port.define_actor(life, id, &name);
                }
            }
            Event::Messages {
                life,
                class,
                version,
                up_to,
                messages,
                ..
            } => {
                let delivered = self.deliver(life, class, version, messages);
                session.count_delivered(class, &delivered);
                session.accepted(now, life, class, up_to);
            }
            Event::Gap {
                life,
                class,
                from,
                to,
                cause,
                counts,
            } => {
                let signals = counts
                    .into_iter()
                    .filter_map(|(signal, count)| self.named(signal, count))
                    .collect();
                let count = to.saturating_sub(from) + 1;
                self.bus.gap(
                    &self.port,
                    GapReport {
                        life,
                        class,
                        cause: cause.as_str(),
                        account: 0,
                        signals,
                        count,
                    },
                );
            }
            Event::Loss {
                life,
                class,
                signal,
                account,
                count,
                cause,
            } => {
                let signals = self.named(signal, count).into_iter().collect();
                self.bus.gap(
                    &self.port,
                    GapReport {
                        life,
                        class,
                        cause: cause.as_str(),
                        account,
                        signals,
                        count,
                    },
                );
            }
            Event::Up { .. }
            | Event::Down { .. }
            | Event::Close { .. }
            | Event::Refused { .. }
            | Event::Ready
            | Event::Draining
            | Event::Drained
            | Event::PeerError { .. } => {}
        }
    }
}

impl Exchange {
    fn defined(&mut self, session: &mut Session, def: Arc<SignalDef>) {
        let resolution = self.bus.resolve(&def.name, def.wire);
        match resolution {
            Resolution::Local(_) | Resolution::Unknown => {}
            Resolution::Mismatch { ours } => {
                // Said on each connection, since the other side may have been updated meanwhile.
                session.refuse(Refused::Signal(def.id), RefuseCode::Mismatch);
                tracing::warn!(
                    peer = self.port.name(),
                    signal = %def.name,
                    theirs = %def.wire,
                    %ours,
                    "the signal has another structure at the peer and is refused; build both nodes from the same definition of it"
                );
            }
        }
        let index = def.id as usize;
        if self.theirs.len() <= index {
            self.theirs.resize(index + 1, None);
        }
        self.theirs[index] = Some(Theirs {
            name: Arc::clone(&def.name),
            resolution,
        });
    }

    fn named(&self, signal: u32, count: u64) -> Option<(Arc<str>, u64)> {
        let theirs = self.theirs.get(signal as usize)?.as_ref()?;
        Some((Arc::clone(&theirs.name), count))
    }

    /// Gives messages to the bus, and says what became of each.
    fn deliver(&self, life: Life, class: Class, version: u64, messages: Vec<Inbound>) -> Delivered {
        let mut unknown = 0;
        let mut mismatching = 0;
        let mut batch = Vec::with_capacity(messages.len());
        for message in messages {
            let theirs = self
                .theirs
                .get(message.signal as usize)
                .and_then(Option::as_ref);
            match theirs.map(|theirs| theirs.resolution) {
                Some(Resolution::Local(signal)) => {
                    let Inbound {
                        source,
                        targets,
                        payload,
                        ..
                    } = message;
                    batch.push(Delivery {
                        signal,
                        source,
                        targets,
                        payload: detach(&payload),
                        version,
                        class,
                        life,
                    });
                }
                Some(Resolution::Mismatch { .. }) => mismatching += 1,
                Some(Resolution::Unknown) | None => unknown += 1,
            }
        }
        let mut delivered = self.bus.deliver(&self.port, batch);
        let refused = [(Cause::Mismatch, mismatching), (Cause::Unknown, unknown)];
        delivered
            .refused
            .extend(refused.into_iter().filter(|(_, count)| *count > 0));
        delivered
    }
}

/// The bus's word for a loss, as the wire has it.
fn wire_cause(cause: observe::Cause) -> Cause {
    match cause {
        observe::Cause::OutboxFull => Cause::OutboxFull,
        observe::Cause::TooLarge => Cause::TooLarge,
        observe::Cause::MailboxFull | observe::Cause::LaneFull => Cause::MailboxFull,
        observe::Cause::Undecodable => Cause::Undecodable,
        observe::Cause::Draining => Cause::Draining,
        // Receivers of our own node; a hand-over has none.
        observe::Cause::NoActor
        | observe::Cause::Poison
        | observe::Cause::Disarmed
        | observe::Cause::Stopped
        | observe::Cause::Unsubscribed
        | observe::Cause::PeerGone
        | observe::Cause::DeferredFull
        | observe::Cause::Discarded
        | observe::Cause::Conflated
        | observe::Cause::Unheard => Cause::Other,
    }
}
