//! A runtime that runs when the test says so.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};

use crate::kernel::Spawner;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A [`Spawner`] that keeps what actors spawn until [`run`](ManualSpawner::run), and then polls it on the caller's thread, in the order in which
/// it was spawned and woken. So the same test gives the same steps in each run.
///
/// A [`Bench`](super::Bench) has one of its own, and so has each life of a [`TestNode`](super::TestNode), where the seed chooses the order. With it, futures may wait for channels, for other futures, for whatever wakes them; tokio's
/// timers and sockets need tokio. What [`spawn_blocking`](crate::Context::spawn_blocking) was given is called at its turn, once.
///
/// ```
/// use std::sync::Arc;
/// use farc::testing::ManualSpawner;
/// use farc::Spawner as _;
///
/// let spawner = Arc::new(ManualSpawner::new());
/// let (sender, receiver) = std::sync::mpsc::channel();
/// spawner.spawn(Box::pin(async move { sender.send(1).unwrap() }));
/// assert!(receiver.try_recv().is_err());
/// assert_eq!(spawner.run(), 1);
/// assert_eq!(receiver.try_recv(), Ok(1));
/// ```
#[derive(Default)]
pub struct ManualSpawner {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    last: u64,
    /// Every future that is not done, by number.
    futures: BTreeMap<u64, Woken>,
    turns: VecDeque<Turn>,
}

struct Woken {
    /// Away while it is polled.
    job: Option<Job>,
    /// Whether it has a turn.
    queued: bool,
}

enum Turn {
    Poll(u64),
    Call(Box<dyn FnOnce() + Send>),
}

struct Wakes {
    queue: Weak<Mutex<Queue>>,
    number: u64,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        let Some(queue) = self.queue.upgrade() else {
            return;
        };
        let mut queue = lock(&queue);
        if let Some(woken) = queue.futures.get_mut(&self.number)
            && !std::mem::replace(&mut woken.queued, true)
        {
            queue.turns.push_back(Turn::Poll(self.number));
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ManualSpawner {
    /// One that has nothing to run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs what was spawned or woken, until nothing is; tells how many turns that took.
    pub fn run(&self) -> usize {
        let mut turns = 0;
        while self.step() {
            turns += 1;
        }
        turns
    }

    /// Polls the future, or calls the closure, whose turn it is. False if nothing is to be run.
    pub fn step(&self) -> bool {
        let turn = lock(&self.queue).turns.pop_front();
        self.take_turn(turn)
    }

    /// Like [`step`](Self::step), but chance chooses among all that could run, as the threads of a runtime do. It is asked for a number if there is
    /// a choice.
    pub(super) fn step_by(&self, chance: impl FnOnce() -> u64) -> bool {
        let turn = {
            let turns = &mut lock(&self.queue).turns;
            let count = turns.len() as u64;
            let at = if count > 1 { chance() % count } else { 0 };
            turns.remove(at as usize)
        };
        self.take_turn(turn)
    }

    fn take_turn(&self, turn: Option<Turn>) -> bool {
        match turn {
            Some(Turn::Poll(number)) => self.poll(number),
            Some(Turn::Call(work)) => work(),
            None => return false,
        }
        true
    }

    /// How many futures are not done.
    pub fn pending(&self) -> usize {
        lock(&self.queue).futures.len()
    }

    fn poll(&self, number: u64) {
        let job = lock(&self.queue)
            .futures
            .get_mut(&number)
            .and_then(|woken| {
                woken.queued = false;
                woken.job.take()
            });
        let Some(mut job) = job else {
            return;
        };
        let waker = Waker::from(Arc::new(Wakes {
            queue: Arc::downgrade(&self.queue),
            number,
        }));
        let polled = job.as_mut().poll(&mut Context::from_waker(&waker));
        let mut queue = lock(&self.queue);
        match polled {
            Poll::Pending => {
                if let Some(woken) = queue.futures.get_mut(&number) {
                    woken.job = Some(job);
                }
            }
            Poll::Ready(()) => {
                queue.futures.remove(&number);
                // What it drops may wake others.
                drop(queue);
                drop(job);
            }
        }
    }
}

impl Spawner for ManualSpawner {
    fn spawn(&self, job: Job) {
        let mut queue = lock(&self.queue);
        queue.last += 1;
        let number = queue.last;
        let woken = Woken {
            job: Some(job),
            queued: true,
        };
        queue.futures.insert(number, woken);
        queue.turns.push_back(Turn::Poll(number));
    }

    fn spawn_blocking(&self, job: Box<dyn FnOnce() + Send>) {
        lock(&self.queue).turns.push_back(Turn::Call(job));
    }
}

impl Drop for ManualSpawner {
    fn drop(&mut self) {
        // Outside of the lock: what is dropped may wake others.
        let queue = std::mem::take(&mut *lock(&self.queue));
        drop(queue);
    }
}

impl fmt::Debug for ManualSpawner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualSpawner")
            .field("pending", &self.pending())
            .finish_non_exhaustive()
    }
}
