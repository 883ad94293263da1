use farc::Isolated;

#[derive(Isolated)]
struct Node {
    value: u8,
    next: Option<Box<Node>>,
}

#[derive(Isolated)]
enum Tree {
    Leaf(u8),
    Branch(Vec<Self>),
}

fn main() {}
