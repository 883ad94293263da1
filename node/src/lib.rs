//! A networked actor system: hierarchical state machines that publish and subscribe across nodes.
//!
//! # Features
//! None is on by default. Each makes types of another crate [`Isolated`], so that they can be part of signals:
//!
//! | feature | types |
//! |---|---|
//! | `uuid` | `uuid::Uuid` |
//! | `jiff` | `jiff::{Timestamp, Span, SignedDuration}`, `jiff::civil::{Date, Time, DateTime}` |
//! | `smallvec` | `smallvec::SmallVec<[T; N]>` |
//! | `indexmap` | `indexmap::{IndexMap, IndexSet}` with the standard hasher |
//!
//! `bytes::Bytes` and `serde_json::Value` need none: they are sent as [`Blob`] and [`Json`].

extern crate self as farc;

pub mod actor;
pub mod admin;
pub mod bus;
pub mod certs;
mod clock;
pub mod config;
pub mod daemon;
pub mod hsm;
pub mod kernel;
pub mod link;
pub mod observe;
pub mod prelude;
pub mod signal;
pub mod sys;
pub mod testing;
pub mod trace;

pub use actor::{
    Actor, ActorOptions, ActorStatus, Address, AskLimit, BuildError, Context, Domain,
    DomainOptions, DomainSettings, DomainThread, Inbox, Missed, OnRestore, Overflow, PostError,
    Question, ReplyError, ReplyHandle, RestartError, RestartPolicy, RestoreError, SaveError,
    SendError, Sending, Snapshot, SpawnError, Spawner, Start, Task, TaskError, TaskStatus, Timer,
    TimerLimit,
};
pub use bus::{Books, Bus, Published};
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{ActorConfig, ActorTypes, DomainConfig, DomainHost, LinkConfig, NodeConfig};
pub use daemon::{Daemon, Environment, Exit, Host, Node, Status};
#[doc = include_str!("hsm/attribute.md")]
pub use farc_macros::hsm;
pub use farc_macros::{Event, Isolated, Signal};
pub use farc_protocol::life::Life;
pub use farc_protocol::name::{ClusterName, NodeName};
pub use kernel::{
    AskError, Asks, DeadLetter, Escalation, HostError, HostOptions, InboxFull, Ran, Tally,
    TimerStats, run_in_task, run_on_thread, run_on_thread_with,
};
pub use observe::Observer;
pub use signal::{
    Accepts, ActorRef, Blob, Encoded, EncodedError, Event, Isolated, Json, Reply, Request, Signal,
};

/// What derives and attributes write; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use std::{boxed::Box, vec::Vec};

    pub use farc_protocol::schema::{Field, Fields, Structure, Variant};

    pub use crate::signal::{
        Accepted, Class, Delivery, put,
        shape::{Choice, Figures, Known, Row, check, countable, shallow, shape, signal},
    };

    /// An event whose variant may have a name: the better of the two traits is found first.
    #[derive(Debug)]
    pub struct Name<'e, E>(pub &'e E);

    /// The variant of an event that derives `Event`.
    pub trait Named {
        /// Its name.
        fn variant(self) -> &'static str;
    }

    impl<E: crate::Event> Named for &Name<'_, E> {
        fn variant(self) -> &'static str {
            E::NAMES.get(self.0.index()).copied().unwrap_or_default()
        }
    }

    /// Any other event.
    pub trait Nameless {
        /// No name.
        fn variant(&self) -> &'static str;
    }

    impl<E> Nameless for &Name<'_, E> {
        fn variant(&self) -> &'static str {
            ""
        }
    }

    /// The names of the variants of an event that derives `Event`; an associated constant of its own is found before that of [`AnyNames`].
    #[derive(Debug)]
    pub struct Names<E>(std::marker::PhantomData<E>);

    impl<E: crate::Event> Names<E> {
        /// Its variants.
        pub const NAMES: &'static [&'static str] = E::NAMES;
    }

    /// Any other event: nobody knows the names of its variants.
    pub trait AnyNames {
        /// None.
        const NAMES: &'static [&'static str] = &[];
    }

    impl<E> AnyNames for Names<E> {}

    /// The names in a pattern if all of them can be variants; a constant among them may be any variant, which is what no names stand for.
    pub const fn variants(
        named: &'static [&'static str],
        known: &[&str],
    ) -> &'static [&'static str] {
        let mut i = 0;
        while i < named.len() && !known.is_empty() {
            let mut j = 0;
            while j < known.len() && !same(named[i], known[j]) {
                j += 1;
            }
            if j == known.len() {
                return &[];
            }
            i += 1;
        }
        named
    }

    const fn same(a: &str, b: &str) -> bool {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let mut i = 0;
        while i < a.len() && i < b.len() && a[i] == b[i] {
            i += 1;
        }
        i == a.len() && i == b.len()
    }

    /// A name that is part of the program.
    pub const fn name(name: &'static str) -> farc_protocol::schema::Name {
        farc_protocol::schema::Name::Borrowed(name)
    }
}

/// The programs of `docs/statecharts.md`, compiled and run with the tests of the documentation.
///
/// Only those see this item. The package on a registry has no `docs`, and needs none: elsewhere the attribute is not expanded, so the file is not
/// looked for.
#[cfg(doctest)]
#[doc = include_str!("../../docs/statecharts.md")]
pub struct Guide;

/// The programs of `docs/isolation.md`, compiled and run as well.
#[cfg(doctest)]
#[doc = include_str!("../../docs/isolation.md")]
pub struct IsolationGuide;
/// The programs of `docs/from-python-farc.md`, in the same way.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-python-farc.md")]
pub struct FromPythonFarc;

/// The programs of `docs/testing.md`, likewise.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
pub struct TestingGuide;
