//! From one region to another that is active already.

use farc::hsm;
use farc::hsm::Next::{self, Super, To};

struct Door;

enum Event {
    Push,
}

#[hsm(event = Event, initial = works, context = ())]
impl Door {
    #[state(regions = [bolt, bell])]
    fn works(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = works)]
    fn bolt(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Push => To(State::Rings),
        }
    }

    #[state(parent = works, initial = silent)]
    fn bell(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = bell)]
    fn silent(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Push => To(State::Rings),
        }
    }

    #[state(parent = bell)]
    fn rings(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
