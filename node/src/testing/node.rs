//! A whole node without threads, network or time that passes by itself.

mod wait;

use std::fmt;
use std::time::Duration;

use super::PanicAt;
use super::stage::Stage;
use crate::actor::{Actor, ActorOptions, ActorStatus, Address, Domain, PostError, SpawnError};
use crate::bus::{Books, Published, SystemEvent};
use crate::kernel::DeadLetter;
use crate::signal::Signal;

/// A node with its actors, on a virtual clock, or one of a [`TestCluster`](super::TestCluster).
///
/// Construct the actors with [`spawn`](TestNode::spawn), call [`start`](TestNode::start), and then give it inputs, let time pass, and say what is to
/// come of it: [`expect`](TestNode::expect) a signal, [`refuse`](TestNode::refuse) one, wait [`until_state`](TestNode::until_state). What
/// takes a [`Duration`] lets as much virtual time pass as it needs, from deadline to deadline, and no real time. When it does not come, the
/// test fails with a report: the actors and their states, the links, and the last steps.
///
/// Time stands still otherwise, and the same calls give the same steps in each run. Of several things that could happen next, the seed
/// chooses.
///
/// What actors spawn and attach runs too, until it waits for something: futures may wait for channels, for each other, for whatever wakes them. Tokio's
/// timers and sockets need tokio, and virtual time passes for actors only. A task that never waits is found after 100,000 turns.
///
/// The actors run on the production [`Domain`]: mailboxes, priorities, timers and supervision are those of a node. A panic ends the actor's
/// step and not the test, and the actor comes back as its [`RestartPolicy`](crate::RestartPolicy) says.
///
/// It is a handle: a clone is the same node.
///
/// ```
/// # use farc::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
/// # #[signal("door.opened")]
/// # pub struct Opened {}
/// # #[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
/// # #[signal("lamp.lit")]
/// # pub struct Lit { pub watts: u8 }
/// # #[derive(Event)]
/// # pub enum LampEvent { Opened(Opened), #[event(local)] Timeout }
/// # pub struct Lamp;
/// # #[hsm(event = LampEvent, initial = off, subscribe = [Opened])]
/// # impl Lamp {
/// #     #[state]
/// #     fn off(&mut self, event: &LampEvent) -> Next<Self> {
/// #         match event { LampEvent::Opened(_) => To(State::On), _ => Super }
/// #     }
/// #     #[state]
/// #     fn on(&mut self, event: &LampEvent) -> Next<Self> {
/// #         match event { LampEvent::Timeout => To(State::Off), _ => Super }
/// #     }
/// #     #[entry(on)]
/// #     fn light(&mut self, cx: &mut Context<Self>) {
/// #         cx.publish(Lit { watts: 5 });
/// #         let _ = cx.after(Duration::from_secs(30), LampEvent::Timeout);
/// #     }
/// # }
/// # impl Actor for Lamp {
/// #     type Args = ();
/// #     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Self) }
/// # }
/// use std::time::Duration;
/// use farc::testing::TestNode;
///
/// # fn main() -> Result<(), farc::SpawnError> {
/// let node = TestNode::new("house");
/// node.spawn::<Lamp>("lamp", ())?;
/// node.start();
/// node.publish(Opened {});
/// assert_eq!(node.expect::<Lit>(Duration::ZERO), Lit { watts: 5 });
/// node.expect_state("lamp", "on");
/// node.until_state("lamp", "off", Duration::from_secs(60));
/// assert_eq!(node.elapsed(), Duration::from_secs(30));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TestNode {
    pub(super) stage: Stage,
    pub(super) index: usize,
}

impl TestNode {
    /// A node without actors.
    ///
    /// # Panics
    ///
    /// When the name is not a DNS label: 1 to 63 lower-case letters, digits and hyphens.
    #[track_caller]
    pub fn new(name: &str) -> Self {
        Self::seeded(name, 0)
    }

    /// Like [`new`](TestNode::new), with other random numbers.
    ///
    /// # Panics
    ///
    /// When the name is not a DNS label.
    #[track_caller]
    pub fn seeded(name: &str, seed: u64) -> Self {
        let stage = Stage::new(seed);
        let index = add(&stage, name);
        Self { stage, index }
    }

    /// Constructs an actor with the default options, and makes its subscriptions. It starts with [`start`](TestNode::start), or, after that, as the
    /// next step.
    ///
    /// # Errors
    ///
    /// When its constructor fails or panics, or its name is taken.
    #[track_caller]
    pub fn spawn<A: Actor>(&self, name: &str, args: A::Args) -> Result<Address<A>, SpawnError> {
        self.spawn_with(name, args, ActorOptions::default())
    }

