//! An actor that does what a test hands it in, and keeps what its tasks bring.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as Polls, Poll, Wake, Waker};

use farc::prelude::*;
use farc::testing::{Bench, BenchSettings};
use tokio::sync::oneshot;

type Act = Box<dyn FnOnce(&mut Keeper, &mut Context<'_, Keeper>) + Send>;

#[derive(Event)]
pub(crate) enum Input {
    /// Something to do, once.
    #[event(own)]
    Act(Mutex<Option<Act>>),
    /// What a task brings.
    #[event(own)]
    Done(u32),
    #[event(own)]
    End,
    #[event(local)]
    Note(u32),
    #[event(own)]
    Away,
    #[event(own)]
    Home,
    #[event(own)]
    Stop,
}

pub(crate) struct Keeper {
    /// The last that it has spawned.
    pub(crate) task: Task,
    /// Whether it wants the results later.
    pub(crate) defers: bool,
}

thread_local! {
    /// What it has seen, also before a failure.
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// Whether the exits of its states are written down too.
    pub(crate) static EXITS: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn log(line: String) {
    SEEN.with_borrow_mut(|seen| seen.push(line));
}

pub(crate) fn take_log() -> Vec<String> {
    SEEN.take()
}

#[hsm(event = Input, initial = home, defer = 100)]
impl Keeper {
    #[state]
    fn home(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Input::Away => To(State::Away),
            Input::Home => To(State::Home),
            Input::Stop => Stop,
            Input::Done(_) if self.defers => Defer,
            _ => {
                self.see("home", event, cx);
                Handled
            }
        }
    }

    #[exit(home)]
    fn leave_home(&mut self) {
        leave();
    }

    #[exit(away)]
    fn leave_away(&mut self) {
        leave();
    }

    #[state]
    fn away(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Input::Away => To(State::Away),
            Input::Home => To(State::Home),
            Input::Stop => Stop,
            Input::Done(_) if self.defers => Defer,
            _ => {
                self.see("away", event, cx);
                Handled
            }
        }
    }
}

fn leave() {
    if EXITS.get() {
        log("exit".to_owned());
    }
}

impl Keeper {
    fn see(&mut self, state: &str, event: &Input, cx: &mut Context<'_, Self>) {
        let line = match event {
            Input::Act(act) => {
                let act = act.lock().unwrap().take().unwrap();
                return act(self, cx);
            }
            Input::Done(n) => format!("{n}@{state}"),
            Input::Note(n) => format!("note{n}@{state}"),
            Input::End => format!("end@{state}"),
            Input::Away | Input::Home | Input::Stop => return,
        };
        log(line);
    }
}

impl Actor for Keeper {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            task: Task::none(),
            defers: false,
        })
    }
}

pub(crate) fn bench() -> Bench<Keeper> {
    bench_with(ActorOptions {
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    })
}

pub(crate) fn bench_with(options: ActorOptions) -> Bench<Keeper> {
    let settings = BenchSettings {
        options,
        ..BenchSettings::default()
    };
    let mut bench = Bench::with((), settings).unwrap();
    bench.start();
    bench
}

/// The event with which the actor does this.
pub(crate) fn to_do(
    act: impl FnOnce(&mut Keeper, &mut Context<'_, Keeper>) + Send + 'static,
) -> Input {
    Input::Act(Mutex::new(Some(Box::new(act))))
}

/// Has the actor do something, and runs it.
pub(crate) fn act(
    bench: &mut Bench<Keeper>,
    act: impl FnOnce(&mut Keeper, &mut Context<'_, Keeper>) + Send + 'static,
) {
    assert!(bench.dispatch(to_do(act)));
}

/// Has the actor spawn this, bound to its state.
pub(crate) fn spawn(
    bench: &mut Bench<Keeper>,
    future: impl Future<Output = Input> + Send + 'static,
) {
    act(bench, move |keeper, cx| {
        keeper.task = cx.spawn(future).unwrap();
    });
}

/// A future that is done when the test says with what. The sender knows whether it was dropped.
pub(crate) fn answer() -> (oneshot::Sender<u32>, impl Future<Output = Input> + Send) {
    let (sender, receiver) = oneshot::channel();
    (sender, async move {
        match receiver.await {
            Ok(n) => Input::Done(n),
            Err(_) => Input::End,
        }
    })
}

/// What the actor has seen since the last look.
pub(crate) fn seen(bench: &mut Bench<Keeper>) -> String {
    let wrong = bench.domain().books().balance();
    assert!(wrong.is_empty(), "{wrong:#?}");
    take_log().join(" ")
}

/// Counts wake-ups.
#[derive(Default)]
pub(crate) struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Polls once; who is woken counts.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F, woken: &Arc<Woken>) -> Poll<F::Output> {
    let waker = Waker::from(woken.clone());
    Pin::new(future).poll(&mut Polls::from_waker(&waker))
}
