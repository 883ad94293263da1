use farc::{Event, Isolated};

#[derive(Isolated)]
struct Plain(u8);

#[derive(Event)]
enum LampEvent {
    Plain(Plain),
}

fn main() {}
