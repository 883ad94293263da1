//! The table lends forks, two at a time, for a while.
//!
//! # The protocol of leases
//!
//! - A grant answers one request of one philosopher and carries a lease: a number that the table never uses twice, not
//!   even in another life (it counts from the microsecond at which its life began).
//! - The philosopher may eat until [`LEASE`] after it *sent* that request. The table takes the forks back when they are
//!   released under the lease's number, when the node of the philosopher has left or begun another life, and otherwise
//!   [`LEASE`] + [`MARGIN`] after it granted them. The grant was later than the request, so nobody eats by then,
//!   whatever became of the link; clocks need only run at about the same pace, and a node that is stopped in the
//!   middle of a meal finds its lease over when it goes on.
//! - A philosopher repeats its request. If it holds forks by a lease that it may not have heard of, it gets another
//!   lease on the same forks, and the number of the old one means nothing any more: to release it is harmless.
//! - A table that has just begun knows nothing of the leases of its earlier life: it lends nothing until the last of
//!   them must be over (`opening`).
//! - Nobody starves: who has waited longest is served first, and forks for which somebody waits are lent to nobody
//!   behind him. The table does not wait for a philosopher whose node it cannot reach.

use std::{
    collections::{BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use farc::{
    Life,
    prelude::*,
    sys::{DownReason, NodeDown, NodeUp},
};
use serde::{Deserialize, Serialize};

use super::signals::{Grant, Hungry, Release, Stamps};

/// How long a philosopher may keep its forks, from the request on.
pub(super) const LEASE: Duration = Duration::from_secs(2);

/// How much later the table takes them back: the age that a domain's notion of "now" may have, many times over.
pub(super) const MARGIN: Duration = Duration::from_millis(500);

/// How often the table looks for leases that have run out.
const LOOK: Duration = Duration::from_millis(100);

/// A table as large as the demo's largest, and far from what one actor could serve.
const MOST_SEATS: u32 = 1024;

/// How large the table is.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Size {
    /// Philosophers, and forks.
    pub(super) seats: u32,
}

/// What happens to a table.
#[derive(Event, Debug)]
pub(super) enum TableEvent {
    Hungry(Hungry),
    Release(Release),
    NodeUp(NodeUp),
    NodeDown(NodeDown),
    #[event(local)]
    Timeout,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Table {
    seats: Vec<Seat>,
    /// Who waits, longest first; each at most once.
    waiting: VecDeque<usize>,
    unreachable: BTreeSet<String>,
    /// The last lease's number.
    lease: u64,
    stamps: Stamps,
}

#[derive(Debug, Default)]
struct Seat {
    /// Where its philosopher was when it last spoke.
    place: Option<Place>,
    /// Its last request.
    request: u64,
    held: Option<Held>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    node: String,
    life: Life,
}

#[derive(Debug)]
struct Held {
    lease: u64,
    /// When the forks are free again if nobody says anything.
    over: Instant,
}

impl Actor for Table {
    type Args = Size;

    fn new(args: Size, cx: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        if !(2..=MOST_SEATS).contains(&args.seats) {
            let cause = format!("a table has 2 to {MOST_SEATS} seats, not {}", args.seats);
            return Err(BuildError::argument("seats", cause));
        }
        Ok(Self {
            seats: (0..args.seats).map(|_| Seat::default()).collect(),
            waiting: VecDeque::new(),
            unreachable: BTreeSet::new(),
            lease: cx.life().start,
            stamps: Stamps::default(),
        })
    }
}

#[hsm(event = TableEvent, initial = opening, subscribe = [Hungry, Release, NodeUp, NodeDown])]
impl Table {
    #[entry(opening)]
    fn lay(&mut self, cx: &mut Context<Self>) {
        wake(cx, LEASE + MARGIN);
    }

    #[state]
    fn opening(&mut self, event: &TableEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            TableEvent::Timeout => To(State::Serving),
            _ => {
                self.note(event, cx);
                Handled
            }
        }
    }

    #[entry(serving)]
    fn open(&mut self, cx: &mut Context<Self>) {
        self.serve(cx);
        wake(cx, LOOK);
    }

    #[state]
    fn serving(&mut self, event: &TableEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            TableEvent::Timeout => {
                let now = cx.now();
                self.take_back(|_, held| held.over <= now);
                wake(cx, LOOK);
            }
            _ => self.note(event, cx),
        }
        self.serve(cx);
        Handled
    }
}

