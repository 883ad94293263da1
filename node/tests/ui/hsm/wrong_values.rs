//! Keys with values that they cannot have: one mistake, one error.

use farc::hsm;
use farc::hsm::Next::{self, Super, To};

struct Door;

#[hsm(event = (), initial = "open", context = ())]
impl Door {
    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        To(State::Ajar)
    }

    #[state(parent = 3)]
    fn ajar(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

struct Gate;

#[hsm(event = (), initial, context = ())]
impl Gate {
    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

fn main() {}
