//! Refusals and farewells.

use super::super::pair::{A, B, Pair, ms, signal};
use super::one_to;
use crate::{
    close::CloseCode,
    frame::{Cause, RefuseCode, Refused},
    session::{DownReason, Event},
};

#[test]
fn a_refused_layout_is_said_to_the_publisher_which_stops_sending_it() {
    let mut pair = Pair::connected();
    pair.publish(A, 2, 8);
    pair.run(ms(50));
    pair.nodes[B]
        .session
        .refuse(Refused::Signal(1), RefuseCode::Mismatch);
    pair.run(ms(50));
    let refused = Event::Refused {
        what: Refused::Signal(1),
        code: RefuseCode::Mismatch,
    };
    assert!(pair.nodes[A].events.contains(&refused));
    pair.publish(A, 4, 8);
    pair.run(ms(50));
    assert_eq!(pair.received(B), [1, 2, 3, 5], "the other signal goes on");
    assert_eq!(pair.dropped(A, Cause::Refused), 2);
}

#[test]
fn a_node_that_leaves_is_drained_when_everything_is_acknowledged() {
    let mut pair = Pair::connected();
    pair.publish(A, 100, 8);
    pair.nodes[A].session.leave(pair.now, pair.now + ms(8000));
    pair.run(ms(200));
    assert!(pair.nodes[A].events.contains(&Event::Drained));
    assert_eq!(pair.received(B), one_to(100));
    assert!(pair.nodes[B].events.contains(&Event::Draining));
    assert_eq!(pair.nodes[B].downs(), [DownReason::Left]);
    assert_eq!(pair.nodes[B].route, 0, "its interest has ended with it");
    assert!(!pair.nodes[A].session.should_dial());
    assert!(pair.nodes[B].session.should_dial());
}

#[test]
fn d07_a_node_says_goaway_first_and_sends_on_until_it_has_nothing_more() {
    let mut pair = Pair::connected();
    let deadline = pair.now + ms(8000);
    pair.nodes[A].session.go_away(pair.now, deadline);
    pair.run(ms(1000));
    assert!(pair.nodes[B].events.contains(&Event::Draining));
    assert!(!pair.nodes[A].events.contains(&Event::Drained));
    // What is for it is dropped, and what comes from it arrives.
    pair.publish(B, 5, 8);
    pair.publish(A, 7, 8);
    pair.run(ms(1000));
    assert_eq!(pair.dropped(B, Cause::Draining), 5);
    assert_eq!(pair.received(B), one_to(7));
    assert!(pair.nodes[B].downs().is_empty());

    pair.publish(A, 3, 8);
    pair.nodes[A].session.leave(pair.now, deadline);
    pair.run(ms(200));
    assert!(pair.nodes[A].events.contains(&Event::Drained));
    assert_eq!(pair.received(B), one_to(10));
    assert_eq!(pair.nodes[B].downs(), [DownReason::Left]);
    let told = pair.nodes[B].events.iter();
    assert_eq!(told.filter(|event| **event == Event::Draining).count(), 1);
}

#[test]
fn d07_goaway_is_said_again_on_the_next_connection() {
    let mut pair = Pair::connected();
    let deadline = pair.now + ms(8000);
    pair.nodes[A].session.go_away(pair.now, deadline);
    pair.run(ms(100));
    pair.cut_all(0);
    pair.run(ms(50));
    pair.dial(A);
    pair.run(ms(200));
    pair.publish(A, 7, 8);
    pair.nodes[A].session.leave(pair.now, deadline);
    pair.run(ms(1000));
    assert_eq!(pair.received(B), one_to(7));
    assert_eq!(pair.nodes[B].downs().last(), Some(&DownReason::Left));
}

#[test]
fn d07_a_node_that_never_comes_to_its_end_is_gone_at_its_deadline() {
    let mut pair = Pair::connected();
    pair.nodes[A].session.go_away(pair.now, pair.now + ms(1000));
    pair.run(ms(999));
    assert!(!pair.nodes[A].events.contains(&Event::Drained));
    pair.run(ms(1));
    assert!(pair.nodes[A].events.contains(&Event::Drained));
    assert_eq!(pair.nodes[A].closes(), [CloseCode::GoingAway]);
}

#[test]
fn events_for_a_node_that_leaves_are_dropped_as_draining_and_told() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 1, 8);
    pair.nodes[A].session.leave(pair.now, pair.now + ms(1000));
    pair.run(ms(100));
    pair.publish(B, 5, 8);
    pair.run(ms(100));
    assert_eq!(pair.dropped(B, Cause::Draining), 5);
    assert_eq!(pair.received(A), one_to(0));
    assert_eq!(pair.nodes[A].told.values().sum::<u64>(), 5);
}

#[test]
fn leaving_ends_at_its_deadline_at_the_latest() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 1, 8);
    pair.nodes[A].session.leave(pair.now, pair.now + ms(1000));
    pair.run(ms(999));
    assert!(!pair.nodes[A].events.contains(&Event::Drained));
    pair.run(ms(1));
    assert!(pair.nodes[A].events.contains(&Event::Drained));
    assert_eq!(pair.nodes[A].closes(), [CloseCode::GoingAway]);
}

#[test]
fn nobody_waits_for_the_confirmation_of_a_peer_that_has_left() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 1, 8);
    pair.run(ms(100));
    pair.nodes[B].session.leave(pair.now, pair.now + ms(100));
    pair.run(ms(200));
    assert_eq!(pair.nodes[A].downs(), [DownReason::Left]);
    pair.nodes[A].session.leave(pair.now, pair.now + ms(8000));
    pair.run(ms(1));
    assert!(pair.nodes[A].events.contains(&Event::Drained));
}

#[test]
fn a_node_without_a_peer_leaves_at_once() {
    let mut pair = Pair::new();
    pair.manual = true;
    pair.nodes[A].session.leave(pair.now, pair.now + ms(8000));
    pair.pump(A);
    assert!(pair.nodes[A].events.contains(&Event::Drained));
}

#[test]
fn the_first_definition_of_a_signal_stays() {
    let mut pair = Pair::connected();
    let other = crate::frame::SignalDef {
        name: "test.other".into(),
        ..(*signal(1)).clone()
    };
    pair.nodes[A].session.define(std::sync::Arc::new(other));
    pair.publish(A, 2, 8);
    pair.run(ms(50));
    assert!(pair.nodes[B].closes().is_empty());
    assert_eq!(pair.received(B), one_to(2));
}
