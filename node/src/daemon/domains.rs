//! The domains of a node: built, started, asked and ended together.
//!
//! Actors are constructed and started in one order over all domains (E1): each domain does its part when it is told to, and the next one is
//! told when it has answered. No domain dispatches an event before the last actor has started.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{timeout, timeout_at};

use farc_protocol::name::NodeName;

use super::environment::{Environment, Host, Tokio};
use super::node::StartError;
use super::watchdog::Found;
use crate::actor::{Domain, DomainSettings, DomainThread, Inbox, MAIN_DOMAIN};
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::{ActorConfig, ActorTypes, AnyAddress, DomainConfig, DomainHost, listed};
use crate::kernel::{Escalation, HostError, Hosting, Pulse, host_on_thread, run_in_task};

/// How long a question to a domain may take: a step that is longer is reported by the watchdog, and the answer says so.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often a node that is leaving looks whether its mailboxes are empty.
const IDLE_LOOK: Duration = Duration::from_millis(5);

/// Where the actors of the config can be reached, by name.
pub(super) type Addresses = BTreeMap<String, AnyAddress>;

/// The domains that the node will have, `main` first.
pub(super) fn all(configured: Vec<DomainConfig>) -> Vec<DomainConfig> {
    let (mut all, others): (Vec<_>, Vec<_>) = configured
        .into_iter()
        .partition(|domain| domain.name == MAIN_DOMAIN);
    if all.is_empty() {
        all.push(DomainConfig::new(MAIN_DOMAIN));
    }
    all.extend(others);
    all
}

/// The running domains of a node, `main` first.
pub(super) struct Domains {
    list: Vec<Running>,
}

/// One of them.
pub(super) struct Running {
    pub(super) name: String,
    pub(super) inbox: Inbox,
    /// For a watchdog, where one makes sense: on a thread of its own.
    pub(super) pulse: Option<Arc<Pulse>>,
    /// What that has found.
    pub(super) long_step: Found,
    host: Ending,
}

/// How a domain is ended without waiting for it.
enum Ending {
    /// Asked to stop, on its own thread.
    Thread,
    Task(JoinHandle<()>),
}

/// What the domains are made from.
pub(super) struct Plan<'p> {
    pub(super) node: &'p NodeName,
    /// From [`all`].
    pub(super) domains: Vec<DomainConfig>,
    pub(super) actors: Vec<ActorConfig>,
    pub(super) types: Arc<ActorTypes>,
    pub(super) environment: &'p Environment,
    pub(super) bus: &'p Arc<Bus>,
    /// Told of the first actor whose failure the node should not survive.
    pub(super) tell: watch::Sender<Option<Escalation>>,
}

impl Domains {
    /// Constructs the actors where they will run, and starts them. After an error nothing runs.
    pub(super) fn start(plan: Plan<'_>) -> Result<(Self, Addresses), StartError> {
        let clock = plan.environment.clock.clone();
        let mut sites = Sites::default();
        for domain in &plan.domains {
            sites.open(domain, &plan)?;
        }
        let groups: Vec<Vec<ActorConfig>> = plan
            .actors
            .chunk_by(|one, next| one.domain == next.domain)
            .map(<[ActorConfig]>::to_vec)
            .collect();
        let mut addresses = Addresses::new();
        let mut starts = Vec::new();
        for group in groups {
            let Some(site) = sites.of(&group) else {
                return Err(unknown_domain(&group, &plan.domains));
            };
            starts.push((site, group.len()));
            let types = plan.types.clone();
            let built = sites.list[site].run(move |domain| construct(domain, &group, &types));
            addresses.extend(built.and_then(|built| built)?);
        }
        for (site, count) in starts {
            sites.list[site].run(move |domain| domain.start_some(count))?;
        }
        let list = sites.take().into_iter();
        let list = list.map(|site| site.release(&clock)).collect();
        Ok((Self { list }, addresses))
    }

    /// A way into the domain of this name.
    pub(super) fn inbox(&self, name: &str) -> Option<&Inbox> {
        let running = self.list.iter().find(|running| running.name == name)?;
        Some(&running.inbox)
    }

