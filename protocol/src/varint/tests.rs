//! Variable-length integers, as in RFC 9000, section 16 and appendix A.1.

use bytes::BytesMut;
use proptest::prelude::*;

use super::{MAX, get, len, put};

fn encoded(value: u64) -> Vec<u8> {
    let mut out = BytesMut::new();
    put(&mut out, value);
    out.to_vec()
}

#[test]
fn the_examples_of_rfc_9000_hold() {
    for (value, bytes) in [
        (
            151_288_809_941_952_652,
            vec![0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c],
        ),
        (494_878_333, vec![0x9d, 0x7f, 0x3e, 0x7d]),
        (15_293, vec![0x7b, 0xbd]),
        (37, vec![0x25]),
    ] {
        assert_eq!(encoded(value), bytes);
        assert_eq!(get(&bytes), Some((value, bytes.len())));
    }
}

#[test]
fn a_longer_form_than_needed_is_read() {
    assert_eq!(get(&[0x40, 0x25]), Some((37, 2)));
}

#[test]
fn an_integer_that_ends_early_is_not_read() {
    assert_eq!(get(&[]), None);
    assert_eq!(get(&[0xc2, 0x19, 0x7c]), None);
}

#[test]
#[should_panic(expected = "62 bits")]
fn more_than_62_bits_are_our_own_mistake() {
    let _ = encoded(MAX + 1);
}

proptest! {
    #[test]
    fn every_value_comes_back_in_its_shortest_form(value in 0..=MAX, shift in 0_u32..62) {
        let value = value >> shift;
        let bytes = encoded(value);
        prop_assert_eq!(bytes.len(), len(value));
        prop_assert_eq!(get(&bytes), Some((value, bytes.len())));
    }
}
