//! The first state has states inside and does not say which.

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
    #[state]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = open)]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
