//! A chart of a generic type.

use farc::hsm;

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

struct Window<T>(T);

#[hsm(event = Event, initial = open, context = ())]
impl<T> Window<T> {}

#[hsm(event = Event, initial = open, context = ())]
impl Window<u8> {}

fn main() {}
