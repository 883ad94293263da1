//! A node as a value: started from a config in an environment, asked, and ended in order.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{AbortHandle, spawn_local};

use farc_protocol::life::Life;
use farc_protocol::name::{ClusterName, NodeName};
use farc_protocol::session::LinkState;

use super::actors::{self, Refusal, SpawnOrder};
use super::domains::{self, Addresses, Domains, Plan};
use super::environment::Environment;
use super::exit::Exit;
use super::recording;
use super::status::{
    ActorBooks, ActorStatus, DeadLetterStatus, DeadLettersStatus, Health, LinkStatus,
    MailboxStatus, NodeStatus, Status, Sums, TimersStatus,
};
use super::watchdog::{self, LongStep, Watchdog};
use crate::actor::{self, Actor, Address, Domain, Inbox, MAIN_DOMAIN};
use crate::admin::{Request, Source};
use crate::bus::{Bus, BusSettings, SystemEvent};
use crate::clock::Clock;
use crate::config::{ActorTypes, LinkConfig, NodeConfig};
use crate::kernel::{AnyLane, AskError, DEAD_LETTERS, Escalation, Tally, TimerStats};
use crate::link::{Link, LinkError, PeerStatus, RenewError, Settings};
use crate::signal::{self, ActorRef};

/// How long a node waits for its peers before it calls itself ready without those that cannot be reached (SEMANTICS C13). Several
/// redials fit into it.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// What is kept of the deadline for the flush and the farewell, when an actor does not come to an end.
const FLUSH_SHARE: u32 = 4;

/// Why a node did not start. Nothing of it runs then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An actor could not be constructed.
    #[error("{}cannot construct actor `{actor}` of type `{kind}`: {cause}", place(.origin))]
    Actor {
        /// The actor.
        actor: String,
        /// Its registered type.
        kind: String,
        /// Where it is configured.
        origin: String,
        /// Why, with the argument that is to blame where it is known.
        cause: String,
    },
    /// The links could not be opened.
    #[error("{}{error}{}", place(.origin), help(.error))]
    Link {
        /// Where it is configured.
        origin: String,
        /// Why.
        error: LinkError,
    },
    /// The trace file could not be opened.
    #[error("{}cannot write the trace to {}: {error}", place(.origin), .file.display())]
    Trace {
        /// The file.
        file: PathBuf,
        /// Where it is configured.
        origin: String,
        /// Why.
        error: std::io::Error,
    },
    /// The domain has no thread to run on.
    #[error("cannot run the actors: {0}")]
    Host(String),
}

impl StartError {
    /// The exit code of a program that ends with this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Actor { .. } => Exit::Construction,
            Self::Link { .. } | Self::Trace { .. } | Self::Host(_) => Exit::Failed,
        }
    }

    /// Says now what [`Node::start`] would say later: whether the address of `link` is taken.
    pub(super) fn probe(link: &LinkConfig) -> Result<(), Self> {
        match std::net::UdpSocket::bind(link.listen) {
            Ok(_free_again) => Ok(()),
            Err(source) => Err(Self::Link {
                origin: link.origin.clone(),
                error: LinkError::Bind {
                    address: link.listen,
                    source,
                },
            }),
        }
    }
}

fn place(origin: &str) -> String {
    if origin.is_empty() {
        String::new()
    } else {
        format!("{origin}: ")
    }
}

/// The causes that `LinkError` chains, and what to do about the frequent one.
fn help(error: &LinkError) -> String {
    let mut text = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    if let LinkError::Bind { source, .. } = error
        && source.kind() == std::io::ErrorKind::AddrInUse
    {
        text += "; stop the process that listens there, or change `listen` in [node]";
    }
    text
}

/// The peers that a node still waits for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not ready: {}", missing.join(", "))]
pub struct NotReady {
    /// Each with the reason, as far as it is known.
    pub missing: Vec<String>,
}

/// How a node left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// All mailboxes ran empty before half of the deadline was over.
    pub ran_down: bool,
    /// All actors left their states before the deadline.
    pub stopped: bool,
    /// Events that peers had not acknowledged when the node gave up.
    pub left_behind: u64,
    /// How long it took.
    pub took: Duration,
}

