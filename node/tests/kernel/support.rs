//! An actor that does what its script says, and a domain around it that writes down what happens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use farc::bus::{Bus, BusSettings};
use farc::hsm::Record;
use farc::observe::{Dispatched, Dropped, GapRaised, Observer, Recalled, Restarted, StateRecord};
use farc::prelude::*;
use farc::sys::{ActorFailed, Gap, NodeDown, NodeUp, Shutdown};
use farc::{Clock as _, DomainSettings, Life, ManualClock};
use serde::{Deserialize, Serialize};

/// Three signals that differ in their names alone.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.a")]
pub(crate) struct A {
    pub(crate) n: u32,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.b")]
pub(crate) struct B {
    pub(crate) n: u32,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.c")]
pub(crate) struct C {
    pub(crate) n: u32,
}

/// A step of a script.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum Do {
    PublishA(u32),
    PublishB(u32),
    PublishC(u32),
    PostSelf(u32),
    /// Sends itself its own address, which nobody else could.
    MeetSelf,
    /// Posts `Note(n)` to whom it has met under this name.
    Post(String, u32),
    /// `Note(n)` after so many milliseconds.
    After(u64, u32),
    Front(u32),
    Recall,
    DropDeferred,
    /// The actor's timer: `Note(n)` after so many milliseconds, or so often.
    Arm(u64, u32),
    Every(u64, u32),
    Rearm(u64),
    Disarm,
    Subscribe,
    Unsubscribe,
    Defer,
    Away,
    Home,
    Ignore,
    Panic,
    Stop,
}

#[derive(Event, Clone)]
pub(crate) enum Input {
    #[event(key = n)]
    A(A),
    B(B),
    C(C),
    Gap(Gap),
    NodeUp(NodeUp),
    NodeDown(NodeDown),
    Shutdown(Shutdown),
    ActorFailed(ActorFailed),
    #[event(local, key = 0)]
    Note(u32),
    #[event(own)]
    Friend(Address<Scripted>),
}

/// What is to be done on which trigger: `start`, `entry`, `exit`, `a1`, `note7`, `gap`, …
pub(crate) type Script = BTreeMap<String, Vec<Do>>;

pub(crate) fn script<const N: usize>(rules: [(&str, Vec<Do>); N]) -> Script {
    rules
        .into_iter()
        .map(|(trigger, actions)| (trigger.to_owned(), actions))
        .collect()
}

pub(crate) struct Scripted {
    script: Script,
    /// Whom it has met, by name.
    to: BTreeMap<String, Address<Scripted>>,
    timer: Timer,
}

enum Answer {
    Defer,
    Stay,
    Away,
    Home,
    Ignore,
    Stop,
}

#[hsm(event = Input, initial = home, subscribe = [A, Gap, NodeUp, NodeDown, Shutdown, ActorFailed], defer = 3)]
impl Scripted {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        self.act("start", cx);
    }

    #[state]
    fn home(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match self.handle(event, cx) {
            Answer::Stay | Answer::Home => Handled,
            Answer::Away => To(State::Away),
            Answer::Defer => Defer,
            Answer::Stop => Stop,
            Answer::Ignore => Super,
        }
    }

    #[entry(home)]
    fn enter_home(&mut self, cx: &mut Context<Self>) {
        self.act("entry", cx);
    }

    #[exit(home)]
    fn leave_home(&mut self, cx: &mut Context<Self>) {
        self.act("exit", cx);
    }

    #[state]
    fn away(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match self.handle(event, cx) {
            Answer::Stay | Answer::Away => Handled,
            Answer::Home => To(State::Home),
            Answer::Defer => Defer,
            Answer::Stop => Stop,
            Answer::Ignore => Super,
        }
    }
}

