//! How a domain is set up, driven and timed; the same for all programs.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use farc::{Clock as _, Domain, DomainSettings, SystemClock, run_on_thread};

use super::program::Placement;

thread_local! {
    /// Where the actors of this thread's domain leave their results.
    static RESULTS: RefCell<Option<Sender<u64>>> = const { RefCell::new(None) };
}

/// What an actor has to show.
pub(crate) fn report(result: u64) {
    RESULTS.with_borrow(|results| {
        let results = results.as_ref().expect("a pass has set where results go");
        results.send(result).expect("a pass waits for its results");
    });
}

/// For actors whose results nobody waits for.
pub(crate) fn ignore_reports() {
    let (sender, receiver) = mpsc::channel();
    // It must have a receiver, or a report would fail.
    std::mem::forget(receiver);
    RESULTS.set(Some(sender));
}

/// A domain that is a whole node.
pub(crate) fn domain() -> Domain {
    Domain::new(DomainSettings::alone(
        "bench".parse().expect("a valid name"),
        Arc::new(SystemClock),
        [0; 32],
    ))
}

/// Has `results` reports made by actors that `build` sets up and that the command it returns sets going. Returns how long that took, from
/// giving the command to the last report, and the sum of the reports.
pub(crate) fn pass<K: FnOnce(&mut Domain) + Send + 'static>(
    placement: Placement,
    results: usize,
    build: impl FnOnce(&mut Domain) -> K + Send + 'static,
) -> (Duration, u64) {
    match placement {
        Placement::OneThread => on_this_thread(results, build),
        Placement::TwoWorkers => {
            let running = Running::new(build);
            let go = running.set_up.recv().expect("the domain was built");
            let begin = Instant::now();
            running.inbox_run(go);
            let sum = running.wait(results);
            let time = begin.elapsed();
            running.stop();
            (time, sum)
        }
    }
}

fn on_this_thread<K: FnOnce(&mut Domain)>(
    results: usize,
    build: impl FnOnce(&mut Domain) -> K,
) -> (Duration, u64) {
    let (sender, receiver) = mpsc::channel();
    RESULTS.set(Some(sender));
    let mut domain = domain();
    let go = build(&mut domain);
    domain.start();
    domain.run_until_idle(SystemClock.now());
    let begin = Instant::now();
    go(&mut domain);
    domain.run_until_idle(begin);
    let time = begin.elapsed();
    let reports: Vec<u64> = receiver.try_iter().collect();
    assert_eq!(reports.len(), results, "not all actors have finished");
    check_balance(&domain.books().balance());
    (
        time,
        reports.iter().fold(0, |sum, part| sum.wrapping_add(*part)),
    )
}

/// A domain on a thread of its own.
pub(crate) struct Running<T> {
    thread: farc::DomainThread,
    results: Receiver<u64>,
    /// What `build` has returned.
    pub(crate) set_up: Receiver<T>,
}

impl<T: Send + 'static> Running<T> {
    /// Has `build` set up actors on the new thread; they have started when this returns.
    pub(crate) fn new(build: impl FnOnce(&mut Domain) -> T + Send + 'static) -> Self {
        let (sender, results) = mpsc::channel();
        let (built, set_up) = mpsc::channel();
        let thread = run_on_thread("bench", Arc::new(SystemClock), move || {
            RESULTS.set(Some(sender));
            let mut domain = domain();
            // Nobody waits any more if this fails.
            let _ = built.send(build(&mut domain));
            Ok::<_, Infallible>(domain)
        })
        .expect("a thread can be had");
        let running = Self {
            thread,
            results,
            set_up,
        };
        running.settle();
        running
    }

    /// Waits until all that was given so far has been taken up, which needs no waiting for what follows from it.
    fn settle(&self) {
        let (sender, receiver) = mpsc::channel();
        self.inbox_run(move |_| {
            let _ = sender.send(());
        });
        receiver.recv().expect("a domain runs its commands");
    }

    /// Has the domain run this between two steps.
    pub(crate) fn inbox_run(&self, command: impl FnOnce(&mut Domain) + Send + 'static) {
        self.thread
            .inbox()
            .run(command)
            .expect("a domain that runs takes a command");
    }

    /// The sum of so many results.
    pub(crate) fn wait(&self, results: usize) -> u64 {
        (0..results).fold(0, |sum: u64, _| {
            sum.wrapping_add(self.results.recv().expect("the domain runs"))
        })
    }

    /// Ends the domain, which must have kept its books.
    pub(crate) fn stop(self) {
        let (sender, balance) = mpsc::channel();
        self.inbox_run(move |domain| {
            let _ = sender.send(domain.books().balance());
            domain.stop();
        });
        check_balance(&balance.recv().expect("a domain runs its commands"));
        assert!(self.thread.join(), "the domain's thread panicked");
    }
}

/// Whatever was meant for an actor is handled, dropped or queued.
pub(crate) fn check_balance(balance: &[String]) {
    assert!(balance.is_empty(), "the books do not balance: {balance:?}");
}
