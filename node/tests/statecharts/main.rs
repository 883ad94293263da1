//! Statecharts written with `#[hsm]`, without a node around them: what is entered and exited, and in which order.

mod actions;
mod answers;
mod chart;
mod data;
mod deep;
mod every_transition;
mod history;
mod invariants;
mod knowledge;
mod qhsmtst;
mod reference;
mod regions;
mod size;
mod snapshot;
mod tapes;
mod trace;
mod transitions;
