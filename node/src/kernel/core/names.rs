//! Who has which name: the slots by the hash of the name that their lane holds, so that a name is stored once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder as NameHasher, HashTable};

use super::slot::Slot;

/// The names of a domain's actors.
#[derive(Default)]
pub(super) struct Names {
    table: HashTable<u32>,
    hasher: NameHasher,
}

impl Names {
    pub(super) fn find(&self, name: &str, slots: &[Slot]) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.table
            .find(hash, |&slot| **name_of(slot, slots) == *name)
            .copied()
    }

    /// The slot's name must be free.
    pub(super) fn insert(&mut self, slot: u32, slots: &[Slot]) {
        let hash = |slot: &u32| self.hasher.hash_one(&**name_of(*slot, slots));
        self.table.insert_unique(hash(&slot), slot, hash);
    }

    pub(super) fn remove(&mut self, slot: u32, slots: &[Slot]) {
        let hash = self.hasher.hash_one(&**name_of(slot, slots));
        if let Ok(known) = self.table.find_entry(hash, |&known| known == slot) {
            known.remove();
        }
    }
}

fn name_of(slot: u32, slots: &[Slot]) -> &std::sync::Arc<str> {
    slots[slot as usize].lane.name()
}
