use std::sync::{Arc, Mutex};

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Arc<Mutex<u32>>,
}

fn main() {}
