//! Who wants what: our subscriptions as the peer knows them, and its subscriptions as we know them.
//!
//! A set changes at SUBS_END and only there, so a version names one set on both sides, whatever a change consists of.

use std::collections::{BTreeMap, BTreeSet};

use bytes::BytesMut;

use super::Fault;
use crate::{
    close::CloseCode,
    frame::{Cause, Control, Subscription},
    limits::Limits,
};

/// Our subscriptions.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// `None` until the driver has given a first set: nothing is said before, or a peer would take us for ready.
    version: Option<u64>,
    set: BTreeMap<u32, Subscription>,
    /// The newest version that any SUBS_END of ours has carried: nobody can know of a newer one.
    pub(super) announced: u64,
}

impl Ours {
    pub(super) fn replace(&mut self, version: u64, subscriptions: &[Subscription]) {
        if self.version.is_some_and(|before| version <= before) {
            return;
        }
        self.version = Some(version);
        self.set = subscriptions
            .iter()
            .map(|subscription| (subscription.id, subscription.clone()))
            .collect();
    }
}

/// What of ours was said on the live connection. The difference is what is left to say: state, not a queue.
#[derive(Debug, Default)]
pub(super) struct Told {
    ids: BTreeSet<u32>,
    version: Option<u64>,
}

impl Told {
    /// Writes what the peer does not know yet, up to `max` bytes, and SUBS_END when that is all.
    pub(super) fn write(&mut self, ours: &mut Ours, out: &mut BytesMut, max: usize) {
        let Some(version) = ours
            .version
            .filter(|version| self.version != Some(*version))
        else {
            return;
        };
        let ended: Vec<u32> = self
            .ids
            .iter()
            .filter(|id| !ours.set.contains_key(id))
            .copied()
            .collect();
        for id in ended {
            if out.len() >= max {
                return;
            }
            Control::Unsub { id, version }.encode(out);
            self.ids.remove(&id);
        }
        for (id, subscription) in &ours.set {
            if out.len() >= max {
                return;
            }
            if self.ids.insert(*id) {
                Control::Sub {
                    subscription: subscription.clone(),
                    group: None,
                    retain: None,
                }
                .encode(out);
            }
        }
        Control::SubsEnd(version).encode(out);
        self.version = Some(version);
        ours.announced = ours.announced.max(version);
    }
}

/// The peer's subscriptions that are in force: they outlive connections.
#[derive(Debug)]
pub(super) struct Theirs {
    pub(super) version: u64,
    pub(super) set: BTreeMap<u32, Subscription>,
    /// Why events that were routed with an ended interest are dropped.
    pub(super) ended: Cause,
}

impl Theirs {
    pub(super) const fn new() -> Self {
        Self {
            version: 0,
            set: BTreeMap::new(),
            ended: Cause::InterestEnded,
        }
    }

    /// Ends it; true when there was any.
    pub(super) fn end(&mut self, cause: Cause) -> bool {
        self.ended = cause;
        self.set.clear();
        std::mem::take(&mut self.version) != 0
    }

    /// The peer has completed a snapshot or a change.
    pub(super) fn commit(
        &mut self,
        staged: &mut Staged,
        version: u64,
        limits: &Limits,
    ) -> Result<(), Fault> {
        let staged = std::mem::replace(
            staged,
            Staged {
                is_change: true,
                ..Staged::default()
            },
        );
        if version < self.version {
            return Err(Fault::new(
                CloseCode::Protocol,
                format!("SUBS_END {version} after {}", self.version),
            ));
        }
        if staged.newest > version {
            return Err(Fault::new(
                CloseCode::Protocol,
                format!("a subscription is newer than SUBS_END {version}"),
            ));
        }
        if !staged.is_change {
            self.set.clear();
        }
        for (id, change) in staged.changes {
            match change {
                Some(subscription) => self.set.insert(id, subscription),
                None => self.set.remove(&id),
            };
        }
        if self.set.len() > limits.subscriptions {
            return Err(Fault::new(CloseCode::Limit, "too many subscriptions"));
        }
        self.version = version;
        Ok(())
    }
}

/// What the peer has said since its last SUBS_END.
#[derive(Debug, Default)]
pub(super) struct Staged {
    changes: BTreeMap<u32, Option<Subscription>>,
    newest: u64,
    /// False until the first SUBS_END: a snapshot replaces everything at one stroke.
    is_change: bool,
    /// Frames since the last SUBS_END.
    frames: usize,
}

impl Staged {
    /// Whether the next frame is part of a snapshot of a plausible size, which costs the peer nothing.
    pub(super) const fn is_free(&self, limits: &Limits) -> bool {
        !self.is_change && self.frames < 2 * limits.subscriptions
    }

    pub(super) fn begin(
        &mut self,
        subscription: Subscription,
        theirs: &Theirs,
        limits: &Limits,
    ) -> Result<(), Fault> {
        self.frames += 1;
        self.newest = self.newest.max(subscription.version);
        let before = match self.changes.get(&subscription.id) {
            Some(staged) => staged.as_ref(),
            None => theirs.set.get(&subscription.id),
        };
        if before.is_some_and(|before| *before != subscription) {
            let reason = format!("subscription {} was something else before", subscription.id);
            return Err(Fault::new(CloseCode::Protocol, reason));
        }
        self.changes.insert(subscription.id, Some(subscription));
        self.check(limits)
    }

    pub(super) fn end(&mut self, id: u32, version: u64, limits: &Limits) -> Result<(), Fault> {
        self.frames += 1;
        self.newest = self.newest.max(version);
        self.changes.insert(id, None);
        self.check(limits)
    }

    fn check(&self, limits: &Limits) -> Result<(), Fault> {
        if self.changes.len() > 2 * limits.subscriptions {
            return Err(Fault::new(
                CloseCode::Limit,
                "too many changes of subscriptions at once",
            ));
        }
        Ok(())
    }
}
