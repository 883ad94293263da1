//! No mutation of what was received is visible to the sender or to another receiver, and no heap address is reachable from two of them.
//!
//! One signal holds every type that can be sent. It is published to two actors of a domain, which take what they got apart as far as safe Rust
//! allows. That this would notice a leak is shown with a type whose proof is forged.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]
#![expect(
    unsafe_code,
    reason = "a forged proof, to show what the true ones exclude"
)]

mod actors;
mod content;
#[cfg(all(
    feature = "indexmap",
    feature = "jiff",
    feature = "smallvec",
    feature = "uuid"
))]
mod foreign;
mod forged;
mod part;

use std::collections::BTreeSet;

use farc::signal::self_check;
use farc::{Blob, Encoded};
use proptest::prelude::*;

use actors::{Content, Parcel, Seen, World};
use content::Everything;
use forged::Leak;
use part::Part;

/// What the sender and both receivers have seen, and what they hold in the end.
struct Exchange {
    before: Vec<u8>,
    after: Vec<u8>,
    sender: BTreeSet<usize>,
    receivers: Vec<Seen>,
}

fn exchange(content: Content) -> Exchange {
    let parcel = Parcel { content };
    let before = part::bytes(&parcel);
    let mut world = World::new(parcel);
    let receivers = world.publish();
    assert_eq!(receivers.len(), 2, "both got it");
    let (after, sender) = world.kept();
    Exchange {
        before,
        after,
        sender,
        receivers,
    }
}

/// Each address that two of the three can reach.
fn shared(exchange: &Exchange) -> Vec<usize> {
    let [one, two] = &exchange.receivers[..] else {
        unreachable!("there are two receivers");
    };
    let pairs = [
        (&exchange.sender, &one.addresses),
        (&exchange.sender, &two.addresses),
        (&one.addresses, &two.addresses),
    ];
    let common = pairs
        .into_iter()
        .flat_map(|(left, right)| left.intersection(right).copied());
    common.collect()
}

proptest! {
    #[test]
    fn what_receivers_do_is_seen_by_nobody_else(everything in content::everything()) {
        let exchange = exchange(Content::Everything(Box::new(everything)));
        prop_assert_eq!(&exchange.after, &exchange.before, "the sender's own copy");
        for seen in &exchange.receivers {
            prop_assert_eq!(&seen.received, &exchange.before, "what {} got", seen.who);
            prop_assert_eq!(&seen.left, &exchange.before, "what {} got, after it changed a copy", seen.who);
            prop_assert_ne!(&seen.ruined, &exchange.before, "the copy of {}", seen.who);
        }
    }

    #[test]
    fn no_heap_address_is_reachable_from_two_places(everything in content::everything()) {
        let exchange = exchange(Content::Everything(Box::new(everything)));
        prop_assert_eq!(shared(&exchange), Vec::<usize>::new());
        for addresses in [&exchange.sender, &exchange.receivers[0].addresses, &exchange.receivers[1].addresses] {
            prop_assert!(addresses.len() >= content::LEAST_ADDRESSES, "{} addresses", addresses.len());
        }
    }

    #[test]
    fn what_is_ruined_differs_and_its_original_does_not(everything in content::everything()) {
        let before = part::bytes(&everything);
        let mut copy = everything.clone();
        prop_assert_eq!(&copy, &everything);
        copy.ruin();
        prop_assert_ne!(part::bytes(&copy), before.clone());
        prop_assert_eq!(part::bytes(&everything), before);
    }
}

#[test]
fn a_forged_proof_is_noticed_by_what_the_others_pass() {
    let exchange = exchange(Content::Leak(Leak::new(7)));
    assert_ne!(exchange.after, exchange.before, "the sender sees the write");
    assert!(!shared(&exchange).is_empty());
}

#[test]
fn a_blob_is_shared_and_out_of_reach() {
    let blob = Blob::from(vec![1, 2, 3]);
    let copy = blob.clone();
    assert_eq!(blob.as_ptr(), copy.as_ptr());
    let mut taken = Vec::from(copy);
    taken[0] = 9;
    assert_ne!(blob.as_ptr(), taken.as_ptr());
    assert_eq!(*blob, [1, 2, 3]);
}

#[test]
fn a_value_that_shares_is_cut_off_by_encoding_it() {
    let sender = Leak::new(7);
    let encoded = Encoded::new(&sender).unwrap();
    let (one, two) = (encoded.decode().unwrap(), encoded.decode().unwrap());
    one.write(8);
    assert_eq!((sender.read(), one.read(), two.read()), (7, 8, 7));
}

#[test]
fn the_signal_of_everything_agrees_with_its_structure() {
    assert_eq!(self_check::<content::Whole>(), Ok(()));
    assert!(part::bytes(&Leak::new(1)) == [1]);
    let _: fn(&Everything) = |everything| drop(part::bytes(everything));
}
