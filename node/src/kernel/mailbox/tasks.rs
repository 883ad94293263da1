//! Tasks of one actor: running, bringing events, and ended wherever those wait (B10, A23).
//!
//! A task has the number of an arming, as a timer has, and its events carry it: so it ends like one. It is in the table until its last event
//! has been taken for dispatch, and counts until then.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Arming, Ends, Event, Mailbox, Origin, Scope};
use crate::kernel::guard;
use crate::kernel::spawner::Spawner;
use crate::kernel::work::{Back, Brought, Cancel, Returns, Window};

/// How many tasks an actor may have, running or with an event in its mailbox: enough for a server's connections of one actor, few enough that
/// an actor that forgets to stop them is found.
pub(crate) const TASKS: u32 = 64;

/// How many more, that were cancelled, the runtime may not have let go of: as many, so that a state may be left and entered with all of them.
const CANCELLED: u32 = TASKS;

/// The tasks of an actor as `status` shows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct TaskStatus {
    /// Tasks that run, or whose events wait in the mailbox: at most 64.
    pub running: u32,
    /// How many were ever started.
    pub started: u64,
    /// How many were cancelled, by the actor or by the exit of their state.
    pub cancelled: u64,
    /// How many ended with a panic.
    pub panicked: u64,
    /// Events that came after their task was cancelled, or their actor had failed. They were dropped.
    pub late: u64,
    /// The longest time that an event without a poster had to wait for room in the mailbox: that of a task or a timer.
    pub longest_delay: Duration,
}

pub(super) struct Tasks<E> {
    returns: Arc<Returns<E>>,
    spawner: Option<Arc<dyn Spawner>>,
    table: Vec<Running>,
    /// Cancelled, and not dropped yet.
    ended: Vec<Arc<dyn Cancel>>,
    counts: TaskStatus,
}

struct Running {
    arming: Arming,
    scope: Scope,
    work: Option<Arc<dyn Cancel>>,
    window: Option<Arc<Window>>,
    /// Its events in the ring, and beside it.
    waiting: u32,
    /// It brings no more.
    over: bool,
}

/// What came of a look at what the tasks have brought.
#[derive(Default)]
pub(crate) struct Drained {
    /// How many events are in the mailbox now.
    pub(in crate::kernel) events: u64,
    /// A task of the actor has panicked.
    pub(in crate::kernel) panic: Option<String>,
}

impl<E: Event> Mailbox<E> {
    /// Whether the actor may have another task.
    pub(in crate::kernel) fn has_place_for_a_task(&self) -> bool {
        self.tasks().is_none_or(|tasks| {
            tasks.table.len() < TASKS as usize && tasks.returns.held() < TASKS + CANCELLED
        })
    }

    fn tasks(&self) -> Option<&Tasks<E>> {
        self.extras.as_ref()?.tasks.as_deref()
    }

    /// Enters a task. What it brings comes back by what this returns.
    pub(in crate::kernel) fn begin_task(
        &mut self,
        scope: Scope,
        window: Option<Arc<Window>>,
        with: impl FnOnce() -> (Returns<E>, Option<Arc<dyn Spawner>>),
    ) -> Back<E> {
        self.scoped += u32::from(scope.is_state());
        let extras = self.extras();
        let arming = Arming::new(extras.armings.number() + 1);
        extras.armings = arming;
        let tasks = extras.tasks.get_or_insert_with(|| {
            let (returns, spawner) = with();
            Box::new(Tasks {
                returns: Arc::new(returns),
                spawner,
                table: Vec::new(),
                ended: Vec::new(),
                counts: TaskStatus::default(),
            })
        });
        tasks.counts.started += 1;
        tasks.table.push(Running {
            arming,
            scope,
            work: None,
            window,
            waiting: 0,
            over: false,
        });
        Back {
            returns: tasks.returns.clone(),
            arming,
        }
    }

    /// How the task that was entered last can be cancelled.
    pub(in crate::kernel) fn set_work(&mut self, work: Arc<dyn Cancel>) {
        let tasks = self.extras().tasks.as_deref_mut();
        if let Some(task) = tasks.and_then(|tasks| tasks.table.last_mut()) {
            task.work = Some(work);
        }
    }

    /// Whether a task runs, or an event of it waits in the mailbox.
    pub(in crate::kernel) fn has_task(&self, arming: Arming) -> bool {
        let tasks = self.tasks();
        tasks.is_some_and(|tasks| tasks.table.iter().any(|task| task.arming == arming))
    }

    pub(super) fn task_status(&self, now: Instant) -> TaskStatus {
        let mut status = self.tasks().map(|tasks| tasks.counts).unwrap_or_default();
        status.running = self.tasks().map_or(0, |tasks| tasks.table.len() as u32);
        status.longest_delay = self
            .extras
            .as_ref()
            .map_or(Duration::ZERO, |extras| extras.pending.longest(now));
        status
    }

