//! What the transport is told.

use quinn::crypto::HmacKey as _;

use super::*;

fn ids(private_key: &[u8], seed: u8) -> ConnectionIds {
    ConnectionIds {
        key: Keys::new(private_key).connection_ids(),
        random: Random::new(&[seed; 32]),
    }
}

#[test]
fn a_later_life_recognises_the_connection_ids_of_an_earlier_one() {
    let mut earlier = ids(b"key", 1);
    let later = ids(b"key", 2);
    for _ in 0..1000 {
        later.validate(&earlier.generate_cid()).unwrap();
    }
}

#[test]
fn another_node_recognises_none_of_ours() {
    let mut ours = ids(b"key", 1);
    let theirs = ids(b"another key", 1);
    // 24 bits of tag: one in 16 million passes by chance.
    assert!((0..1000).all(|_| theirs.validate(&ours.generate_cid()).is_err()));
    assert!(theirs.validate(&ConnectionId::new(&[])).is_err());
    assert!(theirs.validate(&ConnectionId::new(&[7; 20])).is_err());
}

#[test]
fn the_same_seed_gives_the_same_connection_ids() {
    let (mut one, mut other) = (ids(b"key", 1), ids(b"key", 1));
    assert!((0..100).all(|_| one.generate_cid() == other.generate_cid()));
}

#[test]
fn a_later_life_can_reset_what_an_earlier_one_began() {
    let mut signature = [0; 32];
    Keys::new(b"key")
        .reset()
        .sign(b"a connection id", &mut signature);
    Keys::new(b"key")
        .reset()
        .verify(b"a connection id", &signature)
        .unwrap();
    assert!(
        Keys::new(b"another key")
            .reset()
            .verify(b"a connection id", &signature)
            .is_err()
    );
}

/// Control always finds room beside full data streams: held while this compiles.
const _: () = {
    assert!(DATA_STREAMS * STREAM_RECEIVE_WINDOW <= RECEIVE_WINDOW - (256 << 10));
    assert!(STREAM_RECEIVE_WINDOW as u64 <= SEND_WINDOW - (128 << 10));
};
