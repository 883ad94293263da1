//! A node as a value: started from a config in an environment, asked, and ended in order.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle, spawn_local};
use tokio::time::timeout;

use farc_protocol::life::Life;
use farc_protocol::name::{ClusterName, NodeName};
use farc_protocol::session::LinkState;

use super::actors::{self, Refusal, SpawnOrder};
use super::environment::{Environment, Host, Tokio};
use super::exit::Exit;
use super::recording;
use super::status::{
    ActorBooks, ActorStatus, LinkStatus, MailboxStatus, NodeStatus, Status, TimersStatus, by_name,
};
use super::watchdog::{self, Found, Watchdog};
use crate::actor::{self, Actor, Address, Domain, DomainSettings, DomainThread, Inbox};
use crate::admin::{Request, Source};
use crate::bus::{Bus, BusSettings, SystemEvent};
use crate::clock::Clock;
use crate::config::{ActorConfig, ActorTypes, AnyAddress, LinkConfig, NodeConfig};
use crate::kernel::{AskError, Escalation, HostError, Pulse, Spawner, run_in_task, run_on_thread};
use crate::link::{Link, LinkError, RenewError, Settings};
use crate::signal::{self, ActorRef};

/// How long a node waits for its peers before it calls itself ready without those that cannot be reached (SEMANTICS C13). Several
/// redials fit into it.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// How long a question to the domain may take: a step that is longer is reported by the watchdog, and the answer says so.
const DOMAIN_PATIENCE: Duration = Duration::from_secs(1);

/// How often a node that is leaving looks whether its mailboxes are empty.
const IDLE_LOOK: Duration = Duration::from_millis(5);

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
    domain: Running,
    addresses: BTreeMap<String, AnyAddress>,
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
    inbox: Inbox,
    link: Option<Link>,
    types: Arc<ActorTypes>,
    /// The registered types, by actor: the domain knows only the Rust names.
    kinds: RefCell<BTreeMap<String, String>>,
    ready: Cell<bool>,
    leaving: Cell<bool>,
    /// What the watchdog has found.
    long_step: Found,
}

