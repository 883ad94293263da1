//! The bell and the parking: nothing that is posted waits for a thread that sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use loom::thread;

use super::bell::{Bell, Ring};
use super::mailbox::{Receiver, lane};
use super::park;
use crate::check;
use crate::clock::Clock;

/// A clock that moves on by a microsecond with each reading.
#[derive(Debug)]
struct Ticks {
    start: Instant,
    readings: AtomicU64,
}

impl Ticks {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            readings: AtomicU64::new(0),
        }
    }
}

impl Clock for Ticks {
    fn now(&self) -> Instant {
        self.start + Duration::from_micros(self.readings.fetch_add(1, Ordering::Relaxed))
    }
}

/// The loop of a domain that has nothing to do but to take posts: until it has seen so many. `most` is the bound of one look into a lane.
pub(super) fn run_until(
    receiver: &mut Receiver,
    bell: &Bell,
    posts: usize,
    most: usize,
    spin: Duration,
) {
    let clock = Ticks::new();
    let mut spin = park::Spin::new(spin);
    bell.set_waker(&park::this_thread());
    let mut rings = Vec::new();
    while receiver.seen.len() < posts {
        if bell.is_rung() {
            bell.take(&mut rings);
            for ring in rings.drain(..) {
                assert_eq!(ring, Ring::Lane(7));
                receiver.drain(most);
            }
        } else {
            park::wait(bell, None, &mut spin, &clock);
        }
    }
}

fn posted_to_a_domain_that_parks(posters: u32, each: u32, most: usize, spin: Duration) {
    let bell = Arc::new(Bell::default());
    let lane = lane(&bell, posters * each);
    let threads: Vec<_> = (0..posters)
        .map(|poster| {
            let lane = lane.clone();
            thread::spawn(move || {
                for n in 0..each {
                    assert!(lane.post(10 * poster + n).is_ok(), "there is room for all");
                }
            })
        })
        .collect();
    let mut receiver = Receiver::new(&lane);
    run_until(&mut receiver, &bell, (posters * each) as usize, most, spin);
    for thread in threads {
        thread.join().unwrap();
    }
    for poster in 0..posters {
        let own = receiver.seen.iter().filter(|n| **n / 10 == poster);
        assert!(own.is_sorted(), "B3: {:?}", receiver.seen);
    }
}

/// Fails, since the domain sleeps for ever, if `ring` sets the flag before the list or not at all, if it wakes before it rings, and if a lane
/// keeps its mark of being looked into after a look that brought nothing.
#[test]
fn no_post_is_lost_between_the_last_look_and_the_parking() {
    check(|| posted_to_a_domain_that_parks(2, 1, 8, Duration::ZERO));
}

/// Fails if the mark is taken from the lane by a look that brought something, without another one.
#[test]
fn posts_of_one_thread_are_seen_in_its_order_however_they_meet_the_looks() {
    check(|| posted_to_a_domain_that_parks(1, 3, 8, Duration::ZERO));
}

/// Fails if what is left is forgotten, since the bell is not rung for it.
#[test]
fn a_look_that_takes_a_part_comes_back_for_the_rest() {
    check(|| posted_to_a_domain_that_parks(1, 3, 1, Duration::ZERO));
}

/// Fails if the thread parks without a wake-up that is kept: when `wait` clears the bell.
#[test]
fn a_thread_that_looks_before_it_parks_misses_nothing() {
    check(|| posted_to_a_domain_that_parks(1, 2, 8, Duration::from_micros(1)));
}
