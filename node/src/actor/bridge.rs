//! The bridge between actors and asynchronous code.
//!
//! A handler is synchronous: it runs to completion, and nothing waits in it. What takes time, a request to a device, a socket, a file, runs
//! beside the actor on the node's tokio runtime, and its outcome comes back as an event like any other:
//!
//! | from | to | with |
//! |---|---|---|
//! | a handler | one result of a future | [`Context::spawn`] |
//! | a handler | one result of code that blocks | [`Context::spawn_blocking`] |
//! | a handler | many events: a socket, a channel, a file | [`Context::attach`] |
//! | async code, other threads | an actor | [`Address::send`], which waits for room; [`Address::post`], which does not |
//!
//! # Tasks belong to a state
//!
//! A task ends with the state whose handler or action started it, as a timer of [`Context::after`] does (A21): the future is dropped, and a
//! result that waits already, in the mailbox, deferred or recalled, is never dispatched (A23). So a state says what goes on while it is
//! active, and leaving it is all it takes to stop that. Those of `.._for_actor` live until the actor stops or fails. [`Task::cancel`] ends any
//! of them before.
//!
//! A request to a device, with a timeout that is the actor's own timer: whichever comes first leaves the state, and the other ends with it.
//!
//! ```
//! use std::time::Duration;
//! use farc::prelude::*;
//!
//! # struct Device;
//! # impl Device { async fn read(&self) -> f32 { 21.5 } }
//! #[derive(Event)]
//! pub enum SensorEvent {
//!     #[event(local)]
//!     Measure,
//!     #[event(own)]
//!     Measured(f32),
//!     #[event(own)]
//!     TooLate,
//! }
//!
//! pub struct Sensor { celsius: Option<f32> }
//!
//! #[hsm(event = SensorEvent, initial = idle)]
//! impl Sensor {
//!     #[state]
//!     fn idle(&mut self, event: &SensorEvent) -> Next<Self> {
//!         match event {
//!             SensorEvent::Measure => To(State::Asking),
//!             _ => Super,
//!         }
//!     }
//!
//!     #[entry(asking)]
//!     fn ask(&mut self, cx: &mut Context<Self>) {
//!         let device = Device;
//!         cx.spawn(async move { SensorEvent::Measured(device.read().await) })
//!             .expect("one request at a time, on a node");
//!         let _ = cx.after(Duration::from_millis(200), SensorEvent::TooLate);
//!     }
//!
//!     #[state]
//!     fn asking(&mut self, event: &SensorEvent) -> Next<Self> {
//!         match event {
//!             SensorEvent::Measured(celsius) => {
//!                 self.celsius = Some(*celsius);
//!                 To(State::Idle)
//!             }
//!             SensorEvent::TooLate => {
//!                 self.celsius = None;
//!                 To(State::Idle)
//!             }
//!             SensorEvent::Measure => Handled,
//!         }
//!     }
//! }
//!
//! impl Actor for Sensor {
//!     type Args = ();
//!     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Sensor { celsius: None }) }
//! }
//!
//! # fn main() -> Result<(), farc::SpawnError> {
//! # use farc::testing::Bench;
//! let mut bench = Bench::<Sensor>::new(())?;
//! bench.start();
//! bench.dispatch(SensorEvent::Measure);
//! assert_eq!(bench.state(), "asking");
//! bench.run_tasks();
//! assert_eq!(bench.actor().celsius, Some(21.5));
//! # Ok(())
//! # }
//! ```
//!
//! What a task brings is usually an `#[event(own)]` variant: such a variant may hold any `Send` value, an open socket too, and only the actor
//! itself creates it.
//!
//! # A channel, a socket
//!
//! What gives one item after the other is a [`Stream`]. The closure makes an event of each item, and of `None` at the end:
//!
//! ```
//! use std::pin::Pin;
//! use std::task::{Context as Task, Poll};
//! use farc::prelude::*;
//! use tokio::sync::mpsc;
//!
//! #[derive(Event)]
//! pub enum PrinterEvent {
//!     /// Others cannot post it, since a line comes from the channel alone.
//!     #[event(own)]
//!     Line(String),
//!     #[event(own)]
//!     Closed,
//! }
//!
//! pub struct Printer { lines: Option<mpsc::Receiver<String>>, printed: Vec<String> }
//!
//! # struct Receiver(mpsc::Receiver<String>);
//! # impl futures_core::Stream for Receiver {
//! #     type Item = String;
//! #     fn poll_next(mut self: Pin<&mut Self>, cx: &mut Task<'_>) -> Poll<Option<String>> { self.0.poll_recv(cx) }
//! # }
//! # /// What the crate `tokio-stream` has.
//! # fn stream(lines: mpsc::Receiver<String>) -> Receiver { Receiver(lines) }
//! #[hsm(event = PrinterEvent, initial = printing)]
//! impl Printer {
//!     #[start]
//!     fn begin(&mut self, cx: &mut Context<Self>) {
//!         if let Some(lines) = self.lines.take() {
//!             // `ReceiverStream::new(lines)` of the crate tokio-stream.
//!             cx.attach(stream(lines), |line| match line {
//!                 Some(line) => PrinterEvent::Line(line),
//!                 None => PrinterEvent::Closed,
//!             })
//!             .expect("it is the only one");
//!         }
//!     }
//!
//!     #[state]
//!     fn printing(&mut self, event: &PrinterEvent) -> Next<Self> {
//!         match event {
//!             PrinterEvent::Line(line) => {
//!                 self.printed.push(line.clone());
//!                 Handled
//!             }
//!             PrinterEvent::Closed => Stop,
//!         }
//!     }
//! }
//! # impl Actor for Printer {
//! #     type Args = ();
//! #     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
//! #         let (sender, lines) = mpsc::channel(4);
//! #         sender.try_send("one".to_owned()).map_err(BuildError::new)?;
//! #         Ok(Printer { lines: Some(lines), printed: Vec::new() })
//! #     }
//! # }
//! # let mut bench = farc::testing::Bench::<Printer>::new(()).unwrap();
//! # bench.start();
//! # bench.run_tasks();
//! # assert_eq!(bench.state(), "", "the channel has ended");
//! ```
//!
//! A socket that is read by one task and written by the handlers is shared by both, as in the example `udp_relay`: an `Arc<UdpSocket>` goes
//! into the task, the other one stays in the actor, which calls `try_send_to`.
//!
//! # What is promised
//!
//! - **Nothing is lost, and nothing comes too late** (B10). A result has no poster who could be told that there is no room: it waits beside
//!   the mailbox, enters first when there is room, and [`TaskStatus::longest_delay`] says how long that took at most. It is dispatched at most
//!   once, and never after its task was cancelled.
//! - **Back-pressure.** Of one stream at most 8 items are between the stream and their dispatch; it is not polled before one is free. So a
//!   fast stream neither fills the mailbox nor keeps other futures of the runtime from running.
//! - **Bounds.** An actor has at most 64 tasks, running or with an event in its mailbox ([`TaskError::Limit`]), and at most 64 more that were
//!   cancelled and that the runtime has not let go of.
//! - **A panic** of a future fails its actor, as if a step of it had panicked, and ends nothing else (D1, D2): an actor that waits for a
//!   result which never comes would wait for ever, and its supervision is there to end that. Who wants an event instead catches the panic in
//!   the future, or gives errors as values.
//! - **A restart** ends all tasks of the former life (D3). What they bring afterwards is dropped and counted as [`TaskStatus::late`].
//!
//! # Order, and tests
//!
//! Results reach an actor in the order in which its tasks end. A runtime with one thread, such as a node's, gives the same order in each run of
//! a simulation whose clock and network are simulated. In a unit test there need not be a runtime at all: a
//! [`Bench`](crate::testing::Bench) holds the futures until [`run_tasks`](crate::testing::Bench::run_tasks), which polls them in the order in
//! which they were spawned and woken. Timeouts are best made with [`Context::after`], whose clock the test moves; a future that uses tokio's
//! own timers needs tokio in the test as well.

