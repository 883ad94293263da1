//! Two connections at once, and none.

use super::super::pair::{A, B, LATENCY, NORMAL, Pair, id, ms, peer};
use super::{one_to, open, stats};
use crate::{
    close::CloseCode,
    session::{ConnectionId, DownReason, Event, LinkState, Role},
};

#[test]
fn two_nodes_that_dial_each_other_end_up_with_the_one_of_the_smaller_id() {
    let mut pair = Pair::new();
    pair.manual = true;
    let by_a = pair.dial(A);
    pair.dial(B);
    pair.run(ms(500));
    assert_eq!(open(&pair), [by_a]);
    for node in &pair.nodes {
        assert_eq!((node.ups(), node.downs()), (1, vec![]));
        assert_eq!(
            node.stats().closed,
            Default::default(),
            "nobody is to blame"
        );
    }
    assert_eq!(pair.nodes[A].stats().elections, 1);
}

#[test]
fn crossing_dials_converge_however_they_cross() {
    for first in [A, B] {
        for offset in 0..25 {
            let mut pair = Pair::new();
            pair.manual = true;
            pair.dial(first);
            pair.run(ms(offset));
            pair.dial(peer(first));
            pair.run(ms(3000));
            assert_eq!(
                open(&pair).len(),
                1,
                "{first} first, the other {offset} ms later: {:?}",
                pair.ends
            );
            assert!(
                pair.nodes
                    .iter()
                    .all(|node| node.is_ready() && node.ups() == 1 && node.downs().is_empty())
            );
            pair.publish(A, 10, 8);
            pair.publish(B, 10, 8);
            pair.run(ms(100));
            assert_eq!(
                (pair.received(A), pair.received(B)),
                (one_to(10), one_to(10))
            );
        }
    }
}

#[test]
fn a_second_connection_while_events_flow_loses_and_doubles_nothing() {
    for dialler in [A, B] {
        let mut pair = Pair::connected();
        pair.publish(A, 100, 500);
        pair.dial(dialler);
        for _ in 0..10 {
            pair.publish(A, 20, 500);
            pair.publish(B, 20, 500);
            pair.run(ms(3));
        }
        pair.run(ms(3000));
        assert_eq!(open(&pair).len(), 1);
        assert_eq!(
            (pair.received(A), pair.received(B)),
            (one_to(200), one_to(300))
        );
        assert!(
            pair.nodes.iter().all(|node| node.downs().is_empty()),
            "replacement is not node_down"
        );
    }
}

#[test]
fn a_peer_that_holds_nothing_else_replaces_the_old_connection_at_once() {
    for dialler in [A, B] {
        let mut pair = Pair::connected();
        let old = open(&pair)[0];
        // B has lost the connection and A does not know it.
        pair.ends.remove(&old);
        pair.nodes[B].session.disconnected(pair.now, old, None);
        pair.publish(A, 5, 8);
        let new = pair.dial(dialler);
        pair.run(LATENCY * 6);
        assert_eq!(open(&pair), [new]);
        assert_eq!(pair.received(B), one_to(5));
        assert_eq!(pair.nodes[A].closes(), [CloseCode::Duplicate]);
        assert!(pair.nodes[A].downs().is_empty());
    }
}

#[test]
fn a_renewed_connection_takes_the_place_of_the_old_one_whoever_dialled_either() {
    for (first, renewer) in [(A, A), (A, B), (B, A), (B, B)] {
        let mut pair = Pair::new();
        pair.manual = true;
        let old = pair.dial(first);
        pair.run(ms(100));
        assert_eq!(open(&pair), [old]);

        assert!(pair.renew(renewer));
        let new = pair.dial(renewer);
        // An event is always on its way, and the old connection carries it until the new one does.
        for _ in 0..100 {
            pair.publish(A, 1, 8);
            pair.publish(B, 1, 8);
            pair.run(ms(1));
        }
        pair.run(ms(100));
        assert_eq!(open(&pair), [new]);
        for node in [A, B] {
            let it = &pair.nodes[node];
            assert_eq!((it.ups(), it.downs()), (1, vec![]), "nobody went down");
            assert_eq!(pair.received(node), one_to(100));
            let stats = stats(&pair, node);
            assert_eq!((stats.connections, stats.resumes), (2, 1));
            assert!(!it.session.is_renewing() && !it.session.should_dial());
        }
        // The peer lets go of the old connection at once; who renews still reads what was on its way there.
        assert!(stats(&pair, renewer).class(NORMAL).duplicate > 0);
    }
}

