//! Well-formed frames that break a promise.

use bytes::{Bytes, BytesMut};

use super::super::pair::{B, NORMAL, id, ms, subscription};
use super::{
    CONN, OURS, Script, THEIRS, batch, control_is_answered_with, data, data_is_answered_with, def,
    hello, hello_is_answered_with,
};
use crate::{
    close::CloseCode,
    frame::{Cause, Class, Control, Data, Hello, Resume, kind},
    session::{Channel, ConnectionId, Event, LinkState, Outbound, Role, Stream},
    varint,
};

#[test]
fn groups_and_retained_events_are_refused_and_the_link_goes_on() {
    let mut script = Script::live();
    let group = Control::Sub {
        subscription: subscription(1, 1),
        group: Some("workers".into()),
        retain: None,
    };
    let retain = Control::Sub {
        subscription: subscription(2, 1),
        group: None,
        retain: Some(3),
    };
    script.says(&[group, retain, Control::SubsEnd(1)]);
    assert_eq!(script.closed(), None);
    assert_eq!(script.session.stats().peer_subscriptions, 0);
}

#[test]
fn finite_credit_is_unsupported() {
    control_is_answered_with(
        &[Control::Credit {
            account: 0,
            messages: 8,
            bytes: varint::MAX,
        }],
        CloseCode::Unsupported,
    );
}

#[test]
fn an_ack_beyond_what_was_sent_is_a_protocol_fault() {
    control_is_answered_with(
        &[Control::Ack {
            class: NORMAL,
            next_expected: 2,
        }],
        CloseCode::Protocol,
    );
    control_is_answered_with(
        &[Control::Ack {
            class: Class::Bulk,
            next_expected: 2,
        }],
        CloseCode::Protocol,
    );
    let resume = Resume {
        class: NORMAL,
        life: OURS,
        next_expected: 2,
    };
    hello_is_answered_with(|hello| hello.resume.push(resume), CloseCode::Protocol);
}

#[test]
fn versions_that_were_never_sent_are_a_protocol_fault() {
    control_is_answered_with(&[Control::InterestAck(2)], CloseCode::Protocol);
    data_is_answered_with(data(&[Data::Interest(2)]), CloseCode::Protocol);
}

#[test]
fn interest_that_runs_backwards_is_a_protocol_fault() {
    control_is_answered_with(
        &[Control::SubsEnd(5), Control::SubsEnd(4)],
        CloseCode::Protocol,
    );
    let newer = Control::Sub {
        subscription: subscription(1, 9),
        group: None,
        retain: None,
    };
    control_is_answered_with(&[newer, Control::SubsEnd(5)], CloseCode::Protocol);
}

#[test]
fn a_subscription_that_changes_is_a_protocol_fault() {
    let mut other = subscription(1, 1);
    other.account = 99;
    let sub = |subscription| Control::Sub {
        subscription,
        group: None,
        retain: None,
    };
    control_is_answered_with(&[sub(subscription(1, 1)), sub(other)], CloseCode::Protocol);
}

#[test]
fn too_many_subscriptions_are_a_limit_fault() {
    let mut script = Script::live();
    for chunk in 0..40_u32 {
        let ids = chunk * 1000 + 1..=(chunk + 1) * 1000;
        let subs: Vec<_> = ids
            .map(|id| Control::Sub {
                subscription: subscription(id, 1),
                group: None,
                retain: None,
            })
            .collect();
        script.says(&subs);
    }
    assert_eq!(script.closed(), Some(CloseCode::Limit));
}

#[test]
fn a_flood_of_control_frames_is_read_more_slowly_and_then_closed() {
    let mut script = Script::live();
    let pings = |count: u64| {
        (0..count)
            .map(|nonce| Control::Ping { nonce, time: 0 })
            .collect::<Vec<_>>()
    };
    script.says(&pings(1900));
    assert!(
        script
            .session
            .read_control_after(CONN)
            .is_none_or(|at| at <= script.now),
        "a second's worth is free"
    );
    script.says(&pings(2000));
    let wait = script.session.read_control_after(CONN).unwrap() - script.now;
    assert!(wait > ms(900) && wait < ms(1000), "{wait:?}");
    assert_eq!(script.closed(), None);
    script.says(&pings(30_000));
    assert_eq!(script.closed(), Some(CloseCode::Limit));
}