impl Scripted {
    fn handle(&mut self, event: &Input, cx: &mut Context<Self>) -> Answer {
        let trigger = match event {
            Input::A(A { n }) => format!("a{n}"),
            Input::B(B { n }) => format!("b{n}"),
            Input::C(C { n }) => format!("c{n}"),
            Input::Gap(_) => "gap".to_owned(),
            Input::NodeUp(_) => "up".to_owned(),
            Input::NodeDown(_) => "down".to_owned(),
            Input::Shutdown(_) => "shutdown".to_owned(),
            Input::ActorFailed(_) => "failed".to_owned(),
            Input::Note(n) => format!("note{n}"),
            Input::Friend(address) => {
                self.to.insert(address.name().to_owned(), address.clone());
                "friend".to_owned()
            }
        };
        self.act(&trigger, cx)
    }

    fn act(&mut self, trigger: &str, cx: &mut Context<Self>) -> Answer {
        let mut answer = Answer::Stay;
        for action in self.script.get(trigger).cloned().unwrap_or_default() {
            match action {
                Do::PublishA(n) => drop_it(cx.publish(A { n })),
                Do::PublishB(n) => drop_it(cx.publish(B { n })),
                Do::PublishC(n) => drop_it(cx.publish(C { n })),
                Do::PostSelf(n) => drop(cx.post_self(Input::Note(n))),
                Do::MeetSelf => {
                    let me = cx.address();
                    drop(cx.post_self(Input::Friend(me)));
                }
                Do::Post(to, n) => {
                    if let Some(to) = self.to.get(&to).cloned() {
                        drop(cx.post(&to, InputPosted::Note(n)));
                    }
                }
                Do::After(time, n) => drop(cx.after(Duration::from_millis(time), Input::Note(n))),
                Do::Front(n) => drop(cx.post_front(Input::Note(n))),
                Do::Recall => drop_bool(cx.recall()),
                Do::DropDeferred => drop_bool(cx.drop_deferred()),
                Do::Arm(time, n) => {
                    let time = Duration::from_millis(time);
                    drop(self.timer.arm_after(cx, time, Input::Note(n)));
                }
                Do::Every(time, n) => {
                    let time = Duration::from_millis(time);
                    drop(self.timer.arm_every(cx, time, Input::Note(n)));
                }
                Do::Rearm(time) => drop_bool(self.timer.rearm(cx, Duration::from_millis(time))),
                Do::Disarm => drop_bool(self.timer.disarm(cx)),
                Do::Subscribe => {
                    cx.subscribe::<B>();
                    cx.subscribe::<C>();
                }
                Do::Unsubscribe => {
                    cx.unsubscribe::<B>();
                    cx.unsubscribe::<C>();
                }
                Do::Defer => answer = Answer::Defer,
                Do::Away => answer = Answer::Away,
                Do::Home => answer = Answer::Home,
                Do::Ignore => answer = Answer::Ignore,
                Do::Panic => panic!("as the script says"),
                Do::Stop => answer = Answer::Stop,
            }
        }
        answer
    }
}

impl Actor for Scripted {
    type Args = Script;

    fn new(script: Script, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        if script.contains_key("refuse") {
            return Err(BuildError::argument("script", "it says so"));
        }
        if script.contains_key("panic") {
            panic!("in the constructor");
        }
        Ok(Self {
            script,
            to: BTreeMap::new(),
            timer: Timer::new().missed(Missed::Burst),
        })
    }
}

/// What a queue or a timer said is in the trace, by what happens then.
fn drop_bool(_: bool) {}

/// What a publication led to is in the trace.
fn drop_it(_: Published) {}

/// Writes down one line for each thing that happens.
#[derive(Default)]
pub(crate) struct Trace {
    lines: Mutex<Vec<String>>,
    /// Every record of the machines, and not only their transitions.
    pub(crate) every_record: AtomicBool,
}

