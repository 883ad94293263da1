//! A chart without states.

use farc::hsm;

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, initial = open, context = ())]
impl Door {
    fn open(&mut self) {}
}

fn main() {}
