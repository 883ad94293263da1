//! How many events are kept aside, and who recalls them.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Many;

#[hsm(event = (), initial = only, context = (), defer = 65536)]
impl Many {
    #[state]
    fn only(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

struct Manual;

#[hsm(event = (), initial = only, context = (), recall = never)]
impl Manual {
    #[state]
    fn only(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

fn main() {}
