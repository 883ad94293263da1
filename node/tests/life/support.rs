//! Who asks, who is asked, and a domain around them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use farc::bus::{Bus, BusSettings};
use farc::observe::{Dropped, Observer, Started, Stopped};
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, Life, ManualClock, Reply};
use serde::{Deserialize, Serialize};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// An answer whose copies and drops can hurt.
#[derive(Isolated, Serialize, Deserialize, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) n: u32,
    pub(crate) hurts: bool,
}

impl Clone for Verdict {
    fn clone(&self) -> Self {
        panic!("a verdict is copied");
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        assert!(
            !self.hurts || std::thread::panicking(),
            "a verdict is dropped"
        );
    }
}

fn is_reply<R: Reply>() {}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.query", reply = Verdict)]
pub(crate) struct Query {
    pub(crate) what: Want,
}

/// What the oracle does with a query.
#[derive(Isolated, Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
pub(crate) enum Want {
    Answer(u32),
    Twice(u32),
    WrongType,
    Silence,
    Panic,
    Keep,
    KeepTwice,
    Defer,
    PassOn,
    Hurt,
    Stop,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.plain")]
pub(crate) struct Plain {
    pub(crate) n: u32,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.unwanted", reply = u32)]
pub(crate) struct Unwanted {}

#[derive(Event)]
pub(crate) enum OracleEvent {
    Query(Query),
    Plain(Plain),
    #[event(local)]
    Handed(ReplyHandle),
    #[event(local)]
    Release,
    #[event(local)]
    ReplyKept(u32),
}

pub(crate) struct Oracle {
    log: Arc<Log>,
    kept: Vec<ReplyHandle>,
    friend: Option<Address<Oracle>>,
}

#[derive(Isolated, Clone)]
pub(crate) struct OracleArgs {
    pub(crate) friend: Option<Address<Oracle>>,
}

#[hsm(event = OracleEvent, initial = open, defer = 2)]
impl Oracle {
    #[state]
    fn open(&mut self, event: &OracleEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            OracleEvent::Query(query) if query.what == Want::Defer => Defer,
            OracleEvent::Query(query) if query.what == Want::Stop => Stop,
            OracleEvent::Query(query) => {
                self.heed(query, cx);
                Handled
            }
            OracleEvent::Release => To(State::Released),
            OracleEvent::Handed(handle) => {
                let said = cx.reply(
                    handle,
                    Verdict {
                        n: 99,
                        hurts: false,
                    },
                );
                self.log.push(format!("handed:{}", told(&said)));
                Handled
            }
            OracleEvent::ReplyKept(n) => {
                for handle in std::mem::take(&mut self.kept) {
                    let said = cx.reply(
                        &handle,
                        Verdict {
                            n: *n,
                            hurts: false,
                        },
                    );
                    self.log.push(format!("kept:{}", told(&said)));
                }
                Handled
            }
            OracleEvent::Plain(Plain { n }) => {
                let handle = cx.reply_handle().is_some();
                self.log.push(format!("plain{n}:{handle}"));
                Handled
            }
        }
    }

    #[state]
    fn released(&mut self, event: &OracleEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            OracleEvent::Query(query) => {
                let said = cx.answer(query, Verdict { n: 7, hurts: false });
                self.log.push(format!("late:{}", told(&said)));
                Handled
            }
            _ => Super,
        }
    }
}

