//! What can go wrong between an actor and its surroundings.

use std::error::Error;
use std::fmt;

use farc_protocol::name::NameError;

use crate::hsm::SnapshotError;

/// Why an actor cannot be constructed: which argument, and why.
///
/// ```
/// use farc::actor::BuildError;
///
/// let error = BuildError::argument("port", "65536 is not a port");
/// assert_eq!(error.to_string(), "argument `port`: 65536 is not a port");
/// ```
#[derive(Debug)]
pub struct BuildError {
    argument: Option<String>,
    cause: Box<dyn Error + Send + Sync>,
}

impl BuildError {
    /// An argument is to blame.
    pub fn argument(
        name: impl Into<String>,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            argument: Some(name.into()),
            cause: cause.into(),
        }
    }

    /// The surroundings are to blame: a device, a socket, a file.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            argument: None,
            cause: cause.into(),
        }
    }

    /// The argument that is to blame.
    pub fn blames(&self) -> Option<&str> {
        self.argument.as_deref()
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.argument {
            Some(argument) => write!(f, "argument `{argument}`: {}", self.cause),
            None => self.cause.fmt(f),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

impl From<std::io::Error> for BuildError {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

/// Why an actor was not spawned. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// Its constructor said no.
    #[error("failed to construct actor `{actor}` ({kind}): {source}")]
    Build {
        /// Its name.
        actor: String,
        /// Its type.
        kind: &'static str,
        /// Why.
        source: BuildError,
    },
    /// Its constructor panicked.
    #[error("the constructor of actor `{actor}` ({kind}) panicked: {panic}")]
    Panicked {
        /// Its name.
        actor: String,
        /// Its type.
        kind: &'static str,
        /// The message of the panic.
        panic: String,
    },
    /// There is an actor of this name on the node, in whichever domain.
    #[error("there is an actor `{actor}` already")]
    NameTaken {
        /// The name.
        actor: String,
    },
    /// Names are 1 to 255 bytes of `[A-Za-z0-9_.@/-]`.
    #[error("actor `{actor}`: {source}")]
    Name {
        /// The name.
        actor: String,
        /// What is wrong with it.
        source: NameError,
    },
    /// Priorities are 0 to 63.
    #[error("actor `{actor}`: priority {priority} is not within 0 to 63")]
    Priority {
        /// Its name.
        actor: String,
        /// What was asked for.
        priority: u8,
    },
    /// The domain takes actors of other priorities alone.
    #[error(
        "actor `{actor}`: priority {priority} is not within {lowest} to {highest}, those of domain `{domain}`: \
         change it, or spawn the actor in another domain"
    )]
    ForeignPriority {
        /// Its name.
        actor: String,
        /// What was asked for.
        priority: u8,
        /// The domain.
        domain: String,
        /// The lowest priority that it takes.
        lowest: u8,
        /// The highest one.
        highest: u8,
    },
    /// A mailbox has room for 2 to 1,048,576 events.
    #[error("actor `{actor}`: a mailbox of {mailbox} is not within 2 to 1048576")]
    Mailbox {
        /// Its name.
        actor: String,
        /// What was asked for.
        mailbox: usize,
    },
    /// Its mailbox is to conflate, and no variant of its event has a key.
    #[error(
        "actor `{actor}` ({kind}): its mailbox is to conflate, and none of its events has a key: \
         give a variant of its event one, as in `#[event(key = sensor)]`, or choose another policy for overflow"
    )]
    NoKey {
        /// Its name.
        actor: String,
        /// Its type.
        kind: &'static str,
    },
    /// A mailbox that conflates has room for 1,024 events at most: each one that finds it full is held against what waits.
    #[error("actor `{actor}`: a mailbox of {mailbox} that conflates is not within 2 to 1024")]
    LargeConflated {
        /// Its name.
        actor: String,
        /// What was asked for.
        mailbox: usize,
    },
    /// Two types of this program have the same signal name.
    #[error("actor `{actor}`: two types of this program have the signal name `{signal}`")]
    SignalClash {
        /// The actor that subscribes to the second one.
        actor: String,
        /// The name.
        signal: &'static str,
    },
    /// What was saved of it does not fit.
    #[error("failed to restore actor `{actor}` ({kind}): {source}")]
    Restore {
        /// Its name.
        actor: String,
        /// Its type.
        kind: &'static str,
        /// Why.
        source: RestoreError,
    },
    /// The domain has been stopped, or its node is leaving.
    #[error("actor `{actor}`: its domain takes no more actors: the node is leaving")]
    Stopped {
        /// Its name.
        actor: String,
    },
}

