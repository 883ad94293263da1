//! Where test nodes run: one virtual clock, the nodes, and what lies between them.
//!
//! Everything that happens is decided here, by the inputs and the seed: which node runs first of those that could, and for how long. The
//! domains, buses and sessions are those of production; none of them knows that time is not real.

mod running;

use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use farc_protocol::life::Life;
use farc_protocol::name::NodeName;

pub(super) use self::running::Running;
use super::TestNode;
use super::journal::{Journal, Log, lock};
use super::net::{Arrival, Net};
use super::peer::Peer;
use crate::actor::{ActorStatus, Domain, DomainSettings, SpawnError};
use crate::bus::{Bus, BusSettings};
use crate::clock::{Clock as _, ManualClock};
use crate::link::Random;

/// After so many steps at one instant the nodes are taken to feed each other for ever.
const MOST_STEPS: u64 = 100_000;

/// With links, each domain runs at most so many steps before the links are looked at: how many is chance, so that what arrives meets actors in
/// every state of their work.
const MOST_STEPS_AT_ONCE: u64 = 8;

/// Tasks get at most so many turns before the actors run: two of them, and what both bring may be in a mailbox at once.
const MOST_TASKS_AT_ONCE: u64 = 2;

/// Constructs the actors of a node: once for each of its lives.
pub(super) type Setup = Rc<dyn Fn(&TestNode) -> Result<(), SpawnError>>;

/// A node, over all its lives.
pub(super) struct Hosted {
    pub(super) name: NodeName,
    pub(super) journal: Arc<Journal>,
    /// Counts its lives, from 1.
    pub(super) life: u64,
    /// `None` while it is down.
    pub(super) running: Option<Running>,
    pub(super) setup: Option<Setup>,
    /// Up to which line its trace was taken.
    pub(super) told: usize,
}

pub(super) struct World {
    clock: Arc<ManualClock>,
    began: Instant,
    seed: [u8; 32],
    /// Chooses among what could happen next.
    random: Random,
    /// Chooses among the tasks of actors that could run next.
    tasks: Random,
    pub(super) log: Arc<Mutex<Log>>,
    pub(super) nodes: Vec<Hosted>,
    pub(super) net: Net,
    /// Up to which line the trace of all was taken.
    pub(super) told: usize,
    /// The nodes have their links, and there are no further ones.
    pub(super) is_linked: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let clock = Arc::new(ManualClock::new());
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            began: clock.now(),
            clock,
            seed: bytes,
            random: Random::fork(&bytes, "order"),
            tasks: Random::fork(&bytes, "tasks"),
            log: Arc::default(),
            nodes: Vec::new(),
            net: Net::new(Random::fork(&bytes, "net")),
            told: 0,
            is_linked: false,
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Since the world began.
    pub(super) fn elapsed(&self) -> Duration {
        self.now() - self.began
    }

    /// Adds a node without actors.
    pub(super) fn add(&mut self, name: NodeName) -> usize {
        let index = self.nodes.len();
        let journal = Arc::new(Journal::new(index, self.began, self.log.clone()));
        self.nodes.push(Hosted {
            name,
            journal,
            life: 0,
            running: None,
            setup: None,
            told: 0,
        });
        self.boot(index);
        index
    }

    /// Begins a life of a node: an empty domain on a new bus.
    pub(super) fn boot(&mut self, index: usize) {
        let micros = u64::try_from(self.elapsed().as_micros()).unwrap_or(u64::MAX);
        let node = &mut self.nodes[index];
        node.life += 1;
        let mut random = Random::fork(&self.seed, &format!("{} {}", node.name, node.life));
        // A life that begins later is newer, also within the same microsecond.
        let life = Life::new(micros.saturating_add(node.life), random.u64());
        let mut settings = BusSettings::new(node.name.clone(), life);
        settings.observer = Some(node.journal.clone());
        let domain = Domain::new(DomainSettings {
            bus: Bus::new(settings),
            clock: self.clock.clone(),
            seed: random.bytes(),
        });
        node.running = Some(Running::new(domain));
    }

    /// Gives a node its links, one to each other node.
    pub(super) fn link(&mut self, index: usize) {
        let names: Vec<NodeName> = self.nodes.iter().map(|node| node.name.clone()).collect();
        let node = &mut self.nodes[index];
        let Some(running) = &mut node.running else {
            return;
        };
        let bus = running.bus().clone();
        running.peers = (0..names.len())
            .filter(|&other| other != index)
            .map(|other| {
                let seed =
                    Random::fork(&self.seed, &format!("{} {}", node.name, node.life)).bytes();
                Peer::new(&names[index], (other, &names[other]), &bus, &seed)
            })
            .collect();
    }

    /// Starts the actors of a node.
    pub(super) fn start(&mut self, index: usize) {
        if let Some(running) = &mut self.nodes[index].running {
            running.start();
        }
    }

    /// The node ends without a word: nothing of it runs any more, and nothing of it is said.
    pub(super) fn kill(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.running = None;
        node.journal.forget_steps();
        self.net.gone(index);
    }

    /// A line in the trace of a node that is none of an actor's.
    pub(super) fn note(&self, index: usize, text: &str) {
        self.nodes[index].journal.note(self.now(), text.to_owned());
    }

