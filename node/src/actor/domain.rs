//! A domain of actors: the kernel's domain with the bus in its steps.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use farc_protocol::life::Life;
use farc_protocol::name::NodeName;
use serde::Serialize;

use super::address::{Posted, give_back};
use super::cell::Cell;
use super::snapshot::Waiting;
use super::spawn::{self, MAX_PRIORITY, Newcomer};
use super::{
    Actor, ActorOptions, Address, PostError, RestartError, SaveError, Snapshot, SpawnError,
    TaskStatus,
};
use crate::bus::{Books, Bus, BusSettings, Local, Place, Published, Publisher};
use crate::clock::Clock;
use crate::hsm::{self, Machine};
use crate::kernel::{
    self, Bell, DeadLetter, Escalation, Phase, Pulse, Runner, Tally, TimerStats, guard,
};
use crate::signal::Signal;

/// A dispatch domain: actors that run one at a time, by priority. See its methods for how to drive one.
///
/// It needs no network and no thread:
///
/// ```
/// use std::sync::Arc;
/// use farc::prelude::*;
/// use farc::{DomainSettings, ManualClock, Clock as _};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Signal, Serialize, Deserialize, Clone)]
/// #[signal("lamp.press")]
/// pub struct Press {}
///
/// #[derive(Event)]
/// pub enum LampEvent { Press(Press) }
///
/// pub struct Lamp;
///
/// #[hsm(event = LampEvent, initial = off, subscribe = [Press])]
/// impl Lamp {
///     #[state]
///     fn off(&mut self, event: &LampEvent) -> Next<Self> {
///         match event { LampEvent::Press(_) => To(State::On) }
///     }
///     #[state]
///     fn on(&mut self, event: &LampEvent) -> Next<Self> {
///         match event { LampEvent::Press(_) => To(State::Off) }
///     }
/// }
///
/// impl Actor for Lamp {
///     type Args = ();
///     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Lamp) }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(ManualClock::new());
/// let mut domain = Domain::new(DomainSettings::alone("bench".parse()?, clock.clone(), [0; 32]));
/// domain.spawn::<Lamp>("lamp", (), ActorOptions::default())?;
/// domain.start();
/// domain.publish(Press {});
/// domain.run_until_idle(clock.now());
/// assert_eq!(domain.status()[0].state.as_deref(), Some("on"));
/// assert!(domain.books().balance().is_empty());
/// # Ok(())
/// # }
/// ```
pub type Domain = kernel::Domain<Local>;

/// A way into a [`Domain`] from any thread.
pub type Inbox = kernel::Inbox<Local>;

/// A [`Domain`] on a thread of its own.
pub type DomainThread = kernel::DomainThread<Local>;

/// What a domain is made from.
#[derive(Clone, Debug)]
pub struct DomainSettings {
    /// The node's bus. It serves one domain, or as many as [`BusSettings::domains`] says.
    pub bus: Arc<Bus>,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// What every random number follows from, together with the actors' names.
    pub seed: [u8; 32],
}

impl DomainSettings {
    /// A domain that is a whole node, without peers.
    pub fn alone(node: NodeName, clock: Arc<dyn Clock>, seed: [u8; 32]) -> Self {
        Self {
            bus: Bus::new(BusSettings::new(node, Life::default())),
            clock,
            seed,
        }
    }
}

/// The name of the domain of actors that name none.
pub const MAIN_DOMAIN: &str = "main";

/// What tells a domain from the others of its node.
///
/// ```
/// use std::sync::Arc;
/// use farc::bus::{Bus, BusSettings};
/// use farc::{Domain, DomainOptions, DomainSettings, Life, ManualClock};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut bus = BusSettings::new("node".parse()?, Life::default());
/// bus.domains = 2;
/// let settings = DomainSettings { bus: Bus::new(bus), clock: Arc::new(ManualClock::new()), seed: [0; 32] };
/// let main = Domain::new(settings.clone());
/// let mut control = DomainOptions::new("control");
/// control.priorities = 32..=63;
/// let control = Domain::with_options(settings, control);
/// assert_eq!((main.name(), control.name()), ("main", "control"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainOptions {
    /// Its name, for people.
    pub name: String,
    /// Which priorities its actors may have. Default: any, 0 to 63.
    pub priorities: RangeInclusive<u8>,
}

