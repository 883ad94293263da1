//! A run from its first to its last moment: bad weather and blows, then peace, then the reckoning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, sleep_until};

use super::actors::subscriptions;
use super::books::{self, Counters};
use super::check::{Journal, Record, Run, Tally, check};
use super::net::{Conditions, SimNet};
use super::node::{Alive, Ground, ip};
use super::pki::Authority;
use super::plan::{Blow, NODES, Plan};
use super::runtime::elapsed;
use super::trace::{Digest, Trace};

/// All links of a healed cluster are up by then: the longest back-off, an idle time-out and a handshake fit several times.
const HEALED_WITHIN: Duration = Duration::from_secs(20);

/// All that waits has reached its peers by then.
const DRAINED_WITHIN: Duration = Duration::from_secs(20);

/// How long the actors go on working after everything was up again.
const AFTERMATH: Duration = Duration::from_secs(1);

/// How long nothing may be heard of before it counts as settled: many round trips of a quiet network.
const SETTLED_AFTER: Duration = Duration::from_millis(200);

/// How often it is looked who knows whom while faults are on.
const WATCH: Duration = Duration::from_millis(200);

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// What it was.
    pub plan: Plan,
    /// What the journal contains.
    pub tally: Tally,
    /// Every broken promise, in words.
    pub violations: Vec<String>,
    /// What the sessions count.
    pub counters: Counters,
    /// What identifies the trace.
    pub digest: Digest,
    /// The trace itself, if it was asked for.
    pub text: Option<String>,
    /// How much time was simulated.
    pub simulated: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.plan)?;
        writeln!(f, "  {:?}", self.counters)?;
        let Tally {
            published,
            dispatched,
            gaps,
            missing,
            told,
            ..
        } = &self.tally;
        writeln!(
            f,
            "  {published} published, {dispatched} dispatched, {gaps} gaps that tell of {told}, {missing} missing"
        )?;
        writeln!(f, "  {:?} simulated, trace {}", self.simulated, self.digest)?;
        for violation in self.violations.iter().take(20) {
            writeln!(f, "  VIOLATION {violation}")?;
        }
        if self.violations.len() > 20 {
            writeln!(f, "  and {} more", self.violations.len() - 20)?;
        }
        Ok(())
    }
}

/// Runs `plan`; inside a simulation only.
pub async fn run(plan: Plan, keep_text: bool) -> Report {
    let mut world = World::new(plan, keep_text);
    world.storm().await;
    world.heal().await;
    world.wait_until_up().await;
    sleep(AFTERMATH).await;
    world.rest().await;
    world.reckon().await
}

struct World {
    ground: Ground,
    alive: BTreeMap<u8, Alive>,
    lives: [u32; NODES as usize],
    counters: Counters,
    violations: Vec<String>,
    /// Publisher and receiver, once the one knows what the other wants.
    acquainted: BTreeSet<(Run, Run)>,
}

impl World {
    fn new(plan: Plan, keep_text: bool) -> Self {
        let trace = Trace::new(keep_text);
        let net = SimNet::new(plan.seed, trace.clone());
        drop(spawn_local(net.clone().carry()));
        let authority = Authority::new(plan.seed).expect("the parameters are constant");
        Self {
            ground: Ground {
                plan,
                net,
                authority,
                journal: Journal::default(),
                trace,
            },
            alive: BTreeMap::new(),
            lives: [0; NODES as usize],
            counters: Counters::default(),
            violations: Vec::new(),
            acquainted: BTreeSet::new(),
        }
    }

    async fn storm(&mut self) {
        let weather = self.ground.plan.weather.clone();
        self.every_link(|net, from, to| net.set(ip(from), ip(to), weather.clone()));
        for node in 0..NODES {
            self.start(node).await;
        }
        let start = Instant::now() - elapsed();
        for (at, blow) in self.ground.plan.blows.clone() {
            self.watch_until(start + at).await;
            self.ground.trace.line(format_args!("{blow:?}"));
            self.strike(blow).await;
        }
        self.watch_until(start + self.ground.plan.chaos).await;
    }

    /// Lets time pass and notes which nodes have come to know each other.
    async fn watch_until(&mut self, end: Instant) {
        while Instant::now() < end {
            sleep_until((Instant::now() + WATCH).min(end)).await;
            self.note_ready().await;
        }
    }

