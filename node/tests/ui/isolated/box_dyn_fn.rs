use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: Box<dyn Fn(u8) -> u8 + Send>,
}

fn main() {}
