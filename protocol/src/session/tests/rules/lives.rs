//! What ends and what begins with a life.

use super::super::pair::{A, B, NORMAL, Pair, id, ms, session};
use super::{one_to, open, stats};
use crate::{
    close::CloseCode,
    frame::Cause,
    life::Life,
    session::{Channel, ConnectionId, DownReason, Event, LinkState, Role, Session, Stream},
};

#[test]
fn a_new_life_of_the_subscriber_hears_first_what_its_predecessor_missed() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 5, 8);
    pair.run(ms(50));
    pair.restart(B);
    pair.run(ms(100));
    pair.publish(A, 3, 8);
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.dropped(A, Cause::PeerRestarted), 8);
    assert_eq!(pair.nodes[B].told[&pair.nodes[A].life], 8);
    assert_eq!(pair.received(B), one_to(0), "nothing of the old epoch");
    assert_eq!(
        pair.nodes[A].downs(),
        [DownReason::Unreachable, DownReason::Restarted]
    );
    pair.publish(A, 1, 8);
    pair.run(ms(100));
    assert_eq!(pair.received(B), [9]);
    assert_eq!(
        stats(&pair, B).class(NORMAL).next_expected,
        4,
        "two losses and an event: numbers begin anew"
    );
}

#[test]
fn a_new_life_of_the_publisher_is_down_and_up_without_a_gap() {
    let mut pair = Pair::connected();
    pair.publish(A, 5, 8);
    pair.run(ms(50));
    let old = pair.nodes[A].life;
    pair.restart(A);
    // Its HELLO comes before the end of its last connection does.
    pair.dial(A);
    pair.run(ms(100));
    let down = pair.nodes[B]
        .events
        .iter()
        .find(|event| matches!(event, Event::Down { .. }));
    assert_eq!(
        down,
        Some(&Event::Down {
            life: old,
            reason: DownReason::Restarted,
            accepted: [0, 0, 5, 0]
        })
    );
    assert_eq!(stats(&pair, B).gaps_received, 0);
    pair.publish(A, 1, 8);
    pair.run(ms(50));
    assert_eq!(pair.received(B), [1]);
}

#[test]
fn an_older_life_is_superseded_while_a_newer_one_is_connected_and_stops_dialling() {
    let mut pair = Pair::connected();
    pair.manual = false;
    let now = pair.now;
    let conn = ConnectionId(500);
    let mut zombie = session(B, Life::new(0, 1), &pair.limits);
    zombie.connected(now, conn, Role::Dialer, id(A));
    let hello = zombie
        .poll_transmit(now, conn, Channel::Control)
        .unwrap()
        .concat();
    let session = &mut pair.nodes[A].session;
    session.connected(now, conn, Role::Acceptor, id(B));
    session.handle_bytes(now, conn, Stream::Control, hello.into());
    pair.pump(A);
    assert_eq!(pair.nodes[A].closes(), [CloseCode::Superseded]);
    zombie.disconnected(now, conn, Some(u64::from(CloseCode::Superseded.code())));
    assert!(!zombie.should_dial());
    assert_eq!(zombie.stats().state, LinkState::Superseded);
    assert_eq!(open(&pair).len(), 1, "the newer one is not disturbed");
    assert!(pair.nodes[A].downs().is_empty());
}

#[test]
fn an_older_life_is_accepted_when_the_recorded_one_is_not_connected() {
    let mut pair = Pair::connected();
    pair.cut_all(0);
    pair.run(ms(50));
    pair.restart(B);
    let stepped_back = Life::new(0, 3);
    pair.nodes[B].session = session(B, stepped_back, &pair.limits);
    pair.nodes[B].life = stepped_back;
    pair.dial(B);
    pair.run(ms(100));
    assert_eq!(stats(&pair, A).peer_life, Some(stepped_back));
    pair.publish(A, 2, 8);
    pair.run(ms(50));
    assert_eq!(pair.received(B), one_to(2));
}

/// What a process of B's name says that runs on with the life `life`, and what A makes of it.
fn hello_of_a_zombie(pair: &mut Pair, zombie: &mut Session, conn: ConnectionId) {
    let now = pair.now;
    zombie.connected(now, conn, Role::Acceptor, id(A));
    let hello = zombie
        .poll_transmit(now, conn, Channel::Control)
        .unwrap()
        .concat();
    let session = &mut pair.nodes[A].session;
    session.connected(now, conn, Role::Dialer, id(B));
    session.handle_bytes(now, conn, Stream::Control, hello.into());
}

#[test]
fn a_life_whose_successor_has_come_stays_over_even_while_that_one_is_away() {
    let mut pair = Pair::connected();
    let old = pair.nodes[B].life;
    pair.restart(B);
    pair.dial(B);
    pair.run(ms(100));
    let new = pair.nodes[B].life;
    pair.cut_all(0);
    pair.run(ms(50));
    let mut zombie = session(B, old, &pair.limits);
    hello_of_a_zombie(&mut pair, &mut zombie, ConnectionId(500));
    pair.pump(A);
    assert_eq!(pair.nodes[A].closes().last(), Some(&CloseCode::Superseded));
    assert_eq!(stats(&pair, A).peer_life, Some(new));
    pair.dial(B);
    pair.run(ms(100));
    assert_eq!(open(&pair).len(), 1, "the newer one is welcome");
    assert_eq!(stats(&pair, A).state, LinkState::Up);
}

#[test]
fn a_superseded_node_that_is_called_is_not_up_before_the_caller_has_chosen_it() {
    let mut pair = Pair::connected();
    let now = pair.now;
    let mut zombie = session(B, Life::new(0, 1), &pair.limits);
    hello_of_a_zombie(&mut pair, &mut zombie, ConnectionId(500));
    let superseded = u64::from(CloseCode::Superseded.code());
    zombie.disconnected(now, ConnectionId(500), Some(superseded));
    // Another life of A calls; what it says beyond HELLO is its choice.
    let conn = ConnectionId(501);
    let mut caller = session(A, Life::new(9, 9), &pair.limits);
    caller.set_interest(1, &[]);
    caller.connected(now, conn, Role::Dialer, id(B));
    zombie.connected(now, conn, Role::Acceptor, id(A));
    let pass = |from: &mut Session, to: &mut Session| {
        let bytes = from.poll_transmit(now, conn, Channel::Control);
        to.handle_bytes(now, conn, Stream::Control, bytes.unwrap().concat().into());
    };
    pass(&mut caller, &mut zombie);
    let is_up = |event: &Event| matches!(event, Event::Up { .. });
    assert!(!std::iter::from_fn(|| zombie.poll_event()).any(|event| is_up(&event)));
    pass(&mut zombie, &mut caller);
    pass(&mut caller, &mut zombie);
    assert!(std::iter::from_fn(|| zombie.poll_event()).any(|event| is_up(&event)));
    assert_eq!(zombie.stats().state, LinkState::Up);
}