#[test]
fn a_flood_of_changes_is_read_more_slowly() {
    let mut script = Script::live();
    script.says(&[Control::SubsEnd(1)]);
    let changes: Vec<_> = (1..3000)
        .map(|id| Control::Unsub { id, version: 1 })
        .collect();
    script.says(&changes);
    assert_eq!(script.closed(), None);
    let wait = script.session.read_control_after(CONN).unwrap() - script.now;
    assert!(wait > ms(1900) && wait < ms(2100), "{wait:?}");
}

#[test]
fn ping_and_pong_are_state_and_not_a_queue() {
    let mut script = Script::live();
    let pings: Vec<_> = (0..1000)
        .map(|nonce| Control::Ping { nonce, time: 0 })
        .collect();
    script.says(&pings);
    let out = script
        .session
        .poll_transmit(script.now, CONN, Channel::Control)
        .unwrap()
        .concat();
    assert!(out.len() < 16, "one PONG, the newest: {out:x?}");
}

#[test]
fn three_faults_at_one_place_quarantine_the_peer_for_a_minute() {
    let mut script = Script::live();
    for _ in 0..3 {
        script.says_bytes(Stream::Control, Bytes::from_static(&[0x3f, 0]));
        assert_eq!(script.closed(), Some(CloseCode::Protocol));
        script.reconnect(None);
    }
    assert_eq!(script.closed(), Some(CloseCode::Quarantined));
    assert!(!script.session.should_dial());
    assert_eq!(script.session.stats().state, LinkState::Quarantined);
    script.now += ms(60_000);
    script.session.handle_timeout(script.now);
    assert!(script.session.should_dial());
    script.reconnect(None);
    assert_eq!(script.closed(), None);
}

#[test]
fn faults_with_progress_between_them_do_not_quarantine() {
    let mut script = Script::live();
    for base in 1..=5 {
        script.says_bytes(
            Stream::Data(0),
            [&data(&[def(1)])[..], &batch(base, 1)].concat().into(),
        );
        script.says_bytes(Stream::Control, Bytes::from_static(&[0x3f, 0]));
        assert_eq!(script.closed(), Some(CloseCode::Protocol));
        script.reconnect(None);
    }
    assert_eq!(script.closed(), None);
}

#[test]
fn a_peer_that_complains_three_times_at_one_batch_gets_a_gap_instead_of_it() {
    let mut script = Script::live();
    let message = |payload: &'static [u8]| Outbound {
        signal: 1,
        payload: payload.into(),
        ..Outbound::default()
    };
    script
        .session
        .enqueue(script.now, NORMAL, message(b"poison"));
    script.flush();
    script.session.enqueue(script.now, NORMAL, message(b"fine"));
    for _ in 0..3 {
        script.session.disconnected(
            script.now,
            script.conn,
            Some(u64::from(CloseCode::Protocol.code())),
        );
        script.conn = ConnectionId(script.next_conn);
        script
            .session
            .connected(script.now, script.conn, Role::Dialer, id(B));
        let resume = vec![Resume {
            class: NORMAL,
            life: OURS,
            next_expected: 1,
        }];
        script.says(&[Control::Hello(Box::new(Hello {
            nonce: script.next_conn,
            resume,
            ..hello()
        }))]);
        script.next_conn += 1;
        if script.next_conn < 5 {
            script.flush();
        }
    }
    let out = script
        .session
        .poll_transmit(script.now, script.conn, Channel::Data(NORMAL))
        .unwrap()
        .concat();
    assert!(!out.windows(6).any(|bytes| bytes == b"poison"), "{out:x?}");
    assert!(out.windows(4).any(|bytes| bytes == b"fine"), "{out:x?}");
    let stats = script.session.stats();
    assert_eq!(stats.class(NORMAL).gap.get(&Cause::Poison), Some(&1));
    assert!(stats.class(NORMAL).balances(), "{stats:?}");
}

#[test]
fn bytes_of_a_connection_that_was_closed_are_not_read() {
    let mut script = Script::live();
    script.says_bytes(Stream::Control, Bytes::from_static(&[0x3f, 0]));
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
    script.sends(&[def(1)]);
    assert_eq!(script.session.poll_event(), None);
}

