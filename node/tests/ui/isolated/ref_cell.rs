use std::cell::RefCell;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: RefCell<Vec<u32>>,
}

fn main() {}
