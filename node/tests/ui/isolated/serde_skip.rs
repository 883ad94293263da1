use farc::Signal;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.skip")]
struct Reading {
    value: u8,
    #[serde(skip)]
    cached: u8,
}

fn main() {}
