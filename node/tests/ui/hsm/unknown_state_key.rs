//! A key of a state that does not exist.

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

    #[state(colour)]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(unreachable_ok, unreachable_ok)]
    fn half(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state = 1]
    fn wide(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
