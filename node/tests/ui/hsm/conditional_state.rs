//! A state under a condition.

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

    #[cfg(unix)]
    #[state]
    fn closed(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
