use std::{collections::HashSet, ffi::OsString, path::PathBuf, time::{Instant, SystemTime}};

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    field0: isize,
    field1: HashSet<u8>,
    field2: Instant,
    field3: SystemTime,
    field4: PathBuf,
    field5: OsString,
}

fn main() {}