/// A running node. Dropping it ends it at once; [`Node::shutdown`] ends it in order.
pub struct Node {
    shared: Rc<Shared>,
    addresses: Addresses,
    tasks: Vec<AbortHandle>,
    deadline: Duration,
    escalated: watch::Receiver<Option<Escalation>>,
}

/// What the tasks of a node use beside its owner.
struct Shared {
    name: NodeName,
    cluster: ClusterName,
    life: Life,
    started: Instant,
    clock: Arc<dyn Clock>,
    bus: Arc<Bus>,
    domains: Domains,
    link: Option<Link>,
    types: Arc<ActorTypes>,
    /// What the domains do not know of the actors.
    configured: RefCell<Known>,
    ready: Cell<bool>,
    leaving: Cell<bool>,
}

/// What a domain says of itself for a status.
struct Answer {
    actors: Vec<actor::ActorStatus>,
    timers: TimerStats,
    gone: Tally,
    unheard: u64,
    exits_abandoned: u64,
}

impl Answer {
    fn of(domain: &mut Domain) -> Self {
        Self {
            actors: domain.status(),
            timers: domain.timers(),
            gone: domain.gone(),
            unheard: domain.unheard(),
            exits_abandoned: domain.exits_abandoned(),
        }
    }
}

/// What the config says of an actor.
struct Configured {
    /// The registered type.
    kind: String,
    /// Its place in the file; behind all of them for one that was spawned later.
    place: usize,
    /// Where it is reached: another actor may have its name by now.
    lane: Weak<dyn AnyLane>,
}

/// The actors that a domain did not name the type of, by their names.
#[derive(Default)]
struct Known {
    actors: BTreeMap<String, Configured>,
    /// With so many, those that are gone are looked for.
    most: usize,
}

/// So many are never looked through.
const FEW: usize = 64;

impl Known {
    /// Remembers an actor that is there. Actors that stop by themselves say so to nobody here: they are forgotten when there are as many as were
    /// alive the last time.
    fn add(&mut self, bus: &Bus, name: &str, kind: &str, place: usize) {
        let Some(lane) = bus.find_actor(name) else {
            return;
        };
        let lane = Arc::downgrade(&lane);
        let kind = kind.to_owned();
        let known = Configured { kind, place, lane };
        self.actors.insert(name.to_owned(), known);
        if self.actors.len() > self.most.max(FEW) {
            self.actors.retain(|name, known| known.is_there(bus, name));
            self.most = 2 * self.actors.len();
        }
    }

    /// What is known of the actor that has this name now.
    fn of(&self, bus: &Bus, name: &str) -> Option<&Configured> {
        let known = self.actors.get(name)?;
        // In a domain that has ended nobody has the name any more, and the actor can be looked at.
        let is_gone = !known.is_there(bus, name) && bus.has_actor(name);
        (!is_gone).then_some(known)
    }
}

impl Configured {
    fn is_there(&self, bus: &Bus, name: &str) -> bool {
        let there = bus.find_actor(name);
        there.is_some_and(|lane| Arc::downgrade(&lane).ptr_eq(&self.lane))
    }
}