fn told<R>(said: &Result<(), farc::ReplyError<R>>) -> String {
    match said {
        Ok(()) => "taken".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

impl Oracle {
    fn heed(&mut self, query: &Query, cx: &mut Context<'_, Self>) {
        let handle = cx.reply_handle();
        let Some(handle) = handle else {
            self.log.push("no handle".to_owned());
            return;
        };
        let verdict = |n| Verdict { n, hurts: false };
        match query.what {
            Want::Answer(n) => {
                let said = cx.answer(query, verdict(n));
                self.log.push(format!("answer:{}", told(&said)));
            }
            Want::Twice(n) => {
                let first = cx.reply(&handle, verdict(n));
                let second = cx.reply(&handle.clone(), verdict(n + 1));
                self.log
                    .push(format!("twice:{},{}", told(&first), told(&second)));
            }
            Want::WrongType => {
                let wrong = cx.reply(&handle, 5_u32);
                let right = cx.reply(&handle, verdict(5));
                self.log
                    .push(format!("types:{},{}", told(&wrong), told(&right)));
            }
            Want::Hurt => {
                let said = cx.reply(&handle, Verdict { n: 1, hurts: true });
                self.log.push(format!("hurt:{}", told(&said)));
            }
            Want::Silence | Want::Defer | Want::Stop => {}
            Want::Panic => panic!("over a query"),
            Want::Keep => self.kept.push(handle),
            Want::KeepTwice => self.kept.extend([handle.clone(), handle]),
            Want::PassOn => {
                if let Some(friend) = self.friend.clone() {
                    cx.post(&friend, OracleEvent::Handed(handle)).unwrap();
                }
            }
        }
    }
}

impl Actor for Oracle {
    type Args = OracleArgs;

    fn new(args: OracleArgs, cx: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        is_reply::<Verdict>();
        Ok(Self {
            log: Log::of(cx.node()),
            kept: Vec::new(),
            friend: args.friend,
        })
    }
}

/// Whom the asker asks.
#[derive(Isolated, Clone, Debug)]
pub(crate) enum Whom {
    Address(Address<Oracle>),
    Name(ActorRef),
}

#[derive(Event)]
pub(crate) enum AskerEvent {
    #[event(local)]
    Ask(Whom, Want, Duration),
    /// So often, and what the last call said.
    #[event(local)]
    AskOften(Whom, Want, u32),
    #[event(local)]
    AskAndWithdraw(Whom, Want),
    #[event(local)]
    AskUnwanted(ActorRef),
    #[event(local)]
    AskBadly(Whom),
    #[event(local)]
    Post(ActorRef, u32),
    #[event(local)]
    Fill(u32),
    #[event(local)]
    Fail,
    #[event(own)]
    Outcome(u32, Result<Verdict, AskError>),
    #[event(own)]
    Other(Result<u32, AskError>),
}

pub(crate) struct Asker {
    log: Arc<Log>,
    asked: u32,
}

#[hsm(event = AskerEvent, initial = idle)]
impl Asker {
    #[state]
    fn idle(&mut self, event: &AskerEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            AskerEvent::Ask(whom, want, within) => {
                self.ask(whom, *want, *within, cx);
                Handled
            }
            AskerEvent::AskOften(whom, want, count) => {
                let mut last = "asked".to_owned();
                for _ in 0..*count {
                    if let Some(error) = self.ask(whom, *want, SECOND, cx) {
                        last = error;
                    }
                }
                self.log.push(last);
                Handled
            }
            AskerEvent::AskAndWithdraw(Whom::Address(to), want) => {
                let query = Query { what: *want };
                let question = cx.ask(to, query, SECOND, |outcome| AskerEvent::Outcome(0, outcome));
                let withdrawn = cx.withdraw(question.unwrap());
                self.log.push(format!("withdrawn:{withdrawn}"));
                Handled
            }
            AskerEvent::AskUnwanted(to) => {
                cx.ask(to, Unwanted {}, SECOND, AskerEvent::Other).unwrap();
                Handled
            }
            AskerEvent::AskBadly(Whom::Address(to)) => {
                let query = Query {
                    what: Want::Answer(1),
                };
                cx.ask(to, query, SECOND, |_| panic!("no event")).unwrap();
                Handled
            }
            AskerEvent::AskAndWithdraw(..) | AskerEvent::AskBadly(_) => Handled,
            AskerEvent::Post(to, n) => {
                let posted = cx.post_to(to, Plain { n: *n });
                self.log.push(match posted {
                    Ok(()) => "posted".to_owned(),
                    Err(error) => {
                        let why = format!("{error:?}");
                        format!("post:{why}:{}", error.into_inner().n)
                    }
                });
                Handled
            }
            AskerEvent::Fill(count) => {
                for n in 0..*count {
                    cx.post_self(AskerEvent::Fill(0)).unwrap_or_else(|_| {
                        self.log.push(format!("full at {n}"));
                    });
                }
                Handled
            }
            AskerEvent::Fail => panic!("as asked for"),
            AskerEvent::Outcome(n, outcome) => {
                self.log.push(match outcome {
                    Ok(verdict) => format!("#{n}={}", verdict.n),
                    Err(why) => format!("#{n}:{why:?}"),
                });
                Handled
            }
            AskerEvent::Other(outcome) => {
                self.log.push(format!("other:{outcome:?}"));
                Handled
            }
        }
    }
}

impl Asker {
    fn ask(
        &mut self,
        whom: &Whom,
        want: Want,
        within: Duration,
        cx: &mut Context<'_, Self>,
    ) -> Option<String> {
        self.asked += 1;
        let n = self.asked;
        let query = Query { what: want };
        let then = move |outcome| AskerEvent::Outcome(n, outcome);
        let asked = match whom {
            Whom::Address(to) => cx.ask(to, query, within, then),
            Whom::Name(to) => cx.ask(to, query, within, then),
        };
        asked.err().map(|error| format!("{error:?}"))
    }
}

impl Actor for Asker {
    type Args = ();

    fn new((): (), cx: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            log: Log::of(cx.node()),
            asked: 0,
        })
    }
}

