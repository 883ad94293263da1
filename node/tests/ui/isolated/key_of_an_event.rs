use farc::Event;

#[derive(Event)]
enum GaugeEvent {
    #[event(local, key = side)]
    Moved { axis: u8 },
    #[event(local, key = 1)]
    Turned(u8),
    #[event(local, key = |turn| turn.axis)]
    Bent { axis: u8 },
    #[event(local, key = ())]
    Nothing(u8),
    #[event(key, key)]
    Twice(u8),
}

#[derive(Event)]
enum FloatingEvent {
    #[event(local, key)]
    Plain,
    #[event(local, key = at)]
    Incomparable { at: Place },
}

#[derive(farc::Isolated, serde::Serialize, serde::Deserialize)]
struct Place {
    room: u8,
}

fn main() {}
