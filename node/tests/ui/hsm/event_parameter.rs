//! Events taken in other ways than by reference, first.

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
    fn open(&mut self, _: &mut Event) -> Next<Self> {
        To(State::A)
    }

    #[state]
    fn a(&mut self, _: Event) -> Next<Self> {
        To(State::B)
    }

    #[state]
    fn b(&mut self, _: &mut Context<Self>, _: &Event) -> Next<Self> {
        To(State::C)
    }

    #[state]
    fn c(&mut self) -> Next<Self> {
        Super
    }
}

fn main() {}
