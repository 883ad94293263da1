//! One actor on a domain of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use farc_protocol::life::Life;
use farc_protocol::name::NodeName;

use super::recorder::Recorder;
use super::{ManualSpawner, Output};
use crate::actor::{
    Actor, ActorOptions, Address, Domain, DomainSettings, PostError, RestartPolicy, SaveError,
    Snapshot, SpawnError,
};
use crate::bus::{Bus, BusSettings, Published};
use crate::clock::{Clock as _, ManualClock};
use crate::hsm::{self, Record};
use crate::signal::Signal;

/// After so many steps without a pause the actor is taken to feed itself for ever.
const MOST_STEPS: u64 = 100_000;

/// An actor by itself: constructed and subscribed as on a node, and started, fed and watched by the test.
///
/// Call [`start`](Bench::start) once, then [`dispatch`](Bench::dispatch), [`publish`](Bench::publish) and [`advance`](Bench::advance), and
/// look at what came of it: [`state`](Bench::state), [`actor`](Bench::actor), [`published`](Bench::published),
/// [`outputs`](Bench::outputs), [`trace`](Bench::trace). Each of the three runs the actor until nothing is left to do, so that what it
/// posts to itself is handled too; [`post`](Bench::post) and [`step`](Bench::step) go one step at a time.
///
/// Time stands still except in `advance`. The same calls give the same steps, in each run.
///
/// A panic of the actor ends its step and not the test, as on a node (D1): [`failed`](Bench::failed) tells it, the trace says `panic`, and
/// the actor stays stopped unless its [options](BenchSettings::options) say otherwise.
///
/// # Panics
///
/// What runs the actor panics after 100,000 steps without a pause: it posts to itself for ever.
pub struct Bench<A: Actor> {
    domain: Domain,
    clock: Arc<ManualClock>,
    recorder: Arc<Recorder>,
    spawner: Arc<ManualSpawner>,
    address: Address<A>,
}

/// How a bench runs its actor. See [`Bench::with`].
#[derive(Clone, Debug)]
pub struct BenchSettings {
    /// The actor's name. Default `actor`.
    pub name: String,
    /// What its random numbers follow from, together with its name. Default 0.
    pub seed: u64,
    /// How it is run. Default: as on a node, except that it stays stopped after a panic.
    pub options: ActorOptions,
}

impl Default for BenchSettings {
    fn default() -> Self {
        Self {
            name: "actor".to_owned(),
            seed: 0,
            options: ActorOptions {
                restart: RestartPolicy::Stop,
                ..ActorOptions::default()
            },
        }
    }
}

impl<A: Actor> Bench<A> {
    /// Constructs the actor and makes its subscriptions; no action has run.
    ///
    /// # Errors
    ///
    /// When its constructor fails or panics.
    pub fn new(args: A::Args) -> Result<Self, SpawnError> {
        Self::with(args, BenchSettings::default())
    }

    /// Like [`new`](Bench::new), with other random numbers.
    ///
    /// # Errors
    ///
    /// When its constructor fails or panics.
    pub fn seeded(args: A::Args, seed: u64) -> Result<Self, SpawnError> {
        let settings = BenchSettings {
            seed,
            ..BenchSettings::default()
        };
        Self::with(args, settings)
    }

    /// Like [`new`](Bench::new), with settings.
    ///
    /// # Errors
    ///
    /// When its constructor fails or panics, or an option is out of bounds.
    pub fn with(args: A::Args, settings: BenchSettings) -> Result<Self, SpawnError> {
        let BenchSettings { name, options, .. } = settings.clone();
        Self::staged(settings.seed, |domain| {
            domain.spawn::<A>(&name, args, options)
        })
    }

    /// An actor as it was when [`snapshot`](Bench::snapshot) was called, `away` ago (A31). It goes on with [`start`](Bench::start): no action
    /// runs but `#[restored]`.
    ///
    /// # Errors
    ///
    /// When the snapshot does not fit the actor, or an option is out of bounds.
    pub fn restored(
        args: A::Args,
        settings: BenchSettings,
        snapshot: &Snapshot,
        away: Duration,
    ) -> Result<Self, SpawnError>
    where
        A: hsm::Snapshot,
    {
        let BenchSettings {
            name,
            seed,
            options,
        } = settings;
        Self::staged(seed, |domain| {
            domain.spawn_restored::<A>(&name, args, options, snapshot, away)
        })
    }

    fn staged(
        seed: u64,
        spawn: impl FnOnce(&mut Domain) -> Result<Address<A>, SpawnError>,
    ) -> Result<Self, SpawnError> {
        let clock = Arc::new(ManualClock::new());
        let recorder = Arc::new(Recorder::default());
        let mut bus = BusSettings::new(node_name(), Life::default());
        bus.observer = Some(recorder.clone());
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut domain = Domain::new(DomainSettings {
            bus: Bus::new(bus),
            clock: clock.clone(),
            seed: bytes,
        });
        let spawner = Arc::new(ManualSpawner::new());
        domain.set_spawner(spawner.clone());
        let address = spawn(&mut domain)?;
        Ok(Self {
            domain,
            clock,
            recorder,
            spawner,
            address,
        })
    }

    /// Starts the actor, and runs until nothing is left to do. Further calls do nothing.
    pub fn start(&mut self) {
        self.domain.start();
        self.run();
    }

    /// Posts an event, and runs until nothing is left to do. Any variant may be posted, those that only the actor itself creates too.
    ///
    /// False if the actor does not take it: it has failed or stopped.
    pub fn dispatch(&mut self, event: impl Into<A::Event>) -> bool {
        let taken = self.post(event).is_ok();
        self.run();
        taken
    }

