//! Who drives a domain: a thread of its own, or an asynchronous task.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Instant;

use super::domain::Ran;
use super::{Domain, Inbox, guard, panics};
use crate::clock::Clock;

/// How many steps a task runs before it lets others run: about a hundred microseconds of short handlers.
const STEPS_PER_POLL: u64 = 4096;

/// Why a domain's thread is not running.
#[derive(Debug, thiserror::Error)]
pub enum HostError<E> {
    /// The operating system gave us no thread.
    #[error("failed to start the domain's thread")]
    Thread(#[source] std::io::Error),
    /// The domain could not be built.
    #[error("failed to build the domain")]
    Build(#[source] E),
    /// Building the domain panicked.
    #[error("the domain's construction panicked")]
    Panicked,
}

/// A domain on a thread of its own.
#[derive(Debug)]
pub struct DomainThread<X> {
    inbox: Inbox<X>,
    thread: JoinHandle<()>,
}

impl<X> DomainThread<X> {
    /// A way into the domain.
    pub fn inbox(&self) -> &Inbox<X> {
        &self.inbox
    }

    /// Waits until the domain has stopped; a command has to stop it. False if its thread panicked, which only a bug of farc can cause.
    pub fn join(self) -> bool {
        self.thread.join().is_ok()
    }

    /// Whether the thread has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}

/// Wakes a parked thread. A wake-up before the parking is not lost: the thread's token keeps it.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Builds a domain on a new thread, starts it, and runs it there until it is stopped.
///
/// `build` constructs the domain and its actors on that thread, so they need not be `Send`. The thread parks while nothing is to be done.
/// Returns when `build` has returned: nothing runs if it failed (E3).
///
/// # Errors
///
/// When there is no thread to be had, or `build` fails or panics.
pub fn run_on_thread<X, E>(
    name: &str,
    clock: Arc<dyn Clock>,
    build: impl FnOnce() -> Result<Domain<X>, E> + Send + 'static,
) -> Result<DomainThread<X>, HostError<E>>
where
    X: 'static,
    E: Send + 'static,
{
    let (ready, built) = mpsc::sync_channel(1);
    let run = move || {
        let mut domain = match build() {
            Ok(domain) => domain,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let spawner = domain.core.spawner().cloned();
        if ready.send(Ok(domain.inbox())).is_ok() {
            let mut live = || {
                domain.start();
                park_and_run(&mut domain, &*clock);
            };
            // What handlers make for their tasks may need the runtime.
            match spawner {
                Some(spawner) => spawner.within(&mut live),
                None => live(),
            }
        }
    };
    let body = move || {
        panics::thread_is_told();
        if let Err(panic) = guard(run) {
            // Of a constructor the caller learns; anything else is a bug, which must not be silent.
            tracing::error!(panic, "a domain's thread panicked");
            std::panic::resume_unwind(Box::new(panic));
        }
    };
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(HostError::Thread)?;
    match built.recv() {
        Ok(Ok(inbox)) => Ok(DomainThread { inbox, thread }),
        Ok(Err(error)) => Err(HostError::Build(error)),
        Err(mpsc::RecvError) => Err(HostError::Panicked),
    }
}

fn park_and_run<X>(domain: &mut Domain<X>, clock: &dyn Clock) {
    domain.set_waker(&Waker::from(Arc::new(Unpark(thread::current()))));
    while !domain.is_stopped() {
        let next = domain.run_until_idle(clock.now());
        domain.core.pulse.rest();
        if domain.is_stopped() {
            return;
        }
        match next {
            None => thread::park(),
            Some(at) => thread::park_timeout(at.saturating_duration_since(clock.now())),
        }
    }
}

/// Starts a domain and runs it in the task that awaits this, until it is stopped. For a simulation, or a thread that also does other things.
///
/// `sleep_until` makes a future that resolves at a time of the same `clock`; it is made anew for each deadline.
pub async fn run_in_task<X, S>(
    mut domain: Domain<X>,
    clock: Arc<dyn Clock>,
    mut sleep_until: impl FnMut(Instant) -> S,
) where
    S: Future<Output = ()>,
{
    domain.start();
    let mut sleep: Option<(Instant, Pin<Box<S>>)> = None;
    let drive = poll_fn(move |cx| {
        loop {
            // Before the run: what comes in from now on wakes this task.
            domain.set_waker(cx.waker());
            let next = domain.run(clock.now(), STEPS_PER_POLL);
            if domain.is_stopped() {
                return Poll::Ready(());
            }
            let at = match next {
                Ran::Idle(Some(at)) => at,
                Ran::Idle(None) => {
                    sleep = None;
                    return Poll::Pending;
                }
                Ran::More => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            };
            let (_, waiting) = match &mut sleep {
                Some(known) if known.0 == at => known,
                other => other.insert((at, Box::pin(sleep_until(at)))),
            };
            if waiting.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            sleep = None;
        }
    });
    pin!(drive).await;
}
