use std::sync::Arc;

use farc::Isolated;

#[derive(Isolated)]
enum Choice {
    Plain(u8),
    Shared { value: Arc<u8> },
}

fn main() {}
