//! One seed, one thread, one paused clock.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic;
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use tokio::task::LocalSet;
use tokio::time::Instant;

/// A run that takes longer than this on the wall clock hangs: its clock does not move although it should.
const WALL_LIMIT: Duration = Duration::from_secs(180);

thread_local! {
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Why a run gave no result.
#[derive(Clone, Debug)]
pub enum Failure {
    /// These panics happened, in the run itself or in any of its tasks.
    Panicked(Vec<String>),
    /// The run did not end within three minutes of wall time.
    Hung,
    /// The thread or the runtime could not be made.
    Setup(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panics) => write!(f, "panicked: {}", panics.join("; ")),
            Self::Hung => write!(
                f,
                "did not end within {} s of wall time",
                WALL_LIMIT.as_secs()
            ),
            Self::Setup(why) => write!(f, "could not start: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Simulated time since the run began; zero outside a run.
pub fn elapsed() -> Duration {
    START
        .get()
        .map_or(Duration::ZERO, |start| Instant::now() - start)
}

/// Runs `body` to its end in a simulation of its own: a fresh OS thread (so that no thread-local carries state over from another run), a current-thread
/// runtime without I/O whose clock stands still while anything can run, and a `LocalSet`. `entropy` is called first on that thread, for whoever replaces
/// the operating system's randomness.
///
/// tokio swallows the panic of a task; here any panic on the thread fails the run.
///
/// # Errors
/// A panic anywhere in the run, a run that does not end, or a failure to start.
pub fn simulate<T, F, Fut>(
    name: &str,
    entropy: impl FnOnce() + Send + 'static,
    body: F,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = T>,
{
    record_panics_of_simulations();
    let (sender, receiver) = mpsc::channel();
    let run = move || {
        entropy();
        PANICS.set(Some(Vec::new()));
        let result = panic::catch_unwind(panic::AssertUnwindSafe(|| drive(body)));
        let panics = PANICS.take().unwrap_or_default();
        let outcome = match result {
            Ok(Ok(value)) if panics.is_empty() => Ok(value),
            Ok(Err(error)) => Err(Failure::Setup(error.to_string())),
            Ok(Ok(_)) | Err(_) => Err(Failure::Panicked(panics)),
        };
        // Nobody listens any more after a hang; then the outcome is of no use.
        drop(sender.send(outcome));
    };
    let spawned = thread::Builder::new()
        .name(name.to_owned())
        .stack_size(8 << 20)
        .spawn(run);
    let thread = spawned.map_err(|error| Failure::Setup(error.to_string()))?;
    let outcome = receiver
        .recv_timeout(WALL_LIMIT)
        .map_err(|_| Failure::Hung)?;
    // The outcome is here, so the thread is about to end; its panics are in the outcome.
    drop(thread.join());
    outcome
}

fn drive<T, F, Fut>(body: F) -> std::io::Result<T>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = T>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    let local = LocalSet::new();
    let value = runtime.block_on(local.run_until(async {
        START.set(Some(Instant::now()));
        body().await
    }));
    drop(local);
    drop(runtime);
    START.set(None);
    Ok(value)
}

/// Puts a hook in front of the present one: panics on a simulation's thread are collected there, all others go on as before.
fn record_panics_of_simulations() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place = info
                .location()
                .map_or_else(String::new, |place| format!(" at {place}"));
            let text = format!("{}{place}", message(info.payload()));
            let recorded = PANICS.try_with(|panics| match &mut *panics.borrow_mut() {
                Some(list) => {
                    list.push(text);
                    true
                }
                None => false,
            });
            if !recorded.unwrap_or(false) {
                before(info);
            }
        }));
    });
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is no text")
}
