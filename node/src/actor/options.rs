//! How an actor is run.

use std::time::Duration;

use crate::kernel::Overflow;

/// How an actor is run.
///
/// ```
/// use farc::prelude::*;
///
/// let urgent = ActorOptions { priority: 40, ..ActorOptions::default() };
/// assert_eq!(urgent.mailbox, 64);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorOptions {
    /// Which actors run first: 63 is the most urgent. Default 0.
    pub priority: u8,
    /// How many posted and published events may wait, 2 to 1,048,576. Default 64.
    ///
    /// Half of it is reserved for other threads. Events of peers have room of their own.
    pub mailbox: usize,
    /// What happens to an event that finds the mailbox or the side queue full. Default: it is rejected.
    pub overflow: Overflow,
    /// What happens after a panic.
    pub restart: RestartPolicy,
}

impl Default for ActorOptions {
    fn default() -> Self {
        Self {
            priority: 0,
            mailbox: 64,
            overflow: Overflow::default(),
            restart: RestartPolicy::default(),
        }
    }
}

/// What happens to an actor after its step panicked (D2).
///
/// However many actors fail: a domain constructs at most 1,000 a second anew, and 100 at once, with a step between two of them. The others wait for
/// their turn.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// It is constructed anew, unless it has failed too often; then it stays stopped.
    Restart {
        /// How many failures within the time are forgiven; more than 1,024 means all. Default 3.
        limit: u32,
        /// The time. Default 5 s.
        within: Duration,
        /// How long it stays down after the first failure; twice as long after each further one in a row, which ends when it has run for `within`
        /// without a failure. Default 10 ms.
        ///
        /// The actual time lies between one half of it and all of it, so that actors which fail together do not come back together.
        backoff: Duration,
        /// The longest it stays down. Default 10 s.
        max_backoff: Duration,
    },
    /// It stays stopped.
    Stop,
    /// It stays stopped and the node leaves, in order and with exit code 70: for an actor without which the node is of no use.
    Escalate,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self::Restart {
            limit: 3,
            within: Duration::from_secs(5),
            backoff: Duration::from_millis(10),
            max_backoff: Duration::from_secs(10),
        }
    }
}
