use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Vec<()>,
}

fn main() {}
