//! One test or more for each numbered line of the rules of statecharts, named for what the line states, on charts written as users write them.

mod data;
mod deferral;
mod dispatch;
mod history;
#[cfg(debug_assertions)]
mod invariants;
mod knowledge;
mod life;
mod regions;
mod shutdown;
mod structure;
mod support;
mod time;
mod timers;
mod world;
