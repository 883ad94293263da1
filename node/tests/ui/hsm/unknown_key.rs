//! Keys that do not exist, and a key twice.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, context = (), inital = open)]
impl Door {
    #[state]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
