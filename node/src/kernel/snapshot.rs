//! An actor between two steps, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Missed, OnRestore};
use crate::hsm::MachineSnapshot;

/// An actor as a value: what it needs to go on elsewhere, or after a restart of its node (A31).
///
/// It has the actor's fields, its active state, history and state data, its deferred and recalled events, and its timers with their policy.
/// It has not what waits in the mailbox, nor subscriptions that were made at run time. Its serialised form is meant for JSON and names states,
/// so that it outlives a chart to which states were added.
///
/// Made by [`Domain::snapshot`](crate::Domain::snapshot), of actors whose `#[hsm]` has the key `snapshot`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    pub(crate) machine: MachineSnapshot,
    /// The side queue, the oldest first.
    pub(crate) deferred: Vec<SavedEvent>,
    /// The next first.
    pub(crate) recalled: Vec<SavedEvent>,
    /// In the order of arming.
    pub(crate) timers: Vec<SavedTimer>,
    /// The number of the last arming.
    pub(crate) armings: u64,
}

impl Snapshot {
    /// The actor's fields, its active state, history and state data.
    pub fn machine(&self) -> &MachineSnapshot {
        &self.machine
    }

    /// How many events are deferred, and how many are recalled.
    pub fn waiting(&self) -> (usize, usize) {
        (self.deferred.len(), self.recalled.len())
    }

    /// How many timers are armed.
    pub fn timers(&self) -> usize {
        self.timers.len()
    }
}

/// An event that was deferred once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedEvent {
    pub(crate) event: Value,
    /// The timer that it came from, which may end it still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timer: Option<(Bound, u64)>,
}

/// A timer that is armed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedTimer {
    pub(crate) arming: u64,
    pub(crate) bound: Bound,
    /// To the deadline; zero if it has passed.
    pub(crate) left: Duration,
    /// From the arming to the deadline.
    pub(crate) time: Duration,
    pub(crate) on_restore: OnRestore,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) every: Option<SavedPeriod>,
    pub(crate) event: Value,
}

/// How a timer fires again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedPeriod {
    pub(crate) period: Duration,
    pub(crate) missed: Missed,
    pub(crate) passed: u64,
}

/// What a timer is bound to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// The state of this name.
    State(String),
    /// The actor.
    Actor,
    /// A value of the actor.
    Value,
    /// A value of the actor, again and again.
    Periodic,
}
