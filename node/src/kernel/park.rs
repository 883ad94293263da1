//! How a domain's thread waits: it looks for a moment longer, and then it parks.
//!
//! Nothing is lost between the two. A ring is visible to the look, or it finds the list empty and wakes the thread; and a wake-up of a
//! thread that is not parked yet is kept until it parks.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use super::bell::Bell;
use super::sync::{Thread, current, park, park_timeout, spin_loop};
use crate::clock::Clock;

/// How many looks lie between two readings of the clock: about a microsecond of them.
const LOOKS_PER_READING: u32 = 16;

/// The most readings of a clock that does not move on, as that of a test: longer than the longest spin on a real one.
const MOST_READINGS: u32 = 1 << 16;

/// Wakes a parked thread. A wake-up before the parking is not lost: the thread's token keeps it.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Who is to be woken so that this thread goes on.
pub(in crate::kernel) fn this_thread() -> Waker {
    Waker::from(Arc::new(Unpark(current())))
}

/// Waits until the bell is rung, or until a time; or for no reason at all, now and then. `spin` is for how long it looks before it parks:
/// what comes in meanwhile costs its sender no system call, and is seen at once.
pub(in crate::kernel) fn wait(
    bell: &Bell,
    until: Option<Instant>,
    spin: Duration,
    clock: &dyn Clock,
) {
    if !spin.is_zero() && look(bell, until, spin, clock) {
        return;
    }
    match until {
        None => park(),
        Some(at) => {
            let rest = at.saturating_duration_since(clock.now());
            if !rest.is_zero() {
                park_timeout(rest);
            }
        }
    }
}

/// Whether there was a reason to go on within the time.
fn look(bell: &Bell, until: Option<Instant>, spin: Duration, clock: &dyn Clock) -> bool {
    let started = clock.now();
    for _ in 0..MOST_READINGS {
        for _ in 0..LOOKS_PER_READING {
            if bell.is_rung() {
                return true;
            }
            spin_loop();
        }
        let now = clock.now();
        if until.is_some_and(|at| at <= now) {
            return true;
        }
        if now.saturating_duration_since(started) >= spin {
            break;
        }
    }
    false
}
