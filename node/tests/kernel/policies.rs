//! D2 to D5: what a policy makes of failures, one actor's and many, and the event that is dispatched once more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use farc::Clock as _;
use farc::observe::Cause;
use farc::prelude::*;

use super::support::{A, Bench, Do, InputPosted, script};

#[derive(Event)]
enum Order {
    /// Its number, and in how many of its steps it panics.
    #[event(local)]
    Do { n: u32, panics: u32 },
    #[event(local)]
    Tick,
}

/// What was handled: the number, marked when it came once more.
type Log = Arc<Mutex<Vec<String>>>;

thread_local! {
    static LOG: Log = Log::default();
}

fn log() -> String {
    LOG.with(|log| std::mem::take(&mut *log.lock().unwrap()).join(" "))
}

/// Tries an event twice.
struct Stubborn;

#[hsm(event = Order, initial = working, on_panic = retry)]
impl Stubborn {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        assert!(cx.after(Duration::from_millis(20), Order::Tick).is_ok());
    }

    #[state]
    fn working(&mut self, event: &Order, cx: &mut Context<Self>) -> Next<Self> {
        let again = if cx.redelivered() { "again" } else { "" };
        let said = match event {
            Order::Do { n, .. } => format!("{n}{again}"),
            Order::Tick => format!("tick{again}"),
        };
        LOG.with(|log| log.lock().unwrap().push(said));
        match event {
            Order::Do { panics, .. } if *panics > u32::from(cx.redelivered()) => {
                let _ = cx.post_front(Order::Do { n: 9, panics: 0 });
                panic!("not now");
            }
            Order::Tick if !cx.redelivered() => panic!("not now"),
            _ => Handled,
        }
    }
}

impl Actor for Stubborn {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

fn stubborn(restart: RestartPolicy) -> (Bench, Address<Stubborn>) {
    let mut bench = Bench::new();
    let options = ActorOptions {
        restart,
        ..ActorOptions::default()
    };
    let actor = bench.domain.spawn::<Stubborn>("one", (), options).unwrap();
    bench.domain.start();
    drop(log());
    (bench, actor)
}

#[test]
fn d04_an_event_is_dispatched_once_more_first_and_marked_if_the_actor_asks_for_it() {
    let (mut bench, one) = stubborn(RestartPolicy::default());
    for n in 1..=2 {
        let panics = u32::from(n == 1);
        bench.domain.post(&one, Order::Do { n, panics }).unwrap();
    }
    // While it is down, the event is among those that wait, and nothing is a drop.
    assert_eq!(bench.run(), "one:restarts");
    let waiting = &bench.domain.books().actors["one"];
    assert_eq!(
        (waiting.intended, waiting.delivered, waiting.queued),
        (3, 0, 3)
    );
    bench.balanced();
    assert_eq!(bench.pass(10), "one:Do one:Do one:Do");
    // Before what it had posted to its own front.
    assert_eq!(log(), "1 1again 9 2");
    let books = &bench.domain.books().actors["one"];
    assert_eq!((books.intended, books.delivered, books.queued), (3, 3, 0));
    assert_eq!(bench.domain.dead_letters().len(), 0);
    bench.balanced();
}

#[test]
fn d04_a_second_panic_makes_it_a_dead_letter_once() {
    let (mut bench, one) = stubborn(RestartPolicy::default());
    bench
        .domain
        .post(&one, Order::Do { n: 1, panics: 2 })
        .unwrap();
    assert_eq!(bench.run(), "one:restarts");
    assert_eq!(bench.pass(10), "one!poison:Dox1 one:restarts");
    assert_eq!(bench.pass(20), "one:Do one:Do");
    assert_eq!(log(), "1 1again 9 9");
    let letters = bench.domain.dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].event, letters[0].cause), ("Do", Cause::Poison));
    bench.balanced();
}

#[test]
fn d04_the_event_of_a_timer_is_dispatched_once_more_though_its_timer_is_gone() {
    let (mut bench, _) = stubborn(RestartPolicy::default());
    assert_eq!(bench.pass(20), "one:restarts");
    assert_eq!(bench.pass(10), "one:Tick");
    assert_eq!(log(), "tick tickagain");
    bench.balanced();
}

