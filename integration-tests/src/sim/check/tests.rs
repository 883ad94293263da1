//! Forged journals: each broken promise is found, and none where there is none.

use super::*;

const A: Run = Run { node: 0, life: 1 };
const B: Run = Run { node: 1, life: 1 };

fn wants_signal_0() -> Subscriptions {
    Subscriptions::from([((1, 0), BTreeSet::from([0]))])
}

fn event(n: u64) -> EventId {
    EventId {
        from: A,
        actor: 0,
        n,
        signal: 0,
    }
}

fn published(n: u64) -> Record {
    Record::Published(event(n))
}

fn dispatched(n: u64) -> Record {
    Record::Dispatched {
        at: B,
        receiver: 0,
        event: event(n),
        source: Some(A),
    }
}

fn gap(count: u64) -> Record {
    Record::Gap {
        at: B,
        receiver: 0,
        peer: A,
        counts: vec![(0, count)],
    }
}

/// Both began and are ready, four events were published.
fn journal(rest: impl IntoIterator<Item = Record>) -> Vec<Record> {
    let mut records = vec![
        Record::Began(A),
        Record::Began(B),
        Record::Ready {
            publisher: A,
            receiver: B,
        },
    ];
    records.extend((1..=4).map(published));
    records.extend(rest);
    records
}

fn violations(records: &[Record]) -> Vec<Violation> {
    check(records, &wants_signal_0(), true).1
}

#[test]
fn a_faultless_run_has_no_violation() {
    let (tally, violations) = check(&journal((1..=4).map(dispatched)), &wants_signal_0(), true);
    assert_eq!(violations, []);
    assert_eq!(
        (tally.published, tally.dispatched, tally.missing, tally.gaps),
        (4, 4, 0, 0)
    );
}

#[test]
fn a_hole_is_a_loss() {
    let found = violations(&journal([1, 2, 4].map(dispatched)));
    let lost = Violation::Lost {
        at: B,
        receiver: 0,
        from: A,
        signal: 0,
        missing: 1,
        told: 0,
        before: Some(event(4)),
    };
    assert_eq!(found, [lost]);
}

#[test]
fn a_missing_end_is_a_loss_between_lasting_lives() {
    let found = violations(&journal([1, 2].map(dispatched)));
    assert_eq!(
        found,
        [Violation::Lost {
            at: B,
            receiver: 0,
            from: A,
            signal: 0,
            missing: 2,
            told: 0,
            before: None
        }]
    );
}

#[test]
fn a_missing_end_is_none_when_a_life_ended() {
    let mut records = journal([1, 2].map(dispatched));
    records.push(Record::Ended(A));
    assert_eq!(violations(&records), []);
}

#[test]
fn a_missing_end_is_none_while_things_move() {
    let (_, found) = check(&journal([1, 2].map(dispatched)), &wants_signal_0(), false);
    assert_eq!(found, []);
}

#[test]
fn a_missing_beginning_is_a_loss_after_readiness() {
    let found = violations(&journal([3, 4].map(dispatched)));
    assert!(
        matches!(
            found[..],
            [Violation::Lost {
                missing: 2,
                before: Some(_),
                ..
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn a_missing_beginning_is_none_before_readiness() {
    let mut records = vec![
        Record::Began(A),
        Record::Began(B),
        published(1),
        published(2),
    ];
    records.push(Record::Ready {
        publisher: A,
        receiver: B,
    });
    records.extend([published(3), dispatched(3)]);
    assert_eq!(violations(&records), []);
}

#[test]
fn nothing_at_all_is_a_loss_after_readiness() {
    let found = violations(&journal([]));
    assert!(
        matches!(
            found[..],
            [Violation::Lost {
                missing: 4,
                before: None,
                ..
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn a_gap_covers_a_hole() {
    let (tally, found) = check(
        &journal([dispatched(1), gap(2), dispatched(4)]),
        &wants_signal_0(),
        true,
    );
    assert_eq!(found, []);
    assert_eq!((tally.missing, tally.told, tally.gaps), (2, 2, 1));
}

#[test]
fn a_gap_that_comes_after_the_next_event_comes_too_late() {
    let found = violations(&journal([dispatched(1), dispatched(4), gap(2)]));
    assert!(
        matches!(
            found[..],
            [Violation::Lost {
                missing: 2,
                told: 0,
                ..
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn a_gap_that_is_too_small_covers_nothing() {
    let found = violations(&journal([dispatched(1), gap(1), dispatched(4)]));
    assert!(
        matches!(
            found[..],
            [Violation::Lost {
                missing: 2,
                told: 1,
                ..
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn a_second_dispatch_is_a_doubling() {
    let found = violations(&journal([1, 2, 2, 3, 4].map(dispatched)));
    assert_eq!(
        found,
        [Violation::Doubled {
            at: B,
            receiver: 0,
            event: event(2)
        }]
    );
}

#[test]
fn an_event_that_was_overtaken_is_misordered() {
    let found = violations(&journal([
        dispatched(1),
        gap(1),
        dispatched(3),
        dispatched(2),
        dispatched(4),
    ]));
    assert_eq!(
        found,
        [Violation::Misordered {
            at: B,
            receiver: 0,
            event: event(2),
            after: 3
        }]
    );
}

#[test]
fn an_event_that_nobody_published_is_invented() {
    let found = violations(&journal([1, 2, 3, 4, 5].map(dispatched)));
    assert_eq!(
        found,
        [Violation::Invented {
            at: B,
            receiver: 0,
            event: event(5)
        }]
    );
}

#[test]
fn an_event_before_its_publishing_is_invented() {
    let mut records = journal((1..=4).map(dispatched));
    records.extend([dispatched(5), published(5), Record::Ended(A)]);
    assert_eq!(
        violations(&records),
        [Violation::Invented {
            at: B,
            receiver: 0,
            event: event(5)
        }]
    );
}

#[test]
fn a_false_origin_is_misattributed() {
    let mut records = journal((1..=3).map(dispatched));
    let source = Some(Run { node: 2, life: 1 });
    records.push(Record::Dispatched {
        at: B,
        receiver: 0,
        event: event(4),
        source,
    });
    assert_eq!(
        violations(&records),
        [Violation::Misattributed {
            at: B,
            receiver: 0,
            event: event(4),
            source
        }]
    );
}

#[test]
fn an_event_without_a_subscription_is_unwanted() {
    let other = EventId {
        signal: 1,
        n: 5,
        ..event(5)
    };
    let mut records = journal((1..=4).map(dispatched));
    records.extend([
        Record::Published(other),
        Record::Dispatched {
            at: B,
            receiver: 0,
            event: other,
            source: Some(A),
        },
    ]);
    assert_eq!(
        violations(&records),
        [Violation::Unwanted {
            at: B,
            receiver: 0,
            event: other
        }]
    );
}

#[test]
fn a_life_that_ended_does_nothing_more() {
    let mut records = journal((1..=3).map(dispatched));
    records.extend([Record::Ended(B), dispatched(4)]);
    assert_eq!(violations(&records), [Violation::Undead { run: B }]);
}

#[test]
fn a_new_life_starts_afresh() {
    let again = Run { node: 1, life: 2 };
    let mut records = journal((1..=2).map(dispatched));
    records.extend([
        Record::Ended(B),
        Record::Began(again),
        Record::Ready {
            publisher: A,
            receiver: again,
        },
    ]);
    records.extend([
        published(5),
        Record::Dispatched {
            at: again,
            receiver: 0,
            event: event(5),
            source: Some(A),
        },
    ]);
    assert_eq!(violations(&records), []);
}