enum Running {
    Thread(DomainThread),
    Task(JoinHandle<()>),
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
        config: NodeConfig,
        types: Arc<ActorTypes>,
        mut environment: Environment,
    ) -> Result<Self, StartError> {
        if let Some(trace) = &config.trace {
            environment.observer = Some(recording::of(trace, environment.observer.take())?);
        }
        let mut bus = BusSettings::new(config.name.clone(), environment.life);
        bus.observer = environment.observer.clone();
        let bus = Bus::new(bus);
        // The link's tasks run when this function first waits, and it does not: until the actors are there, the link does nothing.
        let link = match &config.link {
            Some(settings) => Some(open_link(&config, settings, &environment, &bus)?),
            None => None,
        };
        let kinds = config.actors.iter();
        let kinds: BTreeMap<_, _> = kinds
            .map(|actor| (actor.name.clone(), actor.kind.clone()))
            .collect();
        let clock = environment.clock.clone();
        let (tell, escalated) = watch::channel(None);
        let Hosted {
            running: domain,
            inbox,
            built,
        } = host(
            &config.name,
            config.actors,
            types.clone(),
            &environment,
            &bus,
            tell,
        )?;
        let Built { addresses, pulse } = built;
        let shared = Rc::new(Shared {
            name: config.name,
            cluster: config.cluster,
            life: environment.life,
            started: clock.now(),
            clock,
            bus,
            inbox,
            link,
            types,
            kinds: RefCell::new(kinds),
            ready: Cell::new(false),
            leaving: Cell::new(false),
            long_step: Found::default(),
        });
        let mut tasks = vec![spawn_local(wait_until_ready(shared.clone())).abort_handle()];
        if let Some(pulse) = pulse {
            let watchdog = Watchdog::new(pulse, config.watchdog);
            let watching = watchdog::watch(watchdog, environment.clock, shared.long_step.clone());
            tasks.push(spawn_local(watching).abort_handle());
        }
        Ok(Self {
            shared,
            domain,
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

    /// A way into the node's domain, for tests and tools.
    #[must_use]
    pub fn inbox(&self) -> Inbox {
        self.shared.inbox.clone()
    }

    /// Ends the node in order, within its deadline (SEMANTICS D7): tells the actors, takes nothing more from peers, lets the actors
    /// finish what waits for them for half of the time, ends them from the lowest priority up, sends what peers have not acknowledged,
    /// and says good-bye.
    pub async fn shutdown(self, reason: &str) -> ShutdownReport {
        let shared = &self.shared;
        let begun = shared.clock.now();
        let deadline = begun + self.deadline;
        shared.leaving.set(true);
        tracing::info!(reason, within = ?self.deadline, "leaving");
        let reason = reason.to_owned();
        shared.bus.system(SystemEvent::Shutdown { reason });
        shared.bus.drain();
        let ran_down = shared.run_down(begun + self.deadline / 2).await;
        let stopped = self
            .domain
            .stop(shared, deadline - self.deadline / FLUSH_SHARE)
            .await;
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
        match &self.domain {
            Running::Task(task) => task.abort(),
            // Asked to end; nobody waits for it. It has ended already after a shutdown.
            Running::Thread(thread) => drop(thread.inbox().run(Domain::stop)),
        }
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

/// What was constructed together with a domain.
#[derive(Default)]
struct Built {
    addresses: BTreeMap<String, AnyAddress>,
    /// For a watchdog, where one makes sense.
    pulse: Option<Arc<Pulse>>,
}

struct Hosted {
    running: Running,
    inbox: Inbox,
    built: Built,
}

type Tell = watch::Sender<Option<Escalation>>;

/// Constructs the actors where they will run, and starts them.
fn host(
    name: &NodeName,
    actors: Vec<ActorConfig>,
    types: Arc<ActorTypes>,
    environment: &Environment,
    bus: &Arc<Bus>,
    tell: Tell,
) -> Result<Hosted, StartError> {
    let settings = DomainSettings {
        clock: environment.clock.clone(),
        seed: environment.seed,
        bus: bus.clone(),
    };
    let clock = environment.clock.clone();
    let spawner = environment.spawner.clone();
    let spawner = spawner.unwrap_or_else(|| Arc::new(Tokio(tokio::runtime::Handle::current())));
    match environment.host {
        Host::Task => {
            let domain = Domain::new(settings);
            let (domain, addresses) = construct(domain, spawner, tell, &actors, &types)?;
            let inbox = domain.inbox();
            let sleep = |at| tokio::time::sleep_until(tokio::time::Instant::from_std(at));
            let task = spawn_local(run_in_task(domain, clock, sleep));
            let pulse = None;
            Ok(Hosted {
                running: Running::Task(task),
                inbox,
                built: Built { addresses, pulse },
            })
        }
        Host::Thread => {
            let (tell_built, built) = std::sync::mpsc::sync_channel(1);
            let build = move || {
                let mut domain = Domain::new(settings);
                let pulse = Some(domain.watch());
                let (domain, addresses) = construct(domain, spawner, tell, &actors, &types)?;
                // The other end waits just below.
                let _ = tell_built.send(Built { addresses, pulse });
                Ok(domain)
            };
            let thread = run_on_thread(&format!("farc-{name}"), clock, build).map_err(hosting)?;
            let inbox = thread.inbox().clone();
            Ok(Hosted {
                running: Running::Thread(thread),
                inbox,
                built: built.recv().unwrap_or_default(),
            })
        }
    }
}

fn hosting(error: HostError<StartError>) -> StartError {
    match error {
        HostError::Build(error) => error,
        error @ (HostError::Thread(_) | HostError::Panicked) => StartError::Host(error.to_string()),
    }
}

fn construct(
    mut domain: Domain,
    spawner: Arc<dyn Spawner>,
    tell: Tell,
    actors: &[ActorConfig],
    types: &ActorTypes,
) -> Result<(Domain, BTreeMap<String, AnyAddress>), StartError> {
    domain.on_escalation(move |escalation| {
        // The first one counts.
        tell.send_if_modified(|told| {
            let first = told.is_none();
            told.get_or_insert_with(|| escalation.clone());
            first
        });
    });
    let mut addresses = BTreeMap::new();
    domain.set_spawner(spawner.clone());
    let mut spawned = Ok(());
    // A constructor may open what the runtime will run.
    spawner.within(&mut || spawned = spawn_all(&mut domain, actors, types, &mut addresses));
    spawned.map(|()| (domain, addresses))
}

fn spawn_all(
    domain: &mut Domain,
    actors: &[ActorConfig],
    types: &ActorTypes,
    addresses: &mut BTreeMap<String, AnyAddress>,
) -> Result<(), StartError> {
    for actor in actors {
        let address = types
            .spawn(domain, actor)
            .map_err(|error| StartError::Actor {
                actor: actor.name.clone(),
                kind: actor.kind.clone(),
                origin: actor.origin.clone(),
                cause: error.to_string(),
            })?;
        addresses.insert(actor.name.clone(), address);
    }
    Ok(())
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

    async fn spawn(&self, order: SpawnOrder) -> Result<(), Refusal> {
        let (name, kind) = (order.name.clone(), order.kind.clone());
        actors::spawn(&self.inbox, &self.types, order).await?;
        self.kinds.borrow_mut().insert(name, kind);
        Ok(())
    }

    async fn stop(&self, actor: &str) -> Result<(), Refusal> {
        actors::stop(std::slice::from_ref(&self.inbox), actor).await?;
        self.kinds.borrow_mut().remove(actor);
        Ok(())
    }

    async fn restart(&self, actor: &str) -> Result<(), Refusal> {
        actors::restart(std::slice::from_ref(&self.inbox), actor).await
    }

    fn renew(&self, peer: &str) -> Result<(), RenewError> {
        let unknown = || RenewError::Unknown {
            peer: peer.to_owned(),
        };
        self.link.as_ref().ok_or_else(unknown)?.renew(peer)
    }

    async fn status(&self) -> Status {
        let peers = self.link.as_ref().map_or_else(Vec::new, Link::status);
        // A newer process has our name: this one has lost its place, and whoever looks after it should know.
        let superseded = peers
            .iter()
            .any(|peer| peer.stats.state == LinkState::Superseded);
        let mut missing: Vec<_> = peers
            .iter()
            .filter(|peer| !peer.ready)
            .map(missing_peer)
            .collect();
        let answer = self.ask(|domain| (domain.status(), domain.timers())).await;
        let answered = answer.is_some();
        let long_step = self.long_step.borrow().clone();
        let stuck = long_step
            .as_ref()
            .filter(|long| long.unhealthy || !answered);
        match stuck {
            Some(long) => missing.push(long.complaint()),
            None if !answered => {
                missing.push("its domain did not answer within a second".to_owned())
            }
            None => {}
        }
        let node = NodeStatus {
            name: self.name.to_string(),
            cluster: self.cluster.to_string(),
            life: self.life,
            uptime_s: (self.clock.now() - self.started).as_secs_f64(),
            listen: self.link.as_ref().map(Link::local_addr),
            ready: self.ready.get()
                && !self.leaving.get()
                && !superseded
                && answered
                && stuck.is_none(),
            missing,
            leaving: self.leaving.get(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            long_step,
        };
        let (actors, timers) = answer.unwrap_or_default();
        let actors = actors.into_iter().map(|actor| self.actor(actor));
        let links = peers.into_iter().map(LinkStatus::from);
        let timers = TimersStatus::from(timers);
        Status::new(node, links.collect(), actors.collect(), timers)
    }

    fn actor(&self, actor: actor::ActorStatus) -> ActorStatus {
        ActorStatus {
            kind: self
                .kinds
                .borrow()
                .get(&actor.name)
                .cloned()
                .unwrap_or(actor.kind),
            name: actor.name,
            phase: actor.phase.to_owned(),
            state: actor.state.unwrap_or_default(),
            priority: actor.priority,
            mailbox: MailboxStatus {
                depth: actor.mailbox.depth,
                capacity: actor.mailbox.capacity.into(),
            },
            handled: actor.handled,
            ignored: actor.ignored,
            restarts: actor.restarts,
            last_failure: actor.last_failure,
            longest_wait_steps: actor.longest_wait_steps,
            tasks: actor.tasks.running,
            longest_delay_s: actor.tasks.longest_delay.as_secs_f64(),
            books: ActorBooks {
                intended: actor.books.intended,
                delivered: actor.books.delivered,
                dropped: by_name(&actor.books.dropped),
                queued: actor.books.queued,
            },
        }
    }

    /// Has `question` answered in the domain, between two steps.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Domain) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let asked = self.inbox.run(move |domain| {
            // Whoever asked may have given up.
            let _ = answer.send(question(domain));
        });
        asked.ok()?;
        timeout(DOMAIN_PATIENCE, answered).await.ok()?.ok()
    }

    /// Waits until no mailbox has an event. False when that has not happened until `until`.
    async fn run_down(&self, until: Instant) -> bool {
        loop {
            // What peers sent before is in the mailboxes by then: the domain takes it in before it answers.
            if self.ask(|domain| domain.is_idle()).await == Some(true) {
                return true;
            }
            if self.clock.now() >= until {
                return false;
            }
            tokio::time::sleep(IDLE_LOOK).await;
        }
    }
}

fn missing_peer(peer: &crate::link::PeerStatus) -> String {
    match &peer.last_failure {
        Some(failure) => format!("peer {} ({}): {failure}", peer.name, peer.state),
        None => format!("peer {} ({})", peer.name, peer.state),
    }
}

impl Running {
    /// Has the actors leave their states; false when they have not until `deadline`.
    async fn stop(&self, shared: &Shared, deadline: Instant) -> bool {
        let (done, stopped) = oneshot::channel();
        let asked = shared.inbox.run(move |domain| {
            domain.stop();
            // Whoever waited may have given up.
            let _ = done.send(());
        });
        let rest = deadline.saturating_duration_since(shared.clock.now());
        asked.is_ok() && timeout(rest, stopped).await.is_ok()
    }
}
