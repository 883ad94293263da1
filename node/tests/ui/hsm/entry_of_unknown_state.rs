//! An action of a state that does not exist.

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

    #[entry(opem)]
    fn greet(&mut self) {}

    #[exit(cellar)]
    fn part(&mut self) {}
}

fn main() {}
