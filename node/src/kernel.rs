//! The dispatch domain: which actor runs next, and what waits for it.
//!
//! A domain runs one event of one actor to completion, then looks again for the most urgent actor that has one (QP's QV kernel, B1 and B2
//! of the semantics). This module knows neither what an actor is nor the bus. Whoever is above brings the two things that it needs: a
//! `Runner` for each actor, which takes events of its own type out of the mailbox and runs the step, and a value `X`, which is lent to
//! every step. Events stay typed all the way: a mailbox is a ring of the actor's event type, found by a checked downcast, so that posting
//! inside a domain is a plain push without a lock, an allocation or a trait object.
//!
//! It alone names threads and parking. It never asks for the time except through the [`Clock`](crate::Clock) it was given.

mod asks;
mod bell;
mod core;
mod domain;
mod host;
mod inbox;
mod lateness;
mod mailbox;
mod panics;
mod park;
mod pulse;
mod ready;
mod snapshot;
mod spawner;
mod supervision;
mod sync;
mod tally;
mod timers;
mod work;

pub(crate) use self::asks::{AskBooks, Asker, Handle, Outside, QuestionId, Unwanted};
pub use self::asks::{AskError, Asks};
pub(crate) use self::bell::Bell;
pub(crate) use self::core::{Carried, Core, NoTask, Phase, TooMany};
pub use self::domain::{Domain, Ran};
pub(crate) use self::domain::{Runner, guard};
pub use self::host::{
    DomainThread, HostError, HostOptions, run_in_task, run_on_thread, run_on_thread_with,
};
pub(crate) use self::host::{Hosting, host_on_thread};
pub use self::inbox::{Inbox, InboxFull};
pub use self::lateness::{LATE, TimerStats};
/// How names are hashed: with a seed of its own in each table, and in a few nanoseconds.
pub(crate) use hashbrown::DefaultHashBuilder as NameHasher;

pub(crate) use self::mailbox::{
    Admit, Alarm, AnyLane, Armed, Arming, Ends, Entry, Every, Lane, MOST_CONFLATED, Mailbox,
    Origin, Plain, Rearm, Refused, Scope, Share, TIMERS, Taken, Turn, Unwelcome, later, variant,
};
pub use self::mailbox::{Missed, OnRestore, Overflow, TaskStatus};
pub(crate) use self::panics::tell_in_one_line;
pub(crate) use self::pulse::{Doing, Names, Pulse, Running};
pub use self::snapshot::Snapshot;
pub(crate) use self::snapshot::{Bound, SavedEvent, SavedPeriod, SavedTimer};
pub use self::spawner::Spawner;
pub use self::supervision::Escalation;
pub(crate) use self::tally::DEAD_LETTERS;
pub use self::tally::{DeadLetter, Tally};
pub(crate) use self::timers::Deadline;
pub(crate) use self::work::{Brought, Pump};
