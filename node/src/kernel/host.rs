//! Who drives a domain: a thread of its own, or an asynchronous task.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc;
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::domain::Ran;
use super::{Domain, Inbox, guard, panics, park};
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

/// How a domain's thread is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOptions {
    /// For how long it looks on when there is nothing to do, before it parks. Default 10 microseconds; 0 parks at once.
    ///
    /// While it looks it takes a whole core, and whoever posts to it needs no system call. When nothing has come within that time four times in
    /// a row, it parks at once and tries again each 64th time: a domain at rest, or one that waits for its timers, pays nothing.
    pub spin: Duration,
    /// The core that it stays on, as the system numbers them. Default: the system decides. Where that cannot be done, a warning says so.
    pub cpu: Option<usize>,
}

/// A third of what waking a thread on another core takes, so that a look in vain costs less than it might have saved.
const DEFAULT_SPIN: Duration = Duration::from_micros(10);

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            spin: DEFAULT_SPIN,
            cpu: None,
        }
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
    run_on_thread_with(name, HostOptions::default(), clock, build)
}

/// Like [`run_on_thread`], on a thread that is run as these options say.
///
/// # Errors
///
/// When there is no thread to be had, or `build` fails or panics.
pub fn run_on_thread_with<X, E>(
    name: &str,
    options: HostOptions,
    clock: Arc<dyn Clock>,
    build: impl FnOnce() -> Result<Domain<X>, E> + Send + 'static,
) -> Result<DomainThread<X>, HostError<E>>
where
    X: 'static,
    E: Send + 'static,
{
    let hosting = Hosting {
        name,
        options,
        clock,
    };
    let thread = host_on_thread(hosting, build)?;
    // The first command of all. A domain that has ended before it was started was stopped by its builder.
    let _ = thread.inbox().run(Domain::start);
    Ok(thread)
}

/// Where a domain will run.
pub(crate) struct Hosting<'a> {
    /// The thread's name, of which the system shows fifteen letters.
    pub(crate) name: &'a str,
    pub(crate) options: HostOptions,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Like [`run_on_thread`], but the domain takes commands alone until one of them starts it.
pub(crate) fn host_on_thread<X, E>(
    hosting: Hosting<'_>,
    build: impl FnOnce() -> Result<Domain<X>, E> + Send + 'static,
) -> Result<DomainThread<X>, HostError<E>>
where
    X: 'static,
    E: Send + 'static,
{
    let Hosting {
        name,
        options,
        clock,
    } = hosting;
    let (ready, built) = mpsc::sync_channel(1);
    let run = move || {
        if let Some(cpu) = options.cpu {
            pin_to(cpu);
        }
        let mut domain = match build() {
            Ok(domain) => domain,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let spawner = domain.core.spawner().cloned();
        if ready.send(Ok(domain.inbox())).is_ok() {
            let mut live = || park_and_run(&mut domain, options.spin, &*clock);
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

fn park_and_run<X>(domain: &mut Domain<X>, spin: Duration, clock: &dyn Clock) {
    let mut spin = park::Spin::new(spin);
    domain.set_waker(&park::this_thread());
    while !domain.is_stopped() {
        let next = domain.run_until_idle(clock.now());
        domain.core.pulse.rest();
        if domain.is_stopped() {
            return;
        }
        park::wait(domain.bell(), next, &mut spin, clock);
    }
}

/// Keeps this thread on one core.
#[cfg(target_os = "linux")]
fn pin_to(cpu: usize) {
    let mut cores = rustix::thread::CpuSet::new();
    let pinned = if cpu < rustix::thread::CpuSet::MAX_CPU {
        cores.set(cpu);
        rustix::thread::sched_setaffinity(None, &cores)
    } else {
        Err(rustix::io::Errno::INVAL)
    };
    if let Err(error) = pinned {
        let thread = thread::current();
        tracing::warn!(thread = thread.name(), cpu, %error, "cannot keep the domain on this core: it runs on any");
    }
}

/// Keeps this thread on one core.
#[cfg(not(target_os = "linux"))]
fn pin_to(cpu: usize) {
    let thread = thread::current();
    tracing::warn!(
        thread = thread.name(),
        cpu,
        "this system does not keep threads on a core: the domain runs on any"
    );
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
