//! The place where bus and link meet: one bounded queue a peer.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use farc_protocol::life::Life;
use farc_protocol::name::NodeName;

use super::PeerBooks;
use crate::observe::Cause;

/// How many names of a peer's actors are kept: as many as a peer may define.
const ACTORS: usize = 65_536;

/// What the bus has for a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// A publication that the peer wants.
    Message {
        /// Our number of the signal: [`Bus::signal`](super::Bus::signal).
        signal: u32,
        /// Our number of the publishing actor: [`Bus::actor`](super::Bus::actor); 0 when no actor published it.
        source: u32,
        /// The version of the peer's interest that chose it.
        version: u64,
        /// The encoded signal, shared with the other peers.
        payload: Bytes,
    },
    /// Publications that the peer wanted and will not get, at this place in the order.
    Loss {
        /// Their signal.
        signal: u32,
        /// How many.
        count: u64,
        /// Why.
        cause: Cause,
    },
}

/// The bounds of one hand-over.
#[derive(Clone, Copy)]
pub(super) struct PortLimits {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

/// The bus's side of the link to one peer.
///
/// A publication takes a permit and is queued here, or is a counted drop. The link's driver drains the queue when its waker is called, and
/// gives permits back when the session has numbered a message or dropped it by policy: so a publisher learns at once that a peer is full.
pub struct PeerPort {
    name: Arc<str>,
    pub(super) index: u16,
    limits: PortLimits,
    state: Mutex<PortState>,
}

#[derive(Default)]
struct PortState {
    queue: VecDeque<Handed>,
    /// Payload bytes in the queue.
    bytes: usize,
    /// Permits that are held: messages in the queue and in the session's outbox.
    held: usize,
    waker: Option<Waker>,
    /// What the link has not been told of yet: something in the queue, or a change of our interest.
    woken: bool,
    actors: BTreeMap<u32, Arc<str>>,
    life: Option<Life>,
    books: PeerBooks,
    /// Messages, bytes and gaps of the peer that wait for each domain, by its number.
    inbound: Vec<Waiting>,
}

/// What waits between the link and a domain.
#[derive(Clone, Copy, Default)]
pub(super) struct Waiting {
    pub(super) messages: usize,
    pub(super) bytes: usize,
    /// Gaps that were not merged into one before.
    pub(super) gaps: usize,
}

impl PeerPort {
    pub(super) fn new(name: &NodeName, index: u16, limits: PortLimits) -> Self {
        Self {
            name: name.as_ref().into(),
            index,
            limits,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, PortState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The peer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets who is woken when something was handed over, or this node's interest changed. Wakes at once if that is the case already.
    pub fn set_waker(&self, waker: &Waker) {
        let mut state = self.state();
        if state.woken {
            state.woken = false;
            waker.wake_by_ref();
        }
        match &mut state.waker {
            Some(known) => known.clone_from(waker),
            none @ None => *none = Some(waker.clone()),
        }
    }

    /// Moves everything that was handed over to the end of `into`.
    pub fn drain(&self, into: &mut Vec<Handed>) {
        let mut state = self.state();
        into.extend(state.queue.drain(..));
        state.bytes = 0;
        state.woken = false;
    }

    /// Gives permits back: so many messages have their sequence number, or were dropped by policy.
    pub fn release(&self, permits: usize) {
        let mut state = self.state();
        debug_assert!(
            permits <= state.held,
            "more permits came back than were given"
        );
        state.held = state.held.saturating_sub(permits);
    }

    /// The peer said which of its actors a number stands for. Names of an earlier life are forgotten, and so is what comes after 65,536.
    pub fn define_actor(&self, life: Life, id: u32, name: &str) {
        let mut state = self.state();
        if state.life != Some(life) {
            state.life = Some(life);
            state.actors.clear();
        }
        if state.actors.len() < ACTORS {
            state.actors.insert(id, name.into());
        }
    }

    /// The name of an actor of the peer, if it has been defined in that life.
    pub fn actor(&self, life: Life, id: u32) -> Option<Arc<str>> {
        let state = self.state();
        if state.life == Some(life) {
            state.actors.get(&id).cloned()
        } else {
            None
        }
    }

    /// What was offered to this peer, what became of it, and what came from it.
    pub fn books(&self) -> PeerBooks {
        let state = self.state();
        let mut books = state.books.clone();
        books.peer = self.name.to_string();
        books.queued = state
            .queue
            .iter()
            .filter(|handed| matches!(handed, Handed::Message { .. }))
            .count() as u64;
        books.permits_held = state.held as u64;
        books.inbound.queued = state.inbound.iter().map(|lane| lane.messages as u64).sum();
        books
    }

    /// Hands a publication over. False: there was no room, and it is counted and will be told to the peer as a loss.
    pub(super) fn hand_over(&self, signal: u32, source: u32, version: u64, payload: Bytes) -> bool {
        let mut state = self.state();
        state.books.offered += 1;
        let fits =
            state.held < self.limits.messages && state.bytes + payload.len() <= self.limits.bytes;
        if fits {
            state.held += 1;
            state.bytes += payload.len();
            state.books.handed += 1;
            state.queue.push_back(Handed::Message {
                signal,
                source,
                version,
                payload,
            });
        } else {
            state.lose(signal, Cause::OutboxFull);
        }
        Self::wake(state);
        fits
    }

    /// A publication that cannot be handed over for another reason.
    pub(super) fn lose(&self, signal: u32, cause: Cause) {
        let mut state = self.state();
        state.books.offered += 1;
        state.lose(signal, cause);
        Self::wake(state);
    }

    /// Our interest has changed.
    pub(super) fn notify(&self) {
        Self::wake(self.state());
    }

    /// Wakes the link once for all that comes before it looks.
    fn wake(mut state: MutexGuard<'_, PortState>) {
        if state.woken {
            return;
        }
        state.woken = true;
        let waker = state.waker.clone();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The books of what comes in, and what waits for the domain of a number.
    pub(super) fn inbound(&self) -> InboundState<'_> {
        InboundState(self.state())
    }
}

/// The inbound half of a port, for as long as its lock is held.
pub(super) struct InboundState<'p>(MutexGuard<'p, PortState>);

impl InboundState<'_> {
    pub(super) fn books(&mut self) -> &mut super::InboundBooks {
        &mut self.0.books.inbound
    }

    pub(super) fn lane(&mut self, domain: u16) -> &mut Waiting {
        let domain = usize::from(domain);
        let lanes = &mut self.0.inbound;
        if lanes.len() <= domain {
            lanes.resize(domain + 1, Waiting::default());
        }
        &mut lanes[domain]
    }
}

impl PortState {
    /// Losses that follow each other merge, one record a signal and cause.
    fn lose(&mut self, signal: u32, cause: Cause) {
        *self.books.dropped.entry(cause).or_default() += 1;
        for handed in self.queue.iter_mut().rev() {
            match handed {
                Handed::Message { .. } => break,
                Handed::Loss {
                    signal: known,
                    count,
                    cause: why,
                } if *known == signal && *why == cause => {
                    *count += 1;
                    return;
                }
                Handed::Loss { .. } => {}
            }
        }
        self.queue.push_back(Handed::Loss {
            signal,
            count: 1,
            cause,
        });
    }
}

impl fmt::Debug for PeerPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerPort")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
