//! The samples as a table, and whether memory stayed flat.

use std::fmt;
use std::time::Duration;

/// So much more may be on the heap, in percent, at the same population: what workers have at a moment, timers, subscriptions, events kept aside, depends on
/// how long they have lived, and varies by about a percent.
const HEAP_TOLERANCE: f64 = 2.0;
/// So much more may be resident in the last tenth than in the first one, in percent: between what lives the allocator has holes, and it takes minutes
/// until they are as many as they will ever be. It does not tell farc from the allocator, the heap does.
const RESIDENT_TOLERANCE: f64 = 20.0;
/// So much more than in the sixth tenth: by then it must be flat too.
const LATE_TOLERANCE: f64 = 5.0;
/// So much more may be on the heap when nobody is there, in bytes: a table or two may have had to double after the warm-up.
const EMPTY_TOLERANCE: i64 = 4 << 20;
/// So much may be left of the domain when it is dropped, in bytes: what the standard library and tokio keep for threads that have ended.
const BEHIND_TOLERANCE: i64 = 64 << 10;

/// A run of a few samples is held to so many times as much: it has one of them in a tenth, and shows that everything runs.
const SHORT: f64 = 5.0;
/// So many samples make a run that is to be believed.
const LONG: usize = 50;

/// So many lines the table has, beside the first.
const LINES: u32 = 10;

const MEGABYTE: f64 = 1e6;

/// The state of everything at one moment, at rest.
pub(crate) struct Sample {
    pub(crate) at: Duration,
    pub(crate) actors: u64,
    pub(crate) rounds: u64,
    pub(crate) spawned: u64,
    pub(crate) stopped: u64,
    /// Posts of the domain's thread that were taken.
    pub(crate) posts: u64,
    /// Posts of other threads that were taken.
    pub(crate) foreign: u64,
    /// Posts of either that came back.
    pub(crate) refused: u64,
    /// Events whose dispatch has returned.
    pub(crate) handled: u64,
    pub(crate) armed: u64,
    /// In bytes.
    pub(crate) resident: u64,
    pub(crate) heap: i64,
}

/// Prints some of the samples.
pub(crate) struct Table {
    every: u32,
    seen: u32,
}

impl Table {
    pub(crate) fn new(samples: u32) -> Self {
        println!(
            "\n{:>7} {:>8} {:>9} {:>11} {:>11} {:>12} {:>12} {:>10} {:>12} {:>8} {:>9} {:>9}",
            "minute",
            "actors",
            "rounds",
            "spawned",
            "stopped",
            "posts",
            "foreign",
            "refused",
            "handled",
            "timers",
            "RSS, MB",
            "heap, MB"
        );
        Self {
            every: (samples / LINES).max(1),
            seen: 0,
        }
    }

    /// Prints the sample, if it is one of those that are shown. True if it is.
    pub(crate) fn show(&mut self, sample: &Sample) -> bool {
        let is_shown = self.seen.is_multiple_of(self.every);
        if is_shown {
            println!("{sample}");
        }
        self.seen += 1;
        is_shown
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>7.2} {:>8} {:>9} {:>11} {:>11} {:>12} {:>12} {:>10} {:>12} {:>8} {:>9.2} {:>9.2}",
            self.at.as_secs_f64() / 60.0,
            self.actors,
            self.rounds,
            self.spawned,
            self.stopped,
            self.posts,
            self.foreign,
            self.refused,
            self.handled,
            self.armed,
            self.resident as f64 / MEGABYTE,
            self.heap as f64 / MEGABYTE
        )
    }
}

/// What is known in the end.
pub(crate) struct Verdict<'s> {
    /// At least two.
    pub(crate) samples: &'s [Sample],
    /// What was allocated when everybody had left, after the warm-up and in the end.
    pub(crate) empty: i64,
    pub(crate) left: i64,
    /// What is still allocated after the domain.
    pub(crate) behind: i64,
    /// How many workers there have been.
    pub(crate) ever: u64,
}

/// The most in one tenth of the samples and in the last one, in bytes.
struct Growth {
    what: &'static str,
    /// Which tenth the last one is compared with.
    since: &'static str,
    before: f64,
    last: f64,
    /// How much of it is allowed, in percent.
    tolerance: f64,
}

impl Growth {
    fn percent(&self) -> f64 {
        (self.last / self.before - 1.0) * 100.0
    }

    fn is_allowed(&self) -> bool {
        self.percent() <= self.tolerance
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<8} {:.2} MB at most in the {} tenth, {:.2} MB in the last: {:+.2} % ({} % are allowed)",
            self.what,
            self.before / MEGABYTE,
            self.since,
            self.last / MEGABYTE,
            self.percent(),
            self.tolerance
        )
    }
}

impl Verdict<'_> {
    fn growths(&self) -> [Growth; 3] {
        // The first sample has no interval before it in whose end the population was drawn home, and does not count.
        let samples = &self.samples[1..];
        let count = samples.len();
        let tenth = (count / 10).max(1);
        let most = |from: usize, of: fn(&Sample) -> f64| {
            let samples = samples[from..from + tenth].iter();
            samples.map(of).fold(0.0, f64::max)
        };
        let growth = |what, of: fn(&Sample) -> f64, (since, from), tolerance| Growth {
            what,
            since,
            before: most(from, of),
            last: most(count - tenth, of),
            tolerance: if count < LONG {
                SHORT * tolerance
            } else {
                tolerance
            },
        };
        let heap = |sample: &Sample| sample.heap as f64;
        let resident = |sample: &Sample| sample.resident as f64;
        let (first, sixth) = (("first", 0), ("sixth", count / 2));
        [
            growth("heap", heap, first, HEAP_TOLERANCE),
            growth("resident", resident, first, RESIDENT_TOLERANCE),
            growth("resident", resident, sixth, LATE_TOLERANCE),
        ]
    }

    fn emptied(&self) -> i64 {
        self.left - self.empty
    }

    /// An error says by how much memory has grown.
    pub(crate) fn judge(&self) -> Result<(), String> {
        let growths = self.growths().into_iter();
        let mut wrong: Vec<_> = growths
            .filter(|growth| !growth.is_allowed())
            .map(|growth| format!("memory has grown: {growth}"))
            .collect();
        for (what, grown, tolerance) in [
            ("a domain without actors", self.emptied(), EMPTY_TOLERANCE),
            ("what is left of the domain", self.behind, BEHIND_TOLERANCE),
        ] {
            if grown > tolerance {
                wrong.push(format!(
                    "{what} has grown by {grown} bytes, more than {tolerance}"
                ));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("\n"))
        }
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            empty,
            left,
            behind,
            ever,
            ..
        } = self;
        writeln!(f)?;
        for growth in self.growths() {
            writeln!(f, "{growth}")?;
        }
        writeln!(
            f,
            "nobody   {:.3} MB when all had left after the warm-up, {:.3} MB in the end: {:+} bytes, {:+.4} for each of {ever} workers",
            *empty as f64 / MEGABYTE,
            *left as f64 / MEGABYTE,
            self.emptied(),
            self.emptied() as f64 / *ever as f64
        )?;
        writeln!(f, "behind   {behind} bytes after the domain was dropped")?;
        f.write_str(if self.judge().is_ok() {
            "flat: no actor, name, timer, task, subscription, question or event is left, and the books balance"
        } else {
            "NOT FLAT"
        })
    }
}
