//! A subscription to a signal that the event enum has no variant for.

use farc::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("door.ring")]
struct Ring {}

#[derive(Event)]
enum DoorEvent {
    #[event(local)]
    Timeout,
}

struct Door;

impl Actor for Door {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[hsm(event = DoorEvent, initial = closed, subscribe = [Ring])]
impl Door {
    #[state]
    fn closed(&mut self, _: &DoorEvent) -> Next<Self> {
        Super
    }
}

fn main() {}
