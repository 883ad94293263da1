use farc::Event;

#[derive(Event)]
enum LampEvent {
    #[event(local)]
    Timeout,
    #[event(own)]
    Done(Box<dyn std::any::Any + Send>),
}

/// What `post` and an address ask for.
fn post(_event: impl Into<<LampEvent as Event>::Posted>) {}

fn main() {
    post(LampEventPosted::Timeout);
    post(LampEvent::Done(Box::new(1)));
}
