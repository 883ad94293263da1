//! A target that does not exist.

use farc::hsm;
use farc::hsm::Next::{self, Super, To, Reenter};

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
    fn open(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Push => To(State::Closet),
            Event::Lock => Reenter(State::Cellar),
        }
    }

    #[state]
    fn closed(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
