//! A target that has states inside and does not say which.

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
        To(State::Closed)
    }

    #[state]
    fn closed(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = closed)]
    fn locked(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
