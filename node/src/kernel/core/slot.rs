//! An actor as the kernel sees it.

use std::sync::Arc;

use super::Phase;
use crate::kernel::Mailbox;
use crate::kernel::mailbox::{AnyLane, AnyMailbox, Known, Overflow};
use crate::kernel::ready::LEVELS;
use crate::kernel::tally::Counts;
use crate::signal::Event;

/// No actor.
pub(in crate::kernel) const NIL: u32 = u32::MAX;

/// What every step and every post touches, in little more than a cache line: nodes of a million idle actors are to be ordinary.
pub(in crate::kernel) struct Slot {
    /// Absent until something is to be put into it.
    pub(super) mailbox: Option<Box<Known<dyn AnyMailbox>>>,
    pub(super) lane: Arc<dyn AnyLane>,
    /// Before which step it became ready.
    pub(super) since: u64,
    /// The domain's time by then.
    pub(super) since_nanos: u64,
    /// Entries of the ring and reserved slots: what makes it ready.
    pub(super) work: u32,
    /// Who follows it in its level of the ready set.
    pub(in crate::kernel) next: u32,
    pub(in crate::kernel) previous: u32,
    /// How many actors had this slot before: an address of one of them leads nowhere.
    pub(super) generation: u32,
    pub(in crate::kernel) priority: u8,
    pub(super) phase: Phase,
    pub(in crate::kernel) is_ready: bool,
    pub(super) is_gone: bool,
    /// Whether its lane is to be looked into after the step.
    pub(super) looks: bool,
    /// Whether it is among those whose mailbox was full and that are to fail.
    pub(super) is_faulty: bool,
    /// Whether it is among those for which something waits beside the mailbox.
    pub(super) is_behind: bool,
    overflow: Overflow,
}

impl Slot {
    pub(super) fn new(lane: Arc<dyn AnyLane>, priority: u8, overflow: Overflow) -> Self {
        Self {
            mailbox: None,
            lane,
            since: 0,
            since_nanos: 0,
            work: 0,
            next: NIL,
            previous: NIL,
            generation: 0,
            priority: priority.min(LEVELS as u8 - 1),
            phase: Phase::New,
            is_ready: false,
            is_gone: false,
            looks: false,
            is_faulty: false,
            is_behind: false,
            overflow,
        }
    }

    /// The mailbox as the type that it has.
    #[inline(always)]
    pub(super) fn mailbox<E: Event>(&mut self) -> &mut Mailbox<E> {
        if self.mailbox.is_none() {
            self.give_mailbox();
        }
        self.mailbox
            .as_deref_mut()
            .and_then(Known::of)
            .expect("a slot is only used with the event type it was made for")
    }

    pub(super) fn any_mailbox(&mut self) -> &mut dyn AnyMailbox {
        if self.mailbox.is_none() {
            self.give_mailbox();
        }
        let mailbox = self.mailbox.as_deref_mut();
        &mut **mailbox.expect("it was given one if it had none")
    }

    #[cold]
    fn give_mailbox(&mut self) {
        self.mailbox = Some(self.lane.clone().mailbox(self.overflow));
    }

    /// What was meant for the actor, counted.
    pub(super) fn counts(&mut self) -> &mut Counts {
        self.any_mailbox().counts_mut()
    }

    /// Measures what can be taken.
    pub(super) fn count_work(&mut self) {
        self.work = self.mailbox.as_ref().map_or(0, |mailbox| mailbox.work());
    }
}