    /// All of them.
    pub(super) fn list(&self) -> impl Iterator<Item = &Running> {
        self.list.iter()
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|running| running.name.as_str())
    }

    /// Has `question` answered in each domain, between two steps. In their order; `None` for one that did not answer.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl Fn(&mut Domain) -> T + Clone + Send + 'static,
    ) -> Vec<Option<T>> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut waiting = Vec::new();
        for running in &self.list {
            let (answer, answered) = oneshot::channel();
            let question = question.clone();
            let asked = running.inbox.run(move |domain| {
                // Whoever asked may have given up.
                let _ = answer.send(question(domain));
            });
            waiting.push(asked.is_ok().then_some(answered));
        }
        let mut answers = Vec::new();
        for answered in waiting {
            answers.push(match answered {
                Some(answered) => timeout_at(until, answered).await.ok().and_then(Result::ok),
                None => None,
            });
        }
        answers
    }

    /// Each domain works off what waits for it, and takes in nothing new.
    pub(super) fn wind_down(&self) {
        for running in &self.list {
            running.inbox.call(Domain::wind_down);
        }
    }

    /// Waits until no mailbox has an event. False when that has not happened until `until`.
    pub(super) async fn run_down(&self, clock: &dyn Clock, until: Instant) -> bool {
        let mut before = None;
        loop {
            let answers = self
                .ask(|domain| domain.is_idle().then(|| domain.steps()))
                .await;
            let steps: Option<Vec<u64>> = answers.into_iter().map(Option::flatten).collect();
            // What one domain has posted to another may have come after its answer. If all are idle twice, and no step was taken between, they
            // were idle together.
            let is_certain = self.list.len() == 1 || steps == before;
            if steps.is_some() && is_certain {
                return true;
            }
            if clock.now() >= until {
                return false;
            }
            if steps.is_none() {
                tokio::time::sleep(IDLE_LOOK).await;
            }
            before = steps;
        }
    }

    /// Has all actors leave their states, in each domain the least urgent first; false when they have not until `deadline`.
    pub(super) async fn stop(&self, clock: &dyn Clock, deadline: Instant) -> bool {
        let mut all = true;
        let mut waiting = Vec::new();
        for running in &self.list {
            let (done, stopped) = oneshot::channel();
            let asked = running.inbox.run(move |domain| {
                domain.stop();
                // Whoever waited may have given up.
                let _ = done.send(());
            });
            all &= asked.is_ok();
            waiting.push(stopped);
        }
        for stopped in waiting {
            let rest = deadline.saturating_duration_since(clock.now());
            all &= timeout(rest, stopped).await.is_ok_and(|end| end.is_ok());
        }
        all
    }

    /// Ends all domains; nobody waits for it. They have ended already after [`stop`](Self::stop).
    pub(super) fn end(&self) {
        for running in &self.list {
            match &running.host {
                Ending::Task(task) => task.abort(),
                Ending::Thread => drop(running.inbox.run(Domain::stop)),
            }
        }
    }
}

/// Domains that are being built. Dropped before they are released, they end without having run.
#[derive(Default)]
struct Sites {
    list: Vec<Site>,
}

struct Site {
    name: String,
    place: Place,
}

enum Place {
    Thread(DomainThread, Option<Arc<Pulse>>),
    Here(Box<Domain>),
}

impl Sites {
    fn open(&mut self, domain: &DomainConfig, plan: &Plan<'_>) -> Result<(), StartError> {
        let Plan {
            node,
            environment,
            bus,
            ..
        } = plan;
        let settings = DomainSettings {
            bus: Arc::clone(bus),
            clock: environment.clock.clone(),
            seed: environment.seed,
        };
        let options = domain.options();
        let spawner = environment.spawner.clone();
        let spawner = spawner.unwrap_or_else(|| Arc::new(Tokio(Handle::current())));
        let tell = plan.tell.clone();
        let make = move || {
            let mut domain = Domain::with_options(settings, options);
            domain.set_spawner(spawner);
            domain.on_escalation(move |escalation| {
                // The first one counts.
                tell.send_if_modified(|told| {
                    let first = told.is_none();
                    told.get_or_insert_with(|| escalation.clone());
                    first
                });
            });
            domain
        };
        let name = domain.name.clone();
        let place = match (environment.host, domain.thread) {
            (Host::Task, _) | (Host::Thread, DomainHost::Link) => Place::Here(Box::new(make())),
            (Host::Thread, DomainHost::Own) => {
                let thread = match name.as_str() {
                    MAIN_DOMAIN => format!("farc-{node}"),
                    name => format!("farc-{name}"),
                };
                let hosting = Hosting {
                    name: &thread,
                    options: domain.host.clone(),
                    clock: environment.clock.clone(),
                };
                let (pulse, watched) = mpsc::sync_channel(1);
                let build = move || {
                    let mut domain = make();
                    // The other end waits just below.
                    let _ = pulse.send(domain.watch());
                    Ok::<_, StartError>(domain)
                };
                let thread = host_on_thread(hosting, build).map_err(hosting_failed)?;
                Place::Thread(thread, watched.recv().ok())
            }
        };
        self.list.push(Site { name, place });
        Ok(())
    }

