//! What users write against: actors, the context of their handlers, their addresses, and the domain that runs them.
//!
//! An actor is a statechart ([`hsm`](macro@crate::hsm)) with a constructor. Its handlers get a [`Context`], which is their only source of
//! time, randomness and output, so that an actor is a fold over its inputs. When a handler panics, that actor alone ends; its state is
//! discarded and it is constructed anew from its arguments ([`RestartPolicy`]).
//!
//! This module does not know links: what leaves the node goes through the [bus](crate::bus).

mod address;
mod ask;
pub mod bridge;
mod cell;
mod children;
mod context;
mod domain;
mod error;
mod options;
mod outside;
mod random;
mod snapshot;
mod spawn;
mod subscriptions;
mod timer;

use crate::hsm::Hsm;
pub use crate::kernel::{HostOptions, Missed, OnRestore, Overflow, Snapshot, Spawner, TaskStatus};
use crate::signal::{Event, Isolated};

pub use self::address::Address;
pub use self::ask::{AskLimit, Question, ReplyError, ReplyHandle, To};
pub use self::bridge::{SendError, Sending, Task, TaskError};
pub use self::context::{Context, Source, Start};
pub use self::domain::{
    ActorStatus, Domain, DomainOptions, DomainSettings, DomainThread, Inbox, MAIN_DOMAIN,
    MailboxStatus,
};
pub use self::error::{
    BuildError, PostError, RestartError, RestoreError, SaveError, SpawnError, TimerLimit,
};
pub use self::options::{ActorOptions, RestartPolicy};
pub use self::subscriptions::{Subscribes, Subscriptions};
pub use self::timer::Timer;

/// An active object: a statechart with a mailbox, constructed from values that nobody else can reach.
///
/// The statechart and [`Subscribes`] come from the attribute [`hsm`](macro@crate::hsm); what is left to write is the constructor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an actor",
    note = "an actor has an `#[hsm(event = .., initial = ..)] impl` and an `impl Actor` with its constructor"
)]
pub trait Actor: for<'c> Hsm<Context<'c> = Context<'c, Self>, Event: Event> + Subscribes {
    /// What it is constructed from. Kept, so that it can be constructed anew after a failure.
    type Args: Isolated + Clone;

    /// Constructs the actor, on the thread of its domain: devices and sockets are opened here, and the actor need not be `Send`.
    ///
    /// Called at the start of the node, before any actor runs, and again after each failure.
    ///
    /// # Errors
    ///
    /// What is wrong with the arguments or the surroundings. At the start of the node, nothing runs then.
    fn new(args: Self::Args, cx: &mut Start<'_, Self>) -> Result<Self, BuildError>;
}
