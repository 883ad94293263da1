//! An actor with two states that does to its own queues and timers what its script says, and a log of what happens.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use farc::bus::{Bus, BusSettings};
use farc::observe::{Dropped, Observer, Recalled, Restarted};
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, Life, ManualClock};
use serde::{Deserialize, Serialize};

/// What the actor does about an event.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Defer,
    Idle,
    Busy,
    /// An internal transition; the same as nothing.
    Stay,
    Ignore,
    Panic,
    Stop,
    Recall,
    DropDeferred,
    /// Writes down what is deferred.
    Count,
    Post(u32),
    Front(u32),
    /// To itself, if so many more find room behind it.
    IfRoom(u32, u32),
    Publish(u32),
    /// Bound to the state: so many milliseconds, event.
    After(u64, u32),
    /// The timer with this number: so many milliseconds, event.
    Arm(u8, u64, u32),
    ArmAt(u8, i64, u32),
    Every(u8, u64, u32),
    Rearm(u8, u64),
    Disarm(u8),
    IsArmed(u8),
    Missed(u8),
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("worker.job")]
pub(crate) struct Job {
    pub(crate) n: u32,
}

#[derive(Event, Clone)]
pub(crate) enum Work {
    /// Published.
    Job(Job),
    /// Posted.
    #[event(local)]
    N(u32),
    #[event(local)]
    BadClone(Fragile),
}

/// Cannot be cloned.
#[derive(Isolated, Serialize, Deserialize)]
pub(crate) struct Fragile {
    pub(crate) n: u32,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        panic!("as it must");
    }
}

/// By state and event: `idle 3`, `busy 4`; and `start`, `enter busy`, `leave busy`.
pub(crate) type Orders = BTreeMap<String, Vec<Act>>;

pub(crate) fn orders<const N: usize>(orders: [(&str, Vec<Act>); N]) -> Orders {
    orders
        .into_iter()
        .map(|(when, acts)| (when.to_owned(), acts))
        .collect()
}

/// How the timers of a worker are made.
pub(crate) type Timers = Vec<u8>;

pub(crate) struct Worker {
    orders: Orders,
    timers: Vec<Timer>,
}

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn log(line: String) {
    LOG.with_borrow_mut(|log| log.push(line));
}

enum Answer {
    Stay,
    Idle,
    Busy,
    Ignore,
    Defer,
    Stop,
}

#[hsm(event = Work, initial = idle, subscribe = [Job], defer = 4)]
impl Worker {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        self.act("start", cx);
    }

    #[state]
    fn idle(&mut self, event: &Work, cx: &mut Context<Self>) -> Next<Self> {
        match self.handle("idle", event, cx) {
            Answer::Stay => Handled,
            Answer::Idle => To(State::Idle),
            Answer::Busy => To(State::Busy),
            Answer::Defer => Defer,
            Answer::Stop => Stop,
            Answer::Ignore => Super,
        }
    }

    #[state]
    fn busy(&mut self, event: &Work, cx: &mut Context<Self>) -> Next<Self> {
        match self.handle("busy", event, cx) {
            Answer::Stay => Handled,
            Answer::Idle => To(State::Idle),
            Answer::Busy => To(State::Busy),
            Answer::Defer => Defer,
            Answer::Stop => Stop,
            Answer::Ignore => Super,
        }
    }

    #[entry(idle)]
    fn enter_idle(&mut self, cx: &mut Context<Self>) {
        self.act("enter idle", cx);
    }

    #[entry(busy)]
    fn enter_busy(&mut self, cx: &mut Context<Self>) {
        self.act("enter busy", cx);
    }

    #[exit(busy)]
    fn leave_busy(&mut self, cx: &mut Context<Self>) {
        self.act("leave busy", cx);
    }
}

impl Worker {
    fn handle(&mut self, state: &str, event: &Work, cx: &mut Context<Self>) -> Answer {
        let n = match event {
            Work::Job(Job { n }) | Work::N(n) | Work::BadClone(Fragile { n }) => n,
        };
        log(format!("{n}@{state}"));
        self.act(&format!("{state} {n}"), cx)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is left is about timers"
    )]
    fn act(&mut self, when: &str, cx: &mut Context<Self>) -> Answer {
        let mut answer = Answer::Stay;
        for act in self.orders.get(when).cloned().unwrap_or_default() {
            match act {
                Act::Defer => answer = Answer::Defer,
                Act::Idle => answer = Answer::Idle,
                Act::Busy => answer = Answer::Busy,
                Act::Stay => answer = Answer::Stay,
                Act::Ignore => answer = Answer::Ignore,
                Act::Stop => answer = Answer::Stop,
                Act::Panic => panic!("as the script says"),
                Act::Recall => log(format!("recall={}", cx.recall())),
                Act::DropDeferred => log(format!("drop={}", cx.drop_deferred())),
                Act::Count => log(format!("{:?}", cx.deferred())),
                Act::Post(n) => tell(cx.post_self(Work::N(n)).is_ok()),
                Act::Front(n) => tell(cx.post_front(Work::N(n)).is_ok()),
                Act::IfRoom(n, spare) => {
                    let me = cx.address();
                    tell(cx.post_if_room(&me, Work::N(n), spare).is_ok());
                }
                Act::Publish(n) => drop_it(cx.publish(Job { n })),
                Act::After(time, n) => tell(cx.after(ms(time), Work::N(n)).is_ok()),
                timed => self.time(timed, cx),
            }
        }
        answer
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are done in `act`"
    )]
    fn time(&mut self, act: Act, cx: &mut Context<Self>) {
        let timers = &mut self.timers;
        match act {
            Act::Arm(i, time, n) => tell(
                timers[usize::from(i)]
                    .arm_after(cx, ms(time), Work::N(n))
                    .is_ok(),
            ),
            Act::ArmAt(i, time, n) => {
                let at = match u64::try_from(time) {
                    Ok(time) => cx.now() + ms(time),
                    Err(_) => cx.now() - ms(time.unsigned_abs()),
                };
                tell(timers[usize::from(i)].arm_at(cx, at, Work::N(n)).is_ok());
            }
            Act::Every(i, time, 99) => {
                let event = Work::BadClone(Fragile { n: 99 });
                tell(
                    timers[usize::from(i)]
                        .arm_every(cx, ms(time), event)
                        .is_ok(),
                );
            }
            Act::Every(i, time, n) => tell(
                timers[usize::from(i)]
                    .arm_every(cx, ms(time), Work::N(n))
                    .is_ok(),
            ),
            Act::Rearm(i, time) => log(format!(
                "rearm={}",
                timers[usize::from(i)].rearm(cx, ms(time))
            )),
            Act::Disarm(i) => log(format!("disarm={}", timers[usize::from(i)].disarm(cx))),
            Act::IsArmed(i) => log(format!("armed={}", timers[usize::from(i)].is_armed(cx))),
            Act::Missed(i) => log(format!(
                "missed={}",
                timers[usize::from(i)].periods_missed(cx)
            )),
            other => panic!("{other:?} is not about timers"),
        }
    }
}

