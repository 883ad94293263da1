//! Handlers that do not answer, and an action that does.

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
    fn open(&mut self, _: &Event) -> bool {
        true
    }

    #[state]
    fn closed(&mut self, _: &Event) {}

    #[entry(open)]
    fn greet(&mut self) -> Next<Self> {
        Super
    }
}

fn main() {}
