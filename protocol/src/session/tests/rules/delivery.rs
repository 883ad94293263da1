//! From the outbox over the ring to the ACK.

use super::super::pair::{A, B, LATENCY, NORMAL, Pair, ms};
use super::{one_to, open, stats};
use crate::{
    frame::{Cause, Class},
    life::Life,
    limits::{self, Limits},
    session::{Channel, Event, Outbound, Stream},
};

#[test]
fn events_arrive_once_and_in_order_with_their_definitions_first() {
    let mut pair = Pair::connected();
    pair.publish(A, 500, 20);
    pair.run(ms(100));
    assert_eq!(pair.received(B), one_to(500));
    let events = &pair.nodes[B].events;
    let defined = events
        .iter()
        .position(|event| matches!(event, Event::Defined { def, .. } if def.id == 2))
        .unwrap();
    let actor = events
        .iter()
        .position(|event| matches!(event, Event::ActorDefined { id: 1, .. }))
        .unwrap();
    let first = events
        .iter()
        .position(|event| matches!(event, Event::Messages { .. }))
        .unwrap();
    assert!(defined < first && actor < first);
    assert_eq!(
        events
            .iter()
            .filter(|event| matches!(event, Event::Messages { .. }))
            .count(),
        1,
        "one batch"
    );
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 500);
}

#[test]
fn small_events_leave_in_few_buffers() {
    let mut pair = Pair::connected();
    let conn = open(&pair)[0];
    for _ in 0..1000 {
        let message = Outbound {
            signal: 1,
            version: 1,
            payload: vec![1; 16].into(),
            ..Outbound::default()
        };
        pair.nodes[A].session.enqueue(pair.now, NORMAL, message);
    }
    let parts = pair.nodes[A]
        .session
        .poll_transmit(pair.now, conn, Channel::Data(NORMAL))
        .unwrap();
    assert_eq!(parts.len(), 2, "what goes before, and the batch");
}

#[test]
fn a_large_payload_is_not_copied() {
    let mut pair = Pair::connected();
    let conn = open(&pair)[0];
    let payload = bytes::Bytes::from(vec![1; 40_000]);
    let message = Outbound {
        signal: 1,
        version: 1,
        payload: payload.clone(),
        ..Outbound::default()
    };
    pair.nodes[A].session.enqueue(pair.now, NORMAL, message);
    let parts = pair.nodes[A]
        .session
        .poll_transmit(pair.now, conn, Channel::Data(NORMAL))
        .unwrap();
    assert!(parts.iter().any(|part| part.as_ptr() == payload.as_ptr()));
}

#[test]
fn a_payload_above_the_bound_is_dropped_at_the_source_and_told() {
    let mut pair = Pair::connected();
    pair.publish(A, 1, limits::PAYLOAD_LEN);
    pair.publish(A, 1, limits::PAYLOAD_LEN + 1);
    pair.publish(A, 1, 8);
    pair.run(ms(100));
    assert_eq!(pair.received(B), [1, 3]);
    assert_eq!(pair.dropped(A, Cause::TooLarge), 1);
    assert_eq!(pair.nodes[B].told.values().sum::<u64>(), 1);
}

#[test]
fn what_is_not_configured_or_not_defined_is_dropped_and_counted() {
    let mut pair = Pair::connected();
    let session = &mut pair.nodes[A].session;
    session.enqueue(
        pair.now,
        NORMAL,
        Outbound {
            signal: 77,
            ..Outbound::default()
        },
    );
    session.enqueue(
        pair.now,
        Class::High,
        Outbound {
            signal: 1,
            ..Outbound::default()
        },
    );
    session.enqueue(
        pair.now,
        NORMAL,
        Outbound {
            signal: 1,
            targets: vec![1; 17],
            ..Outbound::default()
        },
    );
    assert_eq!(session.take_released(), 3);
    assert_eq!(pair.dropped(A, Cause::Undefined), 1);
    assert_eq!(pair.dropped(A, Cause::Unsupported), 1);
    assert_eq!(pair.nodes[A].stats().class(Class::High).dropped_total(), 1);
}

#[test]
fn targets_account_and_source_travel_with_the_event() {
    let mut pair = Pair::connected();
    let message = Outbound {
        signal: 2,
        source: 1,
        version: 1,
        targets: vec![7, 70_000],
        account: 9,
        payload: "x".into(),
    };
    pair.nodes[A].session.enqueue(pair.now, NORMAL, message);
    let bytes = {
        let conn = open(&pair)[0];
        pair.nodes[A]
            .session
            .poll_transmit(pair.now, conn, Channel::Data(NORMAL))
            .unwrap()
            .concat()
    };
    let conn = open(&pair)[0];
    let now = pair.now;
    let session = &mut pair.nodes[B].session;
    session.handle_bytes(now, conn, Stream::Data(2), bytes.into());
    let inbound = std::iter::from_fn(|| session.poll_event()).find_map(|event| match event {
        Event::Messages { messages, .. } => messages.into_iter().next(),
        _ => None,
    });
    let inbound = inbound.unwrap();
    assert_eq!((inbound.signal, inbound.source, inbound.account), (2, 1, 9));
    assert_eq!(inbound.targets, [7, 70_000]);
}

