//! Two states of one path whose data could not be told apart.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

struct Key;

#[hsm(event = (), initial = ajar, context = ())]
impl Door {
    #[state(data = Key)]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[entry(open)]
    fn enter_open(&mut self) -> Key {
        Key
    }

    #[state(parent = open, data = Key)]
    fn ajar(&mut self, _: &(), _: &mut Key) -> Next<Self> {
        Super
    }

    #[entry(ajar)]
    fn enter_ajar(&mut self) -> Key {
        Key
    }
}

fn main() {}
