//! Actors tested by themselves: without a node, without a network, on a clock that moves when the test says so.
//!
//! A [`Bench`] runs one actor on the production [`Domain`](crate::Domain): its mailbox, timers, deferral and supervision are those of a
//! node. A [`Probe`] stands in for another actor: it has an address, and keeps what is posted to it.
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
//! A [`Drive`] takes an actor along the paths of its chart and says which transitions it took, and whether an invariant held.
//!
//! The grammar of the lines is that of [`trace`](crate::trace); `+30s` says how much time has passed since the line before.

mod bench;
mod drive;
mod output;
mod probe;
mod recorder;
mod spawner;

pub use self::bench::{Bench, BenchSettings};
pub use self::drive::{
    Coverage, Drive, Missed, StateCoverage, TransitionCoverage, Violation, WalkLimits,
};
pub use self::output::Output;
pub use self::probe::Probe;
pub use self::spawner::ManualSpawner;
