//! What waits for room beside the ring: events without a poster who could be refused (B10).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Entry, Origin};

/// Events that enter the ring first when there is room, and how long they had to wait for it.
pub(super) struct Pending<E> {
    queue: VecDeque<(Entry<E>, Option<Instant>)>,
    /// How many of them are `$sys` events.
    system: usize,
    /// Since when the one waited that waited longest, of those that have entered since the last look.
    entered: Option<Instant>,
    longest: Duration,
}

impl<E> Default for Pending<E> {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            system: 0,
            entered: None,
            longest: Duration::ZERO,
        }
    }
}

impl<E> Pending<E> {
    pub(super) fn push(&mut self, entry: Entry<E>, since: Option<Instant>) {
        self.system += usize::from(is_system(&entry));
        self.queue.push_back((entry, since));
    }

    /// The next one enters the ring.
    pub(super) fn enter(&mut self) -> Option<Entry<E>> {
        let (entry, since) = self.queue.pop_front()?;
        self.system -= usize::from(is_system(&entry));
        // The first to enter has waited longest.
        self.entered = self.entered.or(since);
        Some(entry)
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// How many `$sys` events are among them.
    pub(super) fn system(&self) -> usize {
        self.system
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<E>> {
        self.queue.iter().map(|(entry, _)| entry)
    }

    /// Takes the oldest `$sys` event out.
    pub(super) fn remove_system(&mut self) -> Option<Entry<E>> {
        let at = self.queue.iter().position(|(entry, _)| is_system(entry))?;
        let (entry, _) = self.queue.remove(at)?;
        self.system -= 1;
        Some(entry)
    }

    /// Takes those out that are chosen; what stays keeps its order.
    pub(super) fn extract(&mut self, chosen: impl Fn(&Entry<E>) -> bool) -> Vec<Entry<E>> {
        let mut out = Vec::new();
        for _ in 0..self.queue.len() {
            match self.queue.pop_front() {
                Some((entry, _)) if chosen(&entry) => {
                    self.system -= usize::from(is_system(&entry));
                    out.push(entry);
                }
                other => self.queue.extend(other),
            }
        }
        out
    }

    /// What has entered since the last look did so at `now`. Tells whether anything waits still.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        if let Some(since) = self.entered.take() {
            self.longest = self.longest.max(now.saturating_duration_since(since));
        }
        !self.queue.is_empty()
    }

    /// The longest time that an event had to wait, until `now`.
    pub(super) fn longest(&self, now: Instant) -> Duration {
        let entered = self
            .entered
            .map(|since| now.saturating_duration_since(since));
        self.longest.max(entered.unwrap_or_default())
    }
}

fn is_system<E>(entry: &Entry<E>) -> bool {
    entry.origin == Origin::System
}
