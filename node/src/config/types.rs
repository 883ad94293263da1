//! The actor types that a binary has: what `type = "…"` in the file may name.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeValue;

use super::ActorConfig;
use super::params::{self, ParamFault, ParamsError};
use crate::actor::{Actor, Address, Domain, SpawnError};
use crate::hsm::Chart;

/// What the binary can make of a config entry, by the name that the file uses.
#[derive(Clone, Default)]
pub struct ActorTypes {
    kinds: BTreeMap<String, Kind>,
}

/// An actor type with its own type erased: three functions that know it.
#[derive(Clone, Copy)]
struct Kind {
    chart: fn() -> Chart,
    check: fn(&Spanned<DeValue<'_>>) -> Result<(), Vec<ParamFault>>,
    spawn: fn(&mut Domain, &ActorConfig) -> Result<AnyAddress, ConstructError>,
}

/// An `Address<A>` whose `A` only its reader knows.
pub(crate) type AnyAddress = Box<dyn Any + Send + Sync>;

/// Why an actor of the file was not constructed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConstructError {
    /// The binary has no such type.
    #[error("this binary has no actor type `{0}`")]
    UnknownType(String),
    /// The parameters are not its arguments.
    #[error("its params do not fit: {0}")]
    Params(#[from] ParamsError),
    /// Its own construction failed.
    #[error("{}", without_name(.0))]
    Spawn(#[from] SpawnError),
}

/// The reason alone: the message around it names the actor and its type already.
fn without_name(error: &SpawnError) -> String {
    match error {
        SpawnError::Build { source, .. } => source.to_string(),
        SpawnError::Restore { source, .. } => source.to_string(),
        SpawnError::Panicked { panic, .. } => format!("its constructor panicked: {panic}"),
        SpawnError::NameTaken { .. }
        | SpawnError::Name { .. }
        | SpawnError::Priority { .. }
        | SpawnError::ForeignPriority { .. }
        | SpawnError::Mailbox { .. }
        | SpawnError::NoKey { .. }
        | SpawnError::LargeConflated { .. }
        | SpawnError::SignalClash { .. }
        | SpawnError::Stopped { .. } => error.to_string(),
    }
}

impl ActorTypes {
    /// No types.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `A` under the name `kind`, with its `Args` read from `params`.
    ///
    /// # Panics
    /// When `kind` is taken: which of the two a file means could not be told.
    pub fn add<A: Actor>(&mut self, kind: &str)
    where
        A::Args: DeserializeOwned,
    {
        let added = Kind {
            chart: A::chart,
            check: |value| params::read::<A::Args>(value).map(drop),
            spawn: |domain, actor| {
                let args = actor.params.read::<A::Args>()?;
                let address: Address<A> = domain.spawn(&actor.name, args, actor.options())?;
                Ok(Box::new(address))
            },
        };
        let before = self.kinds.insert(kind.to_owned(), added);
        assert!(before.is_none(), "two actor types are named `{kind}`");
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// The chart of `kind`; `None` when there is no such type.
    #[must_use]
    pub fn chart(&self, kind: &str) -> Option<Chart> {
        self.kinds.get(kind).map(|kind| (kind.chart)())
    }

    /// Whether `params` are the arguments of `kind`; `None` when there is no such type.
    pub(super) fn check(
        &self,
        kind: &str,
        params: &Spanned<DeValue<'_>>,
    ) -> Option<Result<(), Vec<ParamFault>>> {
        self.kinds.get(kind).map(|kind| (kind.check)(params))
    }

    /// Constructs `actor` in `domain`.
    pub(crate) fn spawn(
        &self,
        domain: &mut Domain,
        actor: &ActorConfig,
    ) -> Result<AnyAddress, ConstructError> {
        let kind = self
            .kinds
            .get(&actor.kind)
            .ok_or_else(|| ConstructError::UnknownType(actor.kind.clone()))?;
        (kind.spawn)(domain, actor)
    }
}

impl fmt::Debug for ActorTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds.keys()).finish()
    }
}
