use std::cell::Cell;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Vec<Cell<u32>>,
}

fn main() {}
