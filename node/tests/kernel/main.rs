//! The local actor system as SEMANTICS B to E describe it: one domain or several, virtual time, traces.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

mod books;
mod conflate;
mod deferral;
mod domains;
mod doors;
mod foreign;
mod front;
mod keeper;
mod law;
mod leaving;
mod life;
mod observation;
mod overflow;
mod panics;
mod peers;
mod policies;
mod publish;
mod retained;
mod runtime;
mod scheduling;
mod sending;
mod snapshot;
mod storm;
mod supervision;
mod support;
mod tasks;
mod tasks_property;
mod timer_values;
mod timers;
mod worker;
