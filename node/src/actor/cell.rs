//! An actor between its machine and the kernel: one step at a time, and what happens when a step panics.

mod failure;

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::mem;

use self::failure::Supervision;
use super::random::Lazy;
use super::snapshot::{self, Waiting};
use super::{Actor, BuildError, Context, RestartPolicy, RestoreError, Snapshot, Start, spawn};
use crate::bus::Local;
use crate::hsm::{Machine, MachineSnapshot, Outcome, SnapshotError, StateId};
use crate::kernel::{
    AskError, Core, Ends, Names, Origin, Phase, Plain, Runner, Taken, guard, variant,
};
use crate::observe::{self, Cause, Dispatched, Recalled, Started, Stopped};
use crate::signal::Event;

/// What a start or a stop from outside is about.
const NO_EVENT: (&Origin, fn() -> &'static str) = (&Origin::System, || "");

/// Why a construction came to nothing.
pub(super) enum Failed {
    Said(BuildError),
    Panicked(String),
}

/// An actor of type `A` and what is needed to have it again.
pub(super) struct Cell<A: Actor> {
    slot: u32,
    /// `None` after a failure, and after the stop.
    machine: Option<Machine<A>>,
    args: A::Args,
    random: Lazy,
    /// Whether the machine comes from a snapshot and has not been told.
    restored: bool,
    /// Whether an event may be in the side queue: most actors never defer one.
    defers: bool,
    supervision: Supervision,
}

/// What an actor is born with.
pub(super) struct Birth<'a> {
    pub(super) name: &'a str,
    pub(super) policy: RestartPolicy,
}

impl<A: Actor> Cell<A> {
    /// What its events and states are called, for a watchdog.
    pub(super) const NAMES: Names = Names {
        events: A::Event::NAMES,
        state: |index| A::State::all().get(index).map_or("", |state| state.name()),
    };

    /// Constructs the actor for the first time. It has no slot yet: nothing is left of a failure.
    pub(super) fn build(
        core: &Core,
        local: &Local,
        birth: Birth<'_>,
        args: A::Args,
    ) -> Result<Self, Failed> {
        let mut random = Lazy::default();
        let actor = construct::<A>(core, local, birth.name, &args, &mut random)?;
        Ok(Self {
            slot: 0,
            machine: Some(Machine::new(actor)),
            args,
            random,
            restored: false,
            defers: false,
            supervision: Supervision::new(birth.policy),
        })
    }

    /// The actor as it was saved. Nothing of its code runs, except what reads its fields.
    pub(super) fn restore(
        birth: Birth<'_>,
        args: A::Args,
        snapshot: &MachineSnapshot,
    ) -> Result<Self, RestoreError> {
        let machine = Machine::<A>::restore(snapshot)?;
        if machine.state().is_none() {
            return Err(RestoreError::NotRunning);
        }
        Ok(Self {
            slot: 0,
            machine: Some(machine),
            args,
            random: Lazy::default(),
            restored: true,
            defers: false,
            supervision: Supervision::new(birth.policy),
        })
    }

    /// Gives the actor what waited for it when it was saved.
    pub(super) fn put(&mut self, core: &mut Core, waiting: Waiting<A>) {
        self.defers = waiting.has_deferred();
        waiting.put(core, self.slot);
    }

    /// The actor's machine; `None` after a failure, and after the stop.
    pub(super) fn machine(&self) -> Option<&Machine<A>> {
        self.machine.as_ref()
    }

    pub(super) fn set_slot(&mut self, slot: u32) {
        self.slot = slot;
    }

    fn run_start(&mut self, core: &mut Core, local: &mut Local) {
        let Some(machine) = &mut self.machine else {
            return;
        };
        let (slot, random) = (self.slot, &mut self.random);
        let restored = mem::take(&mut self.restored);
        core.tell_no_event(slot);
        let begun = guard(|| {
            let mut cx = Context::new(core, local, random, slot, NO_EVENT);
            if restored {
                machine.restored(&mut cx);
            } else {
                machine.start(&mut cx);
            }
        });
        match begun {
            Ok(()) => {
                core.set_phase(slot, Phase::Running);
                self.observe_start(core);
            }
            Err(panic) => self.fail(core, local, panic),
        }
    }

    /// The actor has left its states, and goes.
    fn end(&mut self, core: &mut Core, local: &mut Local) {
        self.finish(core, local);
        local.remove_actor(core, self.slot);
    }

