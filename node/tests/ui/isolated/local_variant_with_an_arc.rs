use std::sync::Arc;

use farc::Event;

#[derive(Event)]
enum LampEvent {
    #[event(local)]
    Timeout,
    #[event(local)]
    Shared(u8, Arc<u8>),
}

fn main() {}
