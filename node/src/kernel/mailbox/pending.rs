//! What waits for room beside the ring: events without a poster who could be refused (B10).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Entry;

/// Events that enter the ring first when there is room, and how long they had to wait for it.
pub(super) struct Pending<E> {
    queue: VecDeque<(Entry<E>, Option<Instant>)>,
    /// Since when the one waited that waited longest, of those that have entered since the last look.
    entered: Option<Instant>,
    longest: Duration,
}

impl<E> Default for Pending<E> {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            entered: None,
            longest: Duration::ZERO,
        }
    }
}

impl<E> Pending<E> {
    pub(super) fn push(&mut self, entry: Entry<E>, since: Option<Instant>) {
        self.queue.push_back((entry, since));
    }

    /// The next one enters the ring.
    pub(super) fn enter(&mut self) -> Option<Entry<E>> {
        let (entry, since) = self.queue.pop_front()?;
        // The first to enter has waited longest.
        self.entered = self.entered.or(since);
        Some(entry)
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry<E>> {
        self.queue.iter().map(|(entry, _)| entry)
    }

    /// Takes those out that are chosen; what stays keeps its order.
    pub(super) fn extract(&mut self, chosen: impl Fn(&Entry<E>) -> bool) -> Vec<Entry<E>> {
        let mut out = Vec::new();
        for _ in 0..self.queue.len() {
            match self.queue.pop_front() {
                Some((entry, _)) if chosen(&entry) => out.push(entry),
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