mod sending;

use std::fmt;
use std::future::Future;

use futures_core::Stream;

pub use self::sending::{SendError, Sending};
#[cfg(doc)]
use super::Address;
use super::{Actor, Context};
use crate::kernel::{Arming, Brought, NoTask, Pump, Scope};
pub use crate::kernel::{Spawner, TaskStatus};

/// Work that goes on beside an actor: what [`Context::spawn`] and its like have started.
///
/// A number, not a guard: dropping it changes nothing. Keep it to cancel the task, or let it go. A snapshot has no tasks: in an actor with
/// `#[hsm(snapshot)]` the field is `#[serde(skip)]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Task(Arming);

impl Task {
    /// No task.
    #[must_use]
    pub const fn none() -> Self {
        Self(Arming::NONE)
    }

    /// Ends the task. Its future is dropped, and what it has brought and waits, wherever it waits, is not dispatched any more.
    ///
    /// True if anything was ended; false if its last event was dispatched or the task has ended otherwise. A future that the runtime polls at
    /// this very moment is dropped when that poll returns; a closure that blocks runs to its end, and what it says is dropped.
    pub fn cancel<A: Actor>(&mut self, cx: &mut Context<'_, A>) -> bool {
        let arming = std::mem::replace(&mut self.0, Arming::NONE);
        if arming == Arming::NONE {
            return false;
        }
        let (core, slot) = cx.kernel();
        core.cancel_task::<A::Event>(slot, arming)
    }

