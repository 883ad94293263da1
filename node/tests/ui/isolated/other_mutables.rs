use std::{cell::RefCell, sync::{OnceLock, RwLock, atomic::{AtomicBool, AtomicUsize}}};

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    field0: Option<Box<RefCell<u8>>>,
    field1: RwLock<u8>,
    field2: OnceLock<u8>,
    field3: AtomicBool,
    field4: [AtomicUsize; 2],
}

fn main() {}
