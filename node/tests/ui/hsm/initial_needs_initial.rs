//! An initial that leads to a state in which no state is active.

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
    #[state(initial = half)]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = open)]
    fn half(&mut self, _: &Event) -> Next<Self> {
        To(State::Ajar)
    }

    #[state(parent = half)]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