impl DomainOptions {
    /// A domain of this name, for actors of any priority.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            priorities: 0..=MAX_PRIORITY,
        }
    }
}

impl From<DomainOptions> for Place {
    fn from(options: DomainOptions) -> Self {
        Self {
            name: options.name,
            priorities: options.priorities,
        }
    }
}

/// An actor as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActorStatus {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Where it is in its life: `new`, `running`, `failed` or `stopped`.
    pub phase: &'static str,
    /// The active states from the outside in, joined by dots, regions in braces, as in `on.{motor.idle, light.dark}`; `None` when none is
    /// active.
    pub state: Option<String>,
    /// 63 is the most urgent.
    pub priority: u8,
    /// What waits.
    pub mailbox: MailboxStatus,
    /// Events whose dispatch has returned; ignored ones too.
    pub handled: u64,
    /// Of these, events that no state wanted.
    pub ignored: u64,
    /// How often it was constructed anew.
    pub restarts: u64,
    /// The message of its last panic, or why it could not be constructed anew.
    pub last_failure: Option<String>,
    /// The most steps of others that it waited while it had an event.
    pub longest_wait_steps: u64,
    /// The longest time for which it waited while it had an event, as far as the domain has looked at the clock meanwhile.
    pub longest_wait: Duration,
    /// What was meant for it and what became of it.
    pub books: Tally,
    /// What runs beside it, and what waited for room.
    pub tasks: TaskStatus,
}

/// A mailbox as `status` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MailboxStatus {
    /// How many events wait, those of peers too.
    pub depth: u64,
    /// How many posted and published ones may.
    pub capacity: u32,
    /// How many are deferred beside it.
    pub deferred: u64,
    /// The fewest places that were ever free for posts and publications of its own domain, whose room is half the capacity, rounded up.
    pub low_water: u32,
}

impl kernel::Domain<Local> {
    /// An empty domain, called `main`. Events of peers on this bus come to it, unless the bus serves as many domains as it may.
    pub fn new(settings: DomainSettings) -> Self {
        Self::with_options(settings, DomainOptions::new(MAIN_DOMAIN))
    }

    /// An empty domain, of several on its bus. Actors of one domain run one at a time and by priority; between domains nothing is promised
    /// but the order of what one actor sends another.
    pub fn with_options(settings: DomainSettings, options: DomainOptions) -> Self {
        let observer = settings.bus.observer().cloned();
        let local = Local::new(settings.bus, settings.seed, options.into());
        let bell = Bell::new(local.bus().node_name(), local.bus().asks_books().clone());
        let mut domain = Self::with(local, Local::newcomer, bell, (settings.clock, observer));
        let inbox = domain.inbox();
        if !domain.x.attach(inbox) {
            tracing::error!("the bus serves no further domain: this one gets nothing from outside");
        }
        domain
    }

    /// The domain's name.
    pub fn name(&self) -> &str {
        &self.x.place().name
    }

    /// Constructs an actor and makes its subscriptions. It starts with [`start`](Self::start), or, after that, as the next step (E1, E2).
    ///
    /// # Errors
    ///
    /// When its constructor fails or panics, its name is taken, or an option is out of bounds. Nothing of it is left then.
    pub fn spawn<A: Actor>(
        &mut self,
        name: &str,
        args: A::Args,
        options: ActorOptions,
    ) -> Result<Address<A>, SpawnError> {
        let newcomer = spawn::spawn::<A>(&mut self.core, &mut self.x, name, args, &options);
        // One that could not be completed leaves its slot.
        self.settle_in();
        Ok(self.adopt(newcomer?))
    }

