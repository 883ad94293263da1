//! An arm for every event above others.

use farc::hsm;
use farc::hsm::Next::{self, Handled, Stop, Super};

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
    fn open(&mut self, event: &Event) -> Next<Self> {
        match event {
            _ => Super,
            Event::Push => Stop,
            Event::Lock => Handled,
        }
    }

    #[state(unreachable_ok)]
    fn closed(&mut self, event: &Event) -> Next<Self> {
        if self.locked {
            return match *event {
                Event::Push | _ => Super,
                Event::Lock => Handled,
            };
        }
        match event {
            all => {
                let _ = all;
                Handled
            }
            _ if self.locked => Stop,
        }
    }
}

fn main() {}
