//! What a new connection of the same epoch goes on with.

use super::super::pair::{A, B, LATENCY, NORMAL, Pair, id, ms, session, subscription};
use super::{one_to, stats};
use crate::{
    frame::Cause,
    session::{ConnectionId, Event, Outbound, Role},
};

#[test]
fn what_was_cut_off_is_replayed_and_what_was_known_is_skipped() {
    let mut pair = Pair::connected();
    pair.publish(A, 300, 200);
    pair.cut_all(10_000);
    pair.run(ms(50));
    let before = pair.received(B).len();
    assert!(before < 300);
    pair.publish(A, 10, 8);
    pair.dial(B);
    pair.run(ms(100));
    assert_eq!(pair.received(B), one_to(310));
    let stats = stats(&pair, A);
    assert_eq!(stats.resumes, 1);
    assert!(stats.class(NORMAL).replayed > 0);
    assert_eq!(
        pair.nodes[A]
            .events
            .iter()
            .filter(|event| matches!(event, Event::Up { resumed: true, .. }))
            .count(),
        1
    );
}

#[test]
fn what_arrived_without_its_ack_is_not_sent_again() {
    let mut pair = Pair::connected();
    pair.publish(A, 10, 8);
    pair.run(LATENCY);
    pair.cut_all(0);
    pair.run(ms(50));
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 0);
    pair.dial(A);
    pair.run(ms(100));
    let class = stats(&pair, A).class(NORMAL).clone();
    assert_eq!(
        (class.acknowledged, class.replayed),
        (10, 0),
        "HELLO says how far it came"
    );
}

#[test]
fn an_accepted_event_that_hello_did_not_know_of_is_skipped_as_a_duplicate() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 10, 8);
    pair.run(ms(50));
    pair.cut_all(0);
    pair.run(ms(50));
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.received(B), one_to(10));
    assert_eq!(stats(&pair, B).class(NORMAL).duplicate, 10);
}

#[test]
fn numbered_events_expire_30_seconds_after_the_disconnect_and_become_one_gap() {
    let mut pair = Pair::connected();
    pair.publish(A, 7, 8);
    pair.cut_all(0);
    pair.run(ms(29_000));
    pair.nodes[A].session.dialled(pair.now);
    pair.run(ms(3000));
    assert_eq!(
        stats(&pair, A).class(NORMAL).ring_bytes,
        7 * (4 + 8),
        "a dial that failed before does not count"
    );
    pair.nodes[A].session.dialled(pair.now);
    assert_eq!(stats(&pair, A).class(NORMAL).ring_bytes, 0);
    assert_eq!(
        stats(&pair, A).class(NORMAL).unacknowledged,
        7,
        "undecided until the peer says how far it came"
    );
    pair.publish(A, 1, 8);
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.received(B), [8]);
    assert_eq!(pair.gap(A, Cause::Expired), 7);
    let gap = pair.nodes[B].events.iter().find_map(|event| match event {
        Event::Gap {
            from,
            to,
            cause,
            counts,
            ..
        } => Some((*from, *to, *cause, counts.clone())),
        _ => None,
    });
    assert_eq!(gap, Some((1, 7, Cause::Expired, vec![(1, 3), (2, 4)])));
}

#[test]
fn what_had_arrived_before_it_expired_is_no_gap() {
    let mut pair = Pair::connected();
    pair.publish(A, 7, 8);
    pair.run(LATENCY);
    pair.cut_all(0);
    pair.run(ms(31_000));
    pair.nodes[A].session.dialled(pair.now);
    pair.dial(A);
    pair.run(ms(100));
    let class = stats(&pair, A).class(NORMAL).clone();
    assert_eq!((class.acknowledged, class.gap_total()), (7, 0));
}

#[test]
fn a_gap_that_was_lost_with_its_connection_comes_again() {
    let mut pair = Pair::connected();
    pair.publish(A, 7, 8);
    pair.cut_all(0);
    pair.run(ms(31_000));
    pair.nodes[A].session.dialled(pair.now);
    for _ in 0..3 {
        let conn = pair.dial(A);
        pair.run(LATENCY * 3);
        pair.cut(conn, 0);
        pair.run(ms(100));
    }
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.nodes[B].told[&pair.nodes[A].life], 7);
    assert_eq!(pair.gap(A, Cause::Expired), 7, "counted once");
}

#[test]
fn a_peer_that_never_read_our_hello_is_replayed_everything() {
    let mut pair = Pair::new();
    pair.manual = true;
    pair.nodes[B].session.set_interest(1, &[subscription(1, 1)]);
    let conn = pair.dial(A);
    // B has both HELLOs and publishes; nothing of B reaches A.
    pair.run(2 * LATENCY);
    pair.nodes[B].route = 0;
    let message = Outbound {
        signal: 1,
        payload: 1_u64.to_be_bytes().to_vec().into(),
        ..Outbound::default()
    };
    pair.nodes[B].session.enqueue(pair.now, NORMAL, message);
    pair.pump(B);
    assert_eq!(stats(&pair, B).class(NORMAL).numbered, 1);
    pair.cut(conn, 0);
    pair.run(ms(50));
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.received(A), [1]);
}

#[test]
fn a_peer_that_forgot_gets_one_gap_and_never_a_replay() {
    let mut pair = Pair::connected();
    pair.publish(A, 5, 8);
    pair.cut_all(0);
    pair.run(ms(50));
    // The same life without a memory.
    pair.nodes[B].session = session(B, pair.nodes[B].life, &pair.limits);
    // Its numbers of connections must go on rising.
    for conn in 1000..1010 {
        pair.nodes[B]
            .session
            .connected(pair.now, ConnectionId(conn), Role::Dialer, id(A));
        pair.nodes[B]
            .session
            .disconnected(pair.now, ConnectionId(conn), None);
    }
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.gap(A, Cause::Forgotten), 5);
    assert_eq!(pair.nodes[B].told[&pair.nodes[A].life], 5);
    pair.publish(A, 1, 8);
    pair.run(ms(100));
    assert_eq!(pair.received(B), [6]);
}
