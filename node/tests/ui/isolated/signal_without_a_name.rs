use farc::Signal;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
struct Hungry {
    philosopher: u8,
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal]
struct Thirsty {
    philosopher: u8,
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal(class = "normal")]
struct Tired {
    philosopher: u8,
}

fn main() {}