    /// Like [`spawn`](TestNode::spawn), with options.
    ///
    /// # Errors
    ///
    /// When its constructor fails or panics, its name is taken, or an option is out of bounds.
    #[track_caller]
    pub fn spawn_with<A: Actor>(
        &self,
        name: &str,
        args: A::Args,
        options: ActorOptions,
    ) -> Result<Address<A>, SpawnError> {
        self.with_domain(|domain| domain.spawn::<A>(name, args, options))
    }

    /// Starts the actors in the order of spawning, and runs until nothing is left to do. Further calls do nothing. A cluster
    /// [starts](super::TestCluster::start) all its nodes.
    #[track_caller]
    pub fn start(&self) {
        self.stage.world().start(self.index);
        self.run_until_idle();
    }

    /// The node's name.
    pub fn name(&self) -> String {
        self.stage.world().nodes[self.index].name.to_string()
    }

    /// Virtual time since the node, or its cluster, was made.
    pub fn elapsed(&self) -> Duration {
        self.stage.world().elapsed()
    }

    /// Lets time pass. Each timer fires at its own time, and what it leads to runs before time goes on.
    ///
    /// # Panics
    ///
    /// After 100,000 steps at one time: actors post to each other for ever, or a task never waits.
    #[track_caller]
    pub fn advance(&self, time: Duration) {
        self.stage.world().advance(time);
    }

    /// Runs until nothing is left to do at the present time, and says how long it is until something is; `None` if only an input can bring it.
    ///
    /// # Panics
    ///
    /// After 100,000 steps.
    #[track_caller]
    pub fn run_until_idle(&self) -> Option<Duration> {
        let mut world = self.stage.world();
        world.run();
        let now = world.now();
        world
            .next_deadline()
            .map(|at| at.saturating_duration_since(now))
    }

    /// Publishes a signal in the name of nobody, and runs until nothing is left to do at the present time.
    #[track_caller]
    pub fn publish<S: Signal>(&self, signal: S) -> Published {
        let published = self.with_domain(|domain| domain.publish(signal));
        self.run_until_idle();
        published
    }

    /// Posts an event to an actor of this node, and runs until nothing is left to do at the present time. Any variant may be posted, those that
    /// only the actor itself creates too.
    ///
    /// # Errors
    ///
    /// When the mailbox is full or the actor has stopped. The event comes back.
    #[track_caller]
    pub fn post<A: Actor>(
        &self,
        to: &Address<A>,
        event: impl Into<A::Event>,
    ) -> Result<(), PostError<A::Event>> {
        let posted = {
            let mut running = self.stage.running(self.index);
            let event = event.into();
            match running.domain_of(to.name()) {
                Some(domain) => domain.post_any(to, event),
                None => running.main().post_any(to, event),
            }
        };
        self.run_until_idle();
        posted
    }

    /// Where an actor of this node can be reached.
    ///
    /// # Panics
    ///
    /// When there is no actor of this name and type.
    #[track_caller]
    pub fn address<A: Actor>(&self, actor: &str) -> Address<A> {
        let address = {
            let mut running = self.stage.running(self.index);
            let domain = running.domain_of(actor);
            domain.and_then(|domain| domain.address(actor))
        };
        match address {
            Some(address) => address,
            None => self.nobody(actor, A::NAME),
        }
    }

    /// Stops one actor: its exit path runs, and what waits for it is dropped.
    ///
    /// # Panics
    ///
    /// When there is no actor of this name.
    #[track_caller]
    pub fn stop_actor(&self, actor: &str) {
        let stopped = {
            let mut running = self.stage.running(self.index);
            let domain = running.domain_of(actor);
            domain.is_some_and(|domain| domain.stop_actor_named(actor))
        };
        if !stopped {
            self.nobody(actor, "any type");
        }
        self.run_until_idle();
    }

    /// Posts `$sys.shutdown` to whoever subscribes to it, and runs until nothing is left to do at the present time. The node does not stop: see
    /// [`TestCluster::leave`](super::TestCluster::leave).
    #[track_caller]
    pub fn announce_shutdown(&self, reason: &str) {
        let reason = reason.to_owned();
        let bus = self.stage.running(self.index).bus().clone();
        bus.system(SystemEvent::Shutdown { reason });
        self.run_until_idle();
    }

