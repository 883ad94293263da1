//! Frames that are not what they say.

use bytes::Bytes;

use super::super::pair::{NORMAL, signal, subscription};
use super::{
    CONN, Script, batch, control, control_is_answered_with, data, data_is_answered_with, def,
};
use crate::{
    close::CloseCode,
    frame::{Cause, Class, Control, Data, Delivery, Preface, SignalDef, kind},
    session::{Channel, Event, Stream},
    varint,
};

#[test]
fn an_unknown_frame_closes_and_an_ignorable_one_is_skipped() {
    let mut script = Script::live();
    script.says_bytes(
        Stream::Control,
        Bytes::from_static(&[0xbf, 0x02, 0x01, 0x02]),
    );
    script.sends(&[]);
    script.says_bytes(Stream::Data(0), Bytes::from_static(&[0xc0, 0x01, 0x01]));
    assert_eq!(script.closed(), None);
    assert_eq!(script.session.stats().ignored_frames, 2);
    script.says_bytes(Stream::Control, Bytes::from_static(&[0x3f, 0x00]));
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
}

#[test]
fn frames_of_capabilities_that_were_not_announced_are_unknown() {
    for reserved in [0x08, 0x0c, 0x10, 0x11, 0x12] {
        let mut script = Script::live();
        script.says_bytes(Stream::Control, Bytes::from(vec![reserved, 0]));
        assert_eq!(script.closed(), Some(CloseCode::Protocol), "{reserved:#x}");
    }
    for reserved in [0x26, 0x27] {
        let mut bytes = data(&[]).to_vec();
        bytes.extend_from_slice(&[reserved, 0]);
        data_is_answered_with(bytes.into(), CloseCode::Protocol);
    }
}

#[test]
fn a_frame_of_the_other_kind_of_stream_is_a_protocol_fault() {
    let mut script = Script::live();
    script.says_bytes(Stream::Control, Bytes::from(batch(1, 1)));
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
    let mut bytes = data(&[]).to_vec();
    bytes.extend_from_slice(&control(&[Control::Ping { nonce: 1, time: 1 }]));
    data_is_answered_with(bytes.into(), CloseCode::Protocol);
}

#[test]
fn declared_lengths_of_2_to_the_32_and_62_are_refused_before_anything_is_held() {
    for len in [1 << 32, varint::MAX] {
        let (bytes, width) = varint::encode(len);
        for (stream, kind) in [(Stream::Control, kind::SUB), (Stream::Data(0), kind::BATCH)] {
            let mut script = Script::live();
            let mut frame = if stream == Stream::Control {
                Vec::new()
            } else {
                data(&[]).to_vec()
            };
            frame.push(kind);
            frame.extend_from_slice(&bytes[..width]);
            script.says_bytes(stream, frame.into());
            assert_eq!(script.closed(), Some(CloseCode::Limit));
        }
    }
}

#[test]
fn inner_lengths_and_counts_of_2_to_the_62_are_refused() {
    let (huge, width) = varint::encode(varint::MAX);
    let huge = &huge[..width];
    let frame = |kind: u8, fields: &[&[u8]]| {
        let body = fields.concat();
        [&[kind, body.len() as u8][..], &body].concat()
    };
    for bytes in [
        // SUB: id, version, flags, then the length of its pattern.
        frame(kind::SUB, &[&[1, 1, 0], huge]),
        frame(kind::ERROR, &[&[1], huge]),
    ] {
        let mut script = Script::live();
        script.says_bytes(Stream::Control, bytes.into());
        assert_eq!(script.closed(), Some(CloseCode::Limit));
    }
    for bytes in [
        frame(kind::DEF, &[&[1], huge]),
        frame(kind::BATCH, &[&[1], huge, &[0, 1, 0]]),
        frame(kind::GAP, &[&[1, 1, 0], huge]),
        // A message whose payload, or whose list of targets, is as long.
        [def_frame(), frame(kind::BATCH, &[&[1, 1, 0, 1], huge])].concat(),
        [def_frame(), frame(kind::BATCH, &[&[1, 1, 1, 1], huge])].concat(),
    ] {
        data_is_answered_with(
            [data(&[]).to_vec(), bytes].concat().into(),
            CloseCode::Limit,
        );
    }
}

