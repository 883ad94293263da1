//! How late timers fire: a histogram that costs a few instructions a firing and two KiB a domain.

use std::time::Duration;

/// Later than this, a firing counts as late: ten times the resolution of a parked thread, and the shortest period that timers are made for.
pub const LATE: Duration = Duration::from_millis(1);

/// So many bits of the lateness below the highest one choose the bucket: a quarter of an octave each.
const FINE: u32 = 2;
const BUCKETS: usize = 64 << FINE;

/// How the timers of a domain have fired. The lateness is between the deadline and the domain's look at the clock that noticed it (B5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct TimerStats {
    /// How many deadlines wait: those of timers, and those of actors that will be constructed anew.
    pub armed: u64,
    /// How many have fired, each period of a periodic one for itself.
    pub fired: u64,
    /// Of these, how many more than a millisecond late.
    pub late: u64,
    /// The greatest lateness.
    pub max_late: Duration,
    /// So late or less were half of them; exact to a fifth.
    pub p50_late: Duration,
    /// So late or less were 99 of 100; exact to a fifth.
    pub p99_late: Duration,
}

/// Every lateness since the domain was made.
pub(super) struct Lateness {
    /// Made with the first firing: most domains of a test never fire.
    buckets: Option<Box<[u64; BUCKETS]>>,
    fired: u64,
    late: u64,
    max: Duration,
}

impl Lateness {
    pub(super) const fn new() -> Self {
        Self {
            buckets: None,
            fired: 0,
            late: 0,
            max: Duration::ZERO,
        }
    }

    pub(super) fn record(&mut self, lateness: Duration) {
        self.fired += 1;
        self.late += u64::from(lateness > LATE);
        self.max = self.max.max(lateness);
        let nanos = u64::try_from(lateness.as_nanos()).unwrap_or(u64::MAX);
        let buckets = self.buckets.get_or_insert_with(|| Box::new([0; BUCKETS]));
        buckets[bucket(nanos)] += 1;
    }

    pub(super) fn stats(&self, armed: usize) -> TimerStats {
        TimerStats {
            armed: armed as u64,
            fired: self.fired,
            late: self.late,
            max_late: self.max,
            p50_late: self.below(50),
            p99_late: self.below(99),
        }
    }

    /// The lateness that so many of a hundred firings did not exceed: the upper edge of its bucket.
    fn below(&self, percent: u64) -> Duration {
        let Some(buckets) = &self.buckets else {
            return Duration::ZERO;
        };
        let wanted = (self.fired * percent).div_ceil(100);
        let mut seen = 0;
        for (i, count) in buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Duration::from_nanos(upper(i)).min(self.max);
            }
        }
        self.max
    }
}

/// Small numbers have a bucket each; beyond, an octave has four.
fn bucket(nanos: u64) -> usize {
    let octave = nanos.checked_ilog2().unwrap_or(0);
    if octave <= FINE {
        return nanos as usize;
    }
    let part = (nanos >> (octave - FINE)) as usize & ((1 << FINE) - 1);
    (octave as usize) << FINE | part
}

/// The largest number in a bucket.
fn upper(bucket: usize) -> u64 {
    let octave = (bucket >> FINE) as u32;
    if octave <= FINE {
        return bucket as u64;
    }
    let part = (bucket & ((1 << FINE) - 1)) as u64;
    let step = 1_u64 << (octave - FINE);
    (1_u64 << octave) + part * step + (step - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_lies_in_its_bucket_and_buckets_are_a_fifth_wide_at_most() {
        for nanos in (0..100_000).chain((17..63).map(|bits| (1 << bits) + (1 << (bits - 2)) - 1)) {
            let bucket = bucket(nanos);
            assert!(upper(bucket) >= nanos, "{nanos}");
            assert!(upper(bucket) <= nanos + nanos / 4, "{nanos}");
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn the_percentiles_the_maximum_and_the_late_ones_are_told() {
        let mut lateness = Lateness::new();
        assert_eq!(lateness.stats(3).p99_late, Duration::ZERO);
        for micros in 1..=100 {
            lateness.record(Duration::from_micros(micros * 20));
        }
        let stats = lateness.stats(3);
        assert_eq!((stats.armed, stats.fired, stats.late), (3, 100, 50));
        assert_eq!(stats.max_late, Duration::from_millis(2));
        let near = |found: Duration, exact: u64| {
            let exact = Duration::from_micros(exact);
            assert!(found >= exact && found <= exact + exact / 4, "{found:?}");
        };
        near(stats.p50_late, 1000);
        near(stats.p99_late, 1980);
    }
}
