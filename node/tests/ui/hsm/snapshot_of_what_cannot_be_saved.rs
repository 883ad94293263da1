//! Parts of a machine that have no form outside of it.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

enum Event {
    Push,
}

struct Key;

#[hsm(event = Event, initial = open, context = (), snapshot)]
impl Door {
    #[state(data = Key)]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[entry(open)]
    fn enter_open(&mut self) -> Key {
        Key
    }
}

fn main() {}
