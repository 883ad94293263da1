use std::sync::Mutex;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Mutex<u32>,
}

fn main() {}