#[test]
fn a_source_that_was_never_defined_is_left_out() {
    let mut pair = Pair::connected();
    let message = Outbound {
        signal: 1,
        source: 5,
        version: 1,
        payload: vec![0; 8].into(),
        ..Outbound::default()
    };
    pair.nodes[A].session.enqueue(pair.now, NORMAL, message);
    pair.run(ms(50));
    let source = pair.nodes[B].events.iter().find_map(|event| match event {
        Event::Messages { messages, .. } => Some(messages[0].source),
        _ => None,
    });
    assert_eq!(source, Some(0));
}

#[test]
fn an_ack_derives_from_acceptance_alone() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 200, 8);
    pair.run(ms(1000));
    assert_eq!(pair.received(B).len(), 200);
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 0);
    pair.accept(B, 1);
    pair.run(ms(50));
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 200);
}

#[test]
fn a_single_event_is_acknowledged_within_25_milliseconds() {
    let mut pair = Pair::connected();
    pair.run(ms(310));
    pair.publish(A, 1, 8);
    pair.run(LATENCY + ms(24));
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 0);
    pair.run(LATENCY + ms(1));
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 1);
}

#[test]
fn sixty_four_events_or_64_kib_are_acknowledged_at_once() {
    for (count, payload) in [(64, 8), (2, 40_000)] {
        let mut pair = Pair::connected();
        pair.publish(A, count, payload);
        pair.run(2 * LATENCY);
        assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, count);
    }
}

#[test]
fn acceptance_of_another_life_is_not_taken() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 5, 8);
    pair.run(ms(50));
    pair.nodes[B]
        .session
        .accepted(pair.now, Life::new(99, 99), NORMAL, 6);
    pair.run(ms(100));
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 0);
}

#[test]
fn a_full_outbox_drops_the_newest_and_tells_of_it_in_place() {
    let mut pair = Pair::with(Limits {
        outbox_messages: 10,
        ..Limits::default()
    });
    pair.manual = true;
    pair.dial(A);
    pair.run(ms(100));
    pair.cut_all(0);
    pair.run(ms(50));
    pair.publish(A, 15, 8);
    assert_eq!(pair.dropped(A, Cause::OutboxFull), 5);
    assert_eq!(pair.nodes[A].released, 5);
    pair.dial(A);
    pair.run(ms(100));
    assert_eq!(pair.received(B), one_to(10));
    assert_eq!(pair.nodes[B].told[&pair.nodes[A].life], 5);
    let losses = pair.nodes[B]
        .events
        .iter()
        .filter(|event| matches!(event, Event::Loss { .. }))
        .count();
    assert_eq!(losses, 2, "one merged record a signal");
}

#[test]
fn a_full_ring_stops_the_outbox_and_evicts_nothing() {
    let mut pair = Pair::with(Limits {
        ring_messages: 10,
        ..Limits::default()
    });
    pair.manual = true;
    pair.dial(A);
    pair.run(ms(100));
    pair.hold(B, true);
    pair.publish(A, 25, 8);
    pair.run(ms(100));
    let class = stats(&pair, A).class(NORMAL).clone();
    assert_eq!((class.unacknowledged, class.queued), (10, 15));
    assert_eq!(
        pair.nodes[A].released, 10,
        "a permit is held until an event has its number"
    );
    pair.hold(B, false);
    pair.accept(B, 1);
    pair.run(ms(200));
    assert_eq!(pair.received(B), one_to(25));
}

#[test]
fn losses_of_others_are_told_in_place() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 1, 8);
    pair.nodes[A]
        .session
        .enqueue_loss(NORMAL, 1, 0, 4, Cause::OutboxFull);
    pair.nodes[A]
        .session
        .enqueue_loss(NORMAL, 1, 0, 3, Cause::OutboxFull);
    pair.publish(A, 1, 8);
    pair.run(ms(50));
    let order: Vec<u64> = pair.nodes[B]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Messages { first, .. } => Some(*first),
            Event::Loss { count, .. } => Some(100 + count),
            _ => None,
        })
        .collect();
    assert_eq!(
        order,
        [1, 107, 3],
        "one merged record, with a number of its own"
    );
    assert_eq!(stats(&pair, A).class(NORMAL).offered, 2);
}

#[test]
fn what_is_accepted_in_part_is_acknowledged_in_part() {
    let mut pair = Pair::connected();
    pair.hold(B, true);
    pair.publish(A, 70, 8);
    pair.run(ms(50));
    pair.publish(A, 30, 8);
    pair.run(ms(50));
    pair.accept(B, 1);
    pair.run(ms(700));
    assert_eq!(stats(&pair, A).class(NORMAL).acknowledged, 70);
}
