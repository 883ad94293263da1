//! Actors that come and go while a domain runs, their names, and what they ask each other: C6, C7, E2, A27, D3.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

mod asks;
mod elsewhere;
mod many;
mod outside;
mod refs;
mod spawning;
mod support;

/// Counts what each thread has allocated and not given back.
struct Counting;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

/// What this thread has allocated, less what it has given back, in bytes.
fn live_bytes() -> i64 {
    LIVE.with(Cell::get)
}

fn count(bytes: i64) {
    // Late in the life of a thread there is no counter any more.
    let _ = LIVE.try_with(|live| live.set(live.get() + bytes));
}

// SAFETY: everything is done by the system's allocator; counting allocates nothing.
#[expect(unsafe_code, reason = "an allocator is an unsafe trait")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;