fn def_frame() -> Vec<u8> {
    data(&[def(1)]).slice(4..).to_vec()
}

#[test]
fn a_batch_that_claims_more_than_it_holds_is_a_protocol_fault() {
    for body in [
        &[1, 2, 0, 1, 0][..],
        &[1, 1, 0, 1, 5],
        &[1, 1, 0, 1, 0, 9],
        &[1, 0],
        &[0, 1, 0, 1, 0],
        &[1, 1, 0x40, 0x40, 1, 0],
        &[1],
        &[],
    ] {
        let frame = [&data(&[def(1)])[..], &[kind::BATCH, body.len() as u8], body].concat();
        data_is_answered_with(frame.into(), CloseCode::Protocol);
    }
}

#[test]
fn a_batch_behind_a_hole_is_a_sequence_fault() {
    data_is_answered_with(
        [&data(&[def(1)])[..], &batch(2, 1)].concat().into(),
        CloseCode::Sequence,
    );
    let gap = Data::Gap {
        from: 5,
        to: 6,
        cause: Cause::Expired,
        counts: Vec::new(),
    };
    data_is_answered_with(data(&[gap]), CloseCode::Sequence);
    let loss = Data::Loss {
        seq: 2,
        signal: 1,
        account: 0,
        count: 1,
        cause: Cause::Expired,
    };
    data_is_answered_with(data(&[loss]), CloseCode::Sequence);
}

#[test]
fn a_signal_that_was_not_defined_on_the_stream_is_a_protocol_fault() {
    data_is_answered_with(
        [&data(&[])[..], &batch(1, 1)].concat().into(),
        CloseCode::Protocol,
    );
}

#[test]
fn a_definition_with_other_content_is_a_protocol_fault() {
    let other = SignalDef {
        name: "test.other".into(),
        ..(*signal(1)).clone()
    };
    data_is_answered_with(data(&[def(1), Data::Def(other)]), CloseCode::Protocol);
    let mut script = Script::live();
    script.sends(&[def(1), def(1)]);
    assert_eq!(script.closed(), None, "the same content again is harmless");
    let actor = |name: &str| Data::ActorDef {
        id: 1,
        name: name.into(),
    };
    data_is_answered_with(data(&[actor("x"), actor("y")]), CloseCode::Protocol);
}

#[test]
fn a_definition_outlives_the_connection_as_a_promise() {
    let mut script = Script::live();
    script.sends(&[def(1)]);
    script.session.disconnected(script.now, CONN, None);
    script.reconnect(None);
    assert_eq!(script.closed(), None);
    let other = SignalDef {
        name: "test.other".into(),
        ..(*signal(1)).clone()
    };
    script.sends(&[Data::Def(other)]);
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
}

#[test]
fn ids_above_the_bound_are_a_limit_fault() {
    let far = SignalDef {
        id: 65_537,
        ..(*signal(1)).clone()
    };
    data_is_answered_with(data(&[Data::Def(far)]), CloseCode::Limit);
    data_is_answered_with(
        data(&[Data::ActorDef {
            id: u32::MAX,
            name: "x".into(),
        }]),
        CloseCode::Limit,
    );
}

#[test]
fn names_that_start_with_a_dollar_close() {
    let system = SignalDef {
        name: "$sys.gap".into(),
        ..(*signal(1)).clone()
    };
    data_is_answered_with(data(&[Data::Def(system)]), CloseCode::Protocol);
    data_is_answered_with(
        data(&[Data::ActorDef {
            id: 1,
            name: "$kernel".into(),
        }]),
        CloseCode::Protocol,
    );
    let mut system = subscription(1, 1);
    system.pattern = "$sys.node_up".into();
    control_is_answered_with(
        &[Control::Sub {
            subscription: system,
            group: None,
            retain: None,
        }],
        CloseCode::Protocol,
    );
}