    /// Whether it runs, or has an event in the mailbox.
    pub fn is_running<A: Actor>(&self, cx: &Context<'_, A>) -> bool {
        let (core, slot) = cx.kernel_ref();
        core.has_task::<A::Event>(slot, self.0)
    }
}

impl Default for Task {
    fn default() -> Self {
        Self::none()
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").field(&self.0.number()).finish()
    }
}

/// Why a task was not started. What was to run comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TaskError<W> {
    /// 64 tasks of the actor run or have an event in its mailbox, or as many were cancelled and the runtime has not let go of them.
    Limit(W),
    /// The domain has no runtime: it was made without a node, and [`Domain::set_spawner`](crate::Domain::set_spawner) was not called.
    NoRuntime(W),
}

impl<W> TaskError<W> {
    fn new(why: NoTask, work: W) -> Self {
        match why {
            NoTask::Limit => Self::Limit(work),
            NoTask::NoRuntime => Self::NoRuntime(work),
        }
    }

    /// What was to run.
    pub fn into_inner(self) -> W {
        match self {
            Self::Limit(work) | Self::NoRuntime(work) => work,
        }
    }
}

impl<W> fmt::Debug for TaskError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limit(_) => "Limit",
            Self::NoRuntime(_) => "NoRuntime",
        })
    }
}

impl<W> fmt::Display for TaskError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limit(_) => "the actor has 64 tasks already",
            Self::NoRuntime(_) => "the actor's domain has no runtime for tasks",
        })
    }
}

impl<W> std::error::Error for TaskError<W> {}

