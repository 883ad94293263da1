//! More than 16 levels.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, initial = l1, context = ())]
impl Door {
    #[state(initial = l17)]
    fn l1(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l1)]
    fn l2(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l2)]
    fn l3(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l3)]
    fn l4(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l4)]
    fn l5(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l5)]
    fn l6(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l6)]
    fn l7(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l7)]
    fn l8(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l8)]
    fn l9(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l9)]
    fn l10(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l10)]
    fn l11(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l11)]
    fn l12(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l12)]
    fn l13(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l13)]
    fn l14(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l14)]
    fn l15(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l15)]
    fn l16(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l16)]
    fn l17(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = l17)]
    fn l18(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
