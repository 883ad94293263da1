//! What other threads have posted and published, on its way into the mailboxes.

use super::{Core, Phase};
use crate::kernel::Tally;
use crate::kernel::asks::AskError;
use crate::kernel::tally::Counts;
use crate::observe::Cause;

impl Core {
    /// Other threads have posted to this actor: takes in at most `left` of their events, and so many less may come from others then. True if
    /// there are more.
    pub(in crate::kernel) fn drain_lane(&mut self, slot: u32, left: &mut usize) -> bool {
        if self.slots[slot as usize].phase == Phase::Stopped {
            return false;
        }
        let more = self.take_in(slot, left);
        self.make_ready(slot);
        more
    }

    fn take_in(&mut self, slot: u32, left: &mut usize) -> bool {
        let mut lost = Vec::new();
        let drained = self.take_lane(slot, *left, &mut lost);
        *left -= drained.posts;
        for lost in lost {
            self.lost(slot, lost.event, lost.cause, 1);
            self.end_request(lost.origin, AskError::MailboxFull);
        }
        for (signal, cause, count) in drained.refused {
            self.intend_and_drop(slot, signal, cause, count);
        }
        drained.more
    }

    /// Closes the lane of an actor that takes no more events, and moves what it held into the mailbox, to be taken out and counted.
    pub(crate) fn close(&mut self, slot: u32) {
        let actor = &mut self.slots[slot as usize];
        actor.lane.close();
        let posts = actor.lane.posts();
        if posts.waiting + posts.refused + posts.poisoned > 0 {
            let mut all = usize::MAX;
            self.take_in(slot, &mut all);
        } else {
            actor.count_work();
        }
    }

    /// The books of an actor, measured now.
    pub(crate) fn tally(&self, slot: u32) -> Tally {
        let actor = &self.slots[slot as usize];
        let posts = actor.lane.posts();
        let mut tally = match &actor.mailbox {
            Some(mailbox) => {
                let queued = mailbox.waiting() + mailbox.deferred() + posts.waiting;
                mailbox.counts().tally(queued, posts.posted)
            }
            None => Counts::default().tally(posts.waiting, posts.posted),
        };
        for (cause, count) in [
            (Cause::MailboxFull, posts.refused),
            (Cause::Poison, posts.poisoned),
        ] {
            if count > 0 {
                tally.intended += count;
                *tally.dropped.entry(cause).or_default() += count;
            }
        }
        tally
    }
}
