//! The farc daemon.

fn main() {}
