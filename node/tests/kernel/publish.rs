//! C1 to C4: publish and subscribe within a domain.

use farc::Published;
use farc::prelude::*;
use serde::{Deserialize, Serialize};

use super::support::{A, B, Bench, C, Do, InputPosted, script};

#[test]
fn a_publication_reaches_each_subscriber_and_says_so() {
    let mut bench = Bench::new();
    bench.spawn("one", 1, script([]));
    bench.spawn("two", 2, script([]));
    bench.domain.start();
    let published = bench.domain.publish(A { n: 4 });
    assert_eq!(
        published,
        Published {
            delivered: 2,
            ..Published::default()
        }
    );
    assert_eq!(bench.run(), "two:A4 one:A4");
    bench.balanced();
}

#[test]
fn a_publication_that_nobody_wants_is_an_ordinary_counted_outcome() {
    let mut bench = Bench::new();
    bench.domain.start();
    assert_eq!(bench.domain.publish(C { n: 1 }), Published::default());
    assert_eq!(bench.domain.books().unheard, 1);
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.wanted", dead_letter)]
struct Wanted {
    n: u32,
}

#[derive(Event)]
enum TakerEvent {
    Wanted(Wanted),
    #[event(local)]
    Publish,
}

/// Listens to what it publishes once it has got an event, and stops at the number 9.
struct Taker;

#[hsm(event = TakerEvent, initial = deaf)]
impl Taker {
    #[state]
    fn deaf(&mut self, event: &TakerEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            TakerEvent::Publish => {
                cx.publish(Wanted { n: 1 });
                cx.subscribe::<Wanted>();
                cx.publish(Wanted { n: 9 });
                Handled
            }
            TakerEvent::Wanted(Wanted { n: 9 }) => Stop,
            TakerEvent::Wanted(_) => Handled,
        }
    }
}

impl Actor for Taker {
    type Args = ();

    fn new(_: (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn c03_what_nobody_wants_is_a_dead_letter_if_its_signal_asks_for_that() {
    let mut bench = Bench::new();
    let taker = bench
        .domain
        .spawn::<Taker>("taker", (), ActorOptions::default())
        .unwrap();
    bench.domain.start();
    bench.domain.publish(C { n: 1 });
    bench.domain.publish(Wanted { n: 1 });
    bench.domain.post(&taker, TakerEvent::Publish).unwrap();
    bench.run();
    // The last one was wanted, and neither is in anybody's books.
    let dead = bench.domain.dead_letters();
    let dead: Vec<_> = dead
        .iter()
        .map(|letter| (&*letter.actor, letter.event, letter.cause.as_str()))
        .collect();
    assert_eq!(
        dead,
        [
            ("", "test.wanted", "unheard"),
            ("taker", "test.wanted", "unheard")
        ]
    );
    assert_eq!(bench.domain.books().unheard, 3);
    bench.balanced();
}

#[test]
fn subscribing_twice_has_no_effect_and_unsubscribing_keeps_what_is_queued() {
    let mut bench = Bench::new();
    let rules = script([
        ("note1", vec![Do::Subscribe, Do::Subscribe]),
        ("note2", vec![Do::Unsubscribe]),
    ]);
    let one = bench.spawn("one", 1, rules);
    bench.domain.start();
    bench.domain.post(&one, InputPosted::Note(1)).unwrap();
    bench.run();
    bench.domain.post(&one, InputPosted::Note(2)).unwrap();
    assert_eq!(bench.domain.publish(B { n: 1 }).delivered, 1);
    assert_eq!(bench.run(), "one:Note one:B1");
    assert_eq!(bench.domain.publish(B { n: 2 }).delivered, 0);
    assert_eq!(bench.run(), "");
}

#[test]
fn c04_the_publisher_may_subscribe_to_its_own_signal() {
    let mut bench = Bench::new();
    bench.spawn("one", 1, script([("a1", vec![Do::PublishA(2)])]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    assert_eq!(bench.run(), "one:A1 one:A2");
}

#[test]
fn an_ignored_event_is_delivered_and_counted() {
    let mut bench = Bench::new();
    bench.spawn("one", 1, script([("a1", vec![Do::Ignore])]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    assert_eq!(bench.run(), "one:A1-");
    let status = bench.domain.status();
    assert_eq!((status[0].handled, status[0].ignored), (1, 1));
    bench.balanced();
}

#[test]
fn a_post_goes_to_one_actor_and_what_is_its_own_only_comes_from_itself() {
    let mut bench = Bench::new();
    let rules = script([
        ("start", vec![Do::MeetSelf]),
        ("friend", vec![Do::Post("one".to_owned(), 3)]),
    ]);
    bench.spawn("one", 1, rules);
    bench.domain.start();
    assert_eq!(bench.run(), "one:Friend one:Note");
    bench.balanced();
}