    /// Brings an actor back as it was when [`snapshot`](Self::snapshot) was called, `away` ago: in its state, with its fields, history, state
    /// data, deferred and recalled events, and timers by their [`OnRestore`](super::OnRestore) (A31).
    ///
    /// No constructor and no action runs; `#[restored]` does, when the actor would have started. The arguments are for a construction after a
    /// failure. The subscriptions are those of `#[hsm(subscribe = ..)]`.
    ///
    /// # Errors
    ///
    /// When the snapshot does not fit the actor, saying what of it; and as for [`spawn`](Self::spawn). Nothing of it is left then.
    pub fn spawn_restored<A: Actor + hsm::Snapshot>(
        &mut self,
        name: &str,
        args: A::Args,
        options: ActorOptions,
        snapshot: &Snapshot,
        away: Duration,
    ) -> Result<Address<A>, SpawnError> {
        spawn::check::<A>(&self.core, &self.x, name, &options)?;
        let birth = spawn::birth(name, &options);
        // Reading the fields runs the user's code.
        let loaded = guard(|| {
            let waiting = Waiting::<A>::load(&self.core, snapshot, away)?;
            Ok((Cell::restore(birth, args, &snapshot.machine)?, waiting))
        });
        match loaded {
            Ok(Ok((cell, waiting))) => {
                let (core, local) = (&mut self.core, &mut self.x);
                let settled = spawn::settle(core, local, name, &options, cell, Some(waiting));
                self.settle_in();
                Ok(self.adopt(settled?))
            }
            Ok(Err(source)) => Err(SpawnError::Restore {
                actor: name.to_owned(),
                kind: A::NAME,
                source,
            }),
            Err(panic) => Err(SpawnError::Panicked {
                actor: name.to_owned(),
                kind: A::NAME,
                panic,
            }),
        }
    }

    /// The actor of this name as data, between two steps (A31). It goes on as if nothing had happened.
    ///
    /// # Errors
    ///
    /// When there is no such actor, it does not run, its `#[hsm]` lacks the key `snapshot`, or a value has no form in JSON.
    pub fn snapshot(&self, name: &str) -> Result<Snapshot, SaveError> {
        let actor = || name.to_owned();
        let known = self.core.find(name);
        let runner = known.and_then(|slot| self.runners.get(slot as usize));
        let Some(runner) = runner else {
            return Err(SaveError::NoActor { actor: actor() });
        };
        match guard(|| runner.snapshot(&self.core)) {
            Ok(Some(Ok(snapshot))) => Ok(snapshot),
            Ok(Some(Err(source))) => Err(SaveError::Machine {
                actor: actor(),
                source,
            }),
            Ok(None) => Err(SaveError::NotRunning { actor: actor() }),
            Err(panic) => Err(SaveError::Panicked {
                actor: actor(),
                panic,
            }),
        }
    }

    fn adopt<A: Actor>(&mut self, newcomer: Newcomer<A>) -> Address<A> {
        self.place(newcomer.slot, newcomer.runner);
        newcomer.address
    }

    /// Publishes a signal in the name of no actor.
    pub fn publish<S: Signal>(&mut self, signal: S) -> Published {
        guard(|| self.x.publish(&mut self.core, Publisher::DOMAIN, signal)).unwrap_or_else(
            |panic| {
                tracing::error!(signal = S::NAME, panic, "a publication panicked");
                Published::default()
            },
        )
    }

    /// Posts an event to an actor of this domain, or of another one.
    ///
    /// # Errors
    ///
    /// When the mailbox is full or the actor has stopped. The event comes back.
    pub fn post<A: Actor>(
        &mut self,
        to: &Address<A>,
        event: impl Into<Posted<A>>,
    ) -> Result<(), PostError<Posted<A>>> {
        self.core.post(&to.lane, event.into()).map_err(give_back)
    }

