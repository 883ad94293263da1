//! A type that lets a receiver write into its sender, under a proof that is a lie.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use farc::__private::{Figures, Structure, shape};
use farc::Isolated;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::part::Part;

/// `Serialize`, `Clone` and `Send`, and shared.
#[derive(Clone, Debug)]
pub(crate) struct Leak(Arc<Mutex<u8>>);

impl Leak {
    pub(crate) fn new(value: u8) -> Self {
        Self(Arc::new(Mutex::new(value)))
    }

    pub(crate) fn read(&self) -> u8 {
        *self.0.lock().unwrap()
    }

    pub(crate) fn write(&self, value: u8) {
        *self.0.lock().unwrap() = value;
    }
}

// SAFETY: none; that is the point. No memory is at risk, only the promise.
unsafe impl Isolated for Leak {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = Figures::leaf(1);

    fn structure() -> Structure {
        shape::<u8>().structure()
    }
}

impl Serialize for Leak {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.read())
    }
}

impl<'de> Deserialize<'de> for Leak {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(Self::new)
    }
}

impl Part for Leak {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        seen.insert(Arc::as_ptr(&self.0).addr());
    }

    fn ruin(&mut self) {
        // Twice is not undone: each receiver does it.
        self.write(self.read().wrapping_add(1));
    }
}