impl<A: Actor> Context<'_, A> {
    /// Runs a future beside the actor. Its output comes back as an event of this actor. It is bound to the state whose handler or action runs:
    /// when that is exited, the future is dropped and its event is never dispatched. In `#[start]` it lives until the actor stops.
    ///
    /// It runs on the node's tokio runtime, which it shares with the links: code that blocks belongs into
    /// [`spawn_blocking`](Context::spawn_blocking). See [`bridge`](crate::actor::bridge).
    ///
    /// # Errors
    ///
    /// When the actor has 64 tasks already, or the domain no runtime. The future comes back, not polled.
    pub fn spawn<F>(&mut self, future: F) -> Result<Task, TaskError<F>>
    where
        F: Future<Output: Into<A::Event>> + Send + 'static,
    {
        self.spawn_in(self.state(), future)
    }

    /// Like [`spawn`](Context::spawn), but the task lives until it is done, or the actor stops or fails, whatever state is active.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn spawn_for_actor<F>(&mut self, future: F) -> Result<Task, TaskError<F>>
    where
        F: Future<Output: Into<A::Event>> + Send + 'static,
    {
        self.spawn_in(Scope::TOP, future)
    }

    fn spawn_in<F>(&mut self, scope: Scope, future: F) -> Result<Task, TaskError<F>>
    where
        F: Future<Output: Into<A::Event>> + Send + 'static,
    {
        let (core, slot) = self.kernel();
        if let Err(why) = core.may_spawn::<A::Event>(slot) {
            return Err(TaskError::new(why, future));
        }
        let arming = core.spawn::<A::Event>(slot, scope, |back| {
            Box::pin(async move { back.bring(Brought::Last(future.await.into())) })
        });
        Ok(Task(arming))
    }

    /// Runs a closure that may block, on a thread of its own of the node's tokio runtime. What it returns comes back as an event, bound to the
    /// state as with [`spawn`](Context::spawn). Once it runs it cannot be stopped: after the exit of the state what it returns is dropped.
    ///
    /// # Errors
    ///
    /// When the actor has 64 tasks already, or the domain no runtime. The closure comes back, not called.
    pub fn spawn_blocking<F, R>(&mut self, work: F) -> Result<Task, TaskError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Into<A::Event>,
    {
        self.spawn_blocking_in(self.state(), work)
    }

    /// Like [`spawn_blocking`](Context::spawn_blocking), whatever state is active.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn spawn_blocking_for_actor<F, R>(&mut self, work: F) -> Result<Task, TaskError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Into<A::Event>,
    {
        self.spawn_blocking_in(Scope::TOP, work)
    }

    fn spawn_blocking_in<F, R>(&mut self, scope: Scope, work: F) -> Result<Task, TaskError<F>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Into<A::Event>,
    {
        let (core, slot) = self.kernel();
        if let Err(why) = core.may_spawn::<A::Event>(slot) {
            return Err(TaskError::new(why, work));
        }
        let arming = core.spawn_blocking::<A::Event>(slot, scope, |back| {
            Box::new(move || back.bring(Brought::Last(work().into())))
        });
        Ok(Task(arming))
    }

    /// Has each item of a stream come as an event, until the state whose handler or action runs is exited; then the stream is dropped.
    ///
    /// `event` makes the event of an item, and at the end of the stream the last one, of `None`. It runs on the runtime, not in the actor. The
    /// stream is polled only while fewer than 8 of its events are on their way to the actor.
    ///
    /// # Errors
    ///
    /// When the actor has 64 tasks already, or the domain no runtime. The stream comes back, not polled.
    pub fn attach<S>(
        &mut self,
        stream: S,
        event: impl FnMut(Option<S::Item>) -> A::Event + Send + 'static,
    ) -> Result<Task, TaskError<S>>
    where
        S: Stream + Send + 'static,
    {
        self.attach_in(self.state(), stream, event)
    }

    /// Like [`attach`](Context::attach), but until the stream ends, or the actor stops or fails, whatever state is active.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn attach_for_actor<S>(
        &mut self,
        stream: S,
        event: impl FnMut(Option<S::Item>) -> A::Event + Send + 'static,
    ) -> Result<Task, TaskError<S>>
    where
        S: Stream + Send + 'static,
    {
        self.attach_in(Scope::TOP, stream, event)
    }

    fn attach_in<S>(
        &mut self,
        scope: Scope,
        stream: S,
        event: impl FnMut(Option<S::Item>) -> A::Event + Send + 'static,
    ) -> Result<Task, TaskError<S>>
    where
        S: Stream + Send + 'static,
    {
        let (core, slot) = self.kernel();
        if let Err(why) = core.may_spawn::<A::Event>(slot) {
            return Err(TaskError::new(why, stream));
        }
        let arming = core.pump::<A::Event>(slot, scope, |window, back| {
            Box::pin(Pump::new(stream, event, window, back))
        });
        Ok(Task(arming))
    }
}
