use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: &'static u8,
}

fn main() {}
