//! A blob and `bytes::Bytes`: what is shared, and what is copied.

use ::bytes::Bytes;

use super::*;

#[test]
fn a_blob_takes_storage_that_nobody_else_has_and_copies_any_other() {
    let unique = Bytes::from(vec![1, 2, 3]);
    let at = unique.as_ptr();
    assert_eq!(Blob::from(unique).as_ptr(), at);

    let shared = Bytes::from(vec![1, 2, 3]);
    let blob = Blob::from(shared.clone());
    assert_ne!(blob.as_ptr(), shared.as_ptr());

    for foreign in [Bytes::from_static(b"abc"), Bytes::from_owner([1u8, 2, 3])] {
        let at = foreign.as_ptr();
        assert_ne!(Blob::from(foreign).as_ptr(), at);
    }
}

#[test]
fn bytes_of_a_blob_share_its_storage_and_cannot_be_written_while_it_is_there() {
    let blob = Blob::from([1, 2, 3]);
    let bytes = Bytes::from(blob.clone());
    assert_eq!(bytes.as_ptr(), blob.as_ptr());
    assert!(bytes.try_into_mut().is_err());
    assert_eq!(*blob, [1, 2, 3]);
}
