//! Data that is less visible than the actor.

use farc::hsm;
use farc::hsm::Next::{self, Super};

pub struct Door;

struct Key;

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[state(data = Key)]
    fn open(&mut self, _: &(), _: &mut Key) -> Next<Self> {
        Super
    }

    #[entry(open)]
    fn enter_open(&mut self) -> Key {
        Key
    }
}

fn main() {}
