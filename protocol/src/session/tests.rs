//! The session: a pair on virtual time, its rules one by one, and hostile peers.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks for one event among many"
)]

mod hostile;
mod pair;
mod random;
mod rules;
