//! One task between the domain that started it and the runtime that runs it.
//!
//! Both sides hold it. The runtime takes the work out while it polls, so that the domain can drop it at any other time, and at once: when a
//! state is left, its sockets are closed before the next state is entered. Work that is being polled at that very moment, on another thread,
//! is dropped when that poll returns.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::bell::{Bell, Ring};
use super::guard;
use super::mailbox::Arming;
use super::sync::{AtomicU32, Mutex, Ordering, lock};

/// How many items of one stream may be on their way, up to the dispatch: enough to keep an actor busy while the runtime looks for the next one,
/// few enough that no stream fills a mailbox.
pub(crate) const WINDOW: u32 = 8;

/// A future that has put its events into the [`Back`] when it is ready.
pub(crate) type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A closure that does.
pub(crate) type Closure = Box<dyn FnOnce() + Send>;

/// What a task brings.
pub(crate) enum Brought<E> {
    /// An event, and there may be more.
    Event(E),
    /// The last event.
    Last(E),
    /// No more events: the runtime has ended.
    Nothing,
    /// No more events: the task has panicked, with this message.
    Panicked(String),
}

/// What the tasks of one actor bring back, until its domain looks.
pub(crate) struct Returns<E> {
    slot: u32,
    bell: Arc<Bell>,
    queue: Mutex<Queue<E>>,
    /// How many tasks the runtime holds, those included that were cancelled and that it has not let go of.
    held: AtomicU32,
}

struct Queue<E> {
    list: VecDeque<(Arming, Brought<E>)>,
    /// Whether the bell has been rung since the last look.
    rung: bool,
}

impl<E> Returns<E> {
    pub(super) fn new(slot: u32, bell: Arc<Bell>) -> Self {
        let queue = Queue {
            list: VecDeque::new(),
            rung: false,
        };
        Self {
            slot,
            bell,
            queue: Mutex::new(queue),
            held: AtomicU32::new(0),
        }
    }

    pub(super) fn held(&self) -> u32 {
        self.held.load(Ordering::Relaxed)
    }

    /// Everything that was brought since the last look.
    pub(super) fn take(&self) -> VecDeque<(Arming, Brought<E>)> {
        let mut queue = lock(&self.queue);
        queue.rung = false;
        std::mem::take(&mut queue.list)
    }

    fn bring(&self, by: Arming, what: Brought<E>) {
        let mut queue = lock(&self.queue);
        queue.list.push_back((by, what));
        let first = !std::mem::replace(&mut queue.rung, true);
        drop(queue);
        if first {
            self.bell.ring(Ring::Tasks(self.slot));
        }
    }
}

/// The way back from one task to its actor.
pub(crate) struct Back<E> {
    pub(super) returns: Arc<Returns<E>>,
    pub(super) arming: Arming,
}

impl<E> Back<E> {
    pub(crate) fn bring(&self, what: Brought<E>) {
        self.returns.bring(self.arming, what);
    }
}

impl<E> Clone for Back<E> {
    fn clone(&self) -> Self {
        Self {
            returns: self.returns.clone(),
            arming: self.arming,
        }
    }
}

/// Work that both sides can reach.
pub(super) struct Work<T>(Mutex<State<T>>);

enum State<T> {
    /// Waits to be run.
    Here { work: T, waker: Option<Waker> },
    /// The runtime runs it now.
    Running,
    /// The runtime runs it now, and drops it then.
    Cancelled,
    /// Done, or dropped.
    Gone,
}

impl<T> Work<T> {
    pub(super) fn new(work: T) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State::Here { work, waker: None })))
    }

    /// Takes the work out to run it. `None`: it was cancelled.
    fn take(&self) -> Option<T> {
        let mut state = lock(&self.0);
        match std::mem::replace(&mut *state, State::Running) {
            State::Here { work, waker } => {
                // A waker is the runtime's code: dropped outside of the lock.
                drop(state);
                drop(waker);
                Some(work)
            }
            other @ (State::Running | State::Cancelled | State::Gone) => {
                *state = other;
                None
            }
        }
    }

    /// Puts work back that is not done. It comes back again when it was cancelled meanwhile.
    fn put(&self, work: T, waker: &Waker) -> Option<T> {
        let waker = Some(waker.clone());
        let mut state = lock(&self.0);
        if matches!(*state, State::Cancelled) {
            *state = State::Gone;
            drop(state);
            return Some(work);
        }
        *state = State::Here { work, waker };
        None
    }

    fn done(&self) {
        *lock(&self.0) = State::Gone;
    }
}

/// What a domain can do to work, whatever it is.
pub(super) trait Cancel: Send + Sync {
    /// Drops the work, unless the runtime runs it now: then it does that. The panic of a drop is the error.
    fn cancel(&self) -> Result<(), String>;
}

