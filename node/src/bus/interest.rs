//! What this node's actors subscribe to, as its peers see it.
//!
//! A peer decides by signal alone whether a publication goes to this node, and by account who delays whom. So all actors that share an account
//! share one subscription to a signal there: it is made with the first of them and ends with the last, and whoever comes and goes between is
//! nothing that peers are told. A million subscribers cost a peer no more than a thousand.

use std::collections::BTreeMap;

use farc_protocol::frame::{SignalDef, Subscription};

use super::SignalKey;

/// How many subscriptions may name an account of their own: half of what a peer takes. The other half is for those of account 0, one a signal.
const MOST_WITH_ACCOUNT: usize = 8192;

/// This node's subscriptions at one moment, as its peers see them: one a signal and account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Rises by one with each of these subscriptions that is made or ended.
    pub version: u64,
    /// In the order in which they were made.
    pub subscriptions: Vec<Subscription>,
}

/// The set, and which messages of peers it takes.
#[derive(Default)]
pub(super) struct InterestBook {
    version: u64,
    last_id: u32,
    /// By signal and account.
    wanted: BTreeMap<SignalKey, BTreeMap<u32, Wanted>>,
    /// By id, which is the order of making; an id is never used again.
    by_id: BTreeMap<u32, (SignalKey, u32)>,
}

/// A subscription as peers see it, and the actors behind it.
struct Wanted {
    subscription: Subscription,
    /// By domain; those without actors are left out.
    behind: Vec<Behind>,
}

/// The actors of a domain behind a subscription.
struct Behind {
    domain: u16,
    actors: u32,
    /// What the first of them takes. When it is gone, a message between it and the next may come to the domain for nobody.
    since: u64,
}

/// What an actor's subscription is to the peers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Joined {
    /// The subscription that peers know.
    pub(super) id: u32,
    /// The version of our interest that the actor's first belongs to: what was routed with an older one is not for it.
    pub(super) since: u64,
    /// It is new to the peers.
    pub(super) is_new: bool,
}

impl InterestBook {
    /// An actor of this account and domain subscribes.
    pub(super) fn add(&mut self, def: &SignalDef, account: u32, domain: u16) -> Joined {
        let key = SignalKey(def.id);
        let wanted = self.wanted.entry(key).or_default();
        let account = if wanted.contains_key(&account) || self.by_id.len() < MOST_WITH_ACCOUNT {
            account
        } else {
            0
        };
        let is_new = !wanted.contains_key(&account);
        if is_new {
            self.version += 1;
            self.last_id += 1;
            self.by_id.insert(self.last_id, (key, account));
        }
        let (id, since) = (self.last_id, self.version);
        let wanted = wanted.entry(account).or_insert_with(|| Wanted {
            subscription: Subscription {
                id,
                version: since,
                pattern: def.name.clone(),
                account,
                wire: def.wire,
            },
            behind: Vec::new(),
        });
        wanted.join(domain, since);
        Joined {
            id: wanted.subscription.id,
            since,
            is_new,
        }
    }

    /// An actor of this domain subscribes no more. True if that is news to the peers: it was the last one.
    pub(super) fn remove(&mut self, id: u32, domain: u16) -> bool {
        let Some(&(key, account)) = self.by_id.get(&id) else {
            return false;
        };
        let Some(accounts) = self.wanted.get_mut(&key) else {
            return false;
        };
        let is_over = accounts
            .get_mut(&account)
            .is_none_or(|wanted| wanted.leave(domain));
        if is_over {
            accounts.remove(&account);
            self.by_id.remove(&id);
            self.version += 1;
        }
        is_over
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn snapshot(&self) -> Interest {
        let wanted = self.by_id.values().filter_map(|(key, account)| {
            let wanted = self.wanted.get(key)?.get(account)?;
            Some(wanted.subscription.clone())
        });
        Interest {
            version: self.version,
            subscriptions: wanted.collect(),
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
        let wanted = self.wanted.get(&key).into_iter();
        for wanted in wanted.flat_map(BTreeMap::values) {
            let id = wanted.subscription.id;
            for behind in &wanted.behind {
                if takes(behind.since, id, version, targets) {
                    found.insert(behind.domain);
                }
            }
            if found.len() >= most {
                break;
            }
        }
        found
    }
}

impl Wanted {
    fn join(&mut self, domain: u16, since: u64) {
        match self.behind.iter_mut().find(|known| known.domain == domain) {
            Some(known) => known.actors += 1,
            None => self.behind.push(Behind {
                domain,
                actors: 1,
                since,
            }),
        }
    }

    /// True if nobody is left.
    fn leave(&mut self, domain: u16) -> bool {
        if let Some(at) = self.behind.iter().position(|known| known.domain == domain) {
            self.behind[at].actors -= 1;
            if self.behind[at].actors == 0 {
                self.behind.swap_remove(at);
            }
        }
        self.behind.is_empty()
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

/// The rule of versions: a message goes to actors that subscribed at or before the interest that it was routed with, and still do; and to those
/// behind the targets alone, if it names any. Whoever joins a subscription that peers know takes what is routed with the interest of that
/// moment: at a peer versions only rise, so from its first event on nothing is left out.
pub(super) fn takes(made: u64, id: u32, version: u64, targets: &[u32]) -> bool {
    made <= version && (targets.is_empty() || targets.contains(&id))
}

#[cfg(test)]
mod tests {
    use farc_protocol::frame::{Class, Delivery};
    use farc_protocol::schema::Fingerprint;

    use super::*;
    use crate::bus::shared::ACCOUNTS;

    /// One of the signals with which the book is filled.
    fn signal(number: u32) -> SignalDef {
        SignalDef {
            id: number,
            name: format!("signal{number}").into(),
            wire: Fingerprint([0; 16]),
            schema: Fingerprint([0; 16]),
            class: Class::Normal,
            delivery: Delivery::Reliable,
        }
    }

    #[test]
    fn what_peers_are_told_stays_below_what_they_take_whoever_subscribes_to_what() {
        let mut book = InterestBook::default();
        for number in 1..=100 {
            for account in 1..=ACCOUNTS {
                book.add(&signal(number), account, 0);
            }
        }
        let told = book.snapshot().subscriptions;
        let of_all = told.iter().filter(|known| known.account == 0).count();
        assert_eq!((told.len(), of_all), (MOST_WITH_ACCOUNT + 92, 92));
        // Each of the last signal is one behind the same subscription.
        let last = told.last().expect("there are some").id;
        for _ in 1..ACCOUNTS {
            assert!(!book.remove(last, 0));
        }
        assert!(book.remove(last, 0));
    }
}
