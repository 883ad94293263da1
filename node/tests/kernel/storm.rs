//! D1 to D4 together: ten thousand panics in a hundred actors that talk to each other, spawn tasks and arm timers all the time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as Polls, Poll};
use std::time::Duration;

use farc::bus::{Bus, BusSettings};
use farc::observe::{Cause, Dropped, Observer};
use farc::prelude::*;
use farc::testing::ManualSpawner;
use farc::{Clock as _, DomainSettings, Life, ManualClock, TaskStatus};

use super::support::hush;

const ACTORS: usize = 100;
const PANICS: u32 = 10_000;
const MESSAGE: &str = "injected";

/// Where a panic is injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Constructor,
    Start,
    Entry,
    Exit,
    Handler,
    Task,
}

#[derive(Clone)]
enum Target {
    Plain(Address<Plain>),
    Stubborn(Address<Stubborn>),
}

/// What all actors of the test know, beside what they are told: who sent how much to whom, and who may panic.
#[derive(Default)]
struct World {
    random: u64,
    left: u32,
    injected: BTreeMap<Place, u32>,
    targets: Vec<Target>,
    /// `sent[from][to]`: the number of the last event that was taken.
    sent: Vec<Vec<u32>>,
    received: Vec<Vec<u32>>,
    /// By receiver: events whose last step panicked.
    poisoned: Vec<u64>,
    /// The event that is being handled, if its panic is the last word on it.
    last_word: Option<usize>,
    quiet: bool,
    /// What tasks hold, and what they have brought and nobody has dropped.
    tokens: Arc<AtomicU32>,
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fn world<T>(act: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with_borrow_mut(act)
}

impl World {
    /// xorshift64: the same numbers in each run.
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }

    fn strikes(&mut self, place: Place) -> bool {
        if self.left == 0 || self.below(25) != 0 {
            return false;
        }
        self.left -= 1;
        *self.injected.entry(place).or_default() += 1;
        if let Some(receiver) = self.last_word {
            self.poisoned[receiver] += 1;
        }
        true
    }
}

/// Panics in one of 25 cases.
fn perhaps(place: Place) {
    if world(|world| world.strikes(place)) {
        panic!("{MESSAGE}");
    }
}

/// One of the things that must not be left behind.
struct Token(Arc<AtomicU32>);

impl Token {
    fn new() -> Self {
        let tokens = world(|world| world.tokens.clone());
        tokens.fetch_add(1, Ordering::Relaxed);
        Self(tokens)
    }
}

