//! What a failure is called.

use bytes::Bytes;
use quinn::VarInt;

use super::*;

fn said(error: &ConnectionError, side: Side) -> (String, bool) {
    let peer = NodeName::try_from("south").unwrap();
    let failure = failure(error, side, Some(&peer), "10.0.0.7:7400".parse().unwrap());
    (failure.text, failure.refused)
}

fn closed_with(code: u64, reason: &'static [u8]) -> ConnectionError {
    ConnectionError::ApplicationClosed(ApplicationClose {
        error_code: VarInt::from_u64(code).unwrap(),
        reason: Bytes::from_static(reason),
    })
}

fn alert(alert: u8, reason: &'static str) -> ConnectionError {
    ConnectionError::ConnectionClosed(quinn::ConnectionClose {
        error_code: TransportErrorCode::crypto(alert),
        frame_type: None,
        reason: Bytes::from_static(reason.as_bytes()),
    })
}

#[test]
fn silence_asks_whether_the_peer_runs() {
    assert_eq!(
        said(&ConnectionError::TimedOut, Side::Calling),
        ("no answer from `south` at 10.0.0.7:7400 within 2 s; is it running there, and may UDP pass?".to_owned(), false)
    );
    assert_eq!(
        said(&ConnectionError::TimedOut, Side::Connected).0,
        "`south` at 10.0.0.7:7400 was silent for 2 s; is it still running, and the network whole?"
    );
}

#[test]
fn a_refused_certificate_says_who_refused_and_why() {
    assert_eq!(
        said(&alert(46, "invalid peer certificate: Other(OtherError(the certificate of `north.plant.farc`: it expired))"), Side::Connected),
        ("`south` at 10.0.0.7:7400 refused our certificate: the certificate of `north.plant.farc`: it expired".to_owned(), true)
    );
    assert_eq!(
        said(&alert(42, ""), Side::Connected).0,
        "`south` at 10.0.0.7:7400 refused our certificate; its log says why"
    );
    assert_eq!(
        said(&alert(116, ""), Side::Connected),
        (
            "`south` at 10.0.0.7:7400 got no certificate from us".to_owned(),
            true
        )
    );
}

#[test]
fn another_protocol_is_named() {
    assert_eq!(
        said(
            &alert(120, "peer doesn't support any known protocol"),
            Side::Calling
        ),
        (
            "10.0.0.7:7400 does not speak farc/1; is it a farc node of this major version?"
                .to_owned(),
            true
        )
    );
}

#[test]
fn close_codes_become_advice() {
    let said = |code: CloseCode| {
        said(
            &closed_with(u64::from(code.code()), b"why"),
            Side::Connected,
        )
    };
    assert_eq!(
        said(CloseCode::UnknownPeer),
        ("`south` at 10.0.0.7:7400 does not know us: add this node to the peers in its configuration".to_owned(), true)
    );
    assert_eq!(
        said(CloseCode::Superseded),
        ("`south` at 10.0.0.7:7400 is linked with a newer life of this node: stop the other process that has our name, or restart this one".to_owned(), true)
    );
    assert_eq!(
        said(CloseCode::GoingAway),
        ("`south` at 10.0.0.7:7400 has left".to_owned(), false)
    );
    assert_eq!(
        said(CloseCode::Protocol),
        (
            "`south` at 10.0.0.7:7400 closed the connection with PROTOCOL: why".to_owned(),
            true
        )
    );
}

#[test]
fn text_of_a_peer_is_short_and_cannot_disturb_a_terminal() {
    let (text, _) = said(&closed_with(77, b"\x1b[31mred\n\xff"), Side::Connected);
    assert_eq!(
        text,
        "`south` at 10.0.0.7:7400 closed the connection with the unknown code 77: [31mred\u{fffd}"
    );
    let long: &'static [u8] = &[b'x'; 5000];
    assert!(said(&closed_with(77, long), Side::Connected).0.len() < 500);
}
