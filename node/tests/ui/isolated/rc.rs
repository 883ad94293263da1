use std::rc::Rc;

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Rc<u32>,
}

fn main() {}
