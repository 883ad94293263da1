//! A million actors in one domain, and one publication to all of them.
//!
//! Each actor has a name and, in the second half of the figures, a subscription; the handles through which they are reached are kept, and count.
//! Each figure comes from a process of its own, which this program starts with `--alone million ACTORS SUBSCRIBED` and which prints its figures in
//! a line.

use std::cell::Cell;
use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use farc::prelude::*;
use farc::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};

use crate::local::with_farc::{check_balance, domain};
use crate::measure::{Effort, Plan, Series, Several, interleaved_several};
use crate::report::{FARC, Metric};
use crate::resident::resident;

const ACTORS: (u64, &str) = (1_000_000, "1,000,000 actors");
/// For a check that everything runs.
const FEW_ACTORS: (u64, &str) = (20_000, "20,000 actors");

/// Rounds at most: each takes seconds, and memory is the same in all of them.
const ROUNDS: usize = 3;

thread_local! {
    /// How many deliveries the actors of this thread have dispatched.
    static HEARD: Cell<u64> = const { Cell::new(0) };
}

/// What everybody gets.
#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("bench.roll")]
struct Roll {
    number: u64,
}

#[derive(Event)]
enum MemberEvent {
    Roll(Roll),
}

struct Member {
    listens: bool,
    heard: u64,
}

#[hsm(event = MemberEvent, initial = listening)]
impl Member {
    #[start]
    fn join(&mut self, cx: &mut Context<Self>) {
        if self.listens {
            cx.subscribe::<Roll>();
        }
    }

    #[state]
    fn listening(&mut self, event: &MemberEvent) -> Next<Self> {
        let MemberEvent::Roll(roll) = event;
        self.heard += roll.number;
        HEARD.set(HEARD.get() + 1);
        Handled
    }
}

impl Actor for Member {
    type Args = bool;

    fn new(listens: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { listens, heard: 0 })
    }
}

/// The figures of one process. Times are in nanoseconds, memory in bytes, both for one actor.
#[derive(Default)]
struct Figures {
    spawn: f64,
    memory: f64,
    /// The call that publishes: everybody has a copy when it returns.
    publish: f64,
    /// From that call until the last one has dispatched its copy.
    dispatched: f64,
    /// The same once more, when everybody has a mailbox.
    publish_again: f64,
    dispatched_again: f64,
    memory_after: f64,
}

impl Figures {
    const COUNT: usize = 7;

    fn to_array(&self) -> [f64; Self::COUNT] {
        [
            self.spawn,
            self.memory,
            self.publish,
            self.dispatched,
            self.publish_again,
            self.dispatched_again,
            self.memory_after,
        ]
    }
}

/// Prints the figures for the child process with these arguments; `None` if they ask for something else.
pub(crate) fn measured_alone(mut words: impl Iterator<Item = String>) -> Option<String> {
    if words.next()? != "--alone" || words.next()? != "million" {
        return None;
    }
    let actors = words.next()?.parse().ok()?;
    let subscribed = words.next()?.parse().ok()?;
    let figures = run(actors, subscribed).to_array();
    Some(figures.map(|figure| figure.to_string()).join(" "))
}

/// Spawns so many actors and publishes to them, if they subscribe.
fn run(actors: u64, subscribed: bool) -> Figures {
    let mut domain = domain();
    domain.start();
    let mut keep = Vec::with_capacity(actors as usize);
    let an_actor = |time: Duration| time.as_secs_f64() * 1e9 / actors as f64;
    let empty = resident();
    let grown = || (resident() - empty) as f64 / actors as f64;

    let begin = Instant::now();
    spawn(&mut domain, actors, subscribed, &mut keep);
    domain.run_until_idle(SystemClock.now());
    let spawn = an_actor(begin.elapsed());
    let mut figures = Figures {
        spawn,
        memory: grown(),
        ..Figures::default()
    };
    assert_eq!(domain.bus().actors() as u64, actors, "each has its name");
    if subscribed {
        let (publish, dispatched) = publish(&mut domain, actors, 1);
        let (publish_again, dispatched_again) = self::publish(&mut domain, actors, 2);
        figures = Figures {
            publish: an_actor(publish),
            dispatched: an_actor(dispatched),
            publish_again: an_actor(publish_again),
            dispatched_again: an_actor(dispatched_again),
            memory_after: grown(),
            ..figures
        };
    }
    check_books(&domain, if subscribed { 2 * actors } else { 0 });
    // Nobody needs them any more, and taking a million apart one by one takes a while.
    std::mem::forget((domain, keep));
    figures
}

