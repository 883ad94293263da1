//! Pictures of charts: what every format shows, held against the chart; golden texts; and the programs that the formats are for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stderr,
    reason = "who reads the output is told which program is not there"
)]

#[expect(dead_code, reason = "these actors are drawn, not run")]
mod actors;
mod charts;
mod command;
mod counts;
mod documents;
mod drawing;
mod goldens;
mod programs;
mod tools;
