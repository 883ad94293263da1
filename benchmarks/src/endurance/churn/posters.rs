//! Threads that are no part of the domain, and post to its actors.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use farc::prelude::*;

use super::errands::{Errand, Foreign};
use super::worker::WorkerEventPosted;

/// What became of the posts of other threads.
#[derive(Clone, Copy, Default)]
pub(crate) struct Outcome {
    pub(crate) taken: u64,
    /// No permit was left.
    pub(crate) full: u64,
    /// The receiver had stopped.
    pub(crate) stopped: u64,
}

/// A thread that runs errands, a list at a time.
pub(crate) struct Poster {
    /// Dropped, it ends the thread.
    errands: Option<SyncSender<Vec<Errand>>>,
    back: Receiver<(Vec<Errand>, Outcome)>,
    thread: Option<JoinHandle<()>>,
    /// The last list, for its room.
    list: Vec<Errand>,
}

impl Poster {
    pub(crate) fn new() -> Self {
        let (errands, todo) = sync_channel::<Vec<Errand>>(1);
        let (done, back) = sync_channel(1);
        let thread = thread::spawn(move || {
            for mut list in todo {
                let outcome = run(&mut list);
                if done.send((list, outcome)).is_err() {
                    return;
                }
            }
        });
        Self {
            errands: Some(errands),
            back,
            thread: Some(thread),
            list: Vec::new(),
        }
    }

    /// Sends the thread out with these errands, while the domain runs.
    pub(crate) fn send(&mut self, errands: impl Iterator<Item = Errand>) {
        let mut list = std::mem::take(&mut self.list);
        list.extend(errands);
        let thread = self.errands.as_ref().expect("it ends with its poster");
        thread.send(list).expect("the thread waits for a list");
    }

    /// Waits until it is back.
    pub(crate) fn wait(&mut self) -> Outcome {
        let (list, outcome) = self.back.recv().expect("the thread does its errands");
        self.list = list;
        outcome
    }
}

impl Drop for Poster {
    fn drop(&mut self) {
        self.errands = None;
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the thread has done its errands");
        }
    }
}

fn run(list: &mut Vec<Errand>) -> Outcome {
    let mut outcome = Outcome::default();
    for Errand { to, what } in list.drain(..) {
        let bytes = |weight: u32| vec![0; weight as usize];
        let posted = match what {
            Foreign::Work { weight } => to.post(WorkerEventPosted::Work(bytes(weight))),
            Foreign::Later { weight } => to.post(WorkerEventPosted::Later(bytes(weight))),
            Foreign::Stop => {
                to.stop();
                continue;
            }
        };
        match posted {
            Ok(()) => outcome.taken += 1,
            Err(PostError::Stopped(_)) => outcome.stopped += 1,
            Err(_) => outcome.full += 1,
        }
    }
    outcome
}
