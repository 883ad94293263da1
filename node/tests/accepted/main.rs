//! What may be sent compiles, and what the macros emit raises no lint in the crates of users: this one takes no warnings and forbids unsafe code.
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused,
    missing_debug_implementations,
    non_local_definitions
)]
#![forbid(unsafe_code)]

pub mod actor;
pub mod chart;
pub mod foreign;
pub mod signals;
