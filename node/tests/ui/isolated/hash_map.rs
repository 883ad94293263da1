use std::collections::HashMap;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: HashMap<u8, u8>,
}

fn main() {}
