//! C1 to C4: publish and subscribe within a domain.

use farc::Published;

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
fn the_publisher_may_subscribe_to_its_own_signal() {
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
