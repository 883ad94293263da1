//! Tasks: the domain that cancels them beside the runtime that polls them, what they bring, and the window of a stream.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_core::Stream;
use loom::sync::Mutex;
use loom::thread;

use super::bell::{Bell, Ring};
use super::commands::{Still, Witness};
use super::mailbox::Arming;
use super::park;
use super::senders::wait_for;
use super::work::{self, Back, Brought, Pump, Returns, WINDOW, Window};
use crate::check;

const SLOT: u32 = 3;

fn back(bell: &Arc<Bell>) -> Back<u32> {
    Back {
        returns: Arc::new(Returns::new(SLOT, bell.clone())),
        arming: Arming(1),
    }
}

/// A domain that takes in what tasks bring, until so many of them have brought their last.
fn take_in(bell: &Bell, returns: &Returns<u32>, tasks: usize, mut taken: impl FnMut()) -> Vec<u32> {
    let clock = Still(Instant::now());
    let mut spin = park::Spin::new(Duration::ZERO);
    bell.set_waker(&park::this_thread());
    let (mut events, mut over) = (Vec::new(), 0);
    let mut rings = Vec::new();
    while over < tasks {
        if !bell.is_rung() {
            park::wait(bell, None, &mut spin, &clock);
            continue;
        }
        bell.take(&mut rings);
        for ring in rings.drain(..) {
            assert_eq!(ring, Ring::Tasks(SLOT));
            for (_, brought) in returns.take() {
                match brought {
                    Brought::Event(event) => events.push(event),
                    Brought::Last(event) => {
                        events.push(event);
                        over += 1;
                    }
                    Brought::Nothing | Brought::Panicked(_) => over += 1,
                }
                taken();
            }
        }
    }
    events
}

/// What a future waits for.
#[derive(Default)]
struct Signal(Mutex<(bool, Option<Waker>)>);

impl Signal {
    fn give(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}

/// Brings an event when the signal is given.
struct Waiting {
    signal: Arc<Signal>,
    back: Back<u32>,
    _gone: Witness,
}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.signal.0.lock().unwrap();
        if !state.0 {
            state.1 = Some(cx.waker().clone());
            return Poll::Pending;
        }
        drop(state);
        self.back.bring(Brought::Last(7));
        Poll::Ready(())
    }
}

fn waiting(signal: &Arc<Signal>, back: &Back<u32>, gone: &Arc<AtomicU32>) -> work::Job {
    Box::pin(Waiting {
        signal: signal.clone(),
        back: back.clone(),
        _gone: Witness(gone.clone()),
    })
}

/// Fails, since the runtime never lets go of the task, if `cancel` wakes nobody, if `put` puts cancelled work back, and if the waker of the last
/// poll is not kept.
#[test]
fn a_task_that_is_cancelled_is_dropped_once_and_its_runtime_lets_go_of_it() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let back = back(&bell);
        let gone = Arc::new(AtomicU32::new(0));
        let never = Arc::new(Signal::default());
        let (task, job) = work::future(waiting(&never, &back, &gone), back.clone());
        let runtime = thread::spawn(move || wait_for(job));
        assert_eq!(back.returns.held(), 1);
        task.cancel().unwrap();
        runtime.join().unwrap();
        assert_eq!(gone.load(Ordering::Relaxed), 1);
        assert_eq!(back.returns.held(), 0);
        assert!(back.returns.take().is_empty(), "nobody waits for it");
        task.cancel().unwrap();
    });
}

/// Fails if a cancel during a poll is forgotten, and if `put` puts cancelled work back.
#[test]
fn a_task_that_is_cancelled_while_it_ends_brings_its_event_or_none_and_is_dropped_once() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let back = back(&bell);
        let gone = Arc::new(AtomicU32::new(0));
        let signal = Arc::new(Signal::default());
        let (task, job) = work::future(waiting(&signal, &back, &gone), back.clone());
        let runtime = thread::spawn(move || wait_for(job));
        let giver = thread::spawn(move || signal.give());
        task.cancel().unwrap();
        runtime.join().unwrap();
        giver.join().unwrap();
        assert_eq!(gone.load(Ordering::Relaxed), 1);
        assert_eq!(back.returns.held(), 0);
        assert!(back.returns.take().len() <= 1);
    });
}

/// Fails, since the domain sleeps for ever, if `bring` rings before the event is in the queue, and if `take` keeps the mark of having rung.
#[test]
fn what_tasks_bring_wakes_their_domain_and_their_end_too() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let back = back(&bell);
        let gone = Arc::new(AtomicU32::new(0));
        let given = Arc::new(Signal(Mutex::new((true, None))));
        let (_task, job) = work::future(waiting(&given, &back, &gone), back.clone());
        let (_left, dropped) = work::future(waiting(&given, &back, &gone), back.clone());
        let domain = {
            let (bell, returns) = (bell.clone(), back.returns.clone());
            thread::spawn(move || take_in(&bell, &returns, 2, || ()))
        };
        let runtime = thread::spawn(move || wait_for(job));
        // A runtime that ends: nothing will come, and the domain learns that.
        drop(dropped);
        runtime.join().unwrap();
        assert_eq!(domain.join().unwrap(), [7]);
        assert_eq!(back.returns.held(), 0);
    });
}

/// Fails if `take` leaves the closure behind, and if a cancel during the run drops what runs.
#[test]
fn a_closure_runs_or_is_cancelled_and_is_dropped_once() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let back = back(&bell);
        let gone = Witness(Arc::new(AtomicU32::new(0)));
        let ended = gone.0.clone();
        let bring = back.clone();
        let closure = move || {
            bring.bring(Brought::Last(7));
            drop(gone);
        };
        let (task, run) = work::closure(Box::new(closure), back.clone());
        let runtime = thread::spawn(run);
        task.cancel().unwrap();
        runtime.join().unwrap();
        assert_eq!(ended.load(Ordering::Relaxed), 1);
        assert_eq!(back.returns.held(), 0);
        assert!(back.returns.take().len() <= 1);
    });
}

/// A stream that always has an item, until its end.
struct Numbers(std::ops::Range<u32>);

impl Stream for Numbers {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        Poll::Ready(self.0.next())
    }
}

/// Fails, since the stream sleeps for ever, if `poll_take` looks at the places and leaves its waker in two steps, and if `release` wakes nobody.
#[test]
fn a_stream_whose_window_is_full_goes_on_when_an_item_is_dispatched() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let back = back(&bell);
        let window = Arc::new(Window::default());
        let event = |item: Option<u32>| item.unwrap_or(99);
        let items = WINDOW + 1;
        let pump = Pump::new(Numbers(0..items), event, window.clone(), back.clone());
        let mut pump: work::Job = Box::pin(pump);
        // The first of them fill the window.
        let mut cx = Context::from_waker(Waker::noop());
        assert!(pump.as_mut().poll(&mut cx).is_pending());
        let domain = {
            let returns = back.returns.clone();
            thread::spawn(move || take_in(&bell, &returns, 1, || window.release()))
        };
        let runtime = thread::spawn(move || wait_for(pump));
        runtime.join().unwrap();
        let all: Vec<u32> = (0..items).chain([99]).collect();
        assert_eq!(domain.join().unwrap(), all);
    });
}