/// Why an actor was not restored from a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A state or a value does not fit the actor.
    #[error(transparent)]
    Machine(#[from] SnapshotError),
    /// More events are deferred and recalled than the actor may keep.
    #[error("{found} events are deferred or recalled, and the actor keeps at most {bound}")]
    Deferred {
        /// How many the snapshot has.
        found: usize,
        /// How many there may be.
        bound: u16,
    },
    /// More timers are armed than an actor may have.
    #[error("{found} timers are armed, and an actor has at most 64")]
    Timers {
        /// How many the snapshot has.
        found: usize,
    },
    /// The machine in it has no active state.
    #[error("the actor was not running when it was saved")]
    NotRunning,
}

/// Why an actor does not run after a restart by hand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestartError {
    /// There is none of this name.
    #[error("there is no actor `{actor}`")]
    NoActor {
        /// The name.
        actor: String,
    },
    /// It was constructed anew, or could not be, and failed at once.
    #[error("actor `{actor}` failed again: {cause}")]
    Failed {
        /// Its name.
        actor: String,
        /// Why.
        cause: String,
    },
}

/// Why there is no snapshot of an actor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// There is none of this name.
    #[error("there is no actor `{actor}`")]
    NoActor {
        /// The name.
        actor: String,
    },
    /// It has not started, has failed and not come back yet, or has stopped.
    #[error("actor `{actor}` does not run")]
    NotRunning {
        /// Its name.
        actor: String,
    },
    /// Its code panicked while it was written.
    #[error("failed to save actor `{actor}`: it panicked: {panic}")]
    Panicked {
        /// Its name.
        actor: String,
        /// The message of the panic.
        panic: String,
    },
    /// It cannot be saved.
    #[error("failed to save actor `{actor}`: {source}")]
    Machine {
        /// Its name.
        actor: String,
        /// Why.
        source: SnapshotError,
    },
}

/// Why an event was not posted. It comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostError<E> {
    /// The receiver has no room for it, or, from another thread, no permit is left.
    Full(E),
    /// The receiver has stopped, or, from another thread, its node is leaving.
    Stopped(E),
    /// No actor has this name.
    NoActor(E),
    /// The event of the receiver has no variant for it.
    NotAccepted(E),
    /// No link leads to the node of the receiver.
    NotReachable(E),
}

impl<E> PostError<E> {
    /// The event.
    pub fn into_inner(self) -> E {
        match self {
            Self::Full(event)
            | Self::Stopped(event)
            | Self::NoActor(event)
            | Self::NotAccepted(event)
            | Self::NotReachable(event) => event,
        }
    }
}

impl<E> fmt::Debug for PostError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full",
            Self::Stopped(_) => "Stopped",
            Self::NoActor(_) => "NoActor",
            Self::NotAccepted(_) => "NotAccepted",
            Self::NotReachable(_) => "NotReachable",
        })
    }
}

impl<E> fmt::Display for PostError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the mailbox is full",
            Self::Stopped(_) => "the actor has stopped",
            Self::NoActor(_) => "there is no such actor",
            Self::NotAccepted(_) => "the actor does not take it",
            Self::NotReachable(_) => "the node cannot be reached",
        })
    }
}

impl<E> Error for PostError<E> {}

/// The actor has 64 timers already; the event comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimerLimit<E>(pub E);

impl<E> fmt::Debug for TimerLimit<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimerLimit")
    }
}

impl<E> fmt::Display for TimerLimit<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the actor has 64 timers already")
    }
}

impl<E> Error for TimerLimit<E> {}
