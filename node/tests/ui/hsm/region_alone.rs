//! One region has nothing beside it.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

enum Event {
    Push,
}

#[hsm(event = Event, initial = works, context = ())]
impl Door {
    #[state(regions = [bolt])]
    fn works(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = works)]
    fn bolt(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
