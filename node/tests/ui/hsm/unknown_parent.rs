//! A parent that does not exist.

use farc::hsm;
use farc::hsm::Next::{self, Super, To};

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

    #[state(parent = oven)]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        To(State::Open)
    }
}

fn main() {}
