//! Commands: each runs once, or its sender learns that it never will.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use loom::thread;

use super::bell::Bell;
use super::bell::Ring;
use super::inbox::{Inbox, InboxFull};
use super::{Domain, park};
use crate::check;
use crate::clock::Clock;

/// Time stands still.
#[derive(Debug)]
pub(super) struct Still(pub(super) Instant);

impl Clock for Still {
    fn now(&self) -> Instant {
        self.0
    }
}

/// Counts itself when it is dropped, run or not.
pub(super) struct Witness(pub(super) Arc<AtomicU32>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs commands until one of them says that it is enough, and ends as a domain does.
fn run_until_stopped(inbox: &Inbox<bool>) {
    let clock = Still(Instant::now());
    inbox.bell.set_waker(&park::this_thread());
    let mut domain = Domain(false);
    let mut spin = park::Spin::new(Duration::ZERO);
    let mut rings = Vec::new();
    while !domain.0 {
        if inbox.bell.is_rung() {
            inbox.bell.take(&mut rings);
            for ring in rings.drain(..) {
                assert_eq!(ring, Ring::Command);
                if let Some(command) = inbox.next_command() {
                    command(&mut domain);
                }
            }
        } else {
            park::wait(&inbox.bell, None, &mut spin, &clock);
        }
    }
    drop(inbox.close());
}

/// Fails, since the domain sleeps for ever or a command is neither run nor dropped, if `run` rings before the command is in the queue, if
/// `closed` is set without taking what waits, and if `run` looks at `closed` under another lock than the queue's.
#[test]
fn a_command_runs_or_is_dropped_or_is_refused_and_the_stop_is_always_heard() {
    check(|| {
        let inbox = Inbox::<bool>::new(Bell::default());
        let ran = Arc::new(AtomicU32::new(0));
        let gone = Arc::new(AtomicU32::new(0));
        let asker = {
            let (inbox, ran, gone) = (inbox.clone(), ran.clone(), gone.clone());
            thread::spawn(move || {
                let witness = Witness(gone);
                inbox.run(move |_| {
                    ran.fetch_add(1, Ordering::Relaxed);
                    drop(witness);
                })
            })
        };
        // Not this thread, which waits for the others: a model may not wake whoever joins.
        let domain = {
            let inbox = inbox.clone();
            thread::spawn(move || run_until_stopped(&inbox))
        };
        assert_eq!(inbox.run(|domain| domain.0 = true), Ok(()));
        let said = asker.join().unwrap();
        domain.join().unwrap();
        // Whatever was said, the command is no more.
        assert_eq!(gone.load(Ordering::Relaxed), 1);
        match said {
            Ok(()) => assert!(ran.load(Ordering::Relaxed) <= 1),
            Err(error) => {
                assert_eq!(error, InboxFull::Ended);
                assert_eq!(ran.load(Ordering::Relaxed), 0);
            }
        }
        assert_eq!(inbox.run(|_| ()), Err(InboxFull::Ended));
    });
}
