//! Posting, publishing and dispatching within a domain allocate nothing once everything has its size.
#![expect(
    unsafe_code,
    reason = "counting allocations takes an allocator of one's own"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use farc::observe::Cause;
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, ManualClock};
use serde::{Deserialize, Serialize};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator; counting touches nothing but a thread-local number.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's obligations are ours.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's obligations are ours.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("alloc.tick")]
struct Tick {
    n: u64,
}

#[derive(Event)]
enum Input {
    Tick(Tick),
    #[event(local)]
    Ball(u32),
    #[event(local)]
    Meet(Address<Player>),
}

struct Player {
    to: Option<Address<Player>>,
}

#[hsm(event = Input, initial = playing, subscribe = [Tick])]
impl Player {
    #[state]
    fn playing(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Input::Ball(0) => Handled,
            Input::Ball(left) => {
                if left.is_multiple_of(10) {
                    cx.publish(Tick { n: 1 });
                }
                if let Some(to) = &self.to {
                    let _ = cx.post(to, Input::Ball(left - 1));
                }
                Handled
            }
            Input::Tick(_) => Handled,
            Input::Meet(other) => {
                self.to = Some(other.clone());
                Handled
            }
        }
    }
}

impl Actor for Player {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { to: None })
    }
}

#[test]
fn a_hundred_thousand_posts_dispatches_and_publications_allocate_nothing() {
    let clock = Arc::new(ManualClock::new());
    let mut domain = Domain::new(DomainSettings::alone(
        "bench".parse().unwrap(),
        clock.clone(),
        [0; 32],
    ));
    let ping = domain
        .spawn::<Player>("ping", (), ActorOptions::default())
        .unwrap();
    let pong = domain
        .spawn::<Player>("pong", (), ActorOptions::default())
        .unwrap();
    domain.start();
    domain.post(&ping, Input::Meet(pong.clone())).unwrap();
    domain.post(&pong, Input::Meet(ping.clone())).unwrap();
    let mut rally = |messages| {
        domain.post(&ping, Input::Ball(messages)).unwrap();
        pong.post(Input::Ball(messages / 10)).unwrap();
        domain.run_until_idle(clock.now());
    };
    // Twice: what other threads post goes through two buffers that take turns.
    rally(1000);
    rally(1000);
    let before = ALLOCATIONS.with(Cell::get);
    rally(100_000);
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
    assert!(domain.status()[0].handled > 50_000);
}

#[derive(Event, Clone)]
enum Turn {
    /// Leaves what is active, and comes back to it by its history.
    #[event(local)]
    Leave,
    #[event(local)]
    Return,
    #[event(local)]
    Inner,
    /// Deferred outside.
    #[event(local)]
    Keep,
    #[event(local)]
    Front,
    /// Due when the state that armed it is left.
    #[event(local)]
    Late,
    #[event(local)]
    Tick,
    #[event(local)]
    Once,
}

/// Uses everything that could need room.
struct Dancer {
    tick: Timer,
    once: Timer,
    recalled: u64,
    ticks: u64,
}

#[hsm(event = Turn, initial = inside, defer = 4)]
impl Dancer {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        let _ = self.tick.arm_every(cx, MILLISECOND, Turn::Tick);
    }

    #[state(history = deep, initial = left)]
    fn inside(&mut self, event: &Turn, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Turn::Leave => {
                let _ = cx.post_front(Turn::Front);
                let _ = self.once.arm_after(cx, MILLISECOND, Turn::Once);
                To(State::Outside)
            }
            Turn::Keep => {
                self.recalled += 1;
                Handled
            }
            Turn::Tick => {
                self.ticks += 1;
                Handled
            }
            _ => Super,
        }
    }

    #[state(parent = inside)]
    fn left(&mut self, event: &Turn) -> Next<Self> {
        match event {
            Turn::Inner => To(State::Right),
            _ => Super,
        }
    }

    #[state(parent = inside)]
    fn right(&mut self, event: &Turn) -> Next<Self> {
        match event {
            Turn::Inner => To(State::Left),
            _ => Super,
        }
    }

    #[state]
    fn outside(&mut self, event: &Turn, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Turn::Keep => Defer,
            Turn::Inner => {
                cx.recall();
                Handled
            }
            Turn::Return => {
                self.once.rearm(cx, MILLISECOND * 2);
                self.once.disarm(cx);
                DeepHistory(State::Inside)
            }
            _ => Super,
        }
    }

    #[entry(outside)]
    fn wait(&mut self, cx: &mut Context<Self>) {
        // One is queued behind `Return` when the state is left, the other is armed still.
        let _ = cx.after(Duration::ZERO, Turn::Late);
        let _ = cx.after(MILLISECOND * 50, Turn::Late);
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);

impl Actor for Dancer {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            tick: Timer::new().missed(Missed::Burst),
            once: Timer::new(),
            recalled: 0,
            ticks: 0,
        })
    }
}

#[test]
fn a_million_events_with_history_deferral_recall_timers_and_front_posts_allocate_nothing() {
    let clock = Arc::new(ManualClock::new());
    let mut domain = Domain::new(DomainSettings::alone(
        "bench".parse().unwrap(),
        clock.clone(),
        [0; 32],
    ));
    let dancer = domain
        .spawn::<Dancer>("dancer", (), ActorOptions::default())
        .unwrap();
    domain.start();
    let mut dance = |rounds: u32| {
        for _ in 0..rounds {
            let steps = [
                Turn::Leave,
                Turn::Keep,
                Turn::Keep,
                Turn::Inner,
                Turn::Keep,
                Turn::Return,
                Turn::Inner,
            ];
            for step in steps {
                domain.post(&dancer, step).unwrap();
            }
            clock.advance(MILLISECOND * 2);
            domain.run_until_idle(clock.now());
        }
        let status = domain.status().remove(0);
        (status.handled, status.books)
    };
    dance(1000);
    let before = ALLOCATIONS.with(Cell::get);
    let (handled, _) = dance(1);
    let told = ALLOCATIONS.with(Cell::get) - before;
    let before = ALLOCATIONS.with(Cell::get);
    let (handled_then, books) = dance(110_000);
    // The status that is read at the end is all that was allocated.
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, told);
    assert!(handled_then - handled > 1_000_000, "{handled_then}");
    assert_eq!(books.imbalance(), 0);
    let disarmed = books.dropped.get(&Cause::Disarmed);
    assert!(disarmed.is_some_and(|count| *count > 100_000), "{books:?}");
}
