//! Whole nodes in one process, on an in-memory network and a paused clock: the same seed gives the same run.
//!
//! Everything that a run depends on comes from its seed: the fate of every datagram ([`SimNet`]), the certificates ([`Authority`]), the faults and their
//! times ([`Plan`]), the seeds of the nodes. Time is tokio's paused clock, which moves only when every task waits. What happened is written to a [`Trace`],
//! whose digest two processes compare, and to a [`Journal`], from which [`check`] tells whether the promise was kept. The checker knows nothing of sessions:
//! a session that deduplicates wrongly must not certify itself.
//!
//! Here nothing is random, nothing sleeps on the wall clock, and no node knows that its network is not real.

mod actors;
mod books;
mod check;
mod host;
mod net;
mod node;
mod pki;
mod plan;
mod rng;
mod runtime;
mod trace;
mod watch;
mod world;

pub use books::Counters;
pub use check::{EventId, Journal, Record, Run, Subscriptions, Tally, Violation, check};
pub use host::{SimClock, SimHost};
pub use net::{Conditions, Fate, Packet, Permille, SimNet, SimSocket};
pub use pki::{Authority, Certified};
pub use plan::{Blow, Bounds, NODES, Plan, Work};
pub use rng::Rng;
pub use runtime::{Failure, elapsed, simulate};
pub use trace::{Digest, Trace};
pub use world::{Report, run};