    /// Where the actor of this name and type can be reached.
    pub fn address<A: Actor>(&self, name: &str) -> Option<Address<A>> {
        let slot = self.core.find(name)?;
        if self.runners.get(slot as usize)?.kind() != A::NAME {
            return None;
        }
        self.core.lane(slot).map(Address::new)
    }

    /// Posts any event to an actor of this domain, also one that only the actor itself creates: for tests of an actor by itself.
    pub(crate) fn post_any<A: Actor>(
        &mut self,
        to: &Address<A>,
        event: A::Event,
    ) -> Result<(), PostError<A::Event>> {
        self.core.post(&to.lane, event).map_err(give_back)
    }

    /// The machine of the actor of this name and type: for tests of an actor by itself.
    pub(crate) fn machine<A: Actor>(&self, name: &str) -> Option<&Machine<A>> {
        let slot = self.core.find(name)?;
        let runner = self.runners.get(slot as usize)?.as_any();
        runner.downcast_ref::<Cell<A>>()?.machine()
    }

    /// Stops one actor now: its exit path runs, what is queued for it becomes dead letters, and its name is free. False if there is no actor of this
    /// name.
    pub fn stop_actor_named(&mut self, name: &str) -> bool {
        self.settle_in();
        let slot = self.core.find(name);
        if let Some(slot) = slot {
            self.stop_actor(slot);
            self.settle_in();
        }
        slot.is_some()
    }

    /// Constructs one actor anew from the arguments that it was spawned with, and starts it, now. If it runs, its exit path runs first. Otherwise it is
    /// as after a failure (D3), but counts as none: subscriptions and queued events stay, deferred events become recalled, timers and questions end,
    /// history is cleared. An actor that has failed for good comes back, with the subscriptions of its `#[hsm]`.
    ///
    /// # Errors
    ///
    /// When there is no actor of this name, or it fails at once: then its policy says what becomes of it.
    pub fn restart_actor_named(&mut self, name: &str) -> Result<(), RestartError> {
        self.settle_in();
        let actor = || name.to_owned();
        let slot = self.core.find(name);
        let slot = slot.ok_or_else(|| RestartError::NoActor { actor: actor() })?;
        self.renew_actor(slot);
        self.settle_in();
        match self.core.phase(slot) {
            Phase::New | Phase::Running => Ok(()),
            Phase::Waiting | Phase::Stopped => {
                let (_, cause) = self.runners[slot as usize].failures();
                Err(RestartError::Failed {
                    actor: actor(),
                    cause: cause.unwrap_or_default().to_owned(),
                })
            }
        }
    }

    /// From now on the domain works off what waits, and takes in nothing new: its node is leaving (D7). Its timers bring no event any more, and
    /// neither do tasks; posts, sends and questions of code that is no actor are refused, and so are spawns. What one actor sends another still
    /// arrives, restarts come, and questions end in time. When [`is_idle`](Self::is_idle) says so, it is time to [`stop`](Self::stop).
    pub fn wind_down(&mut self) {
        self.core.wind_down();
    }

    /// Stops all actors, the least urgent first, and among equals the last spawned first. Their exit paths run, and what those publish still
    /// goes out. The domain runs no step afterwards.
    pub fn stop(&mut self) {
        self.settle_in();
        self.core.end();
        let mut slots: Vec<u32> = (0..self.core.len())
            .filter(|&slot| !self.core.is_gone(slot))
            .collect();
        slots.sort_by_key(|&slot| {
            let last_first = std::cmp::Reverse(self.x.born(slot));
            (self.core.priority(slot), last_first)
        });
        for slot in slots {
            self.stop_actor(slot);
        }
        self.core.end_questions();
        self.stopped = true;
    }

    /// Whether no event waits to be dispatched anywhere in the domain. Armed timers and deferred events do not count.
    pub fn is_idle(&self) -> bool {
        self.x.is_drained() && self.core.is_idle() && !self.has_posts()
    }

