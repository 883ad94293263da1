use farc::{Accepts, Event, Signal};
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("lamp.toggle")]
struct Toggle;

#[derive(Event)]
enum LampEvent {
    #[event(local)]
    Timeout,
}

fn subscribe<E: Accepts<Toggle>>() {}

fn main() {
    subscribe::<LampEvent>();
}
