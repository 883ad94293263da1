//! The lane: permits, posts and publications of other threads, and the end of the actor.

#[path = "../../../src/kernel/mailbox/lane.rs"]
#[expect(dead_code, reason = "names and positions are for the domain")]
mod lane;
#[path = "../../../src/kernel/mailbox/waiters.rs"]
mod waiters;

use std::collections::VecDeque;
use std::sync::Arc;

use loom::thread;

pub(super) use self::lane::Lane;
pub(super) use self::waiters::Turn;
use super::Admit;
use super::bell::Bell;
use crate::check;

/// The number of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arming(pub(crate) u64);

const SIGNAL: &str = "a.signal";

pub(super) fn lane(bell: &Arc<Bell>, room: u32) -> Arc<Lane<u32>> {
    Arc::new(Lane::new((7, 0), "actor".into(), bell.clone(), 2 * room))
}

/// The receiver's side of a lane, as a mailbox has it.
pub(super) struct Receiver {
    pub(super) lane: Arc<Lane<u32>>,
    pub(super) seen: Vec<u32>,
    /// Publications that found no permit.
    pub(super) refused: u64,
}

impl Receiver {
    pub(super) fn new(lane: &Arc<Lane<u32>>) -> Self {
        Self {
            lane: lane.clone(),
            seen: Vec::new(),
            refused: 0,
        }
    }

    /// Takes in posts, at most so many at once, and dispatches them, until a look brings nothing.
    pub(super) fn drain(&mut self, most: usize) {
        loop {
            let mut posts = VecDeque::new();
            let drained = self.lane.take(&mut posts, most, true);
            self.refused += drained.refused.iter().map(|(.., count)| count).sum::<u64>();
            if posts.is_empty() {
                return;
            }
            let count = posts.len() as u32;
            self.seen.extend(posts);
            self.lane.release_all(count);
        }
    }

    /// The actor stops: what is in the lane is taken out, and nothing comes in any more.
    pub(super) fn close(&mut self) {
        self.lane.shut();
        self.drain(usize::MAX);
    }

    /// It is restarted.
    pub(super) fn reopen(&self) {
        self.lane.open();
    }
}

/// Fails if `take_permit` compares first and subtracts then, if `release` is left out of the refusal of a closed lane, and if `take` leaves
/// posts behind that it reports as taken.
#[test]
fn permits_never_exceed_the_room_and_are_all_back_at_the_end() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 1);
        let posters: Vec<_> = (0..2)
            .map(|n| {
                let lane = lane.clone();
                thread::spawn(move || lane.post::<u32>(n).is_ok())
            })
            .collect();
        let mut receiver = Receiver::new(&lane);
        let mut posts = VecDeque::new();
        lane.take(&mut posts, 8, true);
        assert!(posts.len() <= 1, "one permit let two posts in");
        let early = posts.len();
        for post in posts {
            receiver.seen.push(post);
            lane.release();
        }
        let taken = posters.into_iter().map(|poster| poster.join().unwrap());
        let taken = taken.filter(|taken| *taken).count();
        receiver.drain(8);
        assert_eq!(receiver.seen.len(), taken);
        assert!(early <= taken && taken >= 1, "an empty lane took nothing");
        // All are back, and no more than there were.
        assert!(lane.post::<u32>(8).is_ok());
        assert!(
            lane.post::<u32>(9)
                .is_err_and(|back| back.why == Admit::Full)
        );
    });
}

/// Fails if `post` looks at `closed` before it takes the lock, and if `close` does not take it.
#[test]
fn a_post_meets_the_end_of_its_actor_before_or_after() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 2);
        let poster = {
            let lane = lane.clone();
            thread::spawn(move || lane.post::<u32>(1).map_err(|back| (back.event, back.why)))
        };
        let mut receiver = Receiver::new(&lane);
        receiver.close();
        let said = poster.join().unwrap();
        match said {
            // Taken means that the actor's end has it, to be counted.
            Ok(()) => assert_eq!(receiver.seen, [1]),
            Err(back) => assert_eq!((back, &receiver.seen), ((1, Admit::Stopped), &vec![])),
        }
        let mut late = VecDeque::new();
        lane.take(&mut late, 8, true);
        assert_eq!(late.len(), 0, "an event that nobody will ever look for");
        assert!(
            lane.post::<u32>(2)
                .is_err_and(|back| back.why == Admit::Stopped)
        );
    });
}

/// Fails if `take` forgets what was refused, and if a refusal is written down without the lock's second look at `closed`.
#[test]
fn each_copy_of_a_publication_is_taken_or_in_the_receivers_books() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 1);
        let publisher = {
            let lane = lane.clone();
            thread::spawn(move || [1, 2].map(|n: u32| lane.publish(n, SIGNAL)))
        };
        let mut receiver = Receiver::new(&lane);
        receiver.drain(8);
        receiver.close();
        let said = publisher.join().unwrap();
        let count = |what| said.iter().filter(|admit| **admit == what).count();
        assert_eq!(receiver.seen.len(), count(Admit::Queued));
        assert_eq!(receiver.refused, count(Admit::Full) as u64);
        // In the order of the publisher.
        assert!(receiver.seen.is_sorted());
    });
}
