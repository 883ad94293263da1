//! Methods that become the same state.

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
        To(State::DoorAjar)
    }

    #[state]
    fn door_ajar(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state]
    fn door__ajar(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state]
    fn doorAjar(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
