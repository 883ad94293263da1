//! Methods whose names are no names of states.

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

    #[state]
    fn self_(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state]
    fn _1(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
