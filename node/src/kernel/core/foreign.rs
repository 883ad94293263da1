//! What other threads have posted and published, on its way into the mailboxes.

use super::{Core, Phase};
use crate::kernel::Tally;
use crate::kernel::asks::AskError;
use crate::kernel::bell::{POSTS_PER_LOOK, Ring};
use crate::kernel::tally::Counts;
use crate::observe::Cause;

impl Core {
    /// Other threads have posted to this actor: takes in at most `left` of their events, and so many less may come from others then. True if
    /// there are more that no step of the actor will look for.
    pub(in crate::kernel) fn drain_lane(&mut self, slot: u32, left: &mut usize) -> bool {
        if self.slots[slot as usize].phase == Phase::Stopped {
            return false;
        }
        let more = self.take_in(slot, left);
        self.make_ready(slot);
        more
    }

    /// What the last look brought has been taken: looks again, since the bell is not rung meanwhile.
    ///
    /// So an actor that is posted to all the time takes its lane's lock once for all that has come while it was busy with what had come before.
    /// It is in the ready set for as long, and a look at each post would change nothing about when it runs.
    #[cold]
    pub(super) fn look_again_into_lane(&mut self, slot: u32) {
        self.slots[slot as usize].looks = false;
        if self.slots[slot as usize].phase != Phase::Stopped {
            let mut left = POSTS_PER_LOOK;
            if self.take_in(slot, &mut left) {
                self.bell.ring(Ring::Lane(slot));
            }
        }
    }

    /// True if there are more that nobody will look for.
    fn take_in(&mut self, slot: u32, left: &mut usize) -> bool {
        loop {
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
            if drained.posts == 0 {
                return false;
            }
            let looks_again = self.slots[slot as usize].any_mailbox().stays();
            if looks_again || !drained.more {
                return false;
            }
            if *left == 0 {
                return true;
            }
        }
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
