use farc::Signal;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.reading")]
struct Reading<T> {
    value: T,
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.few")]
struct Few<const N: usize> {
    value: u8,
}

fn main() {}
