//! Who is there: an actor occupies a seat as long as anything of it exists.
//!
//! Its [`Seat`] is part of its arguments, which farc keeps to construct it anew, and of the event that has it born. It counts its copies, so that a
//! seat is free when farc has dropped the last thing that belongs to the actor, and not when it says that the actor has stopped.

use std::cell::RefCell;

use farc::prelude::*;

use super::worker::Worker;

/// A place in the table.
#[derive(Isolated)]
pub(crate) struct Seat(u32);

struct Place {
    copies: u32,
    /// Where its actor can be reached, once that has started.
    address: Option<Address<Worker>>,
}

#[derive(Default)]
struct Seats {
    places: Vec<Place>,
    free: Vec<u32>,
    /// Bytes that are lost with each seat that becomes free.
    leak: usize,
}

thread_local! {
    static SEATS: RefCell<Seats> = RefCell::default();
}

/// Makes the table. Nothing else of it will ever be allocated.
pub(crate) fn set_up(count: u32, leak: usize) {
    let places = (0..count).map(|_| Place {
        copies: 0,
        address: None,
    });
    SEATS.set(Seats {
        places: places.collect(),
        free: (0..count).rev().collect(),
        leak,
    });
}

/// Takes the table down.
pub(crate) fn take_down() {
    SEATS.take();
}

/// How many seats are occupied.
pub(crate) fn occupied() -> u64 {
    SEATS.with_borrow(|seats| (seats.places.len() - seats.free.len()) as u64)
}

/// How many there are.
pub(crate) fn count() -> u32 {
    SEATS.with_borrow(|seats| seats.places.len() as u32)
}

/// Where the actor on this seat can be reached; `None` if there is none, or it has not started.
pub(crate) fn address(seat: u32) -> Option<Address<Worker>> {
    SEATS.with_borrow(|seats| seats.places[seat as usize].address.clone())
}

impl Seat {
    /// Occupies a seat; `None` if all are taken.
    pub(crate) fn take() -> Option<Self> {
        SEATS.with_borrow_mut(|seats| {
            let free = seats.free.pop()?;
            seats.places[free as usize].copies = 1;
            Some(Self(free))
        })
    }

    pub(crate) fn number(&self) -> u32 {
        self.0
    }

    /// Its actor has started.
    pub(crate) fn sit(&self, address: Address<Worker>) {
        SEATS.with_borrow_mut(|seats| seats.places[self.0 as usize].address = Some(address));
    }
}

impl Clone for Seat {
    fn clone(&self) -> Self {
        SEATS.with_borrow_mut(|seats| seats.places[self.0 as usize].copies += 1);
        Self(self.0)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let address = SEATS.with_borrow_mut(|seats| {
            let place = &mut seats.places[self.0 as usize];
            place.copies -= 1;
            if place.copies > 0 {
                return None;
            }
            seats.free.push(self.0);
            if seats.leak > 0 {
                std::mem::forget(Vec::<u8>::with_capacity(seats.leak));
            }
            seats.places[self.0 as usize].address.take()
        });
        // Outside, since it may be the last one.
        drop(address);
    }
}
