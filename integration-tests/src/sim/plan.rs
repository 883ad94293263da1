//! What a seed stands for: the weather, the blows, the work and the bounds of one run.
//!
//! Swarm testing (Groce et al., 2012): each seed switches on a random subset of the faults, with random strength, because a run with every fault at once
//! hides what a few of them together would show.

use std::fmt;
use std::time::Duration;

use super::net::Conditions;
use super::rng::Rng;

#[cfg(test)]
mod tests;

/// How many nodes a run has.
pub const NODES: u8 = 3;

/// The expanded options of a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where all of it comes from.
    pub seed: u64,
    /// What every link is like while faults are on.
    pub weather: Conditions,
    /// Blows, in the order of their times, counted from the start.
    pub blows: Vec<(Duration, Blow)>,
    /// How long faults are on.
    pub chaos: Duration,
    /// What the actors do.
    pub work: Work,
    /// Bounds that differ from the defaults.
    pub bounds: Bounds,
}

/// Something that happens to the cluster at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// Nothing gets from one node to another.
    Cut {
        /// The sending node.
        from: u8,
        /// The receiving node.
        to: u8,
    },
    /// It does again.
    Mend {
        /// The sending node.
        from: u8,
        /// The receiving node.
        to: u8,
    },
    /// The node dies as by SIGKILL.
    Crash(u8),
    /// A new life of it begins.
    Start(u8),
}

/// What the actors do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Between two publications of one publisher.
    pub period: Duration,
    /// How many events are published at once.
    pub burst: u8,
    /// Longest padding of an event, in bytes.
    pub padding: u32,
    /// How many events wait in a receiver's mailbox.
    pub mailbox: usize,
}

/// Bounds that make rare things happen; `None` keeps the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// How long what was numbered waits for an unreachable peer.
    pub ring_age: Option<Duration>,
    /// How many numbered events wait for their acknowledgement.
    pub ring: Option<usize>,
    /// How many events wait for a number.
    pub outbox: Option<usize>,
    /// How long the interest of an unreachable peer is kept.
    pub interest_age: Option<Duration>,
}

impl Plan {
    /// What `seed` stands for.
    pub fn new(seed: u64) -> Self {
        let rng = Rng::new(seed);
        let chaos = Duration::from_millis(rng.fork("chaos").between(6_000, 14_000));
        Self {
            seed,
            weather: weather(&mut rng.fork("weather")),
            blows: blows(&mut rng.fork("blows"), chaos),
            chaos,
            work: work(&mut rng.fork("work")),
            bounds: bounds(&mut rng.fork("bounds")),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conditions {
            delay,
            jitter,
            loss,
            duplicate,
            reorder,
            corrupt,
            truncate,
            cut: _,
        } = &self.weather;
        writeln!(f, "seed {}, faults for {:?}", self.seed, self.chaos)?;
        writeln!(
            f,
            "  weather: delay {delay:?}, jitter {jitter:?}; of a thousand datagrams {loss} lost, {duplicate} doubled, {reorder} held back, {corrupt} corrupted, {truncate} truncated"
        )?;
        let Work {
            period,
            burst,
            padding,
            mailbox,
        } = &self.work;
        writeln!(
            f,
            "  work: {burst} events every {period:?}, padded with up to {padding} bytes, mailboxes of {mailbox}"
        )?;
        writeln!(f, "  bounds: {:?}", self.bounds)?;
        for (at, blow) in &self.blows {
            writeln!(f, "  at {at:?}: {blow:?}")?;
        }
        Ok(())
    }
}

fn weather(rng: &mut Rng) -> Conditions {
    let mut weather = Conditions {
        delay: Duration::from_millis(rng.between(1, 20)),
        ..Conditions::default()
    };
    if rng.chance(500) {
        weather.jitter = Duration::from_millis(rng.between(1, 30));
    }
    let mut maybe = |most| {
        if rng.chance(500) {
            rng.between(1, most) as u16
        } else {
            0
        }
    };
    weather.loss = maybe(200);
    weather.duplicate = maybe(200);
    weather.reorder = maybe(200);
    weather.corrupt = maybe(30);
    weather.truncate = maybe(30);
    weather
}

fn blows(rng: &mut Rng, chaos: Duration) -> Vec<(Duration, Blow)> {
    let mut blows = Vec::new();
    let moment = |rng: &mut Rng| Duration::from_millis(rng.below(chaos.as_millis() as u64));
    if rng.chance(750) {
        for _ in 0..rng.between(1, 4) {
            let at = moment(rng);
            partition(rng, at, chaos, &mut blows);
        }
    }
    if rng.chance(400) {
        for _ in 0..rng.between(1, 2) {
            let (node, at) = (rng.below(NODES.into()) as u8, moment(rng));
            blows.push((at, Blow::Crash(node)));
            // Some come back before anyone noticed, some after everyone did.
            let down = Duration::from_millis(rng.between(10, 4_000));
            blows.push(((at + down).min(chaos), Blow::Start(node)));
        }
    }
    blows.sort_by_key(|(at, _)| *at);
    blows
}

fn partition(rng: &mut Rng, at: Duration, chaos: Duration, blows: &mut Vec<(Duration, Blow)>) {
    // Shorter than the idle time, about as long, and longer than the small age.
    let longest = *rng.pick(&[300, 1_500, 3_000, 7_000]);
    let end = (at + Duration::from_millis(rng.between(50, longest))).min(chaos);
    let one = rng.below(NODES.into()) as u8;
    let other = (one + 1 + rng.below(u64::from(NODES) - 1) as u8) % NODES;
    let both_ways = rng.chance(600);
    let alone = rng.chance(300);
    for peer in 0..NODES {
        if peer == other || (alone && peer != one) {
            cut(one, peer, at, end, blows);
            if both_ways {
                cut(peer, one, at, end, blows);
            }
        }
    }
}

fn cut(from: u8, to: u8, at: Duration, end: Duration, blows: &mut Vec<(Duration, Blow)>) {
    blows.push((at, Blow::Cut { from, to }));
    blows.push((end, Blow::Mend { from, to }));
}

fn work(rng: &mut Rng) -> Work {
    Work {
        period: Duration::from_millis(*rng.pick(&[10, 20, 20, 50, 100])),
        burst: *rng.pick(&[1, 1, 1, 2, 5]),
        padding: *rng.pick(&[0, 16, 200, 2_000]),
        mailbox: *rng.pick(&[32, 256, 1_024]),
    }
}

fn bounds(rng: &mut Rng) -> Bounds {
    Bounds {
        ring_age: rng
            .chance(400)
            .then(|| Duration::from_millis(rng.between(500, 3_000))),
        ring: rng.chance(300).then(|| rng.between(16, 200) as usize),
        outbox: rng.chance(300).then(|| rng.between(16, 200) as usize),
        interest_age: rng
            .chance(200)
            .then(|| Duration::from_millis(rng.between(1_000, 5_000))),
    }
}