#[test]
fn control_characters_in_names_and_texts_do_not_get_through() {
    let mut evil = subscription(1, 1);
    evil.pattern = "a\u{1b}[2J\n".into();
    control_is_answered_with(
        &[Control::Sub {
            subscription: evil,
            group: None,
            retain: None,
        }],
        CloseCode::Protocol,
    );
    let mut script = Script::live();
    // Written by hand: our own encoder would not.
    script.says_bytes(
        Stream::Control,
        Bytes::from_static(b"\x0e\x05\x01\x03\x1b\x07x"),
    );
    let text = std::iter::from_fn(|| script.session.poll_event()).find_map(|event| match event {
        Event::PeerError { text, .. } => Some(text),
        _ => None,
    });
    assert_eq!(text.as_deref(), Some("x"));
}

#[test]
fn classes_that_are_not_configured_close_as_unsupported() {
    for class in [Class::Realtime, Class::High, Class::Bulk] {
        data_is_answered_with(
            Bytes::copy_from_slice(&Preface { class }.encode()),
            CloseCode::Unsupported,
        );
    }
    data_is_answered_with(Bytes::from_static(&[0x46, 0x41, 1, 4]), CloseCode::Protocol);
    data_is_answered_with(Bytes::from_static(&[0x46, 0x41, 2, 2]), CloseCode::Protocol);
    data_is_answered_with(Bytes::from_static(b"GET "), CloseCode::Protocol);
    let high = SignalDef {
        class: Class::High,
        ..(*signal(1)).clone()
    };
    data_is_answered_with(data(&[Data::Def(high)]), CloseCode::Protocol);
}

#[test]
fn a_delivery_that_is_not_configured_refuses_the_signal_and_counts_its_events() {
    let mut script = Script::live();
    let latest = SignalDef {
        delivery: Delivery::Latest,
        ..(*signal(1)).clone()
    };
    script.sends(&[Data::Def(latest), def(2)]);
    script.says_bytes(Stream::Data(0), Bytes::from(batch(1, 3)));
    assert_eq!(script.closed(), None);
    let out = script
        .session
        .poll_transmit(script.now, CONN, Channel::Control)
        .unwrap()
        .concat();
    assert!(
        out.windows(5)
            .any(|frame| frame == [kind::REFUSE, 3, 1, 1, 3]),
        "{out:x?}"
    );
    assert!(
        out.windows(4).any(|frame| frame == [kind::ACK, 2, 2, 4]),
        "they are acknowledged: {out:x?}"
    );
    let stats = script.session.stats();
    assert_eq!(
        stats.class(NORMAL).refused.get(&Cause::Unsupported),
        Some(&3)
    );
    assert!(stats.class(NORMAL).balances());
}

#[test]
fn a_request_is_refused_and_counted() {
    let mut script = Script::live();
    script.sends(&[def(1)]);
    // Header 8: a correlation follows the signal.
    script.says_bytes(
        Stream::Data(0),
        Bytes::from_static(&[kind::BATCH, 6, 1, 1, 8, 1, 5, 0]),
    );
    assert_eq!(script.closed(), None);
    assert_eq!(
        script
            .session
            .stats()
            .class(NORMAL)
            .refused
            .get(&Cause::Unsupported),
        Some(&1)
    );
}

#[test]
fn two_streams_of_one_class_are_a_protocol_fault() {
    let mut script = Script::live();
    script.sends(&[]);
    script.says_bytes(Stream::Data(1), data(&[]));
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
}

#[test]
fn more_streams_than_classes_are_a_protocol_fault() {
    let mut script = Script::live();
    for number in 0..5 {
        script.says_bytes(Stream::Data(number), Bytes::from_static(&[0x46]));
    }
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
}
