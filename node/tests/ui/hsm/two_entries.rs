//! Two entry actions, exit actions, init actions and start actions.

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
    #[state(initial = ajar)]
    fn open(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = open)]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[entry(open)]
    fn entry_one(&mut self) {}

    #[entry(open)]
    fn entry_two(&mut self) {}

    #[exit(open)]
    fn exit_one(&mut self) {}

    #[exit(open)]
    fn exit_two(&mut self) {}

    #[init(open)]
    fn init_one(&mut self) {}

    #[init(open)]
    fn init_two(&mut self) {}

    #[start]
    fn begin(&mut self) {}

    #[start]
    fn begin_again(&mut self) {}
}

fn main() {}
