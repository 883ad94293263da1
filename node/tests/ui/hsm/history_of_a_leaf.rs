//! A state that has nothing to remember.

use farc::hsm;
use farc::hsm::Next::{self, History, Super};

struct Door;

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        History(State::Closed)
    }

    #[state(history = deep)]
    fn closed(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

fn main() {}
