//! A context that is not taken by mutable reference, and more parameters than there are.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, _: &Event, _: &()) -> Next<Self> {
        Super
    }

    #[entry(open)]
    fn greet(&mut self, _: &Event) {}

    #[exit(open)]
    fn part(&mut self, _: &mut (), _: u8) {}
}

fn main() {}
