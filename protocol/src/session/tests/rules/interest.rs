//! Who wants what, and since when.

use super::super::pair::{A, B, LATENCY, NORMAL, Node, Pair, ms, settings, subscription};
use super::{one_to, stats};
use crate::{
    frame::Cause,
    session::{Event, Outbound, Session},
};

#[test]
fn ready_is_subs_end_from_and_interest_ack_by_the_peer() {
    let mut pair = Pair::new();
    pair.manual = true;
    pair.dial(A);
    // A is connected after one latency, its HELLO arrives with B's connection, B's snapshot comes one later.
    pair.run(LATENCY * 3);
    assert!(!pair.nodes[A].is_ready());
    pair.run(LATENCY * 2);
    assert!(pair.nodes.iter().all(Node::is_ready));
}

#[test]
fn a_node_that_has_not_said_what_it_wants_is_not_ready() {
    let mut pair = Pair::new();
    pair.manual = true;
    pair.nodes[B].session = Session::new(settings(B, pair.nodes[B].life, &pair.limits));
    pair.dial(A);
    pair.run(ms(100));
    assert!(!pair.nodes[A].is_ready());
    pair.nodes[B].session.set_interest(0, &[]);
    pair.run(ms(100));
    assert!(pair.nodes.iter().all(Node::is_ready), "an empty set is one");
}

#[test]
fn a_change_of_interest_comes_at_one_stroke_with_its_version() {
    let mut pair = Pair::connected();
    let changed = [subscription(2, 1), subscription(3, 2), subscription(4, 3)];
    pair.nodes[B].session.set_interest(5, &changed);
    pair.run(ms(50));
    let versions: Vec<_> = pair.nodes[A]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Interest {
                version,
                subscriptions,
            } => Some((*version, subscriptions.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(versions.last(), Some(&(5, changed.to_vec())));
    assert_eq!(
        versions.len(),
        2,
        "nothing between the snapshot and the change"
    );
    assert_eq!(stats(&pair, B).interest_acknowledged, 5);
}

#[test]
fn interest_stays_in_force_while_the_peer_is_away_and_its_snapshot_replaces_it() {
    let mut pair = Pair::connected();
    pair.cut_all(0);
    pair.run(ms(1000));
    pair.nodes[B].session.set_interest(2, &[subscription(2, 1)]);
    assert_eq!(pair.nodes[A].route, 1);
    pair.publish(A, 3, 8);
    assert_eq!(stats(&pair, A).class(NORMAL).queued, 3);
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(stats(&pair, A).peer_subscriptions, 1);
    assert_eq!(pair.received(B), one_to(3));
}

#[test]
fn interest_ends_60_seconds_after_the_disconnect_and_all_that_it_asked_for_is_told_as_loss() {
    let mut pair = Pair::connected();
    pair.cut_all(0);
    pair.run(ms(20));
    pair.publish(A, 3, 8);
    pair.run(ms(61_000));
    assert_eq!(pair.nodes[A].route, 1, "only after a dial has failed");
    pair.nodes[A].session.dialled(pair.now);
    pair.run(ms(1));
    assert_eq!(pair.dropped(A, Cause::InterestEnded), 3);
    // The bus goes on routing: between two lives nothing may be missing without a word.
    pair.publish(A, 2, 8);
    assert_eq!(pair.dropped(A, Cause::InterestEnded), 5);
    assert_eq!(stats(&pair, A).class(NORMAL).queued, 0);
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.nodes[B].told[&pair.nodes[A].life], 5);
    pair.publish(A, 1, 8);
    pair.run(ms(100));
    assert_eq!(pair.received(B), [6]);
}

#[test]
fn batches_follow_the_version_that_they_were_routed_with() {
    let mut pair = Pair::connected();
    pair.publish(A, 1, 8);
    pair.change_interest(B);
    pair.run(ms(50));
    pair.publish(A, 1, 8);
    pair.run(ms(50));
    let versions: Vec<u64> = pair.nodes[B]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Messages { version, .. } => Some(*version),
            _ => None,
        })
        .collect();
    assert_eq!(versions, [1, 2]);
}

#[test]
fn an_event_that_was_routed_with_an_interest_that_is_over_is_dropped_and_told() {
    let mut pair = Pair::connected();
    let stale = Outbound {
        signal: 1,
        version: 99,
        ..Outbound::default()
    };
    pair.nodes[A].session.enqueue(pair.now, NORMAL, stale);
    pair.run(ms(50));
    assert_eq!(stats(&pair, A).class(NORMAL).dropped_total(), 1);
    assert_eq!(pair.nodes[B].told.values().sum::<u64>(), 1);
}
