use std::sync::atomic::AtomicU32;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: AtomicU32,
}

fn main() {}
