//! B6: what happens to an event that finds a full mailbox.

use std::time::Duration;

use farc::bus::SystemEvent;
use farc::prelude::*;
use farc::{Clock as _, Life};

use super::support::{A, Bench, Do, script};
use super::worker::{Act, Job, Lab, Work, mailbox};

#[test]
fn reject_gives_a_post_back_and_drops_a_publication() {
    let mut lab = Lab::with(mailbox(4, Overflow::Reject), []);
    assert_eq!(lab.post([1, 2, 3]), "refused 1@idle 2@idle");
    lab.post_without_running([1, 2]);
    let published = lab.domain.publish(Job { n: 3 });
    assert_eq!(
        (published.delivered, published.dropped.mailbox_full),
        (0, 1)
    );
    assert_eq!(lab.run(), "!mailbox_full:worker.jobx1 1@idle 2@idle");
}

#[test]
fn drop_oldest_makes_room_for_posts_and_publications() {
    let mut lab = Lab::with(mailbox(4, Overflow::DropOldest), []);
    assert_eq!(lab.post([1, 2, 3]), "!mailbox_full:Nx1 2@idle 3@idle");
    lab.post_without_running([1, 2]);
    let published = lab.domain.publish(Job { n: 3 });
    assert_eq!(
        (published.delivered, published.dropped.mailbox_full),
        (1, 0)
    );
    assert_eq!(lab.run(), "!mailbox_full:Nx1 2@idle 3@idle");
    let books = &lab.domain.books().actors["worker"];
    assert_eq!((books.intended, books.delivered), (6, 4));
    assert_eq!(lab.domain.dead_letters().len(), 2);
}

#[test]
fn drop_oldest_drops_no_timer_and_no_event_of_another_thread() {
    let mut lab = Lab::with(
        mailbox(4, Overflow::DropOldest),
        [("start", vec![Act::After(0, 8), Act::After(0, 9)])],
    );
    lab.worker.post(Work::N(7)).unwrap();
    lab.domain.run(lab.domain.now(), 0);
    // Both places are taken by timers: nothing may go.
    assert_eq!(lab.post([1]), "refused 7@idle 8@idle 9@idle");
}

#[test]
fn drop_newest_says_that_all_is_well_and_counts_the_drop() {
    let mut lab = Lab::with(mailbox(4, Overflow::DropNewest), []);
    assert_eq!(lab.post([1, 2, 3]), "!mailbox_full:Nx1 1@idle 2@idle");
    lab.post_without_running([1, 2]);
    let published = lab.domain.publish(Job { n: 3 });
    assert_eq!(
        (published.delivered, published.dropped.mailbox_full),
        (0, 1)
    );
    assert_eq!(lab.run(), "!mailbox_full:worker.jobx1 1@idle 2@idle");
}

#[test]
fn fault_fails_the_receiver_after_the_running_step_and_the_posters_step_goes_on() {
    let mut lab = Lab::with(
        mailbox(4, Overflow::Fault),
        [(
            "idle 1",
            vec![Act::Post(4), Act::Post(5), Act::Post(6), Act::Count],
        )],
    );
    assert_eq!(
        lab.post([1]),
        "1@idle refused (0, 4) failed(the mailbox is full)"
    );
    assert_eq!(lab.domain.status()[0].restarts, 0);
    // What was queued stays (D3).
    assert_eq!(lab.pass(10), "4@idle 5@idle");
    assert_eq!(lab.domain.status()[0].restarts, 1);
}

#[test]
fn fault_fails_a_receiver_that_does_not_run_at_once_and_only_once() {
    let mut lab = Lab::with(mailbox(4, Overflow::Fault), []);
    assert_eq!(
        lab.post([1, 2, 3, 4]),
        "refused refused failed(the mailbox is full)"
    );
    // While it is down its mailbox is full, and that is no further failure.
    assert_eq!(lab.post([5]), "refused");
    assert_eq!(lab.pass(10), "1@idle 2@idle");
    let published = lab.domain.publish(Job { n: 3 });
    assert_eq!(published.delivered, 1);
    assert_eq!(lab.run(), "3@idle");
}

