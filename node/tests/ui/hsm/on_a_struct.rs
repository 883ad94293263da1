//! The attribute on something that is no `impl` block.

use farc::hsm;

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, initial = open, context = ())]
struct Window;

fn main() {}
