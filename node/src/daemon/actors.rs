//! Actors that come, go and are constructed anew while a node runs: what `spawn`, `stop` and `restart` ask for, and what the node answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::domains::{Domains, Running};
use crate::actor::{Domain, Inbox, Overflow, RestartError, RestartPolicy, SpawnError};
use crate::config::{ActorConfig, ActorTypes, ConstructError, Params, listed, nearest};

/// How long a domain may take for an answer, as for its status.
const PATIENCE: Duration = Duration::from_secs(1);

/// An actor that is to be spawned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SpawnOrder {
    /// The registered type.
    pub kind: String,
    /// Its name, which must be free.
    pub name: String,
    /// What it is constructed from, as TOML.
    #[serde(default)]
    pub params: String,
    /// The domain that it runs in; the node's `main` if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// 63 runs first, 0 last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// How many events may wait for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<usize>,
    /// What happens to an event that finds its mailbox full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overflow: Option<Overflow>,
    /// What happens after its step has panicked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<RestartPolicy>,
}

impl SpawnOrder {
    /// An actor without parameters, and with the options that an actor has by default.
    #[must_use]
    pub fn new(kind: &str, name: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
            params: String::new(),
            domain: None,
            priority: None,
            mailbox: None,
            overflow: None,
            restart: None,
        }
    }

    fn config(self) -> Result<ActorConfig, Refusal> {
        let params: Params = self
            .params
            .parse()
            .map_err(|error| Refusal::Order(format!("its params do not fit: {error}")))?;
        let mut config = ActorConfig::new(&self.name, &self.kind).with(params);
        config.domain = self.domain.unwrap_or(config.domain);
        config.priority = self.priority.unwrap_or(config.priority);
        config.mailbox = self.mailbox.unwrap_or(config.mailbox);
        config.overflow = self.overflow.unwrap_or(config.overflow);
        config.restart = self.restart.unwrap_or(config.restart);
        Ok(config)
    }
}

/// Why a node did not do with its actors what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// What was asked for makes no sense: an unknown type, parameters that do not fit, an option out of bounds.
    Order(String),
    /// There is no such actor.
    NoActor(String),
    /// The name is taken, or the node is leaving.
    Conflict(String),
    /// The actor could not be constructed, or failed at once.
    Construction(String),
    /// Its domain did not answer in time.
    Busy,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order(why)
            | Self::NoActor(why)
            | Self::Conflict(why)
            | Self::Construction(why) => why,
            Self::Busy => "the domain did not answer within a second",
        })
    }
}

impl std::error::Error for Refusal {}

/// Spawns an actor in the domain that the order names.
pub(super) async fn spawn(
    domains: &Domains,
    types: &Arc<ActorTypes>,
    order: SpawnOrder,
) -> Result<(), Refusal> {
    if types.chart(&order.kind).is_none() {
        return Err(Refusal::Order(unknown_type(types, &order.kind)));
    }
    let config = order.config()?;
    let Some(inbox) = domains.inbox(&config.domain) else {
        let known = listed(domains.names());
        let unknown = format!("no domain `{}`: expected {known}", config.domain);
        return Err(Refusal::Order(unknown));
    };
    let types = types.clone();
    let spawned = in_domain(inbox, move |domain| {
        let error = types.spawn(domain, &config).err()?;
        Some(refusal(&config, &error))
    });
    spawned.await?.map_or(Ok(()), Err)
}

fn refusal(config: &ActorConfig, error: &ConstructError) -> Refusal {
    let (name, kind) = (&config.name, &config.kind);
    let construct = format!("cannot construct actor `{name}` of type `{kind}`: {error}");
    match error {
        ConstructError::UnknownType(_) | ConstructError::Params(_) => Refusal::Order(construct),
        ConstructError::Spawn(spawn) => match spawn {
            SpawnError::NameTaken { .. } | SpawnError::Stopped { .. } => {
                Refusal::Conflict(spawn.to_string())
            }
            SpawnError::Name { .. }
            | SpawnError::Priority { .. }
            | SpawnError::ForeignPriority { .. }
            | SpawnError::Mailbox { .. }
            | SpawnError::NoKey { .. }
            | SpawnError::LargeConflated { .. } => Refusal::Order(spawn.to_string()),
            SpawnError::Build { .. }
            | SpawnError::Panicked { .. }
            | SpawnError::SignalClash { .. }
            | SpawnError::Restore { .. } => Refusal::Construction(construct),
        },
    }
}

/// Stops an actor in whichever domain it is.
pub(super) async fn stop(domains: &Domains, name: &str) -> Result<(), Refusal> {
    let mut known = Vec::new();
    for Running { inbox, .. } in domains.list() {
        let actor = name.to_owned();
        let stopped = in_domain(inbox, move |domain| {
            if domain.stop_actor_named(&actor) {
                Ok(())
            } else {
                Err(near(domain, &actor))
            }
        });
        match stopped.await? {
            Ok(()) => return Ok(()),
            Err(near) => known.extend(near),
        }
    }
    Err(unknown_actor(name, &known))
}

/// Constructs an actor anew in whichever domain it is.
pub(super) async fn restart(domains: &Domains, name: &str) -> Result<(), Refusal> {
    let mut known = Vec::new();
    for Running { inbox, .. } in domains.list() {
        let actor = name.to_owned();
        let restarted = in_domain(inbox, move |domain| {
            match domain.restart_actor_named(&actor) {
                Ok(()) => Ok(()),
                Err(RestartError::NoActor { .. }) => Err(Ok(near(domain, &actor))),
                Err(error @ RestartError::Failed { .. }) => {
                    Err(Err(Refusal::Construction(error.to_string())))
                }
            }
        });
        match restarted.await? {
            Ok(()) => return Ok(()),
            Err(Err(failed)) => return Err(failed),
            Err(Ok(near)) => known.extend(near),
        }
    }
    Err(unknown_actor(name, &known))
}

/// Among how many names one that is like another is looked for: a comparison takes some 100 ns, the actors of the domain wait for them, and the hint
/// is a courtesy.
const MOST_NAMES: usize = 4096;

/// The actor of a domain whose name is like this one.
fn near(domain: &Domain, name: &str) -> Option<String> {
    nearest(name, domain.names().take(MOST_NAMES)).map(str::to_owned)
}

fn unknown_actor(name: &str, known: &[String]) -> Refusal {
    let near = nearest(name, known.iter().map(String::as_str));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Refusal::NoActor(format!("the node has no actor `{name}`{hint}"))
}

/// What is said of a type that a binary does not have.
pub(super) fn unknown_type(types: &ActorTypes, kind: &str) -> String {
    let names: Vec<_> = types.names().collect();
    let near = nearest(kind, names.iter().copied());
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    match names.is_empty() {
        true => format!("no actor type `{kind}`: this binary has none"),
        false => format!("no actor type `{kind}`: expected {}{hint}", listed(names)),
    }
}

/// Has `question` answered in a domain, between two steps.
async fn in_domain<T: Send + 'static>(
    inbox: &Inbox,
    question: impl FnOnce(&mut Domain) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let (answer, answered) = oneshot::channel();
    let asked = inbox.run(move |domain| {
        // Whoever asked may have given up.
        let _ = answer.send(question(domain));
    });
    asked.map_err(|_| Refusal::Busy)?;
    let answered = timeout(PATIENCE, answered).await;
    answered
        .map_err(|_| Refusal::Busy)?
        .map_err(|_| Refusal::Busy)
}