    /// Has an actor panic when it is about to handle its next event: as a panic of its own code would, once.
    #[track_caller]
    pub fn panic_next(&self, actor: &str) {
        self.panic_at(actor, PanicAt::Event(1));
    }

    /// Has an actor panic at this place, once. Several may wait.
    ///
    /// # Panics
    ///
    /// When there is no actor of this name.
    #[track_caller]
    pub fn panic_at(&self, actor: &str, at: PanicAt) {
        self.status(actor);
        let world = self.stage.world();
        world.nodes[self.index].journal.panic_at(actor, at);
    }

    /// The active states of an actor from the outside in, as `farc-node status` writes them: `on.bright`, and with regions
    /// `on.{motor.idle, light.dark}`. Empty before the start, after the stop and after a panic.
    ///
    /// # Panics
    ///
    /// When there is no actor of this name.
    #[track_caller]
    pub fn state(&self, actor: &str) -> String {
        self.status(actor).state.unwrap_or_default()
    }

    /// Whether this state of an actor is active, itself or by a state inside it.
    ///
    /// # Panics
    ///
    /// When there is no actor of this name.
    #[track_caller]
    pub fn is_in<A: Actor>(&self, actor: &str, state: A::State) -> bool {
        self.status(actor);
        let running = self.stage.running(self.index);
        let machine = running.machine::<A>(actor);
        machine.is_some_and(|machine| machine.is_in(state))
    }

    /// Looks at the fields of an actor.
    ///
    /// # Panics
    ///
    /// When there is no actor of this name and type, or its value is gone: it has stopped or failed. `look` may not use this node or its cluster.
    #[track_caller]
    pub fn actor<A: Actor, T>(&self, actor: &str, look: impl FnOnce(&A) -> T) -> T {
        let running = self.stage.running(self.index);
        if let Some(machine) = running.machine::<A>(actor) {
            return look(machine.actor());
        }
        drop(running);
        self.nobody(actor, A::NAME)
    }

    /// An actor as `farc-node status` shows it.
    ///
    /// # Panics
    ///
    /// When there is no actor of this name.
    #[track_caller]
    pub fn status(&self, actor: &str) -> ActorStatus {
        let mut actors = self.actors().into_iter();
        match actors.find(|known| known.name == actor) {
            Some(status) => status,
            None => self.nobody(actor, "any type"),
        }
    }

    /// All actors, in the order of spawning.
    ///
    /// # Panics
    ///
    /// When the node is down.
    #[track_caller]
    pub fn actors(&self) -> Vec<ActorStatus> {
        self.stage.running(self.index).status()
    }

    /// What was meant for whom, and what became of it.
    ///
    /// # Panics
    ///
    /// When the node is down.
    #[track_caller]
    pub fn books(&self) -> Books {
        self.stage.running(self.index).books()
    }

    /// The last events that nobody got, oldest first.
    ///
    /// # Panics
    ///
    /// When the node is down.
    #[track_caller]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.stage.running(self.index).dead_letters()
    }

    /// Takes the steps since the last call, as a [`TextTrace`](crate::trace::TextTrace) writes them: seconds since the beginning, the actor, and
    /// the step in the grammar of [`trace`](crate::trace).
    ///
    /// Two kinds of lines are none of an actor's step: `$link house: up;` when a link changes, and `lamp gap of house: 3 expired;` when
    /// events of a peer will never come.
    pub fn trace(&self) -> String {
        self.stage.world().trace(self.index)
    }

    /// The domain that runs the actors, for what else a domain can do.
    ///
    /// # Panics
    ///
    /// When the node is down. `look` may not use this node or its cluster.
    #[track_caller]
    pub fn with_domain<T>(&self, look: impl FnOnce(&mut Domain) -> T) -> T {
        look(self.stage.running(self.index).main())
    }

    #[track_caller]
    fn nobody(&self, actor: &str, kind: &str) -> ! {
        let what = format!(
            "node `{}` has no actor `{actor}` of {kind} to look at",
            self.name()
        );
        self.stage.fail(Some(self.index), &what)
    }
}

/// Adds a node to a stage.
#[track_caller]
pub(super) fn add(stage: &Stage, name: &str) -> usize {
    match name.parse() {
        Ok(parsed) => stage.world().add(parsed),
        Err(error) => panic!("`{name}` cannot be the name of a node: {error}"),
    }
}

impl fmt::Debug for TestNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestNode").field(&self.name()).finish()
    }
}
