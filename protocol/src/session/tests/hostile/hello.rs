//! HELLO: too early, too late, too large, untrue.

use bytes::Bytes;

use super::super::pair::{A, id, ms};
use super::{
    Script, batch, control, control_is_answered_with, data, def, hello, hello_is_answered_with,
};
use crate::{
    close::CloseCode,
    frame::{Control, Hello, kind},
    limits,
    session::{Event, Stream},
    varint,
};

#[test]
fn a_hello_that_differs_from_the_certificate_is_an_identity_fault() {
    hello_is_answered_with(|hello| hello.name = "c".into(), CloseCode::Identity);
    hello_is_answered_with(|hello| hello.cluster = "other".into(), CloseCode::Identity);
    hello_is_answered_with(|hello| hello.id = id(A), CloseCode::Identity);
}

#[test]
fn a_hello_that_needs_an_unknown_capability_is_of_another_version() {
    hello_is_answered_with(|hello| hello.capabilities = 1 << 40, CloseCode::Version);
    hello_is_answered_with(|hello| hello.limits.frame = 1000, CloseCode::Version);
}

#[test]
fn an_unknown_capability_that_may_be_ignored_is() {
    let mut script = Script::greeting();
    script.says(&[Control::Hello(Box::new(Hello {
        capabilities: 1 << 20,
        minor: 9,
        ..hello()
    }))]);
    assert!(matches!(
        script.session.poll_event(),
        Some(Event::Up { .. })
    ));
}

#[test]
fn a_hello_with_more_fields_than_we_know_is_understood() {
    let mut body = control(&[Control::Hello(Box::new(hello()))]).to_vec();
    // Type, a length of two bytes, body.
    let mut longer = vec![kind::HELLO];
    let (len, _) = varint::get(&body[1..]).unwrap();
    let (bytes, width) = varint::encode(len + 3);
    longer.extend_from_slice(&bytes[..width]);
    longer.extend_from_slice(&body.split_off(1 + varint::len(len)));
    longer.extend_from_slice(&[1, 2, 3]);
    let mut script = Script::greeting();
    script.says_bytes(Stream::Control, longer.into());
    assert!(matches!(
        script.session.poll_event(),
        Some(Event::Up { .. })
    ));
}

#[test]
fn a_hello_with_the_wrong_magic_is_a_protocol_fault() {
    let mut bytes = control(&[Control::Hello(Box::new(hello()))]).to_vec();
    let at = bytes.windows(4).position(|bytes| bytes == b"FARC").unwrap();
    bytes[at] = b'B';
    let mut script = Script::greeting();
    script.says_bytes(Stream::Control, bytes.into());
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
}

#[test]
fn a_hello_above_4_kib_is_refused_by_its_declared_length() {
    let mut script = Script::greeting();
    let (len, width) = varint::encode(limits::HELLO_LEN as u64 + 1);
    let mut bytes = vec![kind::HELLO];
    bytes.extend_from_slice(&len[..width]);
    script.says_bytes(Stream::Control, bytes.into());
    assert_eq!(script.closed(), Some(CloseCode::Limit));
}

#[test]
fn a_hello_that_does_not_come_within_two_seconds_is_a_timeout() {
    let mut script = Script::greeting();
    assert_eq!(script.session.poll_timeout(), Some(script.now + ms(2000)));
    script.session.handle_timeout(script.now + ms(1999));
    assert_eq!(script.closed(), None);
    script.session.handle_timeout(script.now + ms(2000));
    assert_eq!(script.closed(), Some(CloseCode::Timeout));
}

#[test]
fn a_frame_before_hello_is_a_protocol_fault() {
    let mut script = Script::greeting();
    script.says(&[Control::Ping { nonce: 1, time: 1 }]);
    assert_eq!(script.closed(), Some(CloseCode::Protocol));
}

#[test]
fn a_second_hello_is_a_protocol_fault() {
    control_is_answered_with(&[Control::Hello(Box::new(hello()))], CloseCode::Protocol);
}

#[test]
fn data_before_hello_waits_within_a_bound() {
    let mut script = Script::greeting();
    let mut frames = data(&[def(1)]).to_vec();
    frames.extend_from_slice(&batch(1, 2));
    script.says_bytes(Stream::Data(0), frames.into());
    assert_eq!(script.closed(), None);
    script.says(&[Control::Hello(Box::new(hello()))]);
    let mut events = std::iter::from_fn(|| script.session.poll_event());
    assert!(events.any(|event| matches!(
        event,
        Event::Messages {
            first: 1,
            up_to: 3,
            ..
        }
    )));

    let mut script = Script::greeting();
    script.says_bytes(Stream::Data(0), Bytes::from(vec![0; 2 * 1024 * 1024]));
    assert_eq!(script.closed(), Some(CloseCode::Limit));
}
