//! An arm with a condition below one that takes the same event without.

use farc::hsm;
use farc::hsm::Next::{self, Handled, Stop, Super};

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock(u8),
}

#[hsm(event = Event, initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Push => Handled,
            Event::Lock(_) => Super,
            Event::Push if self.locked => Stop,
            &Event::Lock(code) if code > 3 => Stop,
        }
    }
}

fn main() {}
