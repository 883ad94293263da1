use farc::Isolated;
use indexmap::IndexMap;
use smallvec::SmallVec;

#[derive(Isolated)]
struct Branch {
    leaves: SmallVec<[Twig; 2]>,
}

#[derive(Isolated)]
struct Twig {
    branches: IndexMap<u8, Branch>,
}

#[derive(Isolated)]
struct Root {
    roots: IndexMap<u8, Root>,
}

fn main() {}