fn spawn(domain: &mut Domain, count: u64, subscribed: bool, keep: &mut Vec<Address<Member>>) {
    let mut name = String::new();
    for number in 0..count {
        name.clear();
        write!(name, "member{number}").expect("a string takes all text");
        let actor = domain.spawn::<Member>(&name, subscribed, ActorOptions::default());
        keep.push(actor.expect("a valid actor"));
    }
}

/// How long the call takes, and how long it is until the last copy is dispatched. Everybody has it once.
fn publish(domain: &mut Domain, actors: u64, number: u64) -> (Duration, Duration) {
    let before = HEARD.get();
    let begin = Instant::now();
    let published = domain.publish(Roll { number });
    let called = begin.elapsed();
    domain.run_until_idle(SystemClock.now());
    let dispatched = begin.elapsed();
    assert_eq!(u64::from(published.delivered), actors, "all have a copy");
    assert_eq!(HEARD.get() - before, actors, "each has dispatched one");
    (called, dispatched)
}

/// So many events were meant for somebody, and each was dispatched.
fn check_books(domain: &Domain, deliveries: u64) {
    let books = domain.books();
    check_balance(&books.balance());
    let tallies = books.actors.values();
    let (intended, delivered) = tallies.fold((0, 0), |(intended, delivered), tally| {
        (intended + tally.intended, delivered + tally.delivered)
    });
    assert_eq!((intended, delivered), (deliveries, deliveries));
}

pub(crate) fn measure(plan: &Plan) -> Vec<Metric> {
    if !plan.wants("million") || !plan.takes(FARC) {
        return Vec::new();
    }
    let actors = if plan.is_quick { FEW_ACTORS } else { ACTORS };
    let mut effort = plan.effort;
    effort.rounds = effort.rounds.min(ROUNDS);
    let mut metrics = idle(actors, effort);
    metrics.extend(listening(actors, effort));
    metrics
}

/// Actors with a name and nothing else.
fn idle(actors: (u64, &str), effort: Effort) -> Vec<Metric> {
    let turn = move |_: Effort| {
        let [spawn, memory, ..] = in_a_child(actors.0, false);
        [spawn, memory]
    };
    let names = ["spawn", "memory"];
    let units = ["ns/actor", "bytes"];
    metrics(actors, names, units, turn, effort)
}

/// Actors that subscribe, and get a signal twice.
fn listening(actors: (u64, &str), effort: Effort) -> Vec<Metric> {
    let names = [
        "spawn and subscribe",
        "memory, subscribed",
        "publish, the call",
        "publish, until all have it",
        "again, the call",
        "again, until all have it",
        "memory after that",
    ];
    let units = [
        "ns/actor",
        "bytes",
        "ns/delivery",
        "ns/delivery",
        "ns/delivery",
        "ns/delivery",
        "bytes",
    ];
    let turn = move |_: Effort| in_a_child(actors.0, true);
    metrics(actors, names, units, turn, effort)
}

fn metrics<const N: usize>(
    (actors, crowd): (u64, &str),
    names: [&str; N],
    units: [&'static str; N],
    turn: impl FnMut(Effort) -> [f64; N] + 'static,
    effort: Effort,
) -> Vec<Metric> {
    let farc = Several {
        name: FARC,
        turn: Box::new(turn),
    };
    let series = interleaved_several(vec![farc], effort);
    let rows = names.into_iter().zip(units).zip(series);
    rows.map(|((name, unit), series)| Metric {
        name: format!("{crowd}: {name}").into(),
        unit,
        note: for_all(actors, unit, &series),
        series,
        against: &[],
        must: None,
    })
    .collect()
}

/// The figure for all actors, in a unit that is read at a glance.
fn for_all(actors: u64, unit: &str, series: &[Series]) -> Option<String> {
    let all = series.first()?.median * actors as f64;
    Some(if unit == "bytes" {
        format!("{:.0} MB for all", all / 1e6)
    } else {
        format!("{:.3} s for all", all / 1e9)
    })
}

fn in_a_child(actors: u64, subscribed: bool) -> [f64; Figures::COUNT] {
    let program = std::env::current_exe().expect("a program knows its file");
    let output = Command::new(program)
        .args(["--alone", "million"])
        .args([actors.to_string(), subscribed.to_string()])
        .output()
        .expect("a program can start itself");
    assert!(
        output.status.success(),
        "{actors} actors: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers = text.split_whitespace().map(|number| number.parse());
    let numbers: Result<Vec<f64>, _> = numbers.collect();
    numbers
        .ok()
        .and_then(|numbers| numbers.try_into().ok())
        .expect("the child prints its figures")
}
