//! What workers are told, at random.

use farc::prelude::*;

use super::random::Random;
use super::worker::{Worker, WorkerEventPosted};

/// The weight of an event, in bytes.
const WEIGHT: u32 = 128;
/// Timers are due within so many milliseconds: longer than most workers live.
const FAR: u32 = 4000;
/// A periodic one has a period of at least this.
const PERIOD: u32 = 50;

/// What others tell a worker, from another thread.
pub(crate) struct Errand {
    pub(crate) to: Address<Worker>,
    pub(crate) what: Foreign,
}

/// Made where it is posted, so that what one thread allocates another gives back.
#[derive(Clone, Copy)]
pub(crate) enum Foreign {
    Work { weight: u32 },
    Later { weight: u32 },
    Stop,
}

/// What another thread tells somebody.
pub(crate) fn foreign(random: &mut Random) -> Foreign {
    let weight = random.below(WEIGHT);
    match random.below(32) {
        0 => Foreign::Stop,
        1..4 => Foreign::Later { weight },
        _ => Foreign::Work { weight },
    }
}

/// What somebody is told who lives on; `other` is somebody else.
pub(crate) fn local(random: &mut Random, other: Address<Worker>) -> WorkerEventPosted {
    let millis = random.below(FAR);
    match random.below(400) {
        0..180 => WorkerEventPosted::Work(weight(random)),
        180..220 => WorkerEventPosted::Later(weight(random)),
        220..270 => WorkerEventPosted::Switch,
        270..320 => WorkerEventPosted::Listen {
            news: random.one_in(2),
            yes: random.one_in(2),
        },
        320..350 => WorkerEventPosted::Wait { millis },
        350..353 => WorkerEventPosted::Every {
            millis: Some(PERIOD + millis),
        },
        353..356 => WorkerEventPosted::Every { millis: None },
        356..360 => WorkerEventPosted::Expire { millis },
        360..396 => WorkerEventPosted::Ask(other),
        396..398 => WorkerEventPosted::Study {
            ends: random.one_in(2),
        },
        398 if random.one_in(32) => WorkerEventPosted::Tell,
        399 if random.one_in(4) => WorkerEventPosted::Fail,
        _ => WorkerEventPosted::Work(Vec::new()),
    }
}

fn weight(random: &mut Random) -> Vec<u8> {
    vec![0; random.below(WEIGHT) as usize]
}