impl Node {
    /// Builds and starts a node.
    ///
    /// The order is: bind the UDP address, construct all actors in the order of the config, start them, and let the first datagram in
    /// or out. Whatever fails, nothing has happened yet that another node could have seen.
    ///
    /// # Errors
    /// An address that is taken, an identity that cannot serve, or an actor that cannot be constructed.
    ///
    /// # Panics
    /// Outside of a [`LocalSet`](tokio::task::LocalSet) on a current-thread tokio runtime.
    pub async fn start(
        mut config: NodeConfig,
        types: Arc<ActorTypes>,
        mut environment: Environment,
    ) -> Result<Self, StartError> {
        if let Some(trace) = &config.trace {
            environment.observer = Some(recording::of(trace, environment.observer.take())?);
        }
        let mut bus = BusSettings::new(config.name.clone(), environment.life);
        bus.observer = environment.observer.clone();
        let domains = domains::all(std::mem::take(&mut config.domains));
        // Counted, since a bus that serves one domain saves each publication a look at the others.
        bus.domains = u16::try_from(domains.len()).unwrap_or(u16::MAX);
        let bus = Bus::new(bus);
        // The link's tasks run when this function first waits, and it does not: until the actors are there, the link does nothing.
        let link = match &config.link {
            Some(settings) => Some(open_link(&config, settings, &environment, &bus)?),
            None => None,
        };
        let in_the_file: Vec<_> = config
            .actors
            .iter()
            .map(|actor| (actor.name.clone(), actor.kind.clone()))
            .collect();
        let clock = environment.clock.clone();
        let (tell, escalated) = watch::channel(None);
        let (domains, addresses) = Domains::start(Plan {
            node: &config.name,
            domains,
            actors: config.actors,
            types: types.clone(),
            environment: &environment,
            bus: &bus,
            tell,
        })?;
        let mut configured = Known::default();
        for (place, (name, kind)) in in_the_file.iter().enumerate() {
            configured.add(&bus, name, kind, place);
        }
        let shared = Rc::new(Shared {
            name: config.name,
            cluster: config.cluster,
            life: environment.life,
            started: clock.now(),
            clock,
            bus,
            domains,
            link,
            types,
            configured: RefCell::new(configured),
            ready: Cell::new(false),
            leaving: Cell::new(false),
        });
        let mut tasks = vec![spawn_local(wait_until_ready(shared.clone())).abort_handle()];
        for domain in shared.domains.list() {
            let Some(pulse) = domain.pulse.clone() else {
                continue;
            };
            let watchdog = Watchdog::new(pulse, config.watchdog);
            let found = domain.long_step.clone();
            let watching = watchdog::watch(watchdog, shared.clock.clone(), found);
            tasks.push(spawn_local(watching).abort_handle());
        }
        Ok(Self {
            shared,
            addresses,
            tasks,
            deadline: config.shutdown,
            escalated,
        })
    }

    /// Returns when every peer has exchanged its interest with this node: what is published from then on reaches remote subscribers.
    ///
    /// # Errors
    /// The peers that are missing after `within`.
    pub async fn ready(&self, within: Duration) -> Result<(), NotReady> {
        self.shared.peers_ready(within).await?;
        // Who was told so must not be told otherwise by a status that is asked for in the same moment.
        self.shared.ready.set(true);
        Ok(())
    }

    /// What the node says of itself now.
    pub async fn status(&self) -> Status {
        self.shared.status().await
    }

    /// Whether the node is ready, and what is missing: cheaper than [`status`](Self::status), however many actors there are.
    pub async fn health(&self) -> Health {
        self.shared.health().await
    }

    /// The last events that nobody got, of all domains: at most 1,024.
    pub async fn dead_letters(&self) -> DeadLettersStatus {
        self.shared.dead_letters().await
    }

    /// Makes a new connection to a peer, which takes the place of the one that stands; see [`Link::renew`].
    ///
    /// # Errors
    /// The node has no such peer, or is not linked with it.
    pub fn renew(&self, peer: &str) -> Result<(), RenewError> {
        self.shared.renew(peer)
    }

    /// Spawns an actor of a registered type, as `farc-node spawn` does. It starts as the next step of its domain.
    ///
    /// # Errors
    /// When there is no such type, its parameters do not fit, its name is taken, or it cannot be constructed.
    pub async fn spawn(&self, order: SpawnOrder) -> Result<(), Refusal> {
        self.shared.spawn(order).await
    }

    /// Stops an actor by its name: its exit path runs, what waits for it becomes dead letters, and its name is free.
    ///
    /// # Errors
    /// When there is no such actor.
    pub async fn stop(&self, actor: &str) -> Result<(), Refusal> {
        self.shared.stop(actor).await
    }

    /// Constructs an actor anew; see [`Domain::restart_actor_named`].
    ///
    /// # Errors
    /// When there is no such actor, or it fails at once.
    pub async fn restart(&self, actor: &str) -> Result<(), Refusal> {
        self.shared.restart(actor).await
    }

    /// Asks an actor by its name; see [`Address::ask`].
    ///
    /// # Errors
    /// What [`Bus::ask`] says.
    pub async fn ask<S: signal::Request>(
        &self,
        to: &ActorRef,
        request: S,
        within: Duration,
    ) -> Result<S::Reply, AskError> {
        self.shared.bus.ask(to, request, within).await
    }