impl Clone for Token {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A task that takes some turns, of which each may panic.
struct Nap {
    turns: u64,
    token: Token,
}

impl Nap {
    fn new() -> Self {
        Self {
            turns: world(|world| world.below(6)),
            token: Token::new(),
        }
    }
}

impl Future for Nap {
    type Output = Input;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Polls<'_>) -> Poll<Input> {
        perhaps(Place::Task);
        if self.turns == 0 {
            return Poll::Ready(Input::Rested(self.token.clone()));
        }
        self.turns -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A stream of more items than fit into a window.
struct Drip(u32, Token);

impl futures_core::Stream for Drip {
    type Item = Token;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Polls<'_>) -> Poll<Option<Token>> {
        self.0 += 1;
        Poll::Ready((self.0 <= 20).then(|| self.1.clone()))
    }
}

#[derive(Event, Clone)]
enum Input {
    #[event(local)]
    Mail { from: u32, n: u32 },
    /// One that its receiver may keep aside.
    #[event(local)]
    Note,
    #[event(local)]
    Beat,
    #[event(local)]
    Calm,
    /// A task is done.
    #[event(own)]
    Rested(#[expect(dead_code, reason = "it is there to be dropped")] Token),
    /// An item of a stream, or its end.
    #[event(own)]
    Dripped(#[expect(dead_code, reason = "it is there to be dropped")] Option<Token>),
}

/// Sends a numbered event to somebody.
fn send<A: Actor>(from: usize, cx: &mut Context<'_, A>) {
    let Some((to, target, n)) = world(|world| {
        let to = world.below(ACTORS as u64) as usize;
        let n = world.sent[from][to] + 1;
        (!world.quiet).then(|| (to, world.targets[to].clone(), n))
    }) else {
        return;
    };
    let mail = InputPosted::Mail {
        from: from as u32,
        n,
    };
    let taken = match &target {
        Target::Plain(to) => cx.post(to, mail).is_ok(),
        Target::Stubborn(to) => cx.post(to, mail).is_ok(),
    };
    if taken {
        world(|world| world.sent[from][to] = n);
    }
}

/// What a handler is to answer.
enum Answer {
    Stay,
    Turn,
    Keep,
}

/// Handles an event; panics now and then, before and after what it posts.
fn handle<A: Actor>(me: usize, retries: bool, event: &Input, cx: &mut Context<'_, A>) -> Answer {
    let again = cx.redelivered();
    assert!(retries || !again, "nobody asked for it once more");
    world(|world| world.last_word = (again || !retries).then_some(me));
    if let Input::Mail { from, n } = event {
        let seen = world(|world| std::mem::replace(&mut world.received[*from as usize][me], *n));
        assert_eq!(seen + u32::from(!again), *n, "from {from} to {me}");
    }
    perhaps(Place::Handler);
    let sends = matches!(event, Input::Beat) || world(|world| world.below(3) == 0);
    if sends {
        send(me, cx);
    }
    perhaps(Place::Handler);
    match event {
        Input::Note => Answer::Keep,
        Input::Calm | Input::Rested(_) => Answer::Turn,
        Input::Mail { .. } | Input::Beat | Input::Dripped(_) => match world(|world| world.below(4))
        {
            0 => Answer::Turn,
            _ => Answer::Stay,
        },
    }
}

macro_rules! fragile {
    ($name:ident, $retries:literal $(, $key:ident = $value:ident)?) => {
        struct $name {
            me: usize,
            beat: Timer,
        }

        #[hsm(event = Input, initial = calm, defer = 64 $(, $key = $value)?)]
        impl $name {
            #[start]
            fn begin(&mut self, cx: &mut Context<Self>) {
                world(|world| world.last_word = None);
                let period = Duration::from_millis(5);
                assert!(self.beat.arm_every(cx, period, Input::Beat).is_ok());
                let drip = Drip(0, Token::new());
                assert!(cx.attach_for_actor(drip, Input::Dripped).is_ok());
                perhaps(Place::Start);
            }

            #[state(initial = calm)]
            fn alive(&mut self, _: &Input) -> Next<Self> {
                Super
            }

            #[entry(alive)]
            fn enter_alive(&mut self) {
                perhaps(Place::Entry);
            }

            #[state(parent = alive)]
            fn calm(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
                match handle(self.me, $retries, event, cx) {
                    Answer::Turn => To(State::Busy),
                    Answer::Keep => Defer,
                    Answer::Stay => Handled,
                }
            }

            #[exit(calm)]
            fn leave_calm(&mut self, cx: &mut Context<Self>) {
                let _ = cx.post_self(Input::Note);
                perhaps(Place::Exit);
            }

            #[state(parent = alive)]
            fn busy(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
                match handle(self.me, $retries, event, cx) {
                    Answer::Turn => To(State::Calm),
                    Answer::Keep | Answer::Stay => Handled,
                }
            }

            #[entry(busy)]
            fn enter_busy(&mut self, cx: &mut Context<Self>) {
                let _ = cx.after(Duration::from_millis(3), Input::Calm);
                // Those that were cancelled count until the runtime has let go of them.
                let _ = cx.spawn(Nap::new());
                let _ = cx.spawn_for_actor(Nap::new());
                perhaps(Place::Entry);
            }

            #[exit(busy)]
            fn leave_busy(&mut self) {
                perhaps(Place::Exit);
            }
        }

        impl Actor for $name {
            type Args = u8;

            fn new(me: u8, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
                world(|world| world.last_word = None);
                perhaps(Place::Constructor);
                Ok(Self {
                    me: me.into(),
                    beat: Timer::new(),
                })
            }
        }
    };
}

fragile!(Plain, false);
fragile!(Stubborn, true, on_panic = retry);

/// Counts drops by receiver and cause.
#[derive(Default)]
struct Dropping(Mutex<BTreeMap<(String, Cause), u64>>);

impl Observer for Dropping {
    fn dropped(&self, seen: &Dropped<'_>) {
        let mut drops = self.0.lock().unwrap();
        *drops
            .entry((seen.receiver.to_owned(), seen.cause))
            .or_default() += seen.count;
    }
}

#[test]
fn d01_ten_thousand_panics_in_a_hundred_actors_lose_and_disorder_nothing_of_the_others() {
    hush(MESSAGE);
    let clock = Arc::new(ManualClock::new());
    let drops = Arc::new(Dropping::default());
    let mut settings = BusSettings::new("bench".parse().unwrap(), Life::new(1, 2));
    settings.observer = Some(drops.clone());
    let mut domain = Domain::new(DomainSettings {
        bus: Bus::new(settings),
        clock: clock.clone(),
        seed: [9; 32],
    });
    let spawner = Arc::new(ManualSpawner::new());
    domain.set_spawner(spawner.clone());
    let options = ActorOptions {
        mailbox: 1 << 16,
        restart: RestartPolicy::Restart {
            limit: u32::MAX,
            within: Duration::from_secs(1),
            backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(20),
        },
        ..ActorOptions::default()
    };
    world(|world| {
        world.random = 0x9E37_79B9_7F4A_7C15;
        world.sent = vec![vec![0; ACTORS]; ACTORS];
        world.received = vec![vec![0; ACTORS]; ACTORS];
        world.poisoned = vec![0; ACTORS];
    });
    for me in 0..ACTORS as u8 {
        let (name, options) = (format!("a{me}"), options.clone());
        let target = if me % 2 == 0 {
            Target::Plain(domain.spawn::<Plain>(&name, me, options).unwrap())
        } else {
            Target::Stubborn(domain.spawn::<Stubborn>(&name, me, options).unwrap())
        };
        world(|world| world.targets.push(target));
    }
    world(|world| world.left = PANICS);
    domain.start();
    let mut run_until = |done: &mut dyn FnMut(&Domain) -> bool| {
        while !done(&domain) {
            domain.run_until_idle(clock.now());
            // Some turns of tasks, and often not all of them: a state is left while its tasks run.
            world(|world| world.last_word = None);
            for _ in 0..world(|world| world.below(60)) {
                spawner.step();
            }
            if let Some(next) = domain.run_until_idle(clock.now()) {
                clock.advance_to(next);
            }
        }
    };
    run_until(&mut |_| world(|world| world.left == 0));
    // Everybody comes back, and what waits is handled.
    world(|world| world.quiet = true);
    let rest = clock.now() + Duration::from_secs(1);
    run_until(&mut |domain| domain.now() >= rest && domain.is_idle());

    world(|world| {
        assert_eq!(world.injected.values().sum::<u32>(), PANICS);
        assert_eq!(world.injected.len(), 6);
        assert!(
            world.injected.values().all(|count| *count > 100),
            "{:?}",
            world.injected
        );
        assert_eq!(world.sent, world.received, "an event was lost");
        let sent: u32 = world.sent.iter().flatten().sum();
        assert!(sent > 25_000, "{sent}");
    });
    let count = |name: &str, cause| {
        let drops = drops.0.lock().unwrap();
        drops
            .get(&(name.to_owned(), cause))
            .copied()
            .unwrap_or_default()
    };
    let books = domain.books();
    assert_eq!(books.balance(), Vec::<String>::new());
    let mut tasks = TaskStatus::default();
    for status in domain.status() {
        let name = &status.name;
        assert_eq!((status.phase, status.mailbox.depth), ("running", 0));
        assert!(status.restarts > 0, "{name}");
        tasks.started += status.tasks.started;
        tasks.cancelled += status.tasks.cancelled;
        tasks.panicked += status.tasks.panicked;
        let me: usize = name[1..].parse().unwrap();
        let poisoned = world(|world| world.poisoned[me]);
        assert_eq!(count(name, Cause::Poison), poisoned, "{name}");
        assert_eq!(
            books.actors[name].dropped.get(&Cause::Poison),
            Some(&poisoned)
        );
        // Its own notes may find the side queue full, and its own timers end with it; mail is never dropped for another reason.
        let others = books.actors[name].dropped.keys();
        let mut others = others.filter(|cause| {
            !matches!(cause, Cause::Poison | Cause::Disarmed | Cause::DeferredFull)
        });
        assert_eq!(others.next(), None, "{name}");
    }
    // The timer of each beat, and of those who are busy the one that calms them.
    let armed = domain.timers().armed;
    assert!((100..=200).contains(&armed), "{armed}");

    let panicked = world(|world| world.injected[&Place::Task]);
    assert_eq!(tasks.panicked, u64::from(panicked));
    assert!(
        tasks.started > 10_000 && tasks.cancelled > 1000,
        "{tasks:?}"
    );

    domain.stop();
    assert_eq!(domain.timers().armed, 0);
    // The runtime has only to let go of what was cancelled.
    spawner.run();
    assert_eq!(spawner.pending(), 0);
    let tokens = world(|world| world.tokens.load(Ordering::Relaxed));
    assert_eq!(tokens, 0, "a task or what it has brought is left behind");
    assert_eq!(domain.books().balance(), Vec::<String>::new());
    assert!(domain.is_idle());
    world(|world| *world = World::default());
}
