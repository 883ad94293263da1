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
    /// By signal and id: the version of our interest that the subscription first belongs to.
    by_signal: BTreeMap<SignalKey, BTreeMap<u32, u64>>,
}

impl InterestBook {
    /// Adds a subscription; returns its id and the version that it belongs to from now on.
    pub(super) fn add(&mut self, def: &SignalDef, account: u32) -> (u32, u64) {
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
        self.by_signal.entry(key).or_default().insert(id, version);
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

    /// Whether a message that was routed with this version of our interest has a receiver.
    pub(super) fn matches(&self, key: SignalKey, version: u64, targets: &[u32]) -> bool {
        self.by_signal.get(&key).is_some_and(|made| {
            made.iter()
                .any(|(&id, &made)| takes(made, id, version, targets))
        })
    }
}

/// The rule of versions: a message goes to subscriptions made at or before the interest that it was routed with, which is still active; and
/// to the targets alone, if it names any.
pub(super) fn takes(made: u64, id: u32, version: u64, targets: &[u32]) -> bool {
    made <= version && (targets.is_empty() || targets.contains(&id))
}