    /// How many places for actors the domain has: those of actors that are gone are given to those that come.
    pub fn places(&self) -> u32 {
        self.core.len()
    }

    /// The actors; as long as none has gone, in the order of spawning.
    pub fn status(&self) -> Vec<ActorStatus> {
        (0..self.core.len())
            .zip(&self.runners)
            .filter(|&(slot, _)| !self.core.is_gone(slot))
            .map(|(slot, runner)| self.status_of(slot, &**runner))
            .collect()
    }

    fn status_of(&self, slot: u32, runner: &dyn Runner<Local>) -> ActorStatus {
        let depth = self.core.depth(slot);
        let books = self.core.tally(slot);
        let (longest_wait_steps, longest_wait) = self.core.longest_wait(slot);
        let (restarts, last_failure) = runner.failures();
        ActorStatus {
            name: self.core.name(slot).to_string(),
            kind: runner.kind().to_owned(),
            phase: match self.core.phase(slot) {
                Phase::New => "new",
                Phase::Running => "running",
                Phase::Waiting => "failed",
                Phase::Stopped => "stopped",
            },
            state: runner.state(),
            priority: self.core.priority(slot),
            mailbox: MailboxStatus {
                depth: depth.waiting,
                capacity: depth.capacity,
                deferred: depth.deferred,
                low_water: self.core.low_water(slot),
            },
            handled: books.delivered,
            ignored: self.core.ignored(slot),
            restarts,
            last_failure: last_failure.map(str::to_owned),
            longest_wait_steps,
            longest_wait,
            books,
            tasks: self.core.task_status(slot),
        }
    }

    /// The books: what was meant for whom and what became of it, measured now.
    pub fn books(&self) -> Books {
        let actors = (0..self.core.len())
            .filter(|&slot| !self.core.is_gone(slot))
            .map(|slot| (self.core.name(slot).to_string(), self.core.tally(slot)))
            .collect();
        Books {
            actors,
            gone: self.core.gone().clone(),
            asks: self.x.bus().asks(),
            peers: self.x.bus().books(),
            unheard: self.x.unheard(),
            exits_abandoned: self.core.exits_abandoned(),
        }
    }

    /// The books of all actors that are gone, in one sum.
    pub(crate) fn gone(&self) -> Tally {
        self.core.gone().clone()
    }

    /// How many publications nobody wanted.
    pub(crate) fn unheard(&self) -> u64 {
        self.x.unheard()
    }

    /// How many actors stopped without all of their exit actions.
    pub(crate) fn exits_abandoned(&self) -> u64 {
        self.core.exits_abandoned()
    }

    /// The names of the actors, in no order that means anything.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.core.len())
            .filter(|&slot| !self.core.is_gone(slot))
            .map(|slot| &**self.core.name(slot))
    }

    /// How many timers are armed, and how late they fire.
    pub fn timers(&self) -> TimerStats {
        self.core.timer_stats()
    }

    /// What the domain does at any moment, for a watchdog: names of actors are kept from now on.
    pub(crate) fn watch(&mut self) -> Arc<Pulse> {
        self.core.pulse.watch();
        self.core.pulse.clone()
    }

    /// Has `tell` called on the domain's thread when an actor with the policy [`Escalate`](super::RestartPolicy::Escalate) has failed: whoever
    /// owns the domain should end it then.
    pub fn on_escalation(&mut self, tell: impl FnMut(&Escalation) + Send + 'static) {
        self.core.supervisor.on_escalation(Box::new(tell));
    }

    /// The first failure that should end the domain, if there was one.
    pub fn escalation(&self) -> Option<&Escalation> {
        self.core.supervisor.escalation()
    }

    /// The last events that nobody got, oldest first: at most 1,024.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.core.dead_letters().cloned().collect()
    }

    /// The node's bus.
    pub fn bus(&self) -> &Arc<Bus> {
        self.x.bus()
    }
}