/// What the actors of a node say.
#[derive(Default)]
pub(crate) struct Log {
    lines: Mutex<Vec<String>>,
}

static LOGS: Mutex<Vec<(String, Arc<Log>)>> = Mutex::new(Vec::new());
static NODES: AtomicU32 = AtomicU32::new(0);

impl Log {
    /// Actors find it by the name of their node: it is nothing that could be in their arguments.
    pub(crate) fn of(node: &str) -> Arc<Self> {
        let mut logs = LOGS.lock().unwrap();
        if let Some((_, log)) = logs.iter().find(|(known, _)| known == node) {
            return log.clone();
        }
        let log = Arc::<Self>::default();
        logs.push((node.to_owned(), log.clone()));
        log
    }

    pub(crate) fn push(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    /// What was said since the last call.
    pub(crate) fn take(&self) -> String {
        std::mem::take(&mut *self.lines.lock().unwrap()).join(" ")
    }
}

/// Writes starts, stops and drops into the log.
struct Seen(Arc<Log>);

impl Observer for Seen {
    fn started(&self, start: &Started<'_>) {
        self.0.push(format!("+{}", start.actor));
    }

    fn stopped(&self, stop: &Stopped<'_>) {
        self.0.push(format!("-{}", stop.actor));
    }

    fn dropped(&self, drop: &Dropped<'_>) {
        self.0
            .push(format!("{}!{}:{}", drop.receiver, drop.cause, drop.event));
    }
}

/// A domain that is a node, on a clock that stands still.
pub(crate) struct Lab {
    pub(crate) domain: Domain,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) log: Arc<Log>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) node: String,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let node = format!("lab-{}", NODES.fetch_add(1, Ordering::Relaxed));
        let clock = Arc::new(ManualClock::new());
        let log = Log::of(&node);
        let mut settings = BusSettings::new(node.parse().unwrap(), Life::new(1, 2));
        settings.observer = Some(Arc::new(Seen(log.clone())));
        let bus = Bus::new(settings);
        let settings = DomainSettings {
            bus: bus.clone(),
            clock: clock.clone(),
            seed: [3; 32],
        };
        let mut domain = Domain::new(settings);
        domain.start();
        Self {
            domain,
            clock,
            log,
            bus,
            node,
        }
    }

    pub(crate) fn oracle(&mut self, name: &str) -> Address<Oracle> {
        self.oracle_with(name, None, ActorOptions::default())
    }

    pub(crate) fn oracle_with(
        &mut self,
        name: &str,
        friend: Option<Address<Oracle>>,
        options: ActorOptions,
    ) -> Address<Oracle> {
        let args = OracleArgs { friend };
        let oracle = self.domain.spawn(name, args, options).unwrap();
        self.run();
        oracle
    }

    pub(crate) fn asker(&mut self) -> Address<Asker> {
        let options = ActorOptions {
            priority: 9,
            ..ActorOptions::default()
        };
        let asker = self.domain.spawn("asker", (), options).unwrap();
        self.run();
        asker
    }

    pub(crate) fn reference(&self, actor: &str) -> ActorRef {
        format!("{}/{actor}", self.node).parse().unwrap()
    }

    /// Runs what is to be done now; returns what was said.
    pub(crate) fn run(&mut self) -> String {
        self.domain.run_until_idle(self.clock.now());
        self.log.take()
    }

    pub(crate) fn post(&mut self, to: &Address<Asker>, event: AskerEventPosted) -> String {
        self.domain.post(to, event).unwrap();
        self.run()
    }

    pub(crate) fn pass(&mut self, time: Duration) -> String {
        self.clock.advance(time);
        self.run()
    }

    pub(crate) fn balanced(&self) {
        let wrong = self.domain.books().balance();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