    /// Takes in what the tasks have brought. What nobody waits for any more is dropped.
    pub(super) fn drain_tasks(&mut self, now: Instant) -> Drained {
        let mut drained = Drained::default();
        let Some(tasks) = self.tasks() else {
            return drained;
        };
        for (arming, brought) in tasks.returns.take() {
            let (event, last) = match brought {
                Brought::Event(event) => (Some(event), false),
                Brought::Last(event) => (Some(event), true),
                Brought::Nothing => (None, true),
                Brought::Panicked(panic) => {
                    if self.panicked(arming) {
                        drained.panic.get_or_insert(panic);
                    }
                    (None, true)
                }
            };
            match self.brought(arming, event.is_some(), last) {
                Some(origin) => {
                    if let Some(event) = event {
                        drained.events += 1;
                        self.scoped +=
                            u32::from(origin.binding().is_some_and(|(scope, _)| scope.is_state()));
                        // What has no poster is never refused.
                        let _ = self.push_pending(event, origin, Some(now));
                    }
                    self.end_if_over(arming);
                }
                // The drop is the user's code.
                None => drop(guard(|| drop(event))),
            }
        }
        drained
    }

    /// Whether the task was still wanted.
    fn panicked(&mut self, arming: Arming) -> bool {
        let wanted = self.has_task(arming);
        if let Some(tasks) = &mut self.extras().tasks {
            tasks.counts.panicked += 1;
        }
        wanted
    }

    /// A task has brought something. `None`: it was cancelled.
    fn brought(&mut self, arming: Arming, event: bool, last: bool) -> Option<Origin> {
        let tasks = self.extras().tasks.as_deref_mut()?;
        let Some(task) = tasks.table.iter_mut().find(|task| task.arming == arming) else {
            tasks.counts.late += u64::from(event);
            return None;
        };
        task.waiting += u32::from(event);
        task.over |= last;
        let scope = task.scope;
        Some(Origin::Task { scope, arming })
    }

    /// An event of a task has left the mailbox: its place is free, and so is that of a task that has brought its last one.
    #[cold]
    pub(super) fn task_event_left(&mut self, arming: Arming) {
        let tasks = self.extras().tasks.as_deref_mut();
        let task =
            tasks.and_then(|tasks| tasks.table.iter_mut().find(|task| task.arming == arming));
        if let Some(task) = task {
            task.waiting = task.waiting.saturating_sub(1);
            if let Some(window) = &task.window {
                window.release();
            }
            self.end_if_over(arming);
        }
    }

    fn end_if_over(&mut self, arming: Arming) {
        let Some(tasks) = self.extras().tasks.as_deref_mut() else {
            return;
        };
        let over = tasks
            .table
            .iter()
            .position(|task| task.arming == arming && task.over && task.waiting == 0);
        if let Some(over) = over {
            // In the order of starting, so that they are cancelled in it.
            let task = tasks.table.remove(over);
            self.scoped -= u32::from(task.scope.is_state());
        }
    }

    /// Ends tasks that run. They are kept until [`take_cancelled`](Self::take_cancelled).
    pub(super) fn end_tasks(&mut self, ends: Ends) -> usize {
        let Some(tasks) = self
            .extras
            .as_mut()
            .and_then(|extras| extras.tasks.as_deref_mut())
        else {
            return 0;
        };
        let (before, mut scoped) = (tasks.table.len(), 0);
        let Tasks { table, ended, .. } = tasks;
        table.retain_mut(|task| {
            let goes = ends.has(task.scope, task.arming);
            if goes {
                scoped += u32::from(task.scope.is_state());
                ended.extend(task.work.take());
            }
            !goes
        });
        let count = before - tasks.table.len();
        tasks.counts.cancelled += count as u64;
        self.scoped -= scoped;
        count
    }

    /// What was cancelled, to be dropped when everything is consistent again.
    pub(in crate::kernel) fn take_cancelled(&mut self) -> Option<Cancelled> {
        let tasks = self.extras.as_mut()?.tasks.as_deref_mut()?;
        if tasks.ended.is_empty() {
            return None;
        }
        Some(Cancelled {
            works: std::mem::take(&mut tasks.ended),
            spawner: tasks.spawner.clone(),
        })
    }
}

/// Tasks that nobody waits for any more.
pub(in crate::kernel) struct Cancelled {
    works: Vec<Arc<dyn Cancel>>,
    spawner: Option<Arc<dyn Spawner>>,
}

impl Cancelled {
    /// Drops their work where it may need its runtime. A panic of a drop is told and harms nobody.
    pub(in crate::kernel) fn end(self) {
        let mut works = self.works.into_iter();
        let mut cancel = || {
            for work in works.by_ref() {
                if let Err(panic) = work.cancel() {
                    tracing::error!(panic, "a task panicked when it was cancelled");
                }
            }
        };
        match self.spawner {
            Some(spawner) => spawner.within(&mut cancel),
            None => cancel(),
        }
    }
}

/// The domain ends: nobody waits for what its tasks do.
impl<E> Drop for Tasks<E> {
    fn drop(&mut self) {
        let mut works = std::mem::take(&mut self.ended);
        works.extend(self.table.drain(..).filter_map(|task| task.work));
        let spawner = self.spawner.take();
        Cancelled { works, spawner }.end();
    }
}
