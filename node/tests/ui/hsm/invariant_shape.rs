//! Methods that cannot be invariants.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

struct Key;

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[state(data = Key)]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[entry(open)]
    fn enter_open(&mut self) -> Key {
        Key
    }

    #[invariant]
    fn changes(&mut self) -> bool {
        true
    }

    #[invariant]
    fn says_nothing(&self) {}

    #[invariant(open)]
    fn asks(&self, _: &mut ()) -> bool {
        true
    }

    #[invariant(opn)]
    fn elsewhere(&self) -> bool {
        true
    }

    #[invariant]
    fn everywhere(&self, _: &Key) -> bool {
        true
    }

    #[invariant = "always"]
    fn always(&self) -> bool {
        true
    }
}

fn main() {}
