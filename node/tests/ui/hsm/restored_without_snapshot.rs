//! An action that would never run.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[restored]
    fn oil(&mut self) {}
}

fn main() {}
