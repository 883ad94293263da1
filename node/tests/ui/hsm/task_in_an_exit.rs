//! A task started in an exit action.

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
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[exit(open)]
    fn part(&mut self, cx: &mut ()) {
        if self.locked {
            cx.attach(1);
        }
    }
}

fn main() {}
