//! The ready set: one bit a priority level, and in each level the actors in the order in which they became ready.
//!
//! The lists run through the actors' own slots, so that no step allocates and the set is bounded by the number of actors.

/// How many priority levels there are: one bit of a word each.
pub(super) const LEVELS: usize = 64;

/// No actor: the end of a list.
const NIL: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Level {
    head: u32,
    tail: u32,
}

/// Which actors have something to do, most urgent first.
pub(super) struct Ready {
    bits: u64,
    levels: [Level; LEVELS],
    /// Per actor: who follows it in its level.
    next: Vec<u32>,
}

impl Ready {
    pub(super) fn new() -> Self {
        Self {
            bits: 0,
            levels: [Level {
                head: NIL,
                tail: NIL,
            }; LEVELS],
            next: Vec::new(),
        }
    }

    /// Makes room for one more actor.
    pub(super) fn grow(&mut self) {
        self.next.push(NIL);
    }

    /// Puts an actor at the back of its level. It must not be in the set.
    #[inline]
    pub(super) fn push(&mut self, slot: u32, priority: u8) {
        let level = &mut self.levels[usize::from(priority) % LEVELS];
        self.next[slot as usize] = NIL;
        if level.head == NIL {
            level.head = slot;
            self.bits |= 1 << (priority % LEVELS as u8);
        } else {
            self.next[level.tail as usize] = slot;
        }
        level.tail = slot;
    }

    /// Takes the first actor of the highest level that is not empty.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<u32> {
        if self.bits == 0 {
            return None;
        }
        let top = 63 - self.bits.leading_zeros() as usize;
        let level = &mut self.levels[top % LEVELS];
        let slot = level.head;
        level.head = self.next[slot as usize];
        if level.head == NIL {
            self.bits &= !(1 << top);
        }
        Some(slot)
    }

    /// Takes an actor out, wherever it is. Rare: when an actor fails or stops.
    pub(super) fn remove(&mut self, slot: u32, priority: u8) {
        let level = usize::from(priority) % LEVELS;
        let (mut before, mut at) = (NIL, self.levels[level].head);
        while at != NIL && at != slot {
            before = at;
            at = self.next[at as usize];
        }
        if at == NIL {
            return;
        }
        let after = self.next[slot as usize];
        if before == NIL {
            self.levels[level].head = after;
        } else {
            self.next[before as usize] = after;
        }
        if after == NIL {
            self.levels[level].tail = before;
        }
        if self.levels[level].head == NIL {
            self.bits &= !(1 << level);
        }
    }
}