    /// Returns when an actor with the policy [`Escalate`](crate::RestartPolicy::Escalate) has failed: the node should leave then.
    pub async fn escalated(&self) -> Escalation {
        let mut escalated = self.escalated.clone();
        match escalated.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(escalation)) => escalation.clone(),
            // The domain has ended; nothing fails any more.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Where the node can be asked from any thread, for as long as it runs.
    pub fn source(&mut self) -> Source {
        let (source, mut requests) = Source::new();
        let shared = self.shared.clone();
        let answering = spawn_local(async move {
            while let Some(request) = requests.recv().await {
                // Whoever asked may have given up.
                match request {
                    Request::Status(answer) => drop(answer.send(shared.status().await)),
                    Request::Health(answer) => drop(answer.send(shared.health().await)),
                    Request::DeadLetters(answer) => {
                        drop(answer.send(shared.dead_letters().await));
                    }
                    Request::Renew { peer, answer } => drop(answer.send(shared.renew(&peer))),
                    Request::Spawn { order, answer } => {
                        drop(answer.send(shared.spawn(order).await))
                    }
                    Request::Stop { actor, answer } => drop(answer.send(shared.stop(&actor).await)),
                    Request::Restart { actor, answer } => {
                        drop(answer.send(shared.restart(&actor).await));
                    }
                }
            }
        });
        self.tasks.push(answering.abort_handle());
        source
    }

    /// The UDP address it listens on, with its real port; a local node has none.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.shared.link.as_ref().map(Link::local_addr)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &NodeName {
        &self.shared.name
    }

    /// The address of an actor of the config, if it is there and of type `A`.
    #[must_use]
    pub fn address<A: Actor>(&self, name: &str) -> Option<Address<A>> {
        self.addresses
            .get(name)
            .and_then(|address| <dyn Any>::downcast_ref::<Address<A>>(&**address))
            .cloned()
    }

    /// A way into the node's domain `main`, for tests and tools.
    ///
    /// # Panics
    /// Never: every node has that domain.
    #[must_use]
    pub fn inbox(&self) -> Inbox {
        self.domain(MAIN_DOMAIN).expect("every node has it")
    }

    /// A way into the domain of this name, if the node has it.
    #[must_use]
    pub fn domain(&self, name: &str) -> Option<Inbox> {
        self.shared.domains.inbox(name).cloned()
    }

    /// The names of its domains, `main` first.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.shared.domains.names()
    }

    /// Ends the node in order, within its deadline (SEMANTICS D7): tells the actors, says GOAWAY to the peers and takes nothing more from them, nor
    /// from timers, tasks and code beside the actors; lets the actors finish what waits for them for half of the time, ends them from the lowest
    /// priority up, sends what peers have not acknowledged, and closes the links.
    pub async fn shutdown(self, reason: &str) -> ShutdownReport {
        let shared = &self.shared;
        let begun = shared.clock.now();
        let deadline = begun + self.deadline;
        shared.leaving.set(true);
        tracing::info!(reason, within = ?self.deadline, "leaving");
        let reason = reason.to_owned();
        shared.bus.system(SystemEvent::Shutdown { reason });
        if let Some(link) = &shared.link {
            link.go_away(deadline);
        }
        shared.bus.drain();
        let (domains, clock) = (&shared.domains, &*shared.clock);
        domains.wind_down();
        let ran_down = domains.run_down(clock, begun + self.deadline / 2).await;
        let until = deadline - self.deadline / FLUSH_SHARE;
        let stopped = domains.stop(clock, until).await;
        let mut left_behind = 0;
        if let Some(link) = &shared.link {
            link.leave(deadline).await;
            let peers = link.status();
            let books = peers.iter().flat_map(|peer| &peer.stats.classes);
            left_behind = books.map(|books| books.queued + books.unacknowledged).sum();
        }
        let took = shared.clock.now() - begun;
        let report = ShutdownReport {
            ran_down,
            stopped,
            left_behind,
            took,
        };
        tracing::info!(ran_down, stopped, left_behind, ?took, "left");
        report
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.shared.domains.end();
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("name", &self.shared.name)
            .field("life", &self.shared.life)
            .finish_non_exhaustive()
    }
}

fn open_link(
    config: &NodeConfig,
    link: &LinkConfig,
    environment: &Environment,
    bus: &Arc<Bus>,
) -> Result<Link, StartError> {
    let settings = Settings {
        name: config.name.clone(),
        cluster: config.cluster.clone(),
        life: environment.life,
        listen: link.listen,
        identity: link.identity.clone(),
        peers: link.peers.clone(),
        limits: config.limits.clone(),
        seed: environment.seed,
        wall: environment.wall.clone(),
        observer: environment.observer.clone(),
    };
    let network = environment.network.clone();
    Link::start(settings, bus.clone(), network, environment.clock.clone()).map_err(|error| {
        StartError::Link {
            origin: link.origin.clone(),
            error,
        }
    })
}

