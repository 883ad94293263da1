//! What a machine takes up: a byte beside its actor.

use farc::hsm;
use farc::hsm::Machine;
use farc::hsm::Next::{self, To};

use crate::chart::Letter;

/// An actor whose alignment is 1, so that nothing is filled up.
struct Bytes {
    _data: [u8; 5],
}

#[hsm(event = Letter, initial = inner, context = ())]
impl Bytes {
    #[state(initial = inner)]
    fn outer(&mut self, _: &Letter) -> Next<Self> {
        To(State::Outer)
    }

    #[state(parent = outer)]
    fn inner(&mut self, _: &Letter) -> Next<Self> {
        To(State::Other)
    }

    #[state]
    fn other(&mut self, _: &Letter) -> Next<Self> {
        To(State::Inner)
    }
}

struct Nothing;

#[hsm(event = Letter, initial = only, context = ())]
impl Nothing {
    #[state]
    fn only(&mut self, _: &Letter) -> Next<Self> {
        To(State::Only)
    }
}

#[test]
fn a_state_is_one_byte_and_so_is_the_place_for_one() {
    assert_eq!(size_of::<BytesState>(), 1);
    assert_eq!(size_of::<Option<BytesState>>(), 1);
    assert_eq!(size_of::<NothingState>(), 1);
}

#[test]
fn a_machine_without_extras_is_one_byte_larger_than_its_actor() {
    assert_eq!(size_of::<Bytes>(), 5);
    assert_eq!(size_of::<Machine<Bytes>>(), 6);
    assert_eq!(size_of::<Machine<Nothing>>(), 1);
}
