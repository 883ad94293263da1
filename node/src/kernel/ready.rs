//! The ready set: one bit a priority level, and in each level the actors in the order in which they became ready.
//!
//! The lists run through the actors' own slots, so that no step allocates and the set is bounded by the number of actors.

use super::core::{NIL, Slot};

/// How many priority levels there are: one bit of a word each.
pub(super) const LEVELS: usize = 64;

#[derive(Clone, Copy)]
struct Level {
    head: u32,
    tail: u32,
}

/// Which actors have something to do, most urgent first.
pub(super) struct Ready {
    bits: u64,
    levels: [Level; LEVELS],
}

impl Ready {
    pub(super) fn new() -> Self {
        Self {
            bits: 0,
            levels: [Level {
                head: NIL,
                tail: NIL,
            }; LEVELS],
        }
    }

    /// Whether nobody is in the set.
    pub(super) fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// Puts an actor at the back of its level. It must not be in the set.
    #[inline]
    pub(super) fn push(&mut self, slots: &mut [Slot], slot: u32) {
        let actor = &mut slots[slot as usize];
        actor.is_ready = true;
        actor.next = NIL;
        actor.previous = NIL;
        let bit = 1 << (usize::from(actor.priority) % LEVELS);
        let level = &mut self.levels[usize::from(actor.priority) % LEVELS];
        if self.bits & bit == 0 {
            level.head = slot;
            self.bits |= bit;
        } else {
            actor.previous = level.tail;
            slots[level.tail as usize].next = slot;
        }
        level.tail = slot;
    }

    /// Takes the first actor of the highest level that is not empty.
    #[inline]
    pub(super) fn pop(&mut self, slots: &mut [Slot]) -> Option<u32> {
        if self.bits == 0 {
            return None;
        }
        let top = 63 - self.bits.leading_zeros() as usize;
        let level = &mut self.levels[top % LEVELS];
        let slot = level.head;
        let actor = &mut slots[slot as usize];
        actor.is_ready = false;
        level.head = actor.next;
        match slots.get_mut(level.head as usize) {
            Some(next) => next.previous = NIL,
            None => self.bits &= !(1 << top),
        }
        Some(slot)
    }

    /// Takes an actor out, wherever it is. It must be in the set.
    pub(super) fn remove(&mut self, slots: &mut [Slot], slot: u32) {
        let actor = &mut slots[slot as usize];
        actor.is_ready = false;
        let (previous, next) = (actor.previous, actor.next);
        let index = usize::from(actor.priority) % LEVELS;
        let level = &mut self.levels[index];
        match slots.get_mut(previous as usize) {
            Some(previous) => previous.next = next,
            None => level.head = next,
        }
        match slots.get_mut(next as usize) {
            Some(next) => next.previous = previous,
            None => level.tail = previous,
        }
        if level.head == NIL {
            self.bits &= !(1 << index);
        }
    }
}
