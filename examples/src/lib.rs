//! Programs written with farc: one file an example, each runnable.
//!
//! Most are those of the Python library farc, with the same output. They share [`main`], which is what its `run_forever` was and a little more.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use farc::{Clock, Daemon, Domain, DomainSettings, Environment, ManualClock, SpawnError};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The whole command line of an example.
///
/// Without arguments, the actors that `spawn` makes run until all have stopped, or Ctrl-C or SIGTERM stops them; a second one ends the process
/// at once. `--virtual SECONDS` does the same on a virtual clock: no time passes, and each run is the same. Anything else is for `daemon`:
/// `graph TYPE` draws a chart, and `run --config FILE` makes the program a node.
pub fn main(daemon: Daemon, spawn: impl FnOnce(&mut Domain) -> Result<(), SpawnError>) -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] => run(spawn),
        ["--virtual", seconds] => run_virtually(seconds, spawn),
        _ => return daemon.main(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&*error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the program ends with it")]
fn tell(error: &dyn Error) {
    eprintln!("error: {error}");
}

fn run(spawn: impl FnOnce(&mut Domain) -> Result<(), SpawnError>) -> Result<(), Box<dyn Error>> {
    let Environment { clock, seed, .. } = Environment::production()?;
    let settings = DomainSettings::alone("example".parse()?, clock.clone(), seed);
    let mut domain = Domain::new(settings);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Sockets that actors open belong to this runtime, and so do the signals of the operating system.
    let handle = runtime.handle().clone();
    let _entered = handle.enter();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let inbox = domain.inbox();
    thread::spawn(move || {
        runtime.block_on(async {
            either(&mut interrupt, &mut terminate).await;
            // Refused only if the domain has ended.
            let _ = inbox.run(Domain::stop);
            // An actor does not come to an end: somebody is impatient.
            either(&mut interrupt, &mut terminate).await;
            std::process::exit(1);
        });
    });
    spawn(&mut domain)?;
    domain.start();
    domain.set_waker(&Waker::from(Arc::new(Unpark(thread::current()))));
    while !domain.is_stopped() {
        match domain.run_until_idle(clock.now()) {
            None if all_have_stopped(&domain) => break,
            None => thread::park(),
            Some(at) => thread::park_timeout(at.saturating_duration_since(clock.now())),
        }
    }
    Ok(())
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

/// Wakes a parked thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn all_have_stopped(domain: &Domain) -> bool {
    domain.status().iter().all(|actor| actor.phase == "stopped")
}

fn run_virtually(
    seconds: &str,
    spawn: impl FnOnce(&mut Domain) -> Result<(), SpawnError>,
) -> Result<(), Box<dyn Error>> {
    let seconds = seconds
        .parse()
        .map_err(|error| format!("`--virtual {seconds}` is no number of seconds: {error}"))?;
    let clock = Arc::new(ManualClock::new());
    let settings = DomainSettings::alone("example".parse()?, clock.clone(), [0; 32]);
    let mut domain = Domain::new(settings);
    spawn(&mut domain)?;
    domain.start();
    let end = clock.now() + Duration::from_secs(seconds);
    while let Some(at) = domain.run_until_idle(clock.now()).filter(|at| *at <= end) {
        clock.advance_to(at);
    }
    clock.advance_to(end);
    domain.run_until_idle(end);
    domain.stop();
    Ok(())
}
