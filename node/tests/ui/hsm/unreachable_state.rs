//! States that nothing leads to.

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
    #[state]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state]
    fn island(&mut self, _: &Event) -> Next<Self> {
        To(State::Beach)
    }

    #[state]
    fn beach(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = island)]
    fn cave(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(unreachable_ok)]
    fn spare(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
