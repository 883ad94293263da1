//! The initial of a state is not inside it.

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
    #[state(initial = closed)]
    fn open(&mut self, _: &Event) -> Next<Self> {
        To(State::Closed)
    }

    #[state(parent = open)]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        To(State::Ajar)
    }

    #[state]
    fn closed(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