/// What was refused is in the log.
fn tell(taken: bool) {
    if !taken {
        log("refused".to_owned());
    }
}

fn drop_it(_: Published) {}

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

impl Actor for Worker {
    type Args = (Orders, Timers);

    fn new((orders, timers): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        let timers = timers.into_iter().map(|policy| {
            Timer::new().missed(match policy {
                0 => Missed::Skip,
                1 => Missed::Burst,
                _ => Missed::Delay,
            })
        });
        Ok(Self {
            orders,
            timers: timers.collect(),
        })
    }
}

struct Watch;

impl Observer for Watch {
    fn dropped(&self, drop: &Dropped<'_>) {
        log(format!("!{}:{}x{}", drop.cause, drop.event, drop.count));
    }

    fn recalled(&self, event: &Recalled<'_>) {
        log(format!("<{}", event.event));
    }

    fn restarted(&self, failure: &Restarted<'_>) {
        log(format!("failed({})", failure.cause));
    }
}

/// A domain with one worker.
pub(crate) struct Lab {
    pub(crate) domain: Domain,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) worker: Address<Worker>,
}

impl Lab {
    pub(crate) fn new<const N: usize>(list: [(&str, Vec<Act>); N]) -> Self {
        Self::with(ActorOptions::default(), list)
    }

    pub(crate) fn with<const N: usize>(options: ActorOptions, list: [(&str, Vec<Act>); N]) -> Self {
        Self::of(options, orders(list), vec![0, 0])
    }

    pub(crate) fn of(options: ActorOptions, orders: Orders, timers: Timers) -> Self {
        let clock = Arc::new(ManualClock::new());
        // Room to look back.
        clock.advance(ms(3_600_000));
        let mut settings = BusSettings::new("bench".parse().unwrap(), Life::new(1, 2));
        settings.observer = Some(Arc::new(Watch));
        let settings = DomainSettings {
            bus: Bus::new(settings),
            clock: clock.clone(),
            seed: [7; 32],
        };
        LOG.take();
        let mut domain = Domain::new(settings);
        let worker = domain
            .spawn::<Worker>("worker", (orders, timers), options)
            .unwrap();
        domain.start();
        Self {
            domain,
            clock,
            worker,
        }
    }

    /// Posts these and runs; what happened.
    pub(crate) fn post(&mut self, events: impl IntoIterator<Item = u32>) -> String {
        self.post_without_running(events);
        self.run()
    }

    pub(crate) fn post_without_running(&mut self, events: impl IntoIterator<Item = u32>) {
        for n in events {
            let taken = self.domain.post(&self.worker, Work::N(n));
            tell(taken.is_ok());
        }
    }

    /// Runs what is to be done now; what happened.
    pub(crate) fn run(&mut self) -> String {
        self.domain.run_until_idle(self.clock.now());
        self.log()
    }

    /// Lets time pass, all at once, and runs.
    pub(crate) fn pass(&mut self, milliseconds: u64) -> String {
        self.clock.advance(ms(milliseconds));
        self.run()
    }

    /// What happened since the last call. The books balance.
    pub(crate) fn log(&mut self) -> String {
        let wrong = self.domain.books().balance();
        assert!(wrong.is_empty(), "{wrong:#?}");
        LOG.take().join(" ")
    }

    /// How many wait and how many are deferred; how many were delivered.
    pub(crate) fn queued(&self) -> (u64, u64, u64) {
        let mailbox = &self.domain.status()[0].mailbox;
        let delivered = self.domain.books().actors["worker"].delivered;
        (mailbox.depth, mailbox.deferred, delivered)
    }
}

/// A mailbox of this size with this policy.
pub(crate) fn mailbox(mailbox: usize, overflow: Overflow) -> ActorOptions {
    ActorOptions {
        mailbox,
        overflow,
        ..ActorOptions::default()
    }
}
