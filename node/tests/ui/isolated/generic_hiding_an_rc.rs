use std::rc::Rc;

use farc::Isolated;

#[derive(Isolated)]
struct Pair<T> {
    value: T,
    shared: Option<Rc<T>>,
}

fn main() {}
