//! A19 and A20: events that an actor posts to itself.

use farc::prelude::*;

use super::worker::{Act, Lab, Timers, mailbox, orders};

#[test]
fn a19_a_post_to_oneself_goes_to_the_end_of_the_mailbox() {
    let mut lab = Lab::new([("idle 1", vec![Act::Post(8), Act::Post(9)])]);
    assert_eq!(lab.post([1, 2]), "1@idle 2@idle 8@idle 9@idle");
}

#[test]
fn a20_front_posts_go_before_everything_the_last_one_first() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Front(7), Act::Front(8), Act::Post(6)]),
        ("idle 8", vec![Act::Front(9)]),
    ]);
    assert_eq!(
        lab.post([1, 2]),
        "1@idle 8@idle 9@idle 7@idle 2@idle 6@idle"
    );
}

#[test]
fn a20_a_front_post_takes_a_place_and_comes_back_when_there_is_none() {
    let rules = [(
        "idle 1",
        // Two places for local posts, one of them still taken by 2.
        vec![Act::Front(7), Act::Front(8), Act::Post(9)],
    )];
    let mut lab = Lab::with(mailbox(4, Overflow::Reject), rules);
    assert_eq!(lab.post([1, 2]), "1@idle refused refused 7@idle 2@idle");
    assert_eq!(lab.post([3]), "3@idle");
}

#[test]
fn a20_a_front_post_never_evicts_and_is_never_evicted() {
    for overflow in [Overflow::DropOldest, Overflow::DropNewest, Overflow::Fault] {
        let rules = [("idle 1", vec![Act::Front(7), Act::Front(8)])];
        let mut lab = Lab::with(mailbox(4, overflow), rules);
        assert_eq!(
            lab.post([1, 2]),
            "1@idle refused 7@idle 2@idle",
            "{overflow:?}"
        );
    }
    let rules = [("idle 1", vec![Act::Front(7), Act::Post(8), Act::Post(9)])];
    let mut lab = Lab::with(mailbox(4, Overflow::DropOldest), rules);
    assert_eq!(lab.post([1]), "1@idle !mailbox_full:Nx1 7@idle 9@idle");
}

#[test]
fn a20_front_posts_of_an_actor_that_stops_are_dead() {
    let mut lab = Lab::new([("idle 1", vec![Act::Front(7), Act::Stop])]);
    assert_eq!(lab.post([1]), "1@idle !stopped:Nx1");
}

#[test]
fn d3_front_posts_of_a_failed_step_stand() {
    std::panic::set_hook(Box::new(|_| ()));
    let mut lab = Lab::new([("idle 1", vec![Act::Front(7), Act::Panic])]);
    assert_eq!(
        lab.post([1, 2]),
        "1@idle !poison:Nx1 failed(as the script says)"
    );
    assert_eq!(lab.pass(10), "7@idle 2@idle");
}

#[test]
fn a_due_timer_waits_beside_a_mailbox_that_front_posts_have_filled() {
    let rules = [
        ("start", vec![Act::After(5, 4)]),
        ("idle 1", vec![Act::Front(7), Act::Front(8)]),
    ];
    let mut lab = Lab::of(mailbox(4, Overflow::Reject), orders(rules), Timers::new());
    lab.domain
        .post(&lab.worker, super::worker::Work::N(1))
        .unwrap();
    lab.domain.run(lab.domain.now(), 1);
    assert_eq!(lab.pass(5), "1@idle 8@idle 7@idle 4@idle");
}