    /// The end: no subscriptions, no timers, and what is queued is given up (A27).
    fn finish(&mut self, core: &mut Core, local: &mut Local) {
        let slot = self.slot;
        core.set_phase(slot, Phase::Stopped);
        if let Some(observer) = core.observer() {
            let (actor, now) = (core.name(slot), core.now());
            let _ = guard(|| observer.stopped(&Stopped { actor, now }));
        }
        if let Some(turn) = self.supervision.take_next() {
            core.cancel_restart(slot, turn);
        }
        local.unsubscribe_all(core, slot);
        core.disarm::<A::Event>(slot, Ends::All);
        core.withdraw_all::<A::Event>(slot);
        core.close(slot);
        core.recall_all::<A::Event>(slot);
        loop {
            match core.take::<A::Event>(slot) {
                Taken::Event(event, origin) => {
                    core.not_delivered(slot);
                    core.lost(slot, variant(&event), Cause::Stopped, 1);
                    core.end_request(origin, AskError::Stopped);
                    let _ = guard(|| drop(event));
                }
                Taken::Reserved(key) => {
                    let mut event = None::<A::Event>;
                    local.take_gap(key, &mut event);
                    core.lost(slot, "$sys.gap", Cause::Stopped, 1);
                    let _ = guard(|| drop(event));
                }
                Taken::Nothing => break,
            }
        }
        let machine = self.machine.take();
        let _ = guard(|| drop(machine));
    }

    /// The step does not want its event yet.
    #[cold]
    fn defer(&mut self, core: &mut Core, local: &mut Local, event: A::Event, origin: Origin) {
        self.defers = true;
        core.not_delivered(self.slot);
        if core.defer(self.slot, event, origin, A::DEFER) {
            self.fail(core, local, "the side queue is full".to_owned());
        }
    }

    /// What was deferred goes before what waits.
    #[cold]
    fn recall(&mut self, core: &mut Core) {
        self.defers = false;
        if let Some(observer) = core.observer() {
            for entry in core.deferred::<A::Event>(self.slot) {
                // An observer's panic is not the actor's.
                let _ = guard(|| {
                    observer.recalled(&Recalled {
                        actor: core.name(self.slot),
                        event: variant(&entry.event),
                        now: core.now(),
                    });
                });
            }
        }
        core.recall_all::<A::Event>(self.slot);
    }

    /// What the step is about when it is not simply the first of the ring. It counts as delivered.
    #[inline(never)]
    fn look_closer(
        &self,
        core: &mut Core,
        local: &mut Local,
        held: &mut Option<A::Event>,
        origin: &mut Origin,
    ) {
        match core.take::<A::Event>(self.slot) {
            Taken::Event(event, from) => {
                *held = Some(event);
                *origin = from;
            }
            Taken::Reserved(key) => {
                local.take_gap(key, held);
                *origin = Origin::System;
                if held.is_some() {
                    core.delivered(self.slot);
                } else {
                    core.lost(self.slot, "$sys.gap", Cause::Unsubscribed, 1);
                }
            }
            Taken::Nothing => {}
        }
    }

    #[cold]
    fn observe_start(&self, core: &Core) {
        let Some(observer) = core.observer() else {
            return;
        };
        let _ = guard(|| {
            observer.started(&Started {
                actor: core.name(self.slot),
                restarts: self.supervision.failures().0,
                active: &Active(self),
                now: core.now(),
            });
        });
    }

    #[cold]
    fn observe(&self, core: &Core, local: &Local, event: &A::Event, origin: Origin, handled: bool) {
        let Some(observer) = core.observer() else {
            return;
        };
        let source = local.origin(origin);
        let source = source.map(|(port, life, actor)| observe::Origin {
            node: port.name(),
            life,
            actor,
        });
        observer.dispatched(&Dispatched {
            actor: core.name(self.slot),
            event: variant(event),
            payload: event.payload(),
            source,
            state: self
                .machine
                .as_ref()
                .and_then(Machine::state)
                .map(StateId::name),
            active: &Active(self),
            handled,
            now: core.now(),
        });
    }
}

impl<A: Actor> Runner<Local> for Cell<A> {
    fn start(&mut self, core: &mut Core, local: &mut Local) {
        self.run_start(core, local);
    }

