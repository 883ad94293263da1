use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    id: u8,
    value: serde_json::Value,
}

fn main() {}
