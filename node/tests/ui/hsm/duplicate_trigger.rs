//! The same event in two arms without a condition.

use farc::hsm;
use farc::hsm::Next::{self, Handled, Stop, Super};

struct Door;

enum Event {
    Push { force: u8 },
    Lock(u8),
    Knock,
}

#[hsm(event = Event, initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Push { force: 9 } => Stop,
            Event::Push { force: _ } => Handled,
            Event::Lock(_) | Event::Knock => Handled,
            Event::Push { .. } => Stop,
            Event::Lock(3) => Stop,
            Event::Knock => Super,
        }
    }
}

fn main() {}
