use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: fn(u8) -> u8,
}

fn main() {}
