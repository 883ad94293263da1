//! States that enclose each other.

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

    #[state(parent = middle)]
    fn inner(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = outer)]
    fn middle(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = inner)]
    fn outer(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
