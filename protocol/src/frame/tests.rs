//! Frames there and back, and bytes that are none.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::{BatchBuilder, FrameError, MessageRef, Reader, clean, detach};
use crate::{close::CloseCode, limits};

fn frames(reader: &mut Reader) -> Vec<(u8, Vec<u8>)> {
    std::iter::from_fn(|| reader.next().unwrap())
        .map(|frame| (frame.kind, frame.body.to_vec()))
        .collect()
}

#[test]
fn a_frame_that_arrives_whole_is_a_slice_of_what_arrived() {
    let arrived = Bytes::from(vec![0x2a, 3, 1, 2, 3, 0x2b, 0]);
    let mut reader = Reader::new(10);
    reader.push(arrived.clone());
    let frame = reader.next().unwrap().unwrap();
    assert_eq!(frame.body.as_ptr(), arrived[2..].as_ptr());
    assert_eq!(frames(&mut reader), [(0x2b, vec![])]);
    assert_eq!(reader.held(), 0);
}

#[test]
fn a_length_above_the_bound_is_refused_before_the_body_comes() {
    let mut reader = Reader::new(10);
    reader.push(Bytes::from_static(&[0x2a, 11]));
    let error = reader.next().unwrap_err();
    assert_eq!(
        error,
        FrameError::TooLong {
            what: "frame",
            len: 11,
            max: 10
        }
    );
    assert_eq!(error.close_code(), CloseCode::Limit);
}

#[test]
fn a_reader_holds_what_came_and_not_what_was_promised() {
    let mut reader = Reader::new(limits::FRAME_LEN);
    // A length of 131072, and one byte of it.
    reader.push(Bytes::from_static(&[0x2a, 0x80, 0x02, 0x00, 0x00, 7]));
    assert_eq!(reader.next(), Ok(None));
    assert_eq!(reader.held(), 6);
}

#[test]
fn a_preface_is_taken_in_pieces_too() {
    let mut reader = Reader::new(10);
    reader.push(Bytes::from_static(&[1, 2]));
    assert_eq!(reader.take::<4>(), None);
    reader.push(Bytes::from_static(&[3, 4, 0x2a, 1, 9]));
    assert_eq!(reader.take::<4>(), Some([1, 2, 3, 4]));
    assert_eq!(frames(&mut reader), [(0x2a, vec![9])]);
}

#[test]
fn a_small_payload_is_copied_before_it_is_kept_and_a_large_one_is_not() {
    let block = Bytes::from(vec![0; 60_000]);
    let small = block.slice(10..20);
    let large = block.slice(10..50_000);
    assert_ne!(detach(&small).as_ptr(), small.as_ptr());
    assert_eq!(detach(&large).as_ptr(), large.as_ptr());
}

#[test]
fn text_loses_control_characters_and_what_is_too_long() {
    assert_eq!(clean("a\u{1b}[2J\nb"), "a[2Jb");
    assert_eq!(clean(&"\u{e4}".repeat(200)).len(), limits::TEXT_LEN);
}

#[test]
fn a_batch_ends_at_its_bounds() {
    let small = Bytes::from_static(b"12345678");
    let message = MessageRef {
        signal: 1,
        source: 0,
        targets: &[],
        account: 0,
        payload: &small,
    };
    let mut builder = BatchBuilder::with_capacity(0);
    while builder.fits(&message) {
        builder.push(&message);
    }
    assert_eq!(builder.count(), limits::BATCH_MESSAGES);
    let large = Bytes::from(vec![0; 30_000]);
    let message = MessageRef {
        payload: &large,
        ..message
    };
    let mut builder = BatchBuilder::with_capacity(0);
    while builder.fits(&message) {
        builder.push(&message);
    }
    assert_eq!(builder.count(), 2);
    let largest = Bytes::from(vec![0; limits::PAYLOAD_LEN]);
    let targets = [u32::MAX; limits::TARGETS];
    let message = MessageRef {
        signal: u32::MAX,
        source: u32::MAX,
        targets: &targets,
        account: u32::MAX,
        payload: &largest,
    };
    assert!(
        BatchBuilder::with_capacity(0).fits(&message),
        "the largest payload fits whatever goes with it"
    );
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in_whatever_the_pieces(
        bodies in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..300)), 0..8),
        cuts in prop::collection::vec(1..400_usize, 1..20),
    ) {
        let mut stream = BytesMut::new();
        for (kind, body) in &bodies {
            super::fields::put_frame(&mut stream, *kind, |out| out.extend_from_slice(body));
        }
        let mut stream = stream.freeze();
        let mut reader = Reader::new(300);
        let mut read = Vec::new();
        for cut in cuts.iter().cycle() {
            if stream.is_empty() {
                break;
            }
            reader.push(stream.split_to((*cut).min(stream.len())));
            read.extend(frames(&mut reader));
        }
        prop_assert_eq!(read, bodies);
        prop_assert_eq!(reader.held(), 0);
    }

    #[test]
    fn a_reader_survives_any_bytes(bytes in any::<Vec<u8>>(), piece in 1..50_usize) {
        let mut reader = Reader::new(100);
        for piece in bytes.chunks(piece) {
            reader.push(Bytes::copy_from_slice(piece));
            while let Ok(Some(_)) = reader.next() {}
            prop_assert!(reader.held() <= 100 + 9 + piece.len() || reader.next().is_err());
        }
    }
}
