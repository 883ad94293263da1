//! A handler that waits.

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
    async fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[entry(open)]
    async fn greet(&mut self) {}
}

fn main() {}