#[test]
fn d04_an_event_whose_actor_does_not_come_back_is_poison_at_once() {
    for policy in [RestartPolicy::Stop, RestartPolicy::Escalate] {
        let (mut bench, one) = stubborn(policy);
        bench
            .domain
            .post(&one, Order::Do { n: 1, panics: 1 })
            .unwrap();
        // What it had posted to itself goes with it.
        assert_eq!(
            bench.run(),
            "one!poison:Dox1 one:stays-down one!stopped:Dox1"
        );
        bench.balanced();
    }
}

#[test]
fn d04_an_event_that_waits_to_be_dispatched_once_more_stops_with_its_actor() {
    let (mut bench, one) = stubborn(RestartPolicy::default());
    bench
        .domain
        .post(&one, Order::Do { n: 1, panics: 1 })
        .unwrap();
    bench.run();
    assert!(bench.domain.stop_actor_named("one"));
    assert_eq!(bench.run(), "one!stopped:Dox1 one!stopped:Dox1");
    // The restart that was to come is called off.
    assert_eq!(bench.domain.timers().armed, 0);
    assert_eq!(bench.pass(1000), "");
    bench.balanced();
}

#[test]
fn d02_an_escalation_tells_who_owns_the_domain_the_actor_and_the_panic() {
    let mut bench = Bench::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = told.clone();
    bench
        .domain
        .on_escalation(move |escalation| tell.lock().unwrap().push(escalation.clone()));
    let options = ActorOptions {
        restart: RestartPolicy::Escalate,
        ..ActorOptions::default()
    };
    bench.spawn_with("vital", script([("a1", vec![Do::Panic])]), options);
    bench.spawn("other", 1, script([]));
    bench.domain.start();
    assert_eq!(bench.domain.escalation(), None);
    bench.domain.publish(A { n: 1 });
    assert_eq!(
        bench.run(),
        "other:A1 vital!poison:Ax1 vital:stays-down other:ActorFailed"
    );
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1);
    let (actor, cause) = (told[0].actor.as_str(), told[0].cause.as_str());
    assert_eq!((actor, cause), ("vital", "as the script says"));
    assert_eq!(bench.domain.escalation(), Some(&told[0]));
    bench.balanced();
}

#[test]
fn d02_a_storm_of_failures_is_let_back_a_thousand_a_second() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        restart: RestartPolicy::Restart {
            limit: u32::MAX,
            within: Duration::from_secs(1),
            backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(1),
        },
        ..ActorOptions::default()
    };
    // Each fails whenever it starts.
    for n in 0..2000 {
        let name = format!("bad{n}");
        bench.spawn_with(&name, script([("start", vec![Do::Panic])]), options.clone());
    }
    bench.domain.start();
    let begin = bench.clock.now();
    while bench.clock.now() < begin + Duration::from_secs(3) {
        let next = bench.domain.run_until_idle(bench.clock.now()).unwrap();
        bench.clock.advance_to(next);
    }
    let restarts = bench.domain.status();
    let restarts = restarts.iter().map(|actor| actor.restarts);
    let (sum, least) = (restarts.clone().sum::<u64>(), restarts.min().unwrap());
    // A hundred at once, then one a millisecond, and everybody gets a turn.
    assert!((3000..=3110).contains(&sum), "{sum}");
    assert!(least >= 1, "{least}");
    drop(bench.run());
}

#[test]
fn d02_a_policy_of_no_restarts_is_a_stop() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        restart: RestartPolicy::Restart {
            limit: 0,
            within: Duration::from_secs(1),
            backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(1),
        },
        ..ActorOptions::default()
    };
    let bad = bench.spawn_with("bad", script([("note1", vec![Do::Panic])]), options);
    bench.domain.start();
    bench.domain.post(&bad, InputPosted::Note(1)).unwrap();
    assert_eq!(bench.run(), "bad!poison:Notex1 bad:stays-down");
}

#[test]
fn d05_dead_letters_are_a_ring_with_their_causes() {
    let mut bench = Bench::new();
    let bad = bench.spawn("bad", 1, script([("note1", vec![Do::Panic])]));
    bench.domain.start();
    bench.domain.post(&bad, InputPosted::Note(1)).unwrap();
    bench.run();
    for _ in 0..1100 {
        bench.domain.publish(A { n: 1 });
    }
    let letters = bench.domain.dead_letters();
    assert_eq!(letters.len(), 1024);
    // The poison of before has been pushed out.
    assert!(
        letters
            .iter()
            .all(|letter| letter.cause == Cause::MailboxFull)
    );
    assert_eq!((&*letters[0].actor, letters[0].event), ("bad", "test.a"));
}
