//! What the tests of whole nodes share.

pub mod process;
pub mod sim;
