//! Actors tested without a process, a thread or a network, on a clock that moves when the test says so.
//!
//! | under test | with |
//! |---|---|
//! | one actor | [`Bench`]: its state, fields, outputs and trace, step by step |
//! | its whole chart | [`Drive`]: along all paths; says which transitions it took, and whether an invariant held |
//! | several actors | [`TestNode`]: signals expected and refused, states waited for, panics asked for |
//! | several nodes | [`TestCluster`]: the same, with cuts, delays, crashes and new lives, by a seed |
//!
//! Each runs the production code: the [`Domain`](crate::Domain) with its mailboxes, timers and supervision, the bus, and between nodes the
//! session of a link. Only time, and what lies between nodes, is the test's. A [`Probe`] stands in for an actor that is not there: it has an
//! address, and keeps what is posted to it.
//!
//! The guide is `docs/testing.md`. The smallest test of an actor:
//!
//! ```
//! use std::time::Duration;
//!
//! use farc::prelude::*;
//! use farc::testing::Bench;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! #[signal("lamp.lit")]
//! pub struct Lit { pub watts: u8 }
//!
//! #[derive(Event)]
//! pub enum LampEvent {
//!     #[event(local)]
//!     Press,
//!     #[event(local)]
//!     Timeout,
//! }
//!
//! #[derive(Debug)]
//! pub struct Lamp { watts: u8 }
//!
//! #[hsm(event = LampEvent, initial = off)]
//! impl Lamp {
//!     #[state]
//!     fn off(&mut self, event: &LampEvent, cx: &mut Context<Self>) -> Next<Self> {
//!         match event {
//!             LampEvent::Press => {
//!                 cx.publish(Lit { watts: self.watts });
//!                 To(State::On)
//!             }
//!             LampEvent::Timeout => Super,
//!         }
//!     }
//!
//!     #[state]
//!     fn on(&mut self, event: &LampEvent) -> Next<Self> {
//!         match event {
//!             LampEvent::Press | LampEvent::Timeout => To(State::Off),
//!         }
//!     }
//!
//!     #[entry(on)]
//!     fn light(&mut self, cx: &mut Context<Self>) {
//!         let _ = cx.after(Duration::from_secs(30), LampEvent::Timeout);
//!     }
//! }
//!
//! impl Actor for Lamp {
//!     type Args = u8;
//!     fn new(watts: u8, _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Self { watts }) }
//! }
//!
//! # fn main() -> Result<(), farc::SpawnError> {
//! let mut bench = Bench::<Lamp>::new(5)?;
//! bench.start();
//! bench.dispatch(LampEvent::Press);
//! assert!(bench.is_in(LampState::On));
//! assert_eq!(bench.published::<Lit>(), [Lit { watts: 5 }]);
//!
//! bench.advance(Duration::from_secs(60));
//! assert_eq!(bench.state(), "off");
//! assert_eq!(
//!     bench.trace(),
//!     "\
//! start: top-INIT;off-ENTRY;
//! Press: off-Press;publish lamp.lit {\"watts\":5};off-EXIT;on-ENTRY;
//! +30s
//! Timeout: on-Timeout;on-EXIT;off-ENTRY;
//! "
//! );
//! # Ok(())
//! # }
//! ```
//!
//! The grammar of the lines is that of [`trace`](crate::trace); `+30s` says how much time has passed since the line before.

mod bench;
mod cluster;
mod drive;
mod faults;
mod journal;
mod net;
mod node;
mod output;
mod peer;
mod probe;
mod recorder;
mod spawner;
mod stage;
mod world;

pub use self::bench::{Bench, BenchSettings};
pub use self::cluster::TestCluster;
pub use self::drive::{
    Coverage, Drive, Missed, StateCoverage, TransitionCoverage, Violation, WalkLimits,
};
pub use self::faults::PanicAt;
pub use self::node::TestNode;
pub use self::output::Output;
pub use self::probe::Probe;
pub use self::spawner::ManualSpawner;