#[test]
fn a_batch_that_overlaps_what_is_known_gives_only_the_rest() {
    let mut script = Script::live();
    script.sends(&[def(1)]);
    let mut first = Vec::new();
    for (base, count) in [(1, 3), (2, 4), (1, 5), (6, 1), (6, 2)] {
        script.says_bytes(Stream::Data(0), batch(base, count).into());
        while let Some(event) = script.session.poll_event() {
            if let Event::Messages {
                first: from,
                up_to,
                messages,
                ..
            } = event
            {
                first.push((from, up_to, messages.len()));
            }
        }
    }
    assert_eq!(first, [(1, 4, 3), (4, 6, 2), (6, 7, 1), (7, 8, 1)]);
    let stats = script.session.stats();
    assert_eq!(
        (stats.class(NORMAL).received, stats.class(NORMAL).duplicate),
        (15, 8)
    );
    assert!(stats.class(NORMAL).balances());
}

#[test]
fn a_gap_that_overlaps_what_is_known_tells_only_of_the_rest() {
    let mut script = Script::live();
    script.sends(&[def(1)]);
    script.says_bytes(Stream::Data(0), batch(1, 3).into());
    let mut out = BytesMut::new();
    Data::Gap {
        from: 2,
        to: 6,
        cause: Cause::Expired,
        counts: vec![(1, 5)],
    }
    .encode(&mut out);
    Data::Gap {
        from: 2,
        to: 6,
        cause: Cause::Expired,
        counts: vec![(1, 5)],
    }
    .encode(&mut out);
    script.says_bytes(Stream::Data(0), out.freeze());
    let gaps: Vec<_> = std::iter::from_fn(|| script.session.poll_event())
        .filter_map(|event| match event {
            Event::Gap { from, to, .. } => Some((from, to)),
            _ => None,
        })
        .collect();
    assert_eq!(gaps, [(4, 6)]);
    assert_eq!(script.session.stats().class(NORMAL).next_expected, 7);
}

#[test]
fn what_nobody_must_accept_is_acknowledged_behind_what_somebody_must() {
    let mut script = Script::live();
    script.sends(&[def(1)]);
    script.says_bytes(Stream::Data(0), batch(1, 3).into());
    let mut out = BytesMut::new();
    Data::Loss {
        seq: 4,
        signal: 1,
        account: 0,
        count: 2,
        cause: Cause::OutboxFull,
    }
    .encode(&mut out);
    script.says_bytes(Stream::Data(0), out.freeze());
    assert_eq!(script.closed(), None, "all events were taken");
    script.now += ms(100);
    script.session.handle_timeout(script.now);
    assert_eq!(
        script
            .session
            .poll_transmit(script.now, CONN, Channel::Control),
        None,
        "nothing was accepted yet"
    );
    script.session.accepted(script.now, THEIRS, NORMAL, 4);
    script.now += ms(100);
    script.session.handle_timeout(script.now);
    let out = script
        .session
        .poll_transmit(script.now, CONN, Channel::Control)
        .unwrap()
        .concat();
    assert_eq!(out, [kind::ACK, 2, 2, 5]);
}

#[test]
fn a_hello_that_was_written_before_the_peer_knew_us_is_not_taken_for_forgetting() {
    let mut script = Script::greeting();
    script.session.disconnected(script.now, CONN, None);
    let first = ConnectionId(2);
    script.conn = first;
    script
        .session
        .connected(script.now, first, Role::Acceptor, id(B));
    script.says(&[Control::Hello(Box::new(hello())), Control::SubsEnd(1)]);
    let payload = Bytes::from_static(b"once");
    script.session.enqueue(
        script.now,
        NORMAL,
        Outbound {
            signal: 1,
            payload,
            ..Outbound::default()
        },
    );
    script.flush();
    // The dials crossed: this HELLO left the peer before it had read ours, and came late.
    script.conn = ConnectionId(3);
    script
        .session
        .connected(script.now, script.conn, Role::Dialer, id(B));
    script.says(&[Control::Hello(Box::new(Hello {
        nonce: 2,
        have: 1,
        ..hello()
    }))]);
    let out = script
        .session
        .poll_transmit(script.now, script.conn, Channel::Data(NORMAL))
        .unwrap()
        .concat();
    assert!(out.windows(4).any(|bytes| bytes == b"once"), "{out:x?}");
    assert_eq!(script.session.stats().class(NORMAL).gap_total(), 0);
}
