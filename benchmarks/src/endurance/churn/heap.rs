//! An allocator that counts what is allocated and not given back: exact where the resident memory shows what the allocator keeps as well.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

struct Counting;

/// In bytes, as they were asked for. One counter for all threads: the churn is no race.
static LIVE: AtomicI64 = AtomicI64::new(0);

/// What the process has allocated, less what it has given back.
pub(crate) fn live() -> i64 {
    LIVE.load(Ordering::Relaxed)
}

fn count(bytes: i64) {
    LIVE.fetch_add(bytes, Ordering::Relaxed);
}

// SAFETY: everything is done by the system's allocator; counting allocates nothing.
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

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
