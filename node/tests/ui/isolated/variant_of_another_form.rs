use farc::Event;

#[derive(Event)]
enum LampEvent {
    Timeout,
    Two(u8, u8),
    Named { value: u8 },
    #[event]
    A,
    #[event(private)]
    B,
    #[event(local, own)]
    C,
    #[event(local)]
    #[event(own)]
    D,
}

#[derive(Event)]
struct Single(u8);

#[derive(Event)]
enum Generic<T> {
    #[event(own)]
    Value(T),
}

fn main() {}