impl<T: Send> Cancel for Work<T> {
    fn cancel(&self) -> Result<(), String> {
        let mut state = lock(&self.0);
        match std::mem::replace(&mut *state, State::Gone) {
            State::Here { work, waker } => {
                drop(state);
                let dropped = guard(|| drop(work));
                // The runtime finds nothing to do, and lets go of it.
                if let Some(waker) = waker {
                    waker.wake();
                }
                dropped
            }
            State::Running | State::Cancelled => {
                *state = State::Cancelled;
                Ok(())
            }
            State::Gone => Ok(()),
        }
    }
}

/// What the runtime holds of a task. When it lets go before the end, the actor learns that nothing will come.
struct Held<T, E> {
    work: Arc<Work<T>>,
    back: Back<E>,
    over: bool,
}

impl<T, E> Held<T, E> {
    fn new(work: Arc<Work<T>>, back: Back<E>) -> Self {
        back.returns.held.fetch_add(1, Ordering::Relaxed);
        Self {
            work,
            back,
            over: false,
        }
    }

    /// It has come to its end, as this says.
    fn end(&mut self, result: Result<(), String>) {
        self.over = true;
        self.work.done();
        if let Err(panic) = result {
            self.back.bring(Brought::Panicked(panic));
        }
    }
}

impl<T, E> Drop for Held<T, E> {
    fn drop(&mut self) {
        self.back.returns.held.fetch_sub(1, Ordering::Relaxed);
        if !self.over {
            self.back.bring(Brought::Nothing);
        }
    }
}

/// A future as the runtime polls it.
struct Polled<E>(Held<Job, E>);

impl<E: Send + 'static> Future for Polled<E> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let held = &mut self.0;
        let Some(mut future) = held.work.take() else {
            held.over = true;
            return Poll::Ready(());
        };
        match guard(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => {
                if let Some(cancelled) = held.work.put(future, cx.waker()) {
                    held.over = true;
                    // Nobody waits for what it would say.
                    let _ = guard(|| drop(cancelled));
                    return Poll::Ready(());
                }
                Poll::Pending
            }
            Ok(Poll::Ready(())) => {
                let dropped = guard(|| drop(future));
                held.end(dropped);
                Poll::Ready(())
            }
            Err(panic) => {
                let _ = guard(|| drop(future));
                held.end(Err(panic));
                Poll::Ready(())
            }
        }
    }
}

/// The two ends of a future: what the domain cancels, and what the runtime runs.
pub(super) fn future<E: Send + 'static>(future: Job, back: Back<E>) -> (Arc<dyn Cancel>, Job) {
    let work = Work::new(future);
    (work.clone(), Box::pin(Polled(Held::new(work, back))))
}

/// The two ends of a closure.
pub(super) fn closure<E: Send + 'static>(
    closure: Closure,
    back: Back<E>,
) -> (Arc<dyn Cancel>, Closure) {
    let work = Work::new(closure);
    let mut held = Held::new(work.clone(), back);
    let run = move || match held.work.take() {
        Some(closure) => {
            let result = guard(closure);
            held.end(result);
        }
        None => held.over = true,
    };
    (work, Box::new(run))
}

/// How many items of a stream are on their way.
#[derive(Default)]
pub(crate) struct Window(Mutex<(u32, Option<Waker>)>);

impl Window {
    /// Takes a place for an item.
    fn poll_take(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut window = lock(&self.0);
        if window.0 < WINDOW {
            window.0 += 1;
            return Poll::Ready(());
        }
        let before = window.1.replace(cx.waker().clone());
        drop(window);
        // A waker is the runtime's code: dropped outside of the lock.
        drop(before);
        Poll::Pending
    }

    /// An item has been dispatched, or deferred.
    pub(super) fn release(&self) {
        let mut window = lock(&self.0);
        window.0 = window.0.saturating_sub(1);
        let waker = window.1.take();
        drop(window);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Takes the items of a stream to an actor, as fast as that takes them.
pub(crate) struct Pump<S, M, E> {
    stream: Pin<Box<S>>,
    event: M,
    window: Arc<Window>,
    back: Back<E>,
    /// Whether a place is taken for the next item.
    place: bool,
}

impl<S, M, E> Pump<S, M, E> {
    pub(crate) fn new(stream: S, event: M, window: Arc<Window>, back: Back<E>) -> Self {
        Self {
            stream: Box::pin(stream),
            event,
            window,
            back,
            place: false,
        }
    }
}

// Nothing in it is pinned but the stream, which has a box of its own.
impl<S, M, E> Unpin for Pump<S, M, E> {}

impl<S: Stream, M: FnMut(Option<S::Item>) -> E, E> Future for Pump<S, M, E> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let pump = &mut *self;
        // A stream that always has an item lets others run after a window of them.
        for _ in 0..WINDOW {
            if !pump.place {
                std::task::ready!(pump.window.poll_take(cx));
                pump.place = true;
            }
            let item = std::task::ready!(pump.stream.as_mut().poll_next(cx));
            pump.place = false;
            let is_last = item.is_none();
            let event = (pump.event)(item);
            if is_last {
                pump.back.bring(Brought::Last(event));
                return Poll::Ready(());
            }
            pump.back.bring(Brought::Event(event));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
