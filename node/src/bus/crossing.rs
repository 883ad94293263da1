//! Publications that cross from one domain of the node to another.
//!
//! Only a bus that serves several domains has any of this. Each signal then has one list of its subscribers in all domains, which a
//! publication finds where it finds the peers; it walks those of the other domains and puts a copy into each one's lane, as a post from
//! another thread would. So order and permits are those of posts (B3, B6a), and what finds no permit is in the receiver's books.

use std::any::Any;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::SignalKey;
use crate::kernel::{Admit, Lane, guard};
use crate::observe::Cause;
use crate::signal::{Accepts, Signal};

/// A lane that takes copies of `S`, whatever else its actor takes.
pub(super) trait Takes<S>: Send + Sync {
    fn take(&self, signal: S) -> Admit;
    /// There is no copy for it.
    fn miss(&self) -> Admit;
    fn name(&self) -> &str;
}

impl<S: Signal, E: Accepts<S>> Takes<S> for Lane<E> {
    fn take(&self, signal: S) -> Admit {
        self.publish(signal, S::NAME)
    }

    fn miss(&self) -> Admit {
        self.lose(S::NAME, Cause::Poison)
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// The place of a subscription among those of its domain: the highest priority first, then by the order of subscribing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    priority: Reverse<u8>,
    number: u64,
}

impl Rank {
    /// Of an actor of this priority, and with this number in the domain's table of the signal.
    pub(super) fn new(priority: u8, number: u64) -> Self {
        Self {
            priority: Reverse(priority),
            number,
        }
    }
}

/// The subscribers of a domain, as other domains see them.
type Elsewhere<S> = BTreeMap<Rank, Arc<dyn Takes<S>>>;

/// All subscribers of `S`, by domain.
pub(super) struct Crossing<S> {
    domains: RwLock<Vec<(u16, Elsewhere<S>)>>,
}

/// What became of the copies for other domains.
#[derive(Default)]
pub(super) struct Crossed {
    pub(super) accepted: u32,
    pub(super) full: u32,
    pub(super) poisoned: u32,
}

impl<S: Signal> Crossing<S> {
    fn add(&self, (domain, rank): (u16, Rank), lane: Arc<dyn Takes<S>>) {
        let mut domains = self.domains.write().unwrap_or_else(PoisonError::into_inner);
        let at = match domains.iter().position(|(known, _)| *known == domain) {
            Some(at) => at,
            None => {
                domains.push((domain, BTreeMap::new()));
                domains.len() - 1
            }
        };
        domains[at].1.insert(rank, lane);
    }

    /// Copies a signal to the subscribers of all domains but this one.
    pub(super) fn spread(&self, from: u16, signal: &S) -> Crossed {
        let domains = self.domains.read().unwrap_or_else(PoisonError::into_inner);
        let others = domains.iter().filter(|(domain, _)| *domain != from);
        let mut crossed = Crossed::default();
        for lane in others.flat_map(|(_, subscribers)| subscribers.values()) {
            // Clone is the user's code: who does not get a copy has a counted drop, and the others get theirs.
            let (admit, of_cause) = match guard(|| signal.clone()) {
                Ok(copy) => (lane.take(copy), &mut crossed.full),
                Err(panic) => {
                    tracing::error!(
                        signal = S::NAME,
                        receiver = lane.name(),
                        panic,
                        "the copy of a publication panicked"
                    );
                    (lane.miss(), &mut crossed.poisoned)
                }
            };
            match admit {
                Admit::Queued => crossed.accepted += 1,
                Admit::Full => *of_cause += 1,
                // It has stopped since, and has no subscription any more.
                Admit::Stopped => {}
            }
        }
        crossed
    }
}

/// What the bus asks of a list whose signal it does not know.
pub(super) trait AnyCrossing: Send + Sync {
    fn remove(&self, subscriber: (u16, Rank));
    fn remove_all(&self, domain: u16);
    fn as_any(&self) -> &dyn Any;
}

impl<S: Signal> AnyCrossing for Crossing<S> {
    fn remove(&self, (domain, rank): (u16, Rank)) {
        let mut domains = self.domains.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, subscribers)) = domains.iter_mut().find(|(known, _)| *known == domain) {
            subscribers.remove(&rank);
        }
    }

    fn remove_all(&self, domain: u16) {
        let mut domains = self.domains.write().unwrap_or_else(PoisonError::into_inner);
        domains.retain(|(known, _)| *known != domain);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The lists of all signals: `by_signal[key - 1]`.
#[derive(Default)]
pub(super) struct Crossings {
    by_signal: Mutex<Vec<Option<Arc<dyn AnyCrossing>>>>,
}

impl Crossings {
    /// An actor of a domain subscribes. A signal that did not cross before is returned, for the routes.
    pub(super) fn subscribed<S: Signal, E: Accepts<S>>(
        &self,
        key: SignalKey,
        subscriber: (u16, Rank),
        lane: Arc<Lane<E>>,
    ) -> Option<Arc<dyn AnyCrossing>> {
        let (crossing, is_new) = self.of::<S>(key);
        let known = crossing.as_any().downcast_ref::<Crossing<S>>()?;
        known.add(subscriber, lane);
        is_new.then_some(crossing)
    }

    fn of<S: Signal>(&self, key: SignalKey) -> (Arc<dyn AnyCrossing>, bool) {
        let mut by_signal = self
            .by_signal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let at = key.0 as usize - 1;
        if by_signal.len() <= at {
            by_signal.resize(at + 1, None);
        }
        let is_new = by_signal[at].is_none();
        let crossing = by_signal[at].get_or_insert_with(|| {
            Arc::new(Crossing::<S> {
                domains: RwLock::default(),
            })
        });
        (crossing.clone(), is_new)
    }

    /// A subscription has ended.
    pub(super) fn unsubscribed(&self, key: SignalKey, subscriber: (u16, Rank)) {
        let by_signal = self
            .by_signal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(crossing)) = by_signal.get(key.0 as usize - 1) {
            crossing.remove(subscriber);
        }
    }

    /// A domain is gone, and with it its subscribers.
    pub(super) fn gone(&self, domain: u16) {
        let by_signal = self
            .by_signal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for crossing in by_signal.iter().flatten() {
            crossing.remove_all(domain);
        }
    }
}