impl Table {
    /// Takes note of what happened; whether anybody can be served now is another question.
    fn note(&mut self, event: &TableEvent, cx: &mut Context<'_, Self>) {
        match event {
            TableEvent::Hungry(hungry) => self.hear(hungry, cx),
            TableEvent::Release(release) => self.take_back(|_, held| held.lease == release.lease),
            TableEvent::NodeUp(up) => {
                self.unreachable.remove(&up.name);
                self.take_back(|place, _| place.node == up.name && place.life != up.life);
            }
            TableEvent::NodeDown(down) => self.miss(down),
            TableEvent::Timeout => {}
        }
    }

    fn hear(&mut self, hungry: &Hungry, cx: &mut Context<'_, Self>) {
        let at = hungry.seat as usize;
        let place = place(cx);
        let Some(seat) = self.seats.get_mut(at) else {
            tracing::warn!(
                seat = hungry.seat,
                "a philosopher without a chair is hungry"
            );
            return;
        };
        if seat.place.as_ref() != Some(&place) {
            // Its earlier life is over, or it moved: whoever asks is not eating.
            *seat = Seat {
                place: Some(place),
                ..Seat::default()
            };
        }
        seat.request = hungry.request;
        if seat.held.is_some() {
            self.lend(at, cx);
        } else if !self.waiting.contains(&at) {
            self.waiting.push_back(at);
        }
    }

    fn miss(&mut self, down: &NodeDown) {
        match down.reason {
            DownReason::Left | DownReason::Restarted => {
                self.take_back(|place, _| place.node == down.name && place.life == down.life)
            }
            // It may be eating: its lease decides.
            DownReason::Unreachable => {
                self.unreachable.insert(down.name.clone());
            }
        }
        // If the philosopher is still hungry when its node is back, it says so again.
        let seats = &self.seats;
        self.waiting.retain(|at| {
            seats[*at]
                .place
                .as_ref()
                .is_none_or(|place| place.node != down.name)
        });
    }

    fn take_back(&mut self, free: impl Fn(&Place, &Held) -> bool) {
        for seat in &mut self.seats {
            if let (Some(place), Some(held)) = (&seat.place, &seat.held)
                && free(place, held)
            {
                seat.held = None;
            }
        }
    }

    /// Lends to all who wait and can have both forks, longest wait first.
    fn serve(&mut self, cx: &mut Context<'_, Self>) {
        let mut taken = vec![false; self.seats.len()];
        for at in (0..self.seats.len()).filter(|at| self.seats[*at].held.is_some()) {
            self.forks(at)
                .into_iter()
                .for_each(|fork| taken[fork] = true);
        }
        for at in std::mem::take(&mut self.waiting) {
            let reachable = self.seats[at]
                .place
                .as_ref()
                .is_some_and(|place| !self.unreachable.contains(&place.node));
            let forks = self.forks(at);
            if reachable && forks.iter().all(|fork| !taken[*fork]) {
                self.lend(at, cx);
            } else {
                self.waiting.push_back(at);
            }
            // Lent, or kept for the one who waits.
            if reachable {
                forks.into_iter().for_each(|fork| taken[fork] = true);
            }
        }
    }

    fn lend(&mut self, at: usize, cx: &mut Context<'_, Self>) {
        self.lease += 1;
        let seat = &mut self.seats[at];
        seat.held = Some(Held {
            lease: self.lease,
            over: cx.now() + LEASE + MARGIN,
        });
        let stamp = self.stamps.next::<Grant, _>(cx);
        // A table has at most MOST_SEATS seats.
        cx.publish(Grant {
            stamp,
            seat: at as u32,
            request: seat.request,
            lease: self.lease,
        });
    }

    /// The forks to the left and to the right of a seat.
    fn forks(&self, at: usize) -> [usize; 2] {
        [at, (at + 1) % self.seats.len()]
    }
}

/// Where the event that is being handled came from.
fn place(cx: &Context<'_, Table>) -> Place {
    match cx.source() {
        Some(source) => Place {
            node: source.node,
            life: source.life,
        },
        None => Place {
            node: cx.node().to_owned(),
            life: cx.life(),
        },
    }
}

fn wake(cx: &mut Context<'_, Table>, after: Duration) {
    cx.after(after, TableEvent::Timeout)
        .expect("one timer at a time, and each dies with its state");
}
