//! An actor's event that does not derive `Event`.

use farc::prelude::*;

struct Door;

enum DoorEvent {
    Push,
}

impl Actor for Door {
    type Args = ();
    fn new(_: (), _: &mut Start<Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[hsm(event = DoorEvent, initial = closed)]
impl Door {
    #[state]
    fn closed(&mut self, event: &DoorEvent) -> Next<Self> {
        match event {
            DoorEvent::Push => Handled,
        }
    }
}

fn main() {}
