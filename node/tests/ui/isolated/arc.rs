use std::sync::Arc;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Arc<u32>,
}

fn main() {}
