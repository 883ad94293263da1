use std::sync::Arc;

use farc::Isolated;

#[derive(Isolated)]
struct Pair<T> {
    left: T,
    right: T,
}

#[derive(Isolated)]
struct Shared {
    pair: Pair<Arc<u8>>,
}

fn main() {}
