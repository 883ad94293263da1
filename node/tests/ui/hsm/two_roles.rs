//! A method with two roles.

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

    #[entry(open)]
    #[exit(open)]
    fn both(&mut self) {}
}

fn main() {}
