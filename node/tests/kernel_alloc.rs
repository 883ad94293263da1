//! Posting, publishing and dispatching within a domain allocate nothing once everything has its size.
#![expect(
    unsafe_code,
    reason = "counting allocations takes an allocator of one's own"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

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
