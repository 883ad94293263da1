//! A state inside itself.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, initial = open, context = ())]
impl Door {
    #[state(parent = open)]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
