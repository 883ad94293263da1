//! A life of a test node: its domains, and its links.

use std::sync::Arc;
use std::time::Instant;

use crate::actor::{Actor, ActorStatus, Domain};
use crate::bus::{Books, Bus};
use crate::hsm::Machine;
use crate::kernel::{DeadLetter, Ran};
use crate::testing::ManualSpawner;
use crate::testing::peer::Peer;

/// A node that is up.
pub(in crate::testing) struct Running {
    /// The first one is `main`.
    domains: Vec<Domain>,
    /// Where the tasks of its actors run.
    spawner: Arc<ManualSpawner>,
    pub(in crate::testing) peers: Vec<Peer>,
    pub(super) started: bool,
}

impl Running {
    pub(super) fn new(mut domain: Domain) -> Self {
        let spawner = Arc::new(ManualSpawner::new());
        domain.set_spawner(spawner.clone());
        Self {
            domains: vec![domain],
            spawner,
            peers: Vec::new(),
            started: false,
        }
    }

    pub(in crate::testing) fn bus(&self) -> &Arc<Bus> {
        self.domains[0].bus()
    }

    /// The domain of actors that name none.
    pub(in crate::testing) fn main(&mut self) -> &mut Domain {
        &mut self.domains[0]
    }

    /// The domain in which an actor of this name is.
    pub(in crate::testing) fn domain_of(&mut self, actor: &str) -> Option<&mut Domain> {
        let mut domains = self.domains.iter_mut();
        domains.find(|domain| domain.core.find(actor).is_some())
    }

    pub(in crate::testing) fn machine<A: Actor>(&self, actor: &str) -> Option<&Machine<A>> {
        let mut domains = self.domains.iter();
        domains.find_map(|domain| domain.machine(actor))
    }

    pub(super) fn start(&mut self) {
        self.started = true;
        self.domains.iter_mut().for_each(Domain::start);
    }

    /// Runs each domain for at most so many steps, in an order that `chance` decides; returns how many there were.
    pub(super) fn run(&mut self, now: Instant, budget: u64, chance: u64) -> u64 {
        let count = self.domains.len();
        let mut steps = 0;
        for turn in 0..count {
            let first = (chance % count as u64) as usize;
            let domain = &mut self.domains[(first + turn) % count];
            let before = domain.steps();
            domain.run(now, budget);
            steps += domain.steps() - before;
        }
        steps
    }

    /// Gives tasks that could run some turns, in an order that chance decides; returns how many there were.
    pub(super) fn run_tasks(&mut self, most: u64, mut chance: impl FnMut() -> u64) -> u64 {
        (0..most)
            .take_while(|_| self.spawner.step_by(&mut chance))
            .count() as u64
    }

    /// When a timer is due next.
    pub(super) fn next_deadline(&mut self, now: Instant) -> Option<Instant> {
        // They are idle, unless actors post to each other for ever.
        let next = self
            .domains
            .iter_mut()
            .map(|domain| match domain.run(now, 1) {
                Ran::Idle(next) => next,
                Ran::More => Some(now),
            });
        next.flatten().min()
    }

    pub(in crate::testing) fn is_idle(&self) -> bool {
        self.domains.iter().all(Domain::is_idle)
    }

    /// The actors, in the order of spawning, domain by domain.
    pub(in crate::testing) fn status(&self) -> Vec<ActorStatus> {
        self.domains.iter().flat_map(Domain::status).collect()
    }

    pub(in crate::testing) fn books(&self) -> Books {
        let mut domains = self.domains.iter().map(Domain::books);
        let mut books = domains.next().unwrap_or_default();
        for other in domains {
            books.actors.extend(other.actors);
            books.unheard += other.unheard;
            books.exits_abandoned += other.exits_abandoned;
        }
        books
    }

    /// The last dead letters, the oldest first.
    pub(in crate::testing) fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut letters: Vec<_> = self.domains.iter().flat_map(Domain::dead_letters).collect();
        letters.sort_by_key(|letter| letter.at);
        letters
    }

    /// Nothing comes but from what waits.
    pub(in crate::testing) fn wind_down(&mut self) {
        self.domains.iter_mut().for_each(Domain::wind_down);
    }

    /// Stops all actors.
    pub(in crate::testing) fn stop(&mut self) {
        self.domains.iter_mut().for_each(Domain::stop);
    }
}
