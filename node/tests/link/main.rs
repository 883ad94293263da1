//! Nodes that are linked over UDP on loopback, with real certificates.
#![expect(
    clippy::unwrap_used,
    reason = "in a test, what cannot be had is a failure"
)]

mod certificates;
mod pair;
mod support;
