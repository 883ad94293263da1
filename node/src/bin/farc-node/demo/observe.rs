//! Keeps the journal of one node process; see [`journal`](super::journal) for what is in it.
//!
//! The stock binary carries it, and installs it when `FARC_JOURNAL` names a file. Only signals of the demo are
//! journalled, since only they carry a stamp.

use std::{
    any::Any,
    collections::BTreeMap,
    env,
    fs::File,
    io::{self, Write as _},
    path::Path,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use farc::observe::{Dispatched, GapRaised, LinkChange, Observer, Publish};
use rustix::time::{ClockId, clock_gettime};

use super::{
    journal::Entry,
    signals::{Eating, Grant, Hungry, Release, Stamp, Tick},
};

/// The file to append to.
pub(super) const JOURNAL: &str = "FARC_JOURNAL";

/// How many receivers each signal is meant to have: `signal=count,…`.
pub(super) const RECEIVERS: &str = "FARC_JOURNAL_RECEIVERS";

/// What a journal calls a link that works.
pub(super) const UP: &str = "up";

/// Nanoseconds of `CLOCK_MONOTONIC`.
pub(super) fn monotonic() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    // Neither part is negative: the clock began with the machine.
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}

/// Appends to the journal, one record a `write(2)`.
#[derive(Debug)]
pub(super) struct Journalist {
    file: File,
    receivers: BTreeMap<String, u32>,
    /// The same moment on the domain's clock and on the journal's.
    epoch: (Instant, u64),
    /// Set with the record that opens the life, which the first stamp of our own tells.
    opened: OnceLock<()>,
    /// What happened before.
    early: Mutex<Vec<String>>,
    /// A record could not be written, and that was said.
    failed: AtomicBool,
}

impl Journalist {
    /// The journal that the environment asks for, if any.
    ///
    /// # Errors
    /// The file cannot be opened for appending.
    pub(super) fn from_env() -> io::Result<Option<Self>> {
        let Some(path) = env::var_os(JOURNAL) else {
            return Ok(None);
        };
        let receivers = env::var(RECEIVERS).unwrap_or_default();
        Self::open(Path::new(&path), &receivers).map(Some)
    }

    /// A journal that is appended to a file.
    ///
    /// # Errors
    /// The file cannot be opened for appending.
    pub(super) fn open(path: &Path, receivers: &str) -> io::Result<Self> {
        let file = File::options().append(true).create(true).open(path);
        let file = file.map_err(|error| {
            let text = format!("cannot append to {} of {JOURNAL}: {error}", path.display());
            io::Error::new(error.kind(), text)
        })?;
        let receivers = receivers.split(',').filter_map(|pair| pair.split_once('='));
        let count = |(signal, count): (&str, &str)| Some((signal.to_owned(), count.parse().ok()?));
        Ok(Self {
            file,
            receivers: receivers.filter_map(count).collect(),
            epoch: (Instant::now(), monotonic()),
            opened: OnceLock::new(),
            early: Mutex::default(),
            failed: AtomicBool::new(false),
        })
    }

    /// Writes the record that opens the life, and what had to wait for it. Only the domain's thread publishes.
    fn begin(&self, stamp: &Stamp) {
        if self.opened.get().is_none() {
            let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
            self.put(
                &Entry::Start {
                    node: &stamp.node,
                    life: &stamp.life,
                }
                .line(monotonic()),
            );
            early.drain(..).for_each(|line| self.put(&line));
            // Before the lock is let go: whoever waits for it must not add to what nobody will read.
            self.opened.get_or_init(|| ());
        }
    }

    fn write(&self, entry: &Entry<'_>) {
        let line = entry.line(monotonic());
        if self.opened.get().is_none() {
            let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
            if self.opened.get().is_none() {
                early.push(line);
                return;
            }
        }
        self.put(&line);
    }

    fn put(&self, line: &str) {
        // One call a record, so that records of two threads do not mix. A full disk shows as lost events: the judge
        // finds them, and a node must not fall over its own diary.
        if let Err(error) = (&self.file).write_all(line.as_bytes())
            && !self.failed.swap(true, Ordering::Relaxed)
        {
            tracing::error!("the journal has holes from here on: {error}");
        }
    }

    /// A moment of the domain's clock, on the journal's.
    fn time(&self, at: Instant) -> u64 {
        let (instant, monotonic) = self.epoch;
        monotonic + at.saturating_duration_since(instant).as_nanos() as u64
    }
}

impl Observer for Journalist {
    fn publish(&self, publish: &Publish<'_>) {
        let Some(stamp) = stamp(publish.payload) else {
            return;
        };
        self.begin(stamp);
        let (actor, signal) = (stamp.actor.as_str(), publish.signal);
        if let Some(Release { seat, lease, .. }) = publish.payload.downcast_ref() {
            self.write(&Entry::Done {
                actor,
                philosopher: *seat,
                lease: *lease,
            });
        }
        if let Some(Eating {
            seat, lease, left, ..
        }) = publish.payload.downcast_ref()
        {
            let ends = self.time(publish.now + *left);
            self.write(&Entry::Eat {
                actor,
                philosopher: *seat,
                lease: *lease,
                ends,
            });
        }
        let receivers = self.receivers.get(signal).copied().unwrap_or_default();
        self.write(&Entry::Publish {
            actor,
            signal,
            n: stamp.n,
            receivers,
        });
    }

    fn dispatched(&self, step: &Dispatched<'_>) {
        let Some((signal, stamp)) = step
            .payload
            .and_then(|(signal, payload)| Some((signal, stamp(payload)?)))
        else {
            return;
        };
        let Stamp {
            node,
            life,
            actor: publisher,
            n,
        } = stamp;
        // For an event of a peer, what the link has verified and not what the event says of itself.
        let (node, life) = step
            .source
            .map_or((node.as_str(), *life), |origin| (origin.node, origin.life));
        self.write(&Entry::Dispatch {
            actor: step.actor,
            signal,
            node,
            publisher,
            life: &life,
            n: *n,
        });
    }

    fn gap(&self, gap: &GapRaised<'_>) {
        let GapRaised {
            actor,
            peer,
            life,
            cause,
            count,
            signals,
            ..
        } = *gap;
        self.write(&Entry::Gap {
            actor,
            peer,
            life: &life,
            cause,
            count,
            signals,
        });
    }

    fn link(&self, change: &LinkChange<'_>) {
        // Words of a record hold no spaces.
        let to = if change.to == UP {
            UP.to_owned()
        } else {
            format!(
                "{}:{}",
                change.to,
                change.reason.replace(char::is_whitespace, "_")
            )
        };
        self.write(&Entry::Link {
            peer: change.peer,
            change: &to,
        });
    }
}

/// The stamp of a signal of the demo. The most frequent first.
fn stamp(payload: &dyn Any) -> Option<&Stamp> {
    let tick = payload.downcast_ref::<Tick>().map(|tick| &tick.stamp);
    let grant = || payload.downcast_ref::<Grant>().map(|grant| &grant.stamp);
    let hungry = || payload.downcast_ref::<Hungry>().map(|hungry| &hungry.stamp);
    let eating = || payload.downcast_ref::<Eating>().map(|eating| &eating.stamp);
    let release = || {
        payload
            .downcast_ref::<Release>()
            .map(|release| &release.stamp)
    };
    tick.or_else(grant)
        .or_else(hungry)
        .or_else(eating)
        .or_else(release)
}
