use std::collections::HashMap;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: HashMap<String, u8>,
}

fn main() {}
