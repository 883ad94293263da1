use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: *mut u8,
}

fn main() {}
