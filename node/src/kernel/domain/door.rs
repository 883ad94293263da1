//! What other threads have left at the door, taken in a bounded piece at a time; and the start in pieces.

use super::{Domain, guard};
use crate::kernel::bell::{POSTS_PER_LOOK, Ring};
use crate::kernel::core::Coming;

/// What a command counts for: it may be a status request, or a batch of a peer's events.
const POSTS_PER_COMMAND: usize = 64;

impl<X> Domain<X> {
    /// Whether something waits at the door. Read after every step.
    #[inline]
    pub(super) fn is_called(&self) -> bool {
        self.inbox.bell.is_rung()
    }

    /// Takes in what other threads have left, in the order of the rings: all of it, unless there is more than one look may bring.
    #[cold]
    pub(super) fn look(&mut self) {
        // A command sees everybody.
        self.settle_in();
        self.inbox.bell.take(&mut self.spare);
        self.rings.extend(self.spare.drain(..));
        let mut left = POSTS_PER_LOOK;
        while left > 0
            && let Some(ring) = self.rings.pop_front()
        {
            match ring {
                Ring::Lane(slot) => {
                    if self.core.drain_lane(slot, &mut left) {
                        self.rings.push_front(ring);
                    }
                }
                Ring::Tasks(slot) => {
                    left = left.saturating_sub(POSTS_PER_COMMAND);
                    if let Some(panic) = self.core.drain_tasks(slot) {
                        let runner = &mut self.runners[slot as usize];
                        runner.task_panicked(&mut self.core, &mut self.x, panic);
                    }
                }
                Ring::Answers => {
                    left = left.saturating_sub(POSTS_PER_COMMAND);
                    self.core.drain_answers();
                }
                Ring::Stop(slot, generation) => self.core.stop_next(slot, generation),
                Ring::Command => {
                    left = left.saturating_sub(POSTS_PER_COMMAND);
                    self.run_command();
                }
            }
        }
        if !self.rings.is_empty() {
            self.inbox.bell.stay_rung();
        }
        if left < POSTS_PER_LOOK / 2 {
            // It has taken its time: a timer may be due before the next step.
            self.core.advance(self.clock.now());
        }
    }

    /// Whether posts of other threads wait at the door.
    pub(crate) fn has_posts(&self) -> bool {
        // A lane may have been emptied since: when its actor stopped.
        let is_post = |ring: &Ring| match *ring {
            Ring::Lane(slot) => self.core.has_posts(slot),
            Ring::Tasks(_) | Ring::Command | Ring::Answers | Ring::Stop(..) => false,
        };
        self.rings.iter().any(is_post) || self.inbox.bell.any(is_post)
    }

    fn run_command(&mut self) {
        self.core.pulse.command();
        if let Some(command) = self.inbox.next_command()
            && let Err(panic) = guard(|| command(self))
        {
            tracing::error!(panic, "a command to the domain panicked");
        }
    }

    /// Starts the next actors of those that were spawned so far; [`start`](Domain::start) does the rest. No event is dispatched before
    /// that: for a node whose actors live in several domains and start in one order (E1).
    pub(crate) fn start_some(&mut self, count: usize) {
        let mut left = count;
        while left > 0
            && let Some(coming) = self.core.next_coming()
        {
            left -= usize::from(matches!(coming, Coming::Start(_)));
            self.come(coming);
            self.settle_in();
        }
    }

    /// The domain will not run: none of its actors takes a step any more, not even to leave its state.
    pub(crate) fn abandon(&mut self) {
        self.stopped = true;
    }
}
