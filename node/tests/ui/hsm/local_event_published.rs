//! A local event that is published.

use farc::prelude::*;

struct Door;

#[derive(farc::Isolated)]
struct Tick;

#[derive(Event)]
enum DoorEvent {
    #[event(local)]
    Tick(Tick),
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
    fn closed(&mut self, _: &DoorEvent, cx: &mut Context<Self>) -> Next<Self> {
        cx.publish(Tick);
        Super
    }
}

fn main() {}
