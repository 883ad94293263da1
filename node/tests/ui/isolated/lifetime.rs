use farc::Isolated;

#[derive(Isolated)]
struct Borrowed<'a> {
    text: &'a str,
}

fn main() {}