    #[inline]
    fn step(&mut self, core: &mut Core, local: &mut Local) {
        let slot = self.slot;
        // The event stays where it is put first, until the end of the step.
        let mut held = None;
        let mut origin = Origin::Local;
        match core.take_next::<A::Event>(slot, &mut held) {
            Plain::Local => {}
            Plain::Foreign => origin = Origin::Foreign,
            Plain::No => self.look_closer(core, local, &mut held, &mut origin),
        }
        let Some(event) = &held else {
            return;
        };
        let random = &mut self.random;
        let Some(machine) = &mut self.machine else {
            core.not_delivered(slot);
            return;
        };
        core.tell(slot, event.index(), machine.state().map(StateId::index));
        let outcome = guard(|| {
            let about = (&origin, || variant(event));
            machine.dispatch(event, &mut Context::new(core, local, random, slot, about))
        });
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(panic) => {
                if let Some(event) = held {
                    self.fail_on(core, local, (event, origin), panic);
                }
                return;
            }
        };
        match outcome {
            Outcome::Internal { .. } => {}
            Outcome::Transition { .. } => {
                if A::RECALL && self.defers {
                    self.recall(core);
                }
            }
            Outcome::Deferred { .. } => {
                if let Some(event) = held {
                    self.defer(core, local, event, origin);
                }
                return;
            }
            Outcome::Ignored => core.count_ignored(slot),
            Outcome::Stopped => _ = core.take_stopping(),
        }
        core.end_request(origin, AskError::NoAnswer);
        if core.observer().is_some() {
            let handled = !matches!(outcome, Outcome::Ignored);
            // An observer's panic is not the actor's.
            let _ = guard(|| self.observe(core, local, event, origin, handled));
        }
        if mem::needs_drop::<A::Event>()
            && let Err(panic) = guard(|| drop(held))
        {
            self.fail_after(core, local, outcome, panic);
        } else if matches!(outcome, Outcome::Stopped) {
            self.end(core, local);
        }
    }

    fn restart(&mut self, core: &mut Core, local: &mut Local) {
        self.come_back(core, local);
    }

    fn fault(&mut self, core: &mut Core, local: &mut Local) {
        if core.phase(self.slot) == Phase::Running {
            self.fail(core, local, "the mailbox is full".to_owned());
        }
    }

    fn task_panicked(&mut self, core: &mut Core, local: &mut Local, panic: String) {
        if core.phase(self.slot) == Phase::Running {
            self.fail(core, local, format!("a task panicked: {panic}"));
        }
    }

    fn stop(&mut self, core: &mut Core, local: &mut Local) {
        if core.phase(self.slot) == Phase::Stopped {
            // It had failed for good.
            local.remove_actor(core, self.slot);
            return;
        }
        self.leave(core, local);
        self.end(core, local);
    }

    fn renew(&mut self, core: &mut Core, local: &mut Local) {
        let slot = self.slot;
        match core.phase(slot) {
            // It starts anyway.
            Phase::New => return,
            Phase::Running => {
                self.leave(core, local);
                core.set_phase(slot, Phase::Waiting);
                let machine = self.machine.take();
                let _ = guard(|| drop(machine));
                core.disarm::<A::Event>(slot, Ends::All);
                core.withdraw_all::<A::Event>(slot);
                self.recall(core);
            }
            Phase::Waiting => {
                if let Some(turn) = self.supervision.take_next() {
                    core.cancel_restart(slot, turn);
                }
            }
            Phase::Stopped => {
                core.rise(slot);
                // They were good when it was spawned.
                let _ = spawn::subscribe::<A>(core, local, slot);
            }
        }
        Runner::<Local>::restart(self, core, local);
    }

    fn state(&self) -> Option<String> {
        self.machine.as_ref()?.path()
    }

    fn snapshot(&self, core: &Core) -> Option<Result<Snapshot, SnapshotError>> {
        let machine = self.machine.as_ref()?;
        machine.state()?;
        Some(snapshot::save(core, self.slot, machine))
    }

    fn kind(&self) -> &'static str {
        A::NAME
    }

    fn failures(&self) -> (u64, Option<&str>) {
        self.supervision.failures()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<A: Actor> Cell<A> {
    /// Runs the exit path. A panic abandons what is left of it.
    fn leave(&mut self, core: &mut Core, local: &mut Local) {
        let (slot, random) = (self.slot, &mut self.random);
        core.tell_no_event(slot);
        if let Some(machine) = &mut self.machine
            && let Err(panic) =
                guard(|| machine.stop(&mut Context::new(core, local, random, slot, NO_EVENT)))
        {
            core.abandon_exits(slot, &panic);
            self.supervision.note(panic);
        }
    }
}

/// Writes the active states, if anybody asks.
struct Active<'a, A: Actor>(&'a Cell<A>);

impl<A: Actor> fmt::Display for Active<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.state().unwrap_or_default())
    }
}

fn construct<A: Actor>(
    core: &Core,
    local: &Local,
    name: &str,
    args: &A::Args,
    random: &mut Lazy,
) -> Result<A, Failed> {
    let built = guard(|| {
        let mut cx = Start {
            name,
            node: local.bus().node(),
            life: local.bus().life(),
            now: core.now(),
            seed: local.seed(),
            random,
            actor: PhantomData,
        };
        A::new(args.clone(), &mut cx)
    });
    match built {
        Ok(Ok(actor)) => Ok(actor),
        Ok(Err(error)) => Err(Failed::Said(error)),
        Err(panic) => Err(Failed::Panicked(panic)),
    }
}
