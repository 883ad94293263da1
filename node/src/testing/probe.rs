//! Somebody to post to, who only listens.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use farc_protocol::name::NodeName;

use crate::actor::{Actor, Address, Domain, DomainSettings};
use crate::bus::Local;
use crate::clock::{Clock as _, ManualClock};
use crate::kernel::{Core, Overflow, Phase, Runner, Taken};

/// How many events a probe holds until they are taken; a post beyond that comes back to the poster as from a full mailbox.
const ROOM: u32 = 1 << 16;

/// Stands in for an actor of type `A` that does not run: it has an address, and keeps what is posted there.
///
/// The address goes wherever an actor under test takes one: into its arguments, or into an event.
///
/// ```
/// # use farc::prelude::*;
/// # #[derive(Event, Debug, PartialEq)]
/// # pub enum ForkEvent { #[event(local)] Take(u8) }
/// # pub struct Fork;
/// # #[hsm(event = ForkEvent, initial = free)]
/// # impl Fork {
/// #     #[state]
/// #     fn free(&mut self, event: &ForkEvent) -> Next<Self> { match event { ForkEvent::Take(_) => Handled } }
/// # }
/// # impl Actor for Fork {
/// #     type Args = ();
/// #     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Self) }
/// # }
/// use farc::testing::Probe;
///
/// let mut fork = Probe::<Fork>::new("fork-3");
/// let address: Address<Fork> = fork.address();
/// address.post(ForkEvent::Take(3)).unwrap();
/// assert_eq!(fork.received(), [ForkEvent::Take(3)]);
/// ```
pub struct Probe<A: Actor> {
    domain: Domain,
    clock: Arc<ManualClock>,
    address: Address<A>,
    received: Arc<Mutex<Vec<A::Event>>>,
}

impl<A: Actor> Probe<A> {
    /// A probe with a name: the name that a trace shows for the receiver of a post.
    pub fn new(name: &str) -> Self {
        Self::with_room(name, ROOM)
    }

    /// A probe that holds no more than `room` events, at least 1; further posts come back to the poster as from a full mailbox.
    pub fn with_room(name: &str, room: u32) -> Self {
        let clock = Arc::new(ManualClock::new());
        let node: NodeName = "probe".parse().expect("`probe` is a DNS label");
        let mut domain = Domain::new(DomainSettings::alone(node, clock.clone(), [0; 32]));
        let received = Arc::new(Mutex::new(Vec::new()));
        // Half of a mailbox is for posts from outside of its domain.
        let capacity = room.max(1).saturating_mul(2);
        let (_, lane) = domain
            .core
            .add::<A::Event>(name.into(), 0, capacity, Overflow::Reject);
        domain.runners.push(Box::new(Listener::<A> {
            received: received.clone(),
        }));
        domain.core.start_next(0);
        domain.start();
        Self {
            domain,
            clock,
            address: Address::new(lane),
            received,
        }
    }

    /// Where it can be reached.
    pub fn address(&self) -> Address<A> {
        self.address.clone()
    }

    /// Takes what was posted to it, in order.
    pub fn received(&mut self) -> Vec<A::Event> {
        self.domain.run_until_idle(self.clock.now());
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut received)
    }

    /// From now on it is an actor that has stopped: posts come back.
    pub fn stop(&mut self) {
        self.domain.stop();
    }
}

/// Takes events out of the mailbox, and keeps them.
struct Listener<A: Actor> {
    received: Arc<Mutex<Vec<A::Event>>>,
}

/// The listener is the only actor of its domain.
const SLOT: u32 = 0;

impl<A: Actor> Runner<Local> for Listener<A> {
    fn start(&mut self, core: &mut Core, _: &mut Local) {
        core.set_phase(SLOT, Phase::Running);
    }

    fn step(&mut self, core: &mut Core, _: &mut Local) {
        if let Taken::Event(event, _) = core.take::<A::Event>(SLOT) {
            let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
            received.push(event);
        }
    }

    fn restart(&mut self, _: &mut Core, _: &mut Local) {}

    fn fault(&mut self, _: &mut Core, _: &mut Local) {}

    fn stop(&mut self, core: &mut Core, _: &mut Local) {
        core.set_phase(SLOT, Phase::Stopped);
        core.close(SLOT);
    }

    fn state(&self) -> Option<String> {
        None
    }

    fn kind(&self) -> &'static str {
        A::NAME
    }

    fn failures(&self) -> (u64, Option<&str>) {
        (0, None)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<A: Actor> fmt::Debug for Probe<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probe").field(&self.address.name()).finish()
    }
}
