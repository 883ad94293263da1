//! Is the peer there, does it answer, and does it ask too much?

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::Role;
use crate::limits::Limits;

/// PINGs that may be unanswered at once: the progress limit is over long before.
const OUTSTANDING: usize = 16;

/// How long a driver may go on reading ahead of what a peer may send before it is the peer's fault all the same.
const PATIENCE: Duration = Duration::from_secs(10);

/// PING and PONG of the live connection. The newest of each is state; there is no queue to flood.
///
/// The accepting side waits a little longer and sends its PING along with its PONG, so that two nodes that have nothing else to say meet once in
/// [`Limits::ping_every`], with half the packets.
#[derive(Debug)]
pub(super) struct Pings {
    role: Role,
    every: Duration,
    began: Instant,
    next_at: Instant,
    next_nonce: u64,
    due: bool,
    sent: VecDeque<(u64, Instant)>,
    /// The last time that the peer showed it hears us.
    progress: Instant,
    pong: Option<(u64, u64)>,
}

impl Pings {
    pub(super) fn new(now: Instant, role: Role, limits: &Limits) -> Self {
        let every = match role {
            Role::Dialer => limits.ping_every,
            // Longer than a PING of the other side is on its way on most networks, and no more than that.
            Role::Acceptor => limits.ping_every + limits.ping_every / 8,
        };
        Self {
            role,
            every,
            began: now,
            next_at: now + every,
            next_nonce: 1,
            due: false,
            sent: VecDeque::new(),
            progress: now,
            pong: None,
        }
    }

    pub(super) fn next_at(&self, limits: &Limits) -> Instant {
        self.next_at.min(self.progress + limits.progress_within)
    }

    /// Time has passed. False when the peer has not answered for too long.
    pub(super) fn tick(&mut self, now: Instant, limits: &Limits) -> bool {
        if self.next_at <= now {
            self.fall_due(now);
        }
        now < self.progress + limits.progress_within
    }

    fn fall_due(&mut self, now: Instant) {
        self.due = true;
        self.next_at = now + self.every;
    }

    /// The PING to send now: nonce and time.
    pub(super) fn take_ping(&mut self, now: Instant) -> Option<(u64, u64)> {
        if !std::mem::take(&mut self.due) {
            return None;
        }
        let nonce = self.next_nonce;
        self.next_nonce += 1;
        if self.sent.len() == OUTSTANDING {
            self.sent.pop_front();
        }
        self.sent.push_back((nonce, now));
        let time = now.saturating_duration_since(self.began).as_micros();
        Some((nonce, u64::try_from(time).unwrap_or(0)))
    }

    pub(super) fn must_answer(&mut self, now: Instant, nonce: u64, time: u64) {
        self.pong = Some((nonce, time));
        if self.role == Role::Acceptor && self.next_at <= now + self.every / 2 {
            self.fall_due(now);
        }
    }

    pub(super) const fn take_pong(&mut self) -> Option<(u64, u64)> {
        self.pong.take()
    }

    /// A PONG: the round trip when it answers a PING that is open.
    pub(super) fn answered(&mut self, now: Instant, nonce: u64) -> Option<Duration> {
        let (_, sent) = *self.sent.iter().find(|(open, _)| *open == nonce)?;
        self.sent.retain(|(open, _)| *open > nonce);
        self.progressed(now);
        Some(now.saturating_duration_since(sent))
    }

    pub(super) fn progressed(&mut self, now: Instant) {
        self.progress = self.progress.max(now);
    }
}

/// A rate that a peer may use, with a second's worth in advance. Each use moves a mark; how far the mark is ahead of the
/// clock is how much was used ahead of time.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    mark: Option<Instant>,
}

impl Rate {
    fn charge(&mut self, now: Instant, per_second: u32) {
        let cost = Duration::from_secs(1) / per_second.max(1);
        self.mark = Some(self.mark.map_or(now, |mark| mark.max(now)) + cost);
    }

    fn wait_until(&self) -> Option<Instant> {
        self.mark
            .and_then(|mark| mark.checked_sub(Duration::from_secs(1)))
    }
}

/// What a peer's control frames cost it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meter {
    frames: Rate,
    changes: Rate,
}

impl Meter {
    pub(super) fn frame(&mut self, now: Instant, limits: &Limits) {
        self.frames.charge(now, limits.control_frames);
    }

    pub(super) fn change(&mut self, now: Instant, limits: &Limits) {
        self.changes.charge(now, limits.subscription_changes);
    }

    /// When the control stream may be read again.
    pub(super) fn wait_until(&self) -> Option<Instant> {
        self.frames.wait_until().max(self.changes.wait_until())
    }

    /// Whether so much was read ahead of time that nobody listens to [`Meter::wait_until`].
    pub(super) fn is_overrun(&self, now: Instant) -> bool {
        self.wait_until()
            .is_some_and(|until| until > now + PATIENCE)
    }
}
