//! Testing an actor without a node: the bench, probes, and traces.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

mod bench;
mod charts;
mod cluster;
mod deferral;
mod drive;
mod node;
mod outputs;
mod qhsmtst;
mod snapshot;
mod tasks;
mod trace;
