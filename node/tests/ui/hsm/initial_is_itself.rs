//! The initial of a state is the state.

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
    #[state(initial = open)]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = open)]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        To(State::Ajar)
    }
}

fn main() {}
