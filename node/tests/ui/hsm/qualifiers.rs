//! Generic and unsafe handlers, and handlers that do not borrow the actor.

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
    fn open<T>(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[entry(open)]
    unsafe fn greet(&mut self) {}

    #[exit(open)]
    fn part() {}

    #[start]
    fn begin(self) {}
}

fn main() {}
