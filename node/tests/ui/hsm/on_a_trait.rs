//! The attribute on the `impl` of a trait.

use farc::hsm;

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, initial = open, context = ())]
impl Default for Door {
    fn default() -> Self {
        Self { locked: false }
    }
}

fn main() {}
