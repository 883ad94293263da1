//! What the actors of the demo say to each other.
//!
//! Each signal carries a [`Stamp`], so that every event of a run has a name of its own and journals of several
//! processes can be compared event by event.

use std::{collections::BTreeMap, time::Duration};

use farc::{Life, prelude::*};
use serde::{Deserialize, Serialize};

/// Which event this is: the `n`th that this actor published with this signal in this life of its node.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct Stamp {
    pub(super) node: String,
    pub(super) life: Life,
    pub(super) actor: String,
    /// From 1, without holes.
    pub(super) n: u64,
}

/// A philosopher asks for both forks. It asks again, with a new request, as long as it waits: a request may be lost
/// with the life of a node.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("dining.hungry")]
pub(super) struct Hungry {
    pub(super) stamp: Stamp,
    pub(super) seat: u32,
    pub(super) request: u64,
}

/// The table lends both forks, in answer to one request.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("dining.grant")]
pub(super) struct Grant {
    pub(super) stamp: Stamp,
    pub(super) seat: u32,
    pub(super) request: u64,
    pub(super) lease: u64,
}

/// A philosopher has taken up its forks. Nobody needs to know; observers like to.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("dining.eating")]
pub(super) struct Eating {
    pub(super) stamp: Stamp,
    pub(super) seat: u32,
    pub(super) lease: u64,
    /// How long the lease still lasts.
    pub(super) left: Duration,
}

/// A philosopher gives its forks back, or never took them up.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("dining.release")]
pub(super) struct Release {
    pub(super) stamp: Stamp,
    pub(super) seat: u32,
    pub(super) lease: u64,
}

/// One of many events, for the sake of their number.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("demo.tick")]
pub(super) struct Tick {
    pub(super) stamp: Stamp,
}

/// Numbers what one actor publishes.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    last: BTreeMap<&'static str, u64>,
}

impl Stamps {
    /// The stamp of the next event of signal `S`.
    pub(super) fn next<S: Signal, A>(&mut self, cx: &Context<'_, A>) -> Stamp {
        let n = self.last.entry(S::NAME).or_default();
        *n += 1;
        Stamp {
            node: cx.node().to_owned(),
            life: cx.life(),
            actor: cx.name().to_owned(),
            n: *n,
        }
    }
}
