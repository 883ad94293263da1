use std::sync::mpsc::Sender;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Sender<u32>,
}

fn main() {}
