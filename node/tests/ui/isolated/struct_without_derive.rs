use farc::Isolated;

struct Inner {
    value: u8,
}

#[derive(Isolated)]
struct Outer {
    inner: Inner,
}

fn main() {}
