//! Actions that do not say whose they are.

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

    #[entry]
    fn greet(&mut self) {}

    #[exit()]
    fn part(&mut self) {}

    #[init(open, closed)]
    fn both(&mut self) {}
}

fn main() {}
