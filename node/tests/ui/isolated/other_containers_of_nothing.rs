use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    marker::PhantomData,
};

use farc::Isolated;

#[derive(Isolated)]
struct Mark;

#[derive(Isolated)]
struct Structs {
    field: Vec<Mark>,
}

#[derive(Isolated)]
struct Arrays {
    field: VecDeque<[u8; 0]>,
}

#[derive(Isolated)]
struct Phantoms {
    field: BTreeSet<PhantomData<u8>>,
}

#[derive(Isolated)]
struct Maps {
    field: BTreeMap<(), ((), [(); 3])>,
}

#[derive(Isolated)]
struct Inside {
    field: Option<(u8, Vec<()>)>,
}

fn main() {}