async fn wait_until_ready(shared: Rc<Shared>) {
    match shared.peers_ready(READY_WITHIN).await {
        Ok(()) => tracing::info!(node = %shared.name, "ready"),
        Err(missing) => {
            tracing::warn!(node = %shared.name, missing = %missing.missing.join(", "), "ready, without peers that cannot be reached");
        }
    }
    shared.ready.set(true);
}

impl Shared {
    async fn peers_ready(&self, within: Duration) -> Result<(), NotReady> {
        let Some(link) = &self.link else {
            return Ok(());
        };
        let ready = link.ready(within).await;
        ready.map_err(|missing| NotReady {
            missing: missing.missing.iter().map(missing_peer).collect(),
        })
    }

    /// Nobody comes to a node that is leaving.
    fn stays(&self) -> Result<(), Refusal> {
        match self.leaving.get() {
            true => Err(Refusal::Conflict("the node is leaving".to_owned())),
            false => Ok(()),
        }
    }

    async fn spawn(&self, order: SpawnOrder) -> Result<(), Refusal> {
        self.stays()?;
        let (name, kind) = (order.name.clone(), order.kind.clone());
        actors::spawn(&self.domains, &self.types, order).await?;
        let mut configured = self.configured.borrow_mut();
        configured.add(&self.bus, &name, &kind, usize::MAX);
        Ok(())
    }

    async fn stop(&self, actor: &str) -> Result<(), Refusal> {
        actors::stop(&self.domains, actor).await?;
        self.configured.borrow_mut().actors.remove(actor);
        Ok(())
    }

    async fn restart(&self, actor: &str) -> Result<(), Refusal> {
        self.stays()?;
        actors::restart(&self.domains, actor).await
    }

    fn renew(&self, peer: &str) -> Result<(), RenewError> {
        let unknown = || RenewError::Unknown {
            peer: peer.to_owned(),
        };
        self.link.as_ref().ok_or_else(unknown)?.renew(peer)
    }

    async fn status(&self) -> Status {
        let answers = self.domains.ask(Answer::of).await;
        let peers = self.peers();
        let node = self.node_status(&peers, answers.iter().map(Option::is_some));
        let links = peers.into_iter().map(LinkStatus::from).collect();
        let answered = || answers.iter().flatten();
        let sums = Sums {
            timers: TimersStatus::of(answered().map(|answer| answer.timers)),
            gone: answered().fold(Tally::default(), |mut sum, answer| {
                sum.add(answer.gone.clone());
                sum
            }),
            unheard: answered().map(|answer| answer.unheard).sum(),
            exits_abandoned: answered().map(|answer| answer.exits_abandoned).sum(),
            asks: self.bus.asks(),
        };
        Status::new(node, links, self.actors(answers), sums)
    }

    /// The same verdict without a look at the actors: of each domain it asks no more than whether it answers.
    async fn health(&self) -> Health {
        let answers = self.domains.ask(|_| ()).await;
        let answered = answers.iter().map(Option::is_some);
        Health::of(&self.node_status(&self.peers(), answered))
    }

    fn peers(&self) -> Vec<PeerStatus> {
        self.link.as_ref().map_or_else(Vec::new, Link::status)
    }

