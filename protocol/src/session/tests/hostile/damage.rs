//! A good conversation, cut, split and damaged.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::super::pair::{NORMAL, subscription};
use super::{Script, batch, control, data, def, hello};
use crate::{
    frame::{Cause, Control, Data},
    session::Stream,
};

/// A well-formed conversation, to be damaged.
fn conversation() -> (Vec<u8>, Vec<u8>) {
    let subs = [subscription(1, 1), subscription(2, 1)].map(|subscription| Control::Sub {
        subscription,
        group: None,
        retain: None,
    });
    let control = [
        control(&[Control::Hello(Box::new(hello()))]),
        control(&subs),
        control(&[Control::SubsEnd(1), Control::Ping { nonce: 1, time: 2 }]),
    ];
    let gap = Data::Gap {
        from: 4,
        to: 6,
        cause: Cause::Expired,
        counts: vec![(1, 3)],
    };
    let loss = Data::Loss {
        seq: 7,
        signal: 1,
        account: 0,
        count: 2,
        cause: Cause::OutboxFull,
    };
    let mut gap_and_loss = BytesMut::new();
    [gap, loss]
        .iter()
        .for_each(|frame| frame.encode(&mut gap_and_loss));
    let data = [
        data(&[def(1), def(2)]).to_vec(),
        batch(1, 3),
        gap_and_loss.to_vec(),
        batch(8, 40),
    ];
    (control.concat(), data.concat())
}

fn converse(control: &[u8], data: &[u8], piece: usize) -> Script {
    let mut script = Script::greeting();
    script.flush();
    for chunk in control.chunks(piece) {
        script.says_bytes(Stream::Control, Bytes::copy_from_slice(chunk));
        script.flush();
    }
    for chunk in data.chunks(piece) {
        script.says_bytes(Stream::Data(0), Bytes::copy_from_slice(chunk));
    }
    script
}

#[test]
fn a_conversation_means_the_same_in_pieces_of_any_size() {
    let (control, data) = conversation();
    for piece in [1, 2, 3, 7, 50, 10_000] {
        let mut script = converse(&control, &data, piece);
        assert_eq!(script.closed(), None);
        let stats = script.session.stats();
        assert_eq!(
            stats.class(NORMAL).next_expected,
            48,
            "in pieces of {piece}"
        );
        assert_eq!(stats.class(NORMAL).received, 43);
    }
}

#[test]
fn a_conversation_that_ends_anywhere_is_only_incomplete() {
    let (control, data) = conversation();
    for end in 0..control.len() {
        assert_eq!(converse(&control[..end], &[], 10_000).closed(), None);
    }
    for end in 0..data.len() {
        assert_eq!(converse(&control, &data[..end], 10_000).closed(), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(control in any::<Vec<u8>>(), data in any::<Vec<u8>>(), greeted in any::<bool>()) {
        let mut script = if greeted { Script::live() } else { Script::greeting() };
        script.says_bytes(Stream::Control, control.into());
        script.sends(&[]);
        script.says_bytes(Stream::Data(0), data.into());
        prop_assert!(script.session.stats().class(NORMAL).balances());
    }

    #[test]
    fn a_damaged_conversation_never_panics_and_the_books_balance(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        in_control in any::<bool>(),
        piece in 1..200_usize,
    ) {
        let (mut control, mut data) = conversation();
        let target = if in_control { &mut control } else { &mut data };
        for (at, byte) in damage {
            let at = at.index(target.len());
            target[at] = byte;
        }
        let mut script = converse(&control, &data, piece);
        let _ = script.closed();
        prop_assert!(script.session.stats().class(NORMAL).balances());
    }
}
