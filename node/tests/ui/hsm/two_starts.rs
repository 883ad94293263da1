//! Two start actions, and one that names a state.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[start]
    fn hang(&mut self) {}

    #[start]
    fn paint(&mut self) {}

    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

struct Gate;

#[hsm(event = (), initial = open, context = ())]
impl Gate {
    #[start(open)]
    fn oil(&mut self) {}

    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

fn main() {}