#[test]
fn a_connection_is_renewed_by_both_sides_at_once_and_one_stays() {
    for offset in 0..25 {
        let mut pair = Pair::connected();
        pair.renew(A);
        pair.dial(A);
        pair.run(ms(offset));
        pair.renew(B);
        pair.dial(B);
        for _ in 0..100 {
            pair.publish(A, 1, 8);
            pair.publish(B, 1, 8);
            pair.run(ms(1));
        }
        pair.run(ms(3000));
        assert_eq!(open(&pair).len(), 1, "{offset} ms apart: {:?}", pair.ends);
        for node in [A, B] {
            assert_eq!(pair.received(node), one_to(100));
            assert_eq!(pair.nodes[node].downs(), []);
        }
    }
}

#[test]
fn a_renewal_that_fails_leaves_the_old_connection_and_is_still_wanted() {
    let mut pair = Pair::connected();
    let old = open(&pair)[0];
    pair.renew(A);
    assert!(pair.nodes[A].session.should_dial());
    let new = pair.dial(A);
    pair.run(LATENCY);
    assert!(!pair.nodes[A].session.should_dial(), "one at a time");
    pair.cut(new, 0);
    pair.run(LATENCY * 4);
    assert_eq!(open(&pair), [old]);
    assert!(pair.nodes[A].session.should_dial());
    assert!(pair.nodes.iter().all(|node| node.downs().is_empty()));
}

#[test]
fn without_a_connection_there_is_nothing_to_renew() {
    let mut pair = Pair::connected();
    pair.cut_all(0);
    pair.run(LATENCY * 4);
    assert!(!pair.renew(A));
    assert!(!pair.nodes[A].session.is_renewing());
}

#[test]
fn a_third_connection_takes_the_place_of_one_that_does_not_speak() {
    let mut pair = Pair::connected();
    let now = pair.now;
    let session = &mut pair.nodes[A].session;
    session.connected(now, ConnectionId(50), Role::Acceptor, id(B));
    session.connected(now, ConnectionId(51), Role::Acceptor, id(B));
    pair.pump(A);
    let closed = pair.nodes[A]
        .events
        .iter()
        .find(|event| matches!(event, Event::Close { .. }));
    assert!(matches!(
        closed,
        Some(Event::Close {
            conn: ConnectionId(50),
            ..
        })
    ));
    assert!(pair.nodes[A].downs().is_empty());
}

#[test]
fn ping_goes_out_every_500_ms_and_measures_the_round_trip() {
    let mut pair = Pair::connected();
    pair.run(ms(1000));
    assert_eq!(stats(&pair, A).rtt, Some(2 * LATENCY));
}

#[test]
fn the_side_that_was_called_sends_its_ping_along_with_its_pong() {
    let mut pair = Pair::connected();
    pair.run(ms(5000));
    let before = pair.controls;
    pair.run(ms(10_000));
    let said = [A, B].map(|node| pair.controls[node] - before[node]);
    // PING and, after the answer, PONG; both in one piece.
    assert_eq!(said, [40, 20]);
}

#[test]
fn a_peer_that_is_not_heard_for_two_seconds_is_closed_and_unreachable() {
    let mut pair = Pair::connected();
    pair.run(ms(1000));
    pair.silence();
    pair.run(ms(1400));
    assert!(pair.nodes[A].downs().is_empty());
    pair.run(ms(700));
    for node in &pair.nodes {
        assert_eq!(node.closes(), [CloseCode::Timeout]);
        assert_eq!(node.downs(), [DownReason::Unreachable]);
        assert_eq!(node.stats().state, LinkState::Down);
        assert!(node.session.should_dial());
    }
}

#[test]
fn a_quiet_link_stays_up() {
    let mut pair = Pair::connected();
    pair.run(ms(120_000));
    assert!(
        pair.nodes
            .iter()
            .all(|node| node.downs().is_empty() && node.closes().is_empty())
    );
}
