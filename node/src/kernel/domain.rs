//! The loop: look, take the most urgent actor, run one step, look again.

mod door;

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::bell::Ring;
use super::core::Coming;
use super::panics::message;
use super::{Bell, Core, Inbox, Phase, Snapshot, Spawner};
use crate::clock::Clock;
use crate::hsm::SnapshotError;
use crate::observe::Observer;

/// After so many steps without a pause the clock is read again (B5): often enough that a timer is noticed within microseconds of work,
/// seldom enough that reading costs nothing beside the steps.
const STEPS_PER_LOOK: u32 = 32;

/// An actor's machine, as the kernel drives it. Each method is one run-to-completion step and does not unwind.
pub(crate) trait Runner<X> {
    /// Runs `#[start]` and the initial transitions.
    fn start(&mut self, core: &mut Core, x: &mut X);
    /// Takes one event out of the mailbox and handles it.
    fn step(&mut self, core: &mut Core, x: &mut X);
    /// Constructs the actor anew after a failure, and starts it.
    fn restart(&mut self, core: &mut Core, x: &mut X);
    /// The actor fails between two steps: its mailbox was full.
    fn fault(&mut self, core: &mut Core, x: &mut X);
    /// The actor fails between two steps: one of its tasks has panicked.
    fn task_panicked(&mut self, core: &mut Core, x: &mut X, panic: String) {
        let _ = panic;
        self.fault(core, x);
    }
    /// Runs the exit path and gives up what waits.
    fn stop(&mut self, core: &mut Core, x: &mut X);
    /// Constructs the actor anew because somebody wants it so, and starts it.
    fn renew(&mut self, core: &mut Core, x: &mut X) {
        let _ = (core, x);
    }
    /// The active states, from the outside in, joined by dots, regions in braces; `None` when none is active.
    fn state(&self) -> Option<String>;
    /// The actor as data. `None` when it does not run, or is nothing that could be saved.
    fn snapshot(&self, core: &Core) -> Option<Result<Snapshot, SnapshotError>> {
        let _ = core;
        None
    }
    /// The name of the actor's type.
    fn kind(&self) -> &'static str;
    /// How often it was constructed anew, and why the last time.
    fn failures(&self) -> (u64, Option<&str>);
    /// Itself, for whoever knows its type.
    fn as_any(&self) -> &dyn Any;
}

/// Runs user code that may panic. The error is the panic's message.
#[inline]
pub(crate) fn guard<T>(user: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(user)).map_err(message)
}

/// A dispatch domain: its actors, and what it lends to each of their steps.
///
/// A domain is a value. It does nothing until its owner calls [`run_until_idle`](Domain::run_until_idle): a thread of its own
/// ([`run_on_thread`](crate::run_on_thread)), an asynchronous task ([`run_in_task`](crate::run_in_task)), or a test.
pub struct Domain<X> {
    pub(crate) core: Core,
    pub(crate) x: X,
    pub(crate) runners: Vec<Box<dyn Runner<X>>>,
    pub(crate) stopped: bool,
    started: bool,
    clock: Arc<dyn Clock>,
    inbox: Inbox<X>,
    /// What has been rung for and not been looked at.
    rings: VecDeque<Ring>,
    /// The list that was exchanged last, kept for its allocation.
    spare: Vec<Ring>,
    adopt: Adopt<X>,
}

/// Takes an actor that a step has spawned out of what the step was lent.
pub(crate) type Adopt<X> = fn(&mut X) -> Option<(u32, Box<dyn Runner<X>>)>;

/// In the place of an actor that is gone.
struct Nobody;

impl<X> Runner<X> for Nobody {
    fn start(&mut self, _: &mut Core, _: &mut X) {}
    fn step(&mut self, _: &mut Core, _: &mut X) {}
    fn restart(&mut self, _: &mut Core, _: &mut X) {}
    fn fault(&mut self, _: &mut Core, _: &mut X) {}
    fn stop(&mut self, _: &mut Core, _: &mut X) {}

    fn state(&self) -> Option<String> {
        None
    }

    fn kind(&self) -> &'static str {
        ""
    }

    fn failures(&self) -> (u64, Option<&str>) {
        (0, None)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// Nothing is left to do before this time, or before something comes in.
    Idle(Option<Instant>),
    /// The budget is used up; there is more to do.
    More,
}

impl<X> Domain<X> {
    pub(crate) fn with(
        x: X,
        adopt: Adopt<X>,
        bell: Bell,
        (clock, observer): (Arc<dyn Clock>, Option<Arc<dyn Observer>>),
    ) -> Self {
        let inbox = Inbox::new(bell);
        Self {
            core: Core::new(clock.now(), inbox.bell.clone(), observer),
            x,
            runners: Vec::new(),
            stopped: false,
            started: false,
            clock,
            inbox,
            rings: VecDeque::new(),
            spare: Vec::new(),
            adopt,
        }
    }

    /// What a step is lent.
    pub(crate) fn parts(&mut self) -> (&mut Core, &mut X) {
        (&mut self.core, &mut self.x)
    }

    /// A way into the domain from any thread.
    pub fn inbox(&self) -> Inbox<X> {
        self.inbox.clone()
    }

    pub(super) fn bell(&self) -> &Bell {
        &self.inbox.bell
    }

    /// Sets who is woken when something comes in while the domain is idle. Replaces the one before.
    pub fn set_waker(&mut self, waker: &Waker) {
        self.inbox.bell.set_waker(waker);
    }

    /// Gives the domain the runtime on which its actors' tasks run. Without one, `cx.spawn` gives its future back.
    pub fn set_spawner(&mut self, spawner: Arc<dyn Spawner>) {
        self.core.set_spawner(spawner);
    }

