use std::{borrow::Cow, sync::{self, atomic::AtomicU32}};

use farc::Isolated;

#[derive(Isolated)]
struct Reading {
    field0: Cow<'static, str>,
    field1: &'static AtomicU32,
    field2: sync::Weak<u8>,
    field3: bytes::Bytes,
}

fn main() {}
