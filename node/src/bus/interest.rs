//! What this node's actors subscribe to, as its peers see it.

use std::collections::BTreeMap;

use farc_protocol::frame::{SignalDef, Subscription};

use super::SignalKey;

/// This node's subscriptions at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Rises by one with each subscription that is made or ended.
    pub version: u64,
    /// In the order in which they were made.
    pub subscriptions: Vec<Subscription>,
}

/// The set, and which messages of peers it takes.
#[derive(Default)]
pub(super) struct InterestBook {
    version: u64,
    last_id: u32,
    /// By id, which is the order of making; an id is never used again.
    active: BTreeMap<u32, (SignalKey, Subscription)>,
    /// By signal and id.
    by_signal: BTreeMap<SignalKey, BTreeMap<u32, Made>>,
}

/// The version of our interest that a subscription first belongs to, and the domain of its actor.
#[derive(Clone, Copy)]
struct Made {
    version: u64,
    domain: u16,
}

impl InterestBook {
    /// Adds a subscription; returns its id and the version that it belongs to from now on.
    pub(super) fn add(&mut self, def: &SignalDef, account: u32, domain: u16) -> (u32, u64) {
        self.version += 1;
        self.last_id += 1;
        let (id, version, key) = (self.last_id, self.version, SignalKey(def.id));
        let subscription = Subscription {
            id,
            version,
            pattern: def.name.clone(),
            account,
            wire: def.wire,
        };
        self.active.insert(id, (key, subscription));
        let made = Made { version, domain };
        self.by_signal.entry(key).or_default().insert(id, made);
        (id, version)
    }

    pub(super) fn remove(&mut self, id: u32) {
        if let Some((key, _)) = self.active.remove(&id) {
            self.version += 1;
            if let Some(made) = self.by_signal.get_mut(&key) {
                made.remove(&id);
            }
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn snapshot(&self) -> Interest {
        let subscriptions = self
            .active
            .values()
            .map(|(_, subscription)| subscription.clone())
            .collect();
        Interest {
            version: self.version,
            subscriptions,
        }
    }

    /// The domains with a receiver of a message that was routed with this version of our interest. Asks no further than `most` of them.
    pub(super) fn receivers(
        &self,
        key: SignalKey,
        version: u64,
        targets: &[u32],
        most: usize,
    ) -> DomainSet {
        let mut found = DomainSet::default();
        for (&id, made) in self.by_signal.get(&key).into_iter().flatten() {
            if takes(made.version, id, version, targets) {
                found.insert(made.domain);
                if found.len() >= most {
                    break;
                }
            }
        }
        found
    }
}

/// How many domains a bus can serve: one bit of a word each.
pub(super) const MOST_DOMAINS: u16 = 64;

/// Some domains of the node.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct DomainSet(u64);

impl DomainSet {
    fn insert(&mut self, domain: u16) {
        self.0 |= 1 << (domain % MOST_DOMAINS);
    }

    pub(super) fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// In the order of their numbers.
    pub(super) fn iter(self) -> impl Iterator<Item = u16> {
        (0..MOST_DOMAINS).filter(move |domain| self.0 & (1 << domain) != 0)
    }
}

/// The rule of versions: a message goes to subscriptions made at or before the interest that it was routed with, which is still active; and
/// to the targets alone, if it names any.
pub(super) fn takes(made: u64, id: u32, version: u64, targets: &[u32]) -> bool {
    made <= version && (targets.is_empty() || targets.contains(&id))
}
