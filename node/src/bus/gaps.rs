//! The reserved gap slots: outside every bound, so that a gap cannot be lost (C12).
//!
//! Losses of one receiver, peer, life, class and cause merge into one slot until an event of that peer is queued behind it: so there are at
//! most as many slots as events of peers in the mailbox, and one more for each cause.

use std::any::Any;
use std::collections::HashMap;

use farc_protocol::frame::Class;
use farc_protocol::life::Life;

use crate::sys::Gap;

/// A gap that waits for its receiver.
struct Waiting {
    slot: u32,
    gap: Gap,
    place: fn(Gap, &mut dyn Any),
}

/// What was lost, on the way to one receiver.
pub(super) struct Missed<'a> {
    /// The peer's number and name.
    pub(super) peer: (u16, &'a str),
    pub(super) life: Life,
    pub(super) class: Class,
    pub(super) cause: &'static str,
    pub(super) count: u64,
    pub(super) signals: Vec<(String, u64)>,
}

impl Missed<'_> {
    fn fits(&self, gap: &Gap) -> bool {
        gap.peer == self.peer.1
            && gap.life == self.life
            && gap.class == self.class.index() as u8
            && gap.cause == self.cause
    }
}

/// All gaps that wait, by the key that the receiver's mailbox holds.
#[derive(Default)]
pub(super) struct Gaps {
    waiting: Vec<Option<Waiting>>,
    free: Vec<u32>,
    /// The keys of each receiver that has some.
    by_slot: HashMap<u32, Vec<u32>>,
}

impl Gaps {
    /// The slots of a receiver into which a loss could merge.
    pub(super) fn candidates(&self, slot: u32, missed: &Missed<'_>) -> impl Iterator<Item = u32> {
        let fits = move |key: &u32| {
            let waiting = self.waiting.get(*key as usize).and_then(Option::as_ref);
            waiting.is_some_and(|known| missed.fits(&known.gap))
        };
        let known = self.by_slot.get(&slot).into_iter().flatten();
        known.copied().filter(fits)
    }

    /// Adds a loss to a slot that waits.
    pub(super) fn merge(&mut self, key: u32, missed: Missed<'_>) {
        let Some(Some(Waiting { gap, .. })) = self.waiting.get_mut(key as usize) else {
            return;
        };
        gap.count += missed.count;
        for (name, count) in missed.signals {
            match gap.signals.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += count,
                None => gap.signals.push((name, count)),
            }
        }
    }

    /// Opens a slot and returns its key.
    pub(super) fn open(
        &mut self,
        slot: u32,
        missed: Missed<'_>,
        place: fn(Gap, &mut dyn Any),
    ) -> u32 {
        let gap = Gap {
            peer: missed.peer.1.to_owned(),
            life: missed.life,
            class: missed.class.index() as u8,
            count: missed.count,
            signals: missed.signals,
            cause: missed.cause.to_owned(),
        };
        let waiting = Some(Waiting { slot, gap, place });
        let key = match self.free.pop() {
            Some(key) => {
                self.waiting[key as usize] = waiting;
                key
            }
            None => {
                self.waiting.push(waiting);
                self.waiting.len() as u32 - 1
            }
        };
        self.by_slot.entry(slot).or_default().push(key);
        key
    }

    /// Takes a gap out and puts it, as an event, into `into`.
    pub(super) fn take(&mut self, key: u32, into: &mut dyn Any) {
        if let Some(Waiting { slot, gap, place }) =
            self.waiting.get_mut(key as usize).and_then(Option::take)
        {
            self.free.push(key);
            if let Some(keys) = self.by_slot.get_mut(&slot) {
                keys.retain(|&known| known != key);
                if keys.is_empty() {
                    self.by_slot.remove(&slot);
                }
            }
            place(gap, into);
        }
    }
}
