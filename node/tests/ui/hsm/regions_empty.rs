//! Regions without a region.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

enum Event {
    Push,
}

#[hsm(event = Event, initial = works, context = ())]
impl Door {
    #[state(regions = [])]
    fn works(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn main() {}
