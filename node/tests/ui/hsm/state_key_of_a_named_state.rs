//! A wrong key of a state that others name: one mistake, one error.

use farc::hsm;
use farc::hsm::Next::{self, Super, To};

struct Door;

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[state(inital = ajar)]
    fn open(&mut self, _: &()) -> Next<Self> {
        To(State::Ajar)
    }

    #[state(parent = open, unreachable)]
    fn ajar(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

fn main() {}
