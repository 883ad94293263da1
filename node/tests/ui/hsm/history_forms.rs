//! The forms in which a composite says that it remembers.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

#[hsm(event = (), initial = first, context = ())]
impl Door {
    #[state]
    fn first(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[state(history = shallow)]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[state(history())]
    fn ajar(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[state(history(deep, depth = 2))]
    fn wide(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[state(history(deep, deep))]
    fn narrow(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[state(history(default))]
    fn closed(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

fn main() {}