    /// The domain's time: that of its last look at the clock.
    pub fn now(&self) -> Instant {
        self.core.now()
    }

    /// How many steps have run.
    pub fn steps(&self) -> u64 {
        self.core.steps()
    }

    /// Whether the domain has been stopped: its actors have left all their states, and its host may return.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Starts the actors that were spawned so far, in that order, before any event is dispatched (E1). Further calls do nothing.
    pub fn start(&mut self) {
        if !self.started {
            self.started = true;
            self.settle_in();
            while let Some(coming) = self.core.next_coming() {
                self.come(coming);
                self.settle_in();
            }
        }
    }

    /// Runs steps until nothing is left to do, and returns when the next timer is due.
    ///
    /// `now` is the present; the domain's clock is read as well, at least every 32 steps and before it goes idle, and the later one counts.
    /// Does nothing before [`start`](Domain::start) and after a stop.
    pub fn run_until_idle(&mut self, now: Instant) -> Option<Instant> {
        match self.run(now, u64::MAX) {
            Ran::Idle(next) => next,
            Ran::More => Some(now),
        }
    }

    /// Like [`run_until_idle`](Domain::run_until_idle), but returns after `budget` steps at the latest: for a host that has other things to
    /// do.
    pub fn run(&mut self, now: Instant, budget: u64) -> Ran {
        self.core.advance(now);
        self.core.advance(self.clock.now());
        let mut left = budget;
        let mut until_look = STEPS_PER_LOOK;
        loop {
            if self.is_called() {
                self.look();
            }
            if self.stopped || !self.started {
                if self.is_called() && !self.stopped {
                    continue;
                }
                return Ran::Idle(None);
            }
            let started = self.core.wants_attention() && self.attend(left > 0);
            if left == 0 {
                return Ran::More;
            }
            if !started {
                let Some(slot) = self.core.begin_step() else {
                    // On a virtual clock this finds the time unchanged: it moves only when the host moves it.
                    self.core.advance(self.clock.now());
                    if self.core.wants_attention() || self.is_called() {
                        continue;
                    }
                    return Ran::Idle(self.core.next_deadline());
                };
                self.runners[slot as usize].step(&mut self.core, &mut self.x);
                self.core.end_step(slot);
            }
            left -= 1;
            until_look -= 1;
            if until_look == 0 {
                until_look = STEPS_PER_LOOK;
                self.core.advance(self.clock.now());
            }
        }
    }

    /// Sees to what goes before the next step: failures of full mailboxes, timers that are due, and a start or a restart, if one may take the
    /// step's place. True if one did.
    #[cold]
    fn attend(&mut self, may_start: bool) -> bool {
        self.core.attended();
        self.settle_in();
        while let Some(slot) = self.core.next_fault() {
            self.runners[slot as usize].fault(&mut self.core, &mut self.x);
        }
        self.core.fire_due();
        if !may_start {
            // What waits to start wants attention still.
            self.core.look_again();
            return false;
        }
        if let Some(coming) = self.core.next_coming() {
            self.come(coming);
        } else if let Some(slot) = self.core.next_restart() {
            self.restart_actor(slot);
        } else {
            self.core.look_again();
            return false;
        }
        self.core.look_again();
        true
    }

    /// Gives those whom the last step has spawned their place, and removes those who have stopped.
    pub(crate) fn settle_in(&mut self) {
        while let Some((slot, runner)) = (self.adopt)(&mut self.x) {
            self.place(slot, runner);
        }
        while let Some(slot) = self.core.next_departed() {
            let runner = std::mem::replace(&mut self.runners[slot as usize], Box::new(Nobody));
            // What is left of it is the user's.
            let _ = guard(|| drop(runner));
        }
    }

    pub(crate) fn place(&mut self, slot: u32, runner: Box<dyn Runner<X>>) {
        let slot = slot as usize;
        if self.runners.len() <= slot {
            self.runners.resize_with(slot + 1, || Box::new(Nobody));
        }
        self.runners[slot] = runner;
    }

    fn come(&mut self, coming: Coming) {
        match coming {
            Coming::Start(slot) => self.start_actor(slot),
            Coming::Stop(slot, generation) if self.core.is_there(slot, generation) => {
                self.stop_actor(slot);
            }
            Coming::Stop(..) => {}
        }
    }

    /// Constructs an actor anew by hand: nobody has failed.
    pub(crate) fn renew_actor(&mut self, slot: u32) {
        self.core.begin(slot);
        self.runners[slot as usize].renew(&mut self.core, &mut self.x);
        self.core.end_step(slot);
    }

    fn start_actor(&mut self, slot: u32) {
        if self.core.phase(slot) == Phase::New {
            self.core.begin(slot);
            self.runners[slot as usize].start(&mut self.core, &mut self.x);
            self.core.end_step(slot);
        }
    }

    fn restart_actor(&mut self, slot: u32) {
        self.core.begin(slot);
        self.runners[slot as usize].restart(&mut self.core, &mut self.x);
        self.core.end_step(slot);
    }

    pub(crate) fn stop_actor(&mut self, slot: u32) {
        self.core.begin(slot);
        self.runners[slot as usize].stop(&mut self.core, &mut self.x);
        self.core.end_step(slot);
    }
}

impl<X> Drop for Domain<X> {
    fn drop(&mut self) {
        self.core.close_all();
        drop(self.inbox.close());
        // What actors leave behind is their own code; each by itself, since two panics at once would end the process.
        for runner in self.runners.drain(..) {
            let _ = guard(|| drop(runner));
        }
    }
}

impl<X> std::fmt::Debug for Domain<X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Domain")
            .field("actors", &self.core.len())
            .field("steps", &self.core.steps())
            .finish_non_exhaustive()
    }
}
