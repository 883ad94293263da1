//! A context parameter of another type.

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
    fn open(&mut self, _: &Event, _: &mut u8) -> Next<Self> {
        Super
    }
}

fn main() {}
