use std::{cell::Cell, rc::Rc, sync::Arc};

use farc::Isolated;
use indexmap::{IndexMap, IndexSet};
use smallvec::SmallVec;

#[derive(Isolated)]
struct Reading {
    field0: SmallVec<[Cell<u8>; 4]>,
    field1: IndexMap<u8, Arc<u8>>,
    field2: IndexSet<Rc<u8>>,
}

fn main() {}
