//! The heap of deadlines against a list that is searched.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Deadline, FEW, Timers, What};

/// What is done to a heap.
#[derive(Clone, Debug)]
enum Act {
    /// So many nanoseconds from now; a negative number is the past.
    Arm(i64),
    /// One of those that are armed, by its place in the list.
    Cancel(usize),
    /// The same, and another one in its place.
    Rearm(usize, i64),
    /// So much time passes, and what is due comes; each second one comes again after so long.
    Pass(u64, u64),
}

fn act() -> impl Strategy<Value = Act> {
    // Few different times, so that many are the same.
    let when = (-3_i64..40).prop_map(|units| units * 25);
    prop_oneof![
        4 => when.clone().prop_map(Act::Arm),
        3 => any::<usize>().prop_map(Act::Cancel),
        2 => (any::<usize>(), when).prop_map(|(which, when)| Act::Rearm(which, when)),
        1 => (0_u64..300, 1_u64..200).prop_map(|(time, again)| Act::Pass(time, again)),
    ]
}

/// A deadline as the list has it.
#[derive(Clone, Copy)]
struct Known {
    at: Instant,
    turn: Deadline,
    slot: u32,
}

fn moved(from: Instant, by: i64) -> Instant {
    if by < 0 {
        from - Duration::from_nanos(by.unsigned_abs())
    } else {
        from + Duration::from_nanos(by.unsigned_abs())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a24_deadlines_come_by_time_and_then_by_arming_whatever_is_called_off(acts in prop::collection::vec(act(), 0..600)) {
        let begin = Instant::now();
        let mut now = begin;
        let mut timers = Timers::new(begin);
        let mut known: Vec<Known> = Vec::new();
        let mut slots = 0..;
        for act in acts {
            match act {
                Act::Arm(by) => {
                    let (at, slot) = (moved(now, by), slots.next().unwrap_or_default());
                    let turn = timers.arm(at, slot, What::Event);
                    known.push(Known { at, turn, slot });
                }
                Act::Cancel(which) if !known.is_empty() => {
                    timers.cancel(known.swap_remove(which % known.len()).turn);
                }
                Act::Rearm(which, by) if !known.is_empty() => {
                    let which = which % known.len();
                    timers.cancel(known[which].turn);
                    known[which].at = moved(now, by);
                    known[which].turn = timers.arm(known[which].at, known[which].slot, What::Event);
                }
                Act::Pass(time, again) => {
                    now += Duration::from_nanos(time);
                    loop {
                        let first = known.iter().enumerate().min_by_key(|(_, one)| (one.at, one.turn.seq));
                        let expected = first.filter(|(_, one)| one.at <= now).map(|(i, _)| i);
                        let due = timers.pop_due(now);
                        prop_assert_eq!(due.map(|due| (due.at, due.slot)), expected.map(|i| (known[i].at, known[i].slot)));
                        let (Some(due), Some(i)) = (due, expected) else { break };
                        if due.slot % 2 == 0 {
                            known[i].at = now + Duration::from_nanos(again);
                            timers.again(due, known[i].at);
                        } else {
                            known.swap_remove(i);
                            timers.done(due);
                        }
                    }
                }
                Act::Cancel(_) | Act::Rearm(..) => {}
            }
            prop_assert_eq!(timers.len(), known.len());
            // A deadline that was called off may be told as the next one, but never a later one than there is.
            let next = known.iter().map(|one| one.at).min();
            prop_assert!(timers.next() <= next || next.is_none(), "{:?} {:?}", timers.next(), next);
            prop_assert!(timers.next().is_some() == next.is_some());
        }
        for one in known {
            timers.cancel(one.turn);
        }
        prop_assert_eq!((timers.len(), timers.entries(), timers.next()), (0, 0, None));
    }
}

#[test]
fn what_is_called_off_does_not_pile_up_in_the_heap() {
    let now = Instant::now();
    let mut timers = Timers::new(now);
    let at = |n: u64| now + Duration::from_micros(n * 7919 % 10_007);
    let mut armed: Vec<Deadline> = (0..1000)
        .map(|n| timers.arm(at(n), 1, What::Event))
        .collect();
    for n in 0..100_000 {
        let which = (n * 31 % 1000) as usize;
        timers.cancel(armed[which]);
        armed[which] = timers.arm(at(n), 1, What::Event);
        assert_eq!(timers.len(), 1000);
        // At the most, one in four is dead beside the few that are never swept; a round of the hand comes on top.
        assert!(timers.entries() <= 1500 + FEW, "{}", timers.entries());
    }
    // The names of the dead are given again.
    assert!(timers.handles as usize <= 1500 + FEW, "{}", timers.handles);
}

#[test]
fn the_last_one_called_off_leaves_nothing_behind() {
    let now = Instant::now();
    let mut timers = Timers::new(now);
    let armed: Vec<_> = (0..200)
        .map(|n| timers.arm(now + Duration::from_secs(n), 1, What::Event))
        .collect();
    armed.into_iter().for_each(|turn| timers.cancel(turn));
    assert_eq!((timers.entries(), timers.next()), (0, None));
    assert_eq!(timers.pop_due(now + Duration::from_secs(300)), None);
}
