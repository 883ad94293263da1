use farc::{Event, Signal};
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("lamp.toggle")]
struct Toggle;

#[derive(Event)]
enum LampEvent {
    Toggle(Toggle),
    Again(Toggle),
}

fn main() {}