    /// The domain of these actors.
    fn of(&self, actors: &[ActorConfig]) -> Option<usize> {
        let name = &actors.first()?.domain;
        self.list.iter().position(|site| site.name == *name)
    }

    /// What is taken is not ended.
    fn take(&mut self) -> Vec<Site> {
        std::mem::take(&mut self.list)
    }
}

impl Drop for Sites {
    fn drop(&mut self) {
        for site in self.take() {
            if let Place::Thread(thread, _) = site.place {
                // A domain that has ended needs no telling.
                let _ = thread.inbox().run(Domain::abandon);
                thread.join();
            }
        }
    }
}

impl Site {
    /// Has the domain do this, and waits for it.
    fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Domain) -> T + Send + 'static,
    ) -> Result<T, StartError> {
        match &mut self.place {
            Place::Here(domain) => Ok(work(domain)),
            Place::Thread(thread, _) => {
                let (done, result) = mpsc::sync_channel(1);
                let asked = thread.inbox().run(move |domain| {
                    // The other end waits just below.
                    let _ = done.send(work(domain));
                });
                let panicked = || StartError::Host(format!("domain `{}` panicked", self.name));
                asked.map_err(|_| panicked())?;
                result.recv().map_err(|_| panicked())
            }
        }
    }

    /// Lets the domain dispatch events.
    fn release(self, clock: &Arc<dyn Clock>) -> Running {
        let Self { name, place } = self;
        let (inbox, pulse, host) = match place {
            Place::Thread(thread, pulse) => {
                let inbox = thread.inbox().clone();
                // A domain that has ended would have said so before.
                let _ = inbox.run(Domain::start);
                (inbox, pulse, Ending::Thread)
            }
            Place::Here(domain) => {
                let inbox = domain.inbox();
                let sleep = |at| tokio::time::sleep_until(tokio::time::Instant::from_std(at));
                let task = spawn_local(run_in_task(*domain, clock.clone(), sleep));
                (inbox, None, Ending::Task(task))
            }
        };
        Running {
            name,
            inbox,
            pulse,
            long_step: Found::default(),
            host,
        }
    }
}

/// Constructs these actors in their domain, in this order.
fn construct(
    domain: &mut Domain,
    actors: &[ActorConfig],
    types: &ActorTypes,
) -> Result<Vec<(String, AnyAddress)>, StartError> {
    let mut addresses = Vec::new();
    for actor in actors {
        let address = types
            .spawn(domain, actor)
            .map_err(|error| not_constructed(actor, error.to_string()))?;
        addresses.push((actor.name.clone(), address));
    }
    Ok(addresses)
}

fn not_constructed(actor: &ActorConfig, cause: String) -> StartError {
    StartError::Actor {
        actor: actor.name.clone(),
        kind: actor.kind.clone(),
        origin: actor.origin.clone(),
        cause,
    }
}

/// A file cannot say so; a config that was built in code can.
fn unknown_domain(actors: &[ActorConfig], domains: &[DomainConfig]) -> StartError {
    let known = listed(domains.iter().map(|domain| domain.name.as_str()));
    match actors.first() {
        Some(actor) => {
            let cause = format!("unknown domain `{}`: expected {known}", actor.domain);
            not_constructed(actor, cause)
        }
        None => StartError::Host("an actor without a domain".to_owned()),
    }
}

fn hosting_failed(error: HostError<StartError>) -> StartError {
    match error {
        HostError::Build(error) => error,
        error @ (HostError::Thread(_) | HostError::Panicked) => StartError::Host(error.to_string()),
    }
}
