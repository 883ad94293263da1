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

/// After so many looks in vain, one after the other, it mostly parks at once.
const IN_VAIN: u32 = 4;

/// One wait in so many looks on all the same: the times may have changed.
const PROBE: u32 = 64;

/// For how long a thread looks on before it parks: what comes in meanwhile costs its sender no system call, and is seen at once. A thread for
/// which nothing ever comes so soon stops looking, so that a node at rest, or one that waits for its timers, takes no processor time for it.
pub(in crate::kernel) struct Spin {
    time: Duration,
    in_vain: u32,
    waits: u32,
}

impl Spin {
    pub(in crate::kernel) fn new(time: Duration) -> Self {
        Self {
            time,
            in_vain: 0,
            waits: 0,
        }
    }

    fn is_worth_it(&mut self) -> bool {
        self.waits = self.waits.wrapping_add(1);
        !self.time.is_zero() && (self.in_vain < IN_VAIN || self.waits.is_multiple_of(PROBE))
    }

    fn was_worth_it(&mut self, was: bool) {
        self.in_vain = if was {
            0
        } else {
            self.in_vain.saturating_add(1)
        };
    }
}

/// Waits until the bell is rung, or until a time; or for no reason at all, now and then.
pub(in crate::kernel) fn wait(
    bell: &Bell,
    until: Option<Instant>,
    spin: &mut Spin,
    clock: &dyn Clock,
) {
    if spin.is_worth_it() {
        let has_come = look(bell, until, spin.time, clock);
        spin.was_worth_it(has_come);
        if has_come {
            return;
        }
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