    /// Publishes a signal in the name of nobody, and runs until nothing is left to do. It reaches the actor if that subscribes to it.
    pub fn publish<S: Signal>(&mut self, signal: S) -> Published {
        let published = self.domain.publish(signal);
        self.run();
        published
    }

    /// Posts an event, and runs nothing: see [`step`](Bench::step).
    ///
    /// # Errors
    ///
    /// When the mailbox is full or the actor has stopped. The event comes back.
    pub fn post(&mut self, event: impl Into<A::Event>) -> Result<(), PostError<A::Event>> {
        self.domain.post_any(&self.address, event.into())
    }

    /// Runs one step: one event is handled, or the actor starts. False if there is nothing to do.
    pub fn step(&mut self) -> bool {
        let before = self.domain.steps();
        self.domain.run(self.clock.now(), 1);
        self.domain.steps() > before
    }

    /// Runs until nothing is left to do, at the present time.
    ///
    /// # Panics
    ///
    /// After 100,000 steps.
    pub fn run(&mut self) {
        let before = self.domain.steps();
        while self.step() {
            assert!(
                self.domain.steps() - before < MOST_STEPS,
                "the actor has run {MOST_STEPS} steps without a pause: does it post to itself for ever?"
            );
        }
    }

    /// Runs the actor, and what it has spawned, one turn at a time in the order of spawning and waking, and after each the actor, until nothing
    /// is left to do. Nothing else runs it: until then a task waits.
    ///
    /// # Panics
    ///
    /// After 100,000 turns: a stream without an end never waits.
    pub fn run_tasks(&mut self) {
        self.run();
        for _ in 0..MOST_STEPS {
            if !self.spawner.step() {
                return;
            }
            self.run();
        }
        panic!("the tasks have run {MOST_STEPS} turns without a pause: is a stream endless?");
    }

    /// The runtime of the actor's tasks, to run one turn at a time.
    pub fn spawner(&self) -> &Arc<ManualSpawner> {
        &self.spawner
    }

    /// Lets time pass. Each timer fires at its own time, in the order of their deadlines, and what it leads to runs before time goes on.
    pub fn advance(&mut self, time: Duration) {
        let end = self.clock.now() + time;
        loop {
            self.run();
            match self.domain.run_until_idle(self.clock.now()) {
                Some(at) if at <= end => self.clock.advance_to(at),
                _ => break,
            }
        }
        self.clock.advance_to(end);
        self.run();
    }

    /// Stops the actor: its exit path runs, and what waits for it is dropped.
    pub fn stop(&mut self) {
        self.domain.stop_actor_named(self.address.name());
        self.run();
    }

    /// The actor as data: fields, active states, history, state data, deferred and recalled events, and timers (A31).
    ///
    /// # Errors
    ///
    /// When it does not run, its `#[hsm]` lacks the key `snapshot`, or a value has no form in JSON.
    pub fn snapshot(&self) -> Result<Snapshot, SaveError> {
        self.domain.snapshot(self.address.name())
    }

    /// The active states from the outside in, joined by dots, as `farc-node status` writes them: `on.bright`, and with regions
    /// `on.{motor.idle, light.dark}`. Empty before the start, after
    /// the stop and after a panic.
    pub fn state(&self) -> String {
        let status = self.domain.status();
        status
            .into_iter()
            .find_map(|actor| actor.state)
            .unwrap_or_default()
    }

    /// Whether this state is active, itself or by a state inside it.
    pub fn is_in(&self, state: A::State) -> bool {
        let machine = self.domain.machine::<A>(self.address.name());
        machine.is_some_and(|machine| machine.is_in(state))
    }

    /// The actor, to look at its fields.
    ///
    /// # Panics
    ///
    /// When it has stopped or failed: its value is gone.
    pub fn actor(&self) -> &A {
        match self.domain.machine::<A>(self.address.name()) {
            Some(machine) => machine.actor(),
            None => panic!(
                "the actor is gone: {}",
                self.failed().as_deref().unwrap_or("it has stopped")
            ),
        }
    }

    /// The message of the actor's last panic, if it ever failed.
    pub fn failed(&self) -> Option<String> {
        let status = self.domain.status();
        status.into_iter().find_map(|actor| actor.last_failure)
    }

    /// Takes the signals of this type that the actor has published, in order. Those of other types, and posts, stay for other calls.
    pub fn published<S: Signal>(&mut self) -> Vec<S> {
        self.recorder
            .choose(|output| output.publication::<S>().cloned())
    }

    /// Takes everything that the actor has put out and that was not taken before, in order.
    pub fn outputs(&mut self) -> Vec<Output> {
        self.recorder.outputs()
    }

    /// The steps since the last call, one a line, in the grammar of [`trace`](crate::trace). Before a line at a later time than the one
    /// before it, a line tells how much later: `+30s`.
    pub fn trace(&mut self) -> String {
        self.recorder.trace()
    }

    /// Where the actor can be reached: for other actors, or threads.
    pub fn address(&self) -> Address<A> {
        self.address.clone()
    }

    /// The domain that runs the actor: its status, books and dead letters, and what else a domain can do.
    pub fn domain(&mut self) -> &mut Domain {
        &mut self.domain
    }

    /// What the state machine has recorded since the last call, with the event of each.
    pub(super) fn records(&mut self) -> Vec<(&'static str, Record<&'static str>)> {
        self.recorder.records()
    }
}

fn node_name() -> NodeName {
    "bench".parse().expect("`bench` is a DNS label")
}

impl<A: Actor> fmt::Debug for Bench<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench")
            .field("actor", &A::NAME)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