impl Trace {
    fn push(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    /// The lines since the last call, joined by spaces.
    pub(crate) fn take(&self) -> String {
        std::mem::take(&mut *self.lines.lock().unwrap()).join(" ")
    }
}

impl Observer for Trace {
    fn dispatched(&self, step: &Dispatched<'_>) {
        let signal = step.payload.map(|(_, payload)| payload);
        let n = signal.and_then(|payload| {
            let a = payload.downcast_ref::<A>().map(|a| a.n);
            let b = payload.downcast_ref::<B>().map(|b| b.n);
            a.or(b).or_else(|| payload.downcast_ref::<C>().map(|c| c.n))
        });
        let n = n.map(|n| n.to_string()).unwrap_or_default();
        let from = step
            .source
            .map(|source| format!("@{}", source.node))
            .unwrap_or_default();
        let ignored = if step.handled { "" } else { "-" };
        self.push(format!("{}:{}{n}{from}{ignored}", step.actor, step.event));
    }

    fn record(&self, step: &StateRecord<'_>) {
        if self.every_record.load(Ordering::Relaxed) {
            self.push(format!("{}[{}]{:?}", step.actor, step.event, step.record));
        } else if let Record::Transition { from, to, .. } = step.record {
            self.push(format!("{}:{from}->{to}", step.actor));
        }
    }

    fn recalled(&self, event: &Recalled<'_>) {
        self.push(format!("{}<{}", event.actor, event.event));
    }

    fn dropped(&self, drop: &Dropped<'_>) {
        self.push(format!(
            "{}!{}:{}x{}",
            drop.receiver, drop.cause, drop.event, drop.count
        ));
    }

    fn gap(&self, gap: &GapRaised<'_>) {
        self.push(format!("{}?gap:{}x{}", gap.actor, gap.cause, gap.count));
    }

    fn restarted(&self, failure: &Restarted<'_>) {
        let after = if failure.after.is_some() {
            "restarts"
        } else {
            "stays-down"
        };
        self.push(format!("{}:{after}", failure.actor));
    }
}

/// A domain, its clock, and what has happened in it.
pub(crate) struct Bench {
    pub(crate) domain: Domain,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) trace: Arc<Trace>,
    pub(crate) bus: Arc<Bus>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut BusSettings)) -> Self {
        let clock = Arc::new(ManualClock::new());
        let trace = Arc::new(Trace::default());
        let mut settings = BusSettings::new("bench".parse().unwrap(), Life::new(1, 2));
        settings.observer = Some(trace.clone());
        change(&mut settings);
        let bus = Bus::new(settings);
        let settings = DomainSettings {
            bus: bus.clone(),
            clock: clock.clone(),
            seed: [7; 32],
        };
        Self {
            domain: Domain::new(settings),
            clock,
            trace,
            bus,
        }
    }

    pub(crate) fn spawn(&mut self, name: &str, priority: u8, script: Script) -> Address<Scripted> {
        self.spawn_with(
            name,
            script,
            ActorOptions {
                priority,
                ..ActorOptions::default()
            },
        )
    }

    pub(crate) fn spawn_with(
        &mut self,
        name: &str,
        script: Script,
        options: ActorOptions,
    ) -> Address<Scripted> {
        self.domain
            .spawn::<Scripted>(name, script, options)
            .unwrap()
    }

    /// Runs what is to be done now; returns what happened.
    pub(crate) fn run(&mut self) -> String {
        self.domain.run_until_idle(self.clock.now());
        self.trace.take()
    }

    /// Runs what is to be done now; what happened is this, one line each.
    pub(crate) fn run_to(&mut self, expected: expect_test::Expect) {
        self.domain.run_until_idle(self.clock.now());
        let lines = std::mem::take(&mut *self.trace.lines.lock().unwrap());
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        expected.assert_eq(&text);
    }

    /// Lets time pass, all at once, and runs.
    pub(crate) fn pass(&mut self, milliseconds: u64) -> String {
        self.clock.advance(Duration::from_millis(milliseconds));
        self.run()
    }

    pub(crate) fn balanced(&self) {
        let wrong = self.domain.books().balance();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// Panics with this text are not worth ten thousand messages.
pub(crate) fn hush(text: &'static str) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let said = payload.downcast_ref::<String>().map(String::as_str);
        if said.or_else(|| payload.downcast_ref::<&str>().copied()) != Some(text) {
            before(panic);
        }
    }));
}