    /// What the node says of itself, when so many of its domains have answered.
    fn node_status(
        &self,
        peers: &[PeerStatus],
        answered: impl Iterator<Item = bool> + Clone,
    ) -> NodeStatus {
        // A newer process has our name: this one has lost its place, and whoever looks after it should know.
        let superseded = peers
            .iter()
            .any(|peer| peer.stats.state == LinkState::Superseded);
        let mut missing: Vec<_> = peers
            .iter()
            .filter(|peer| !peer.ready)
            .map(missing_peer)
            .collect();
        let all_answered = answered.clone().all(|answered| answered);
        let mut is_stuck = false;
        for (domain, answered) in self.domains.list().zip(answered) {
            let long = domain.long_step.borrow();
            let long = long.as_ref();
            if let Some(long) = long.filter(|long| long.unhealthy || !answered) {
                is_stuck = true;
                missing.push(long.complaint());
            } else if !answered {
                let name = &domain.name;
                missing.push(format!(
                    "its domain `{name}` did not answer within a second"
                ));
            }
        }
        NodeStatus {
            name: self.name.to_string(),
            cluster: self.cluster.to_string(),
            life: self.life,
            uptime_s: (self.clock.now() - self.started).as_secs_f64(),
            listen: self.link.as_ref().map(Link::local_addr),
            ready: self.ready.get()
                && !self.leaving.get()
                && !superseded
                && all_answered
                && !is_stuck,
            missing,
            leaving: self.leaving.get(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            long_step: self.longest_step(),
        }
    }

    /// The last dead letters of all domains, the newest last.
    async fn dead_letters(&self) -> DeadLettersStatus {
        let answers = self.domains.ask(|domain| domain.dead_letters()).await;
        let mut missing = Vec::new();
        let mut letters = Vec::new();
        for (domain, answer) in self.domains.names().zip(answers) {
            match answer {
                Some(answer) => letters.extend(answer.into_iter().map(|letter| (domain, letter))),
                None => missing.push(domain.to_owned()),
            }
        }
        letters.sort_by_key(|(_, letter)| letter.at);
        let oldest = letters.len().saturating_sub(DEAD_LETTERS);
        let now = self.clock.now();
        let letters = letters.split_off(oldest).into_iter();
        let letters = letters.map(|(domain, letter)| DeadLetterStatus {
            ago_s: now.saturating_duration_since(letter.at).as_secs_f64(),
            domain: domain.to_owned(),
            actor: letter.actor.to_string(),
            event: letter.event.to_owned(),
            cause: letter.cause.to_string(),
        });
        DeadLettersStatus {
            letters: letters.collect(),
            missing,
        }
    }

    /// The step that has been running longest, of those that take long.
    fn longest_step(&self) -> Option<LongStep> {
        let long = self.domains.list();
        let long = long.filter_map(|domain| domain.long_step.borrow().clone());
        long.max_by_key(|long| long.milliseconds)
    }

    /// Those of the config in its order, then the others by domain.
    fn actors(&self, answers: Vec<Option<Answer>>) -> Vec<ActorStatus> {
        let by_domain = self.domains.names().zip(answers);
        let mut actors: Vec<_> = by_domain
            .flat_map(|(domain, answer)| {
                let actors = answer.map(|answer| answer.actors).unwrap_or_default();
                actors
                    .into_iter()
                    .map(move |actor| self.actor(domain, actor))
            })
            .collect();
        if self.domains.names().count() > 1 {
            let configured = self.configured.borrow();
            actors.sort_by_cached_key(|actor| {
                let known = configured.of(&self.bus, &actor.name);
                known.map_or(usize::MAX, |known| known.place)
            });
        }
        actors
    }

    fn actor(&self, domain: &str, actor: actor::ActorStatus) -> ActorStatus {
        let configured = self.configured.borrow();
        let known = configured.of(&self.bus, &actor.name);
        ActorStatus {
            kind: known.map_or(actor.kind, |known| known.kind.clone()),
            domain: domain.to_owned(),
            name: actor.name,
            phase: actor.phase.to_owned(),
            state: actor.state.unwrap_or_default(),
            priority: actor.priority,
            mailbox: MailboxStatus {
                depth: actor.mailbox.depth,
                capacity: actor.mailbox.capacity.into(),
                deferred: actor.mailbox.deferred,
                low_water: actor.mailbox.low_water.into(),
            },
            handled: actor.handled,
            ignored: actor.ignored,
            restarts: actor.restarts,
            last_failure: actor.last_failure,
            longest_wait_steps: actor.longest_wait_steps,
            tasks: actor.tasks.running,
            longest_delay_s: actor.tasks.longest_delay.as_secs_f64(),
            longest_wait_s: actor.longest_wait.as_secs_f64(),
            books: ActorBooks::of(&actor.books),
        }
    }
}

fn missing_peer(peer: &PeerStatus) -> String {
    match &peer.last_failure {
        Some(failure) => format!("peer {} ({}): {failure}", peer.name, peer.state),
        None => format!("peer {} ({})", peer.name, peer.state),
    }
}

#[cfg(test)]
mod tests;
