use farc::Isolated;
use indexmap::{IndexMap, IndexSet};
use smallvec::SmallVec;

#[derive(Isolated)]
struct Vectors {
    field: SmallVec<[(); 4]>,
}

#[derive(Isolated)]
struct Maps {
    field: IndexMap<[u8; 0], ()>,
}

#[derive(Isolated)]
struct Sets {
    field: Vec<IndexSet<()>>,
}

fn main() {}
