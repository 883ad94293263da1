//! D7: a domain whose node leaves works off what waits, and takes in nothing new.

use std::future::Future;
use std::task::{Context as Polls, Poll, Waker};
use std::time::Duration;

use farc::AskError;
use farc::prelude::*;
use serde::{Deserialize, Serialize};

use super::keeper::{Input, act, answer, bench as keeper, seen, spawn};
use super::support::{A, Bench, Do, InputPosted, script};

#[test]
fn d07_time_events_that_come_due_while_a_domain_winds_down_are_held_back() {
    let mut bench = Bench::new();
    let rules = script([
        ("entry", vec![Do::After(10, 1), Do::Every(20, 2)]),
        ("a1", vec![Do::After(0, 3)]),
        ("exit", vec![Do::Disarm]),
    ]);
    bench.spawn("clock", 5, rules);
    bench.domain.start();
    assert_eq!(bench.pass(20), "clock:Note clock:Note");
    bench.domain.publish(A { n: 1 });
    bench.domain.wind_down();
    assert_eq!(bench.run(), "clock:A1");
    assert_eq!(bench.pass(60_000), "");
    assert!(bench.domain.is_idle(), "a timer that is armed is no event");
    // Held back, and not forgotten: the exit of the state ends them, and the books know of none.
    assert_eq!(bench.domain.timers().armed, 2);
    bench.domain.stop();
    assert_eq!(bench.domain.timers().armed, 0);
    bench.balanced();
}

#[test]
fn d07_an_actor_that_has_failed_still_comes_back_for_what_waits_for_it() {
    let mut bench = Bench::new();
    bench.spawn("bad", 5, script([("a1", vec![Do::Panic])]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    bench.domain.publish(A { n: 2 });
    bench.domain.wind_down();
    assert_eq!(bench.run(), "bad!poison:Ax1 bad:restarts");
    assert!(!bench.domain.is_idle());
    assert_eq!(bench.pass(10), "bad:A2");
    assert!(bench.domain.is_idle());
}

fn broken() -> Input {
    panic!("in a task")
}

#[test]
fn d07_what_tasks_bring_while_a_domain_winds_down_is_not_taken_in() {
    let mut bench = keeper();
    let (done, future) = answer();
    spawn(&mut bench, future);
    act(&mut bench, |_, cx| {
        cx.spawn_for_actor(async { broken() }).unwrap();
    });
    bench.domain().wind_down();
    done.send(7).unwrap();
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "");
    let domain = bench.domain();
    assert!(domain.is_idle());
    assert_eq!(
        (domain.status()[0].phase, domain.status()[0].restarts),
        ("running", 0)
    );
    domain.stop();
    assert_eq!(domain.books().balance(), Vec::<String>::new());
}

#[test]
fn d07_code_that_is_no_actor_is_turned_away_and_actors_are_not() {
    let mut bench = Bench::new();
    let rules = script([
        ("a1", vec![Do::PostSelf(1)]),
        ("note1", vec![Do::PublishB(1)]),
    ]);
    let one = bench.spawn("one", 5, rules);
    bench.spawn("two", 4, script([("start", vec![Do::Subscribe])]));
    bench.domain.start();
    bench.run();
    bench.domain.publish(A { n: 1 });
    assert!(one.post(InputPosted::Note(2)).is_ok(), "before");

    bench.domain.wind_down();

    assert!(matches!(
        one.post(InputPosted::Note(3)),
        Err(PostError::Stopped(_))
    ));
    assert!(matches!(
        one.post_if_room(InputPosted::Note(3), 0),
        Err(PostError::Stopped(_))
    ));
    let mut polls = Polls::from_waker(Waker::noop());
    let mut sending = std::pin::pin!(one.send(InputPosted::Note(4)));
    assert!(matches!(
        sending.as_mut().poll(&mut polls),
        Poll::Ready(Err(_))
    ));
    assert_eq!(bench.run(), "one:A1 one:Note one:Note two:A1 two:B1");
    bench.balanced();
}

#[test]
fn d07_who_waits_for_room_when_a_domain_winds_down_gets_the_event_back() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        mailbox: 2,
        ..ActorOptions::default()
    };
    let one = bench.spawn_with("one", script([]), options);
    bench.domain.start();
    one.post(InputPosted::Note(1)).unwrap();
    let mut polls = Polls::from_waker(Waker::noop());
    let mut first = Box::pin(one.send(InputPosted::Note(2)));
    let mut second = Box::pin(one.send(InputPosted::Note(3)));
    assert!(first.as_mut().poll(&mut polls).is_pending());
    assert!(second.as_mut().poll(&mut polls).is_pending());
    bench.domain.wind_down();
    // The permit of the first post is handed to one that has no use for it any more.
    assert_eq!(bench.run(), "one:Note");
    for sending in [&mut first, &mut second] {
        assert!(matches!(
            sending.as_mut().poll(&mut polls),
            Poll::Ready(Err(_))
        ));
    }
    assert_eq!(bench.run(), "");
    bench.balanced();
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("leaving.question", reply = u32)]
struct Question {}

#[derive(Event)]
enum AnswererEvent {
    Question(Question),
}

struct Answerer;

#[hsm(event = AnswererEvent, initial = open)]
impl Answerer {
    #[state]
    fn open(&mut self, event: &AnswererEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            AnswererEvent::Question(_) => {
                if let Some(handle) = cx.reply_handle() {
                    let _ = cx.reply(&handle, 7);
                }
                Handled
            }
        }
    }
}

impl Actor for Answerer {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn d07_nobody_is_spawned_or_asked_from_outside_while_a_domain_winds_down() {
    let mut bench = Bench::new();
    let options = ActorOptions::default();
    let address = bench
        .domain
        .spawn::<Answerer>("it", (), options.clone())
        .unwrap();
    bench.domain.start();
    bench.domain.wind_down();
    let spawned = bench.domain.spawn::<Answerer>("late", (), options);
    assert_eq!(
        spawned.unwrap_err().to_string(),
        "actor `late`: its domain takes no more actors: the node is leaving"
    );
    let mut polls = Polls::from_waker(Waker::noop());
    let mut asking = std::pin::pin!(address.ask(Question {}, Duration::from_secs(1)));
    let answer = asking.as_mut().poll(&mut polls);
    assert!(
        matches!(answer, Poll::Ready(Err(AskError::Stopped))),
        "{answer:?}"
    );
    assert_eq!(bench.domain.books().asks.open, 0);
}
