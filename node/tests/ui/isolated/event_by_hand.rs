#![forbid(unsafe_code)]

use std::sync::Arc;

use farc::{Event, signal::AnySignal};

enum Leak {
    Shared(Arc<u8>),
}

unsafe impl Event for Leak {
    type Posted = Self;
    const NAMES: &'static [&'static str] = &["Shared"];

    fn index(&self) -> usize {
        0
    }

    fn payload(&self) -> Option<(&'static str, &dyn AnySignal)> {
        None
    }
}

fn main() {}