    /// Runs everything that can be run at the present time.
    ///
    /// # Panics
    ///
    /// After 100,000 steps.
    #[track_caller]
    pub(super) fn run(&mut self) {
        let now = self.now();
        let mut steps = 0;
        loop {
            let mut moved = self.run_domains(now, &mut steps);
            moved |= self.run_tasks(&mut steps);
            moved |= self.run_links(now);
            if !moved {
                return;
            }
            assert!(
                steps < MOST_STEPS,
                "{MOST_STEPS} steps have run at one time, {:?} after the beginning: who posts to whom for ever? Or which task never waits?\n{}",
                self.elapsed(),
                self.report(None),
            );
        }
    }

    /// One turn of each domain; true when there was a step.
    fn run_domains(&mut self, now: Instant, steps: &mut u64) -> bool {
        let before = *steps;
        let (order, chance) = self.order();
        let budget = if order.len() == 1 {
            MOST_STEPS
        } else {
            1 + chance % MOST_STEPS_AT_ONCE
        };
        for index in order {
            if let Some(running) = &mut self.nodes[index].running {
                *steps += running.run(now, budget, chance);
            }
        }
        *steps > before
    }

    /// Some turns of the tasks of each node, so that what they bring meets its actors in every state of their work; true when there was one.
    fn run_tasks(&mut self, steps: &mut u64) -> bool {
        let before = *steps;
        for node in &mut self.nodes {
            if let Some(running) = &mut node.running {
                *steps += running.run_tasks(MOST_TASKS_AT_ONCE, || self.tasks.u64());
            }
        }
        *steps > before
    }

    /// One turn of each link, and of what has arrived; true when anything moved.
    fn run_links(&mut self, now: Instant) -> bool {
        let mut moved = false;
        for index in self.order().0 {
            if let Some(running) = &mut self.nodes[index].running
                && running.started
            {
                for peer in &mut running.peers {
                    moved |= peer.run(now, &mut self.net, index);
                }
            }
        }
        while let Some(arrival) = self.net.next(now) {
            moved = true;
            self.arrive(now, arrival);
        }
        moved
    }

    fn arrive(&mut self, now: Instant, arrival: Arrival) {
        let Arrival { node, from, .. } = arrival;
        if let Some(running) = &mut self.nodes[node].running
            && running.started
            && let Some(peer) = running.peers.iter_mut().find(|peer| peer.index == from)
        {
            peer.arrive(now, &mut self.net, &arrival);
        }
    }

    /// The nodes in an order that chance decides, and a number that is left of the chance.
    fn order(&mut self) -> (Vec<usize>, u64) {
        let mut chance = self.random.u64();
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        for last in (1..order.len()).rev() {
            let choices = last as u64 + 1;
            order.swap(last, (chance % choices) as usize);
            chance = (chance / choices).rotate_left(32);
        }
        (order, chance)
    }

    /// When something is to be done next that only time brings.
    pub(super) fn next_deadline(&mut self) -> Option<Instant> {
        let now = self.now();
        let mut next = self.net.next_arrival();
        for node in &mut self.nodes {
            let Some(running) = &mut node.running else {
                continue;
            };
            let timer = running.next_deadline(now);
            let links = running.peers.iter().filter_map(Peer::next_deadline);
            next = next.into_iter().chain(timer).chain(links).min();
        }
        next
    }

    /// Moves time to the next deadline, or to `end` if that is earlier; false if it is `end`, and nothing more happens before.
    pub(super) fn go_on(&mut self, end: Instant) -> bool {
        match self.next_deadline() {
            Some(at) if at <= end => {
                self.clock.advance_to(at);
                true
            }
            _ => {
                self.clock.advance_to(end);
                false
            }
        }
    }

    /// Lets time pass.
    #[track_caller]
    pub(super) fn advance(&mut self, time: Duration) {
        let end = self.now() + time;
        self.run();
        while self.go_on(end) {
            self.run();
        }
        self.run();
    }

    /// Whether nothing is under way: no event waits in any actor's mailbox, nobody waits to be constructed anew, and what a node has published
    /// is acknowledged by all that want it.
    pub(super) fn is_settled(&self) -> bool {
        let running = self.nodes.iter().filter_map(|node| node.running.as_ref());
        running.into_iter().all(|running| {
            running.is_idle()
                && running.status().iter().all(|actor| actor.phase != "failed")
                && running.peers.iter().all(Peer::is_settled)
        })
    }

    pub(super) fn index_of(&self, name: &str) -> Option<usize> {
        self.nodes
            .iter()
            .position(|node| node.name.as_ref() == name)
    }

    pub(super) fn trace(&mut self, index: usize) -> String {
        let log = lock(&self.log);
        let from = std::mem::replace(&mut self.nodes[index].told, log.end());
        log.of(index, from).concat()
    }

    pub(super) fn trace_all(&mut self) -> String {
        let names: Vec<&str> = self.nodes.iter().map(|node| node.name.as_ref()).collect();
        let log = lock(&self.log);
        let from = std::mem::replace(&mut self.told, log.end());
        log.of_all(&names, from).concat()
    }
}

impl Hosted {
    /// The actors, in the order of spawning; none while the node is down.
    pub(super) fn status(&self) -> Vec<ActorStatus> {
        self.running
            .as_ref()
            .map_or_else(Vec::new, |running| running.status())
    }
}
