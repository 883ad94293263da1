//! A networked actor system: hierarchical state machines that publish and subscribe across nodes.

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

pub use actor::{
    Actor, ActorOptions, ActorStatus, Address, BuildError, Context, Domain, DomainSettings,
    DomainThread, Inbox, Missed, OnRestore, Overflow, PostError, RestartPolicy, SpawnError, Start,
    Timer, TimerLimit,
};
pub use bus::{Books, Bus, Published};
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{ActorConfig, ActorTypes, LinkConfig, NodeConfig};
pub use daemon::{Daemon, Environment, Exit, Host, Node, Status};
pub use farc_macros::{Event, Isolated, Signal, hsm};
pub use farc_protocol::life::Life;
pub use farc_protocol::name::{ClusterName, NodeName};
pub use kernel::{DeadLetter, HostError, InboxFull, Ran, Tally, run_in_task, run_on_thread};
pub use observe::Observer;
pub use signal::{Accepts, Blob, Event, Isolated, Signal};

/// What derives and attributes write; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use std::{boxed::Box, vec::Vec};

    pub use farc_protocol::schema::{Field, Fields, Structure, Variant};

    pub use crate::signal::{
        Class, Delivery,
        shape::{Choice, Figures, Row, check, countable, shallow, shape, signal},
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

    /// A name that is part of the program.
    pub const fn name(name: &'static str) -> farc_protocol::schema::Name {
        farc_protocol::schema::Name::Borrowed(name)
    }
}
