//! Tasks of all actors: starting, ending, and taking in what they bring.

use std::sync::Arc;

use super::Core;
use crate::kernel::mailbox::{Arming, Ends, Scope, TaskStatus};
use crate::kernel::spawner::Spawner;
use crate::kernel::work::{self, Back, Closure, Job, Returns, Window};
use crate::observe::Cause;
use crate::signal::Event;

/// What the tasks of a domain need.
#[derive(Default)]
pub(in crate::kernel) struct Tasks {
    spawner: Option<Arc<dyn Spawner>>,
    /// Actors for which something waits beside the mailbox.
    behind: Vec<u32>,
}

/// Why there is no task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTask {
    /// The actor has too many.
    Limit,
    /// The domain has no runtime.
    NoRuntime,
}

impl Core {
    pub(crate) fn set_spawner(&mut self, spawner: Arc<dyn Spawner>) {
        self.tasks.spawner = Some(spawner);
    }

    pub(crate) fn spawner(&self) -> Option<&Arc<dyn Spawner>> {
        self.tasks.spawner.as_ref()
    }

    /// Whether the actor may start a task now.
    pub(crate) fn may_spawn<E: Event>(&mut self, slot: u32) -> Result<(), NoTask> {
        if self.tasks.spawner.is_none() {
            Err(NoTask::NoRuntime)
        } else if self.mailbox::<E>(slot).has_place_for_a_task() {
            Ok(())
        } else {
            Err(NoTask::Limit)
        }
    }

    /// Starts a future that brings its events by the way that it is given.
    pub(crate) fn spawn<E: Event>(
        &mut self,
        slot: u32,
        scope: Scope,
        future: impl FnOnce(Back<E>) -> Job,
    ) -> Arming {
        let back = self.begin_task(slot, scope, None);
        self.run_future(slot, future(back.clone()), back)
    }

    /// Starts a future that asks the window for room before it brings an event.
    pub(crate) fn pump<E: Event>(
        &mut self,
        slot: u32,
        scope: Scope,
        future: impl FnOnce(Arc<Window>, Back<E>) -> Job,
    ) -> Arming {
        let window = Arc::<Window>::default();
        let back = self.begin_task(slot, scope, Some(window.clone()));
        self.run_future(slot, future(window, back.clone()), back)
    }

    /// Starts a closure that may block.
    pub(crate) fn spawn_blocking<E: Event>(
        &mut self,
        slot: u32,
        scope: Scope,
        closure: impl FnOnce(Back<E>) -> Closure,
    ) -> Arming {
        let back = self.begin_task(slot, scope, None);
        let arming = back.arming;
        let (work, job) = work::closure(closure(back.clone()), back);
        self.mailbox::<E>(slot).set_work(work);
        if let Some(spawner) = &self.tasks.spawner {
            spawner.spawn_blocking(job);
        }
        arming
    }

    fn begin_task<E: Event>(
        &mut self,
        slot: u32,
        scope: Scope,
        window: Option<Arc<Window>>,
    ) -> Back<E> {
        let (bell, spawner) = (self.bell.clone(), self.tasks.spawner.clone());
        self.mailbox::<E>(slot)
            .begin_task(scope, window, || (Returns::new(slot, bell), spawner))
    }

    fn run_future<E: Event>(&mut self, slot: u32, future: Job, back: Back<E>) -> Arming {
        let arming = back.arming;
        let (work, job) = work::future(future, back);
        // First, for a runtime may begin at once.
        self.mailbox::<E>(slot).set_work(work);
        if let Some(spawner) = &self.tasks.spawner {
            spawner.spawn(job);
        }
        arming
    }

    /// Whether a task runs, or an event of it waits in the mailbox.
    pub(crate) fn has_task<E: Event>(&self, slot: u32, arming: Arming) -> bool {
        self.mailbox_of::<E>(slot)
            .is_some_and(|mailbox| mailbox.has_task(arming))
    }

    /// Ends a task, and its events wherever they wait. False if there is nothing of it.
    pub(crate) fn cancel_task<E: Event>(&mut self, slot: u32, arming: Arming) -> bool {
        let before = self.slots[slot as usize].counts().dropped(Cause::Disarmed);
        let ran = self.has_task::<E>(slot, arming);
        self.disarm::<E>(slot, Ends::Arming(arming));
        ran || self.slots[slot as usize].counts().dropped(Cause::Disarmed) > before
    }

    /// Drops what has been cancelled.
    pub(super) fn drop_cancelled<E: Event>(&mut self, slot: u32) {
        if let Some(cancelled) = self.mailbox::<E>(slot).take_cancelled() {
            cancelled.end();
        }
    }

    /// Takes in what the tasks of an actor have brought. The panic of one is to be a failure of the actor.
    pub(in crate::kernel) fn drain_tasks(&mut self, slot: u32) -> Option<String> {
        if self.is_winding_down() {
            // What they bring is the runtime's still, and ends with the actor.
            return None;
        }
        let actor = &mut self.slots[slot as usize];
        let drained = actor.mailbox.as_mut()?.drain_tasks(self.now);
        actor.counts().intended += drained.events;
        actor.count_work();
        self.make_ready(slot);
        self.look_behind(slot);
        drained.panic
    }

    /// The tasks of an actor.
    pub(crate) fn task_status(&self, slot: u32) -> TaskStatus {
        let mailbox = self.slots[slot as usize].mailbox.as_ref();
        mailbox
            .map(|mailbox| mailbox.task_status(self.now))
            .unwrap_or_default()
    }

    /// Something may wait beside the mailbox of this actor: how long is a figure.
    pub(super) fn look_behind(&mut self, slot: u32) {
        let actor = &mut self.slots[slot as usize];
        let mailbox = actor.mailbox.as_mut();
        let is_behind = mailbox.is_some_and(|mailbox| mailbox.note_delay(self.now));
        if is_behind && !actor.is_behind {
            actor.is_behind = true;
            self.tasks.behind.push(slot);
        }
    }

    /// Before the time goes on: what has found room until now had to wait until now.
    #[inline]
    pub(super) fn note_delays(&mut self) {
        if !self.tasks.behind.is_empty() {
            self.note_delays_of_some();
        }
    }

    #[cold]
    fn note_delays_of_some(&mut self) {
        let (slots, now) = (&mut self.slots, self.now);
        self.tasks.behind.retain(|&slot| {
            let actor = &mut slots[slot as usize];
            let mailbox = actor.mailbox.as_mut();
            actor.is_behind = mailbox.is_some_and(|mailbox| mailbox.note_delay(now));
            actor.is_behind
        });
    }
}