    async fn note_ready(&mut self) {
        let runs: Vec<Run> = self.alive.values().map(|alive| alive.run).collect();
        for alive in self.alive.values() {
            let peers = books::ready(&alive.status().await);
            for publisher in peers.into_iter().filter(|peer| runs.contains(peer)) {
                let pair = (publisher, alive.run);
                if self.acquainted.insert(pair) {
                    let (publisher, receiver) = pair;
                    self.ground.journal.add(Record::Ready {
                        publisher,
                        receiver,
                    });
                    self.ground
                        .trace
                        .line(format_args!("{publisher} knows what {receiver} wants"));
                }
            }
        }
    }

    async fn strike(&mut self, blow: Blow) {
        let net = &self.ground.net;
        match blow {
            Blow::Cut { from, to } => net.change(ip(from), ip(to), |link| link.cut = true),
            Blow::Mend { from, to } => net.change(ip(from), ip(to), |link| link.cut = false),
            Blow::Crash(node) => self.crash(node).await,
            Blow::Start(node) => self.start(node).await,
        }
    }

    async fn start(&mut self, node: u8) {
        if self.alive.contains_key(&node) {
            return;
        }
        let life = &mut self.lives[usize::from(node)];
        *life += 1;
        let run = Run { node, life: *life };
        self.ground.journal.add(Record::Began(run));
        let alive = Alive::start(&self.ground, run).await;
        self.alive.insert(node, alive);
    }

    async fn crash(&mut self, node: u8) {
        let Some(alive) = self.alive.remove(&node) else {
            return;
        };
        self.counters.add(&alive.status().await);
        self.ground.journal.add(Record::Ended(alive.run));
        alive.crash(&self.ground.net).await;
    }

    async fn heal(&mut self) {
        self.ground.trace.line(format_args!("peace"));
        self.every_link(|net, from, to| net.set(ip(from), ip(to), Conditions::default()));
        for node in 0..NODES {
            self.start(node).await;
        }
    }

    async fn wait_until_up(&mut self) {
        let deadline = Instant::now() + HEALED_WITHIN;
        loop {
            let mut down = Vec::new();
            for alive in self.alive.values() {
                down.extend(books::down(alive.run, &alive.status().await));
            }
            for alive in self.alive.values() {
                if let (true, Err(error)) = (down.is_empty(), alive.ready(LOOK).await) {
                    down.push(format!("{} is not ready: {error}", alive.run));
                }
            }
            if down.is_empty() {
                break;
            }
            if Instant::now() > deadline {
                self.violations.extend(down);
                return;
            }
            sleep(LOOK).await;
        }
        self.note_ready().await;
        self.ground.trace.line(format_args!("all up"));
    }

    /// Lets the publishers rest and waits until nothing waits any more.
    async fn rest(&mut self) {
        for alive in self.alive.values() {
            alive.rest().await;
        }
        let deadline = Instant::now() + DRAINED_WITHIN;
        loop {
            let mut waiting = Vec::new();
            for alive in self.alive.values() {
                waiting.extend(books::waiting(alive.run, &alive.status().await));
            }
            if waiting.is_empty() {
                return;
            }
            if Instant::now() > deadline {
                self.violations.extend(waiting);
                return;
            }
            sleep(LOOK).await;
        }
    }

    async fn reckon(mut self) -> Report {
        sleep(SETTLED_AFTER).await;
        let mut statuses = BTreeMap::new();
        for alive in self.alive.values() {
            let status = alive.status().await;
            self.counters.add(&status);
            statuses.insert(alive.run, status);
        }
        for alive in std::mem::take(&mut self.alive).into_values() {
            alive.shutdown().await;
        }
        let records = self.ground.journal.records();
        let (tally, violations) = check(&records, &subscriptions(NODES), true);
        self.violations
            .extend(violations.iter().map(ToString::to_string));
        self.violations.extend(books::unbalanced(&statuses, &tally));
        Report {
            plan: self.ground.plan,
            tally,
            violations: self.violations,
            counters: self.counters,
            digest: self.ground.trace.digest(),
            text: self.ground.trace.text(),
            simulated: elapsed(),
        }
    }

    fn every_link(&self, mut act: impl FnMut(&SimNet, u8, u8)) {
        for from in 0..NODES {
            for to in (0..NODES).filter(|to| *to != from) {
                act(&self.ground.net, from, to);
            }
        }
    }
}