#[test]
fn an_actor_that_stopped_before_its_fault_is_noticed_stays_stopped() {
    let mut lab = Lab::with(
        mailbox(4, Overflow::Fault),
        [(
            "idle 1",
            vec![Act::Post(4), Act::Post(5), Act::Post(6), Act::Stop],
        )],
    );
    assert_eq!(lab.post([1]), "1@idle refused !stopped:Nx1 !stopped:Nx1");
    assert!(lab.domain.status().is_empty());
    assert_eq!(lab.pass(1000), "");
}

#[test]
fn another_thread_learns_at_once_that_there_is_no_permit_whatever_the_policy() {
    for overflow in [Overflow::Reject, Overflow::DropNewest, Overflow::Fault] {
        let mut lab = Lab::with(mailbox(4, overflow), []);
        let taken: Vec<bool> = (1..=3)
            .map(|n| lab.worker.post(Work::N(n)).is_ok())
            .collect();
        assert_eq!(taken, [true, true, false]);
        assert_eq!(lab.run(), "1@idle 2@idle");
    }
    let lab = Lab::with(mailbox(4, Overflow::DropOldest), []);
    let taken = [1, 2, 3].map(|n| lab.worker.post(Work::N(n)).is_ok());
    assert_eq!(taken, [true, true, false]);
}

#[test]
fn b06_a_post_with_a_margin_leaves_so_many_places_and_takes_none_from_others() {
    for overflow in [
        Overflow::Reject,
        Overflow::DropOldest,
        Overflow::DropNewest,
        Overflow::Fault,
    ] {
        let rules = [(
            "idle 1",
            vec![
                Act::IfRoom(5, 4),
                Act::IfRoom(6, 3),
                Act::IfRoom(7, 3),
                Act::Post(8),
                Act::IfRoom(9, 0),
                Act::Post(10),
                Act::IfRoom(11, 0),
                Act::IfRoom(12, u32::MAX),
            ],
        )];
        let mut lab = Lab::with(mailbox(8, overflow), rules);
        assert_eq!(
            lab.post([1]),
            "1@idle refused refused refused refused 6@idle 8@idle 9@idle 10@idle",
            "{overflow:?}"
        );
    }
}

#[test]
fn b06_a_post_of_another_thread_with_a_margin_leaves_so_many_permits() {
    let mut lab = Lab::with(mailbox(8, Overflow::Reject), []);
    let worker = lab.worker.clone();
    let if_room = |n, spare| worker.post_if_room(Work::N(n), spare).is_ok();
    assert_eq!(
        [(1, 4), (2, 3), (3, 3), (4, 2), (5, 0), (6, 0), (7, 0)]
            .map(|(n, spare)| if_room(n, spare)),
        [false, true, false, true, true, true, false]
    );
    assert_eq!(lab.run(), "2@idle 4@idle 5@idle 6@idle");
    assert!(if_room(8, 3), "the permits are back");
    lab.domain.stop();
    assert!(matches!(
        worker.post_if_room(Work::N(9), 0),
        Err(PostError::Stopped(Work::N(9)))
    ));
}

#[test]
fn b10_of_1024_sys_events_that_wait_beside_a_full_mailbox_the_oldest_goes_for_the_newest() {
    let mut bench = Bench::new();
    let rules = script([("start", vec![Do::After(1, 7)])]);
    bench.spawn_with("one", rules, mailbox(2, Overflow::Reject));
    bench.domain.start();
    bench.run();
    // The mailbox is full, and its timer waits beside it before all the others.
    bench.domain.publish(A { n: 1 });
    bench.clock.advance(Duration::from_millis(1));
    bench.domain.run(bench.clock.now(), 0);
    for n in 0..1030 {
        bench.bus.system(SystemEvent::NodeUp {
            name: format!("node{n}"),
            life: Life::new(1, n),
            resumed: false,
        });
    }
    bench.bus.system(SystemEvent::Shutdown {
        reason: "test".to_owned(),
    });
    while bench.domain.books().actors["one"].intended < 1033 {
        bench.domain.run(bench.clock.now(), 0);
    }
    assert_eq!(
        bench.trace.take(),
        ["one!mailbox_full:NodeUpx1"; 7].join(" "),
        "1,024 wait"
    );
    let rest = format!("{}one:Shutdown", "one:NodeUp ".repeat(1023));
    assert_eq!(bench.run(), format!("one:A1 one:Note {rest}"));
    assert_eq!(bench.domain.dead_letters().len(), 7);
    bench.balanced();
}
