//! When a peer is called again, and when not.

use super::*;

fn dialer(seed: u8) -> Pauses {
    Pauses::new(Random::new(&[seed; 32]))
}

#[test]
fn pauses_double_from_a_tenth_of_a_second_to_five() {
    let mut pauses = dialer(1);
    let mut bound = Duration::from_millis(100);
    for _ in 0..20 {
        let pause = pauses.next(LONGEST_PAUSE);
        assert!(
            bound / 2 <= pause && pause <= bound,
            "{pause:?} within {bound:?}"
        );
        bound = (bound * 2).min(Duration::from_secs(5));
    }
}

#[test]
fn a_stable_connection_makes_the_next_pause_short_again() {
    let mut pauses = dialer(1);
    for _ in 0..10 {
        pauses.next(LONGEST_PAUSE);
    }
    pauses.forgive();
    assert!(pauses.next(LONGEST_PAUSE) <= Duration::from_millis(100));
}

#[test]
fn two_nodes_that_lost_each_other_do_not_pause_alike() {
    let (mut one, mut other) = (dialer(1), dialer(2));
    assert!((0..10).any(|_| one.next(LONGEST_PAUSE) != other.next(LONGEST_PAUSE)));
}

#[test]
fn pauses_after_silence_stay_short() {
    let mut pauses = dialer(1);
    assert!((0..20).all(|_| pauses.next(PAUSE_AFTER_SILENCE) <= Duration::from_millis(500)));
}
