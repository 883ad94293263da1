use std::{collections::hash_map::DefaultHasher, hash::BuildHasherDefault};

use farc::Isolated;
use indexmap::IndexMap;

#[derive(Isolated)]
struct Reading {
    field0: jiff::Zoned,
    field1: jiff::tz::TimeZone,
    field2: IndexMap<u8, u8, BuildHasherDefault<DefaultHasher>>,
}

fn main() {}
