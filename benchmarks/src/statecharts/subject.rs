//! What is common to all implementations of a chart: how one is driven, timed and checked.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::measure::{Contender, Effort};

/// How many events a tape has: random enough, and small enough for the cache.
const TAPE: usize = 4096;

/// How often a pass goes over the tape: reading the clock takes some 40 ns, which shall not show.
const REPEATS: usize = 8;

/// How many passes a turn has at least, however busy the machine is.
const MIN_PASSES: usize = 8;

/// A state machine that runs.
pub(crate) trait Subject: 'static {
    /// What it reacts to.
    type Event: Copy + 'static;

    /// One event; called by [`run`] and by what is timed, and nowhere else.
    fn offer(&mut self, event: &Self::Event);

    /// What the actions have left behind.
    fn done(&self) -> Vec<u64>;
}

/// The events of `alphabet` in turn.
pub(crate) fn cycle<E: Copy>(alphabet: &[E]) -> Vec<E> {
    alphabet.repeat(TAPE / alphabet.len())
}

/// Events of `alphabet` by a linear congruential generator (Knuth's MMIX constants): the same each time.
pub(crate) fn random<E: Copy>(alphabet: &[E]) -> Vec<E> {
    let mut x: u64 = 1;
    (0..TAPE)
        .map(|_| {
            x = x
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            alphabet[(x >> 33) as usize % alphabet.len()]
        })
        .collect()
}

/// The contender that runs `subject` over `tape`: the value of a round is the fastest pass of its turn, in nanoseconds an event.
///
/// The fastest, because what comes on top of it is the machine's other work, and each pass is the same.
pub(crate) fn contender<S: Subject>(
    name: &'static str,
    mut subject: S,
    tape: &[S::Event],
) -> Contender {
    let tape = tape.to_vec();
    let turn = move |effort: Effort| {
        let end = Instant::now() + Duration::from_millis(effort.turn_ms);
        let (mut fastest, mut passes) = (Duration::MAX, 0);
        while passes < MIN_PASSES || Instant::now() < end {
            fastest = fastest.min(pass(&mut subject, &tape, black_box(REPEATS)));
            passes += 1;
        }
        fastest.as_secs_f64() * 1e9 / (tape.len() * REPEATS) as f64
    };
    Contender {
        name,
        turn: Box::new(turn),
    }
}

/// Offers the events of the tape, `repeats` times; the loop that is timed.
///
/// Neither the machine nor the event is known to the compiler, as behind a mailbox. Nothing else offers events, so that each machine is called in
/// one place and the compiler is as free to inline it as in an actor's loop.
#[inline(never)]
fn pass<S: Subject>(subject: &mut S, tape: &[S::Event], repeats: usize) -> Duration {
    let begin = Instant::now();
    for _ in 0..repeats {
        for event in tape {
            black_box(&mut *subject).offer(black_box(event));
        }
    }
    begin.elapsed()
}

/// Offers the events of the tape once.
pub(crate) fn run<S: Subject>(subject: &mut S, tape: &[S::Event]) {
    pass(subject, tape, black_box(1));
}

/// Holds two implementations of a chart against each other: the same actions after each event.
///
/// # Panics
///
/// When they differ: then there is nothing to compare.
pub(crate) fn check<S: Subject, P: Subject<Event = S::Event>>(
    peer: &str,
    mut subject: S,
    mut other: P,
    tape: &[S::Event],
) {
    assert_eq!(subject.done(), other.done(), "{peer}: after the start");
    for (number, event) in tape.iter().enumerate() {
        run(&mut subject, &[*event]);
        run(&mut other, &[*event]);
        assert_eq!(subject.done(), other.done(), "{peer}: after event {number}");
    }
}
