//! A22 to A25: timers that are values of their actor.

use farc::Clock as _;
use farc::prelude::*;

use super::worker::{Act, Lab, Timers, mailbox, orders};

#[test]
fn a22_a_timer_fires_once_when_its_time_has_come_whatever_state_is_active() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7), Act::IsArmed(0)]),
        ("idle 2", vec![Act::Busy]),
        ("busy 7", vec![Act::IsArmed(0)]),
    ]);
    assert_eq!(lab.post([1, 2]), "1@idle armed=true 2@idle");
    assert_eq!(lab.pass(9), "");
    assert_eq!(lab.pass(1), "7@busy armed=false");
    assert_eq!(lab.pass(1000), "");
}

#[test]
fn a22_arming_an_armed_timer_replaces_what_it_was_armed_with() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7)]),
        ("idle 2", vec![Act::Arm(0, 10, 8)]),
    ]);
    lab.post([1]);
    lab.pass(5);
    lab.post([2]);
    assert_eq!(lab.pass(5), "");
    assert_eq!(lab.pass(5), "8@idle");
}

#[test]
fn a22_disarm_tells_whether_it_was_armed() {
    let mut lab = Lab::new([
        (
            "idle 1",
            vec![
                Act::Disarm(0),
                Act::Arm(0, 10, 7),
                Act::Disarm(0),
                Act::Disarm(0),
            ],
        ),
        ("idle 2", vec![Act::Arm(0, 10, 7)]),
        ("idle 7", vec![Act::Disarm(0)]),
    ]);
    assert_eq!(
        lab.post([1]),
        "1@idle disarm=false disarm=true disarm=false"
    );
    assert_eq!(lab.pass(100), "");
    lab.post([2]);
    assert_eq!(lab.pass(10), "7@idle disarm=false");
}

#[test]
fn a22_rearm_moves_the_deadline_of_the_same_event() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Rearm(0, 5), Act::Arm(0, 10, 7)]),
        ("idle 2", vec![Act::Rearm(0, 10)]),
        ("idle 7", vec![Act::Rearm(0, 10)]),
    ]);
    assert_eq!(lab.post([1]), "1@idle rearm=false");
    lab.pass(9);
    assert_eq!(lab.post([2]), "2@idle rearm=true");
    assert_eq!(lab.pass(9), "");
    // Its event is the one that is handled: there is nothing left to move.
    assert_eq!(lab.pass(1), "7@idle rearm=false");
    assert_eq!(lab.pass(100), "");
}

#[test]
fn a22_rearm_takes_an_event_back_that_waits_in_the_mailbox() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7)]),
        ("idle 2", vec![Act::Rearm(0, 10), Act::IsArmed(0)]),
    ]);
    lab.post([1]);
    lab.post_without_running([2, 3]);
    assert_eq!(
        lab.pass(10),
        "2@idle !disarmed:timerx1 rearm=true armed=true 3@idle"
    );
    assert_eq!(lab.pass(10), "7@idle");
}

#[test]
fn a23_a_disarmed_timer_is_never_dispatched_even_if_its_event_waits_in_the_mailbox() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7), Act::Arm(1, 10, 8)]),
        ("idle 2", vec![Act::Disarm(0)]),
    ]);
    lab.post([1]);
    lab.post_without_running([2, 3]);
    // It had fired, so it was not armed; the other one is not touched.
    assert_eq!(
        lab.pass(10),
        "2@idle !disarmed:timerx1 disarm=false 3@idle 8@idle"
    );
}

#[test]
fn a23_nor_if_its_event_waits_beside_a_full_mailbox() {
    let mut lab = Lab::with(
        mailbox(4, Overflow::Reject),
        [
            ("idle 1", vec![Act::Arm(0, 10, 7), Act::Arm(1, 10, 8)]),
            ("idle 2", vec![Act::Disarm(1)]),
        ],
    );
    lab.post([1]);
    lab.post_without_running([2, 3]);
    assert_eq!(
        lab.pass(10),
        "2@idle !disarmed:timerx1 disarm=false 3@idle 7@idle"
    );
}

#[test]
fn a23_nor_if_its_event_is_deferred_or_recalled() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7), Act::Arm(1, 10, 8)]),
        ("idle 7", vec![Act::Defer]),
        ("idle 8", vec![Act::Defer]),
        ("idle 2", vec![Act::Disarm(0)]),
        ("idle 3", vec![Act::Busy]),
        ("enter busy", vec![Act::Recall, Act::Disarm(1)]),
    ]);
    lab.post([1]);
    assert_eq!(lab.pass(10), "7@idle 8@idle");
    assert_eq!(lab.post([2]), "2@idle !disarmed:timerx1 disarm=false");
    assert_eq!(
        lab.post([3]),
        "3@idle <N recall=true !disarmed:timerx1 disarm=false"
    );
}

#[test]
fn a23_nor_if_the_step_that_disarms_it_defers_it() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7)]),
        ("idle 7", vec![Act::Disarm(0), Act::Defer]),
        ("idle 3", vec![Act::Busy]),
    ]);
    lab.post([1]);
    assert_eq!(lab.pass(10), "7@idle disarm=false !disarmed:Nx1");
    assert_eq!(lab.post([3]), "3@idle");
}

#[test]
fn a24_overdue_timers_fire_by_deadline_and_then_in_the_order_of_arming() {
    let mut lab = Lab::of(
        ActorOptions::default(),
        orders([
            (
                "idle 1",
                vec![
                    Act::Arm(0, 20, 10),
                    Act::Arm(1, 10, 11),
                    Act::After(10, 12),
                    Act::Arm(2, 5, 13),
                ],
            ),
            // Armed last, so it is the last of its deadline.
            ("idle 2", vec![Act::Rearm(2, 10)]),
        ]),
        vec![0, 0, 0],
    );
    lab.post([1, 2]);
    assert_eq!(lab.pass(100), "11@idle 12@idle 13@idle 10@idle");
}

#[test]
fn a24_a_deadline_in_the_past_posts_once_behind_what_the_mailbox_holds() {
    let mut lab = Lab::new([("idle 1", vec![Act::ArmAt(0, -1000, 7), Act::Post(2)])]);
    assert_eq!(lab.post([1, 3]), "1@idle 3@idle 2@idle 7@idle");
    assert_eq!(lab.pass(5000), "");
}

#[test]
fn a24_arm_at_fires_at_that_time() {
    let mut lab = Lab::new([("idle 1", vec![Act::ArmAt(0, 10, 7)])]);
    lab.post([1]);
    assert_eq!(lab.pass(9), "");
    assert_eq!(lab.pass(1), "7@idle");
}

/// The times at which a timer of 10 ms fires when the domain looks after 5, 12, 20, 55, 60, 70, 75 and 80 ms.
fn fires(policy: u8) -> String {
    let rules = orders([("start", vec![Act::Every(0, 10, 7)])]);
    let mut lab = Lab::of(ActorOptions::default(), rules, vec![policy]);
    let mut seen = Vec::new();
    let mut now = 0;
    for at in [5, 12, 20, 55, 60, 70, 75, 80] {
        let events = lab
            .pass(at - now)
            .split(' ')
            .filter(|event| *event == "7@idle")
            .count();
        now = at;
        seen.push(format!("{at}:{events}"));
    }
    seen.join(" ")
}

#[test]
fn a25_periodic_timers_keep_their_phase_and_missed_periods_follow_the_policy() {
    let skip = "5:0 12:1 20:1 55:1 60:1 70:1 75:0 80:1";
    let burst = "5:0 12:1 20:1 55:3 60:1 70:1 75:0 80:1";
    // A whole period after each event: 12, 22 (seen at 55), 65 (at 70), 80.
    let delay = "5:0 12:1 20:0 55:1 60:0 70:1 75:0 80:1";
    assert_eq!([fires(0), fires(1), fires(2)], [skip, burst, delay]);
}

#[test]
fn a25_missed_periods_are_counted() {
    let mut lab = Lab::new([
        ("start", vec![Act::Every(0, 10, 7)]),
        ("idle 1", vec![Act::Missed(0)]),
    ]);
    lab.pass(10);
    lab.pass(45);
    assert_eq!(lab.post([1]), "1@idle missed=3");
}

#[test]
fn a25_a_periodic_timer_does_not_fire_again_while_its_last_event_has_found_no_room() {
    let mut lab = Lab::of(
        mailbox(4, Overflow::Reject),
        orders([
            ("start", vec![Act::Every(0, 10, 7)]),
            ("idle 3", vec![Act::Missed(0)]),
        ]),
        // Burst would post an event for each period.
        vec![1],
    );
    lab.post_without_running([1, 2]);
    lab.clock.advance(std::time::Duration::from_millis(105));
    lab.domain.run(lab.clock.now(), 0);
    // Ten periods: one event waits, nine are missed.
    assert_eq!(lab.queued(), (3, 0, 0));
    assert_eq!(lab.run(), "1@idle 2@idle 7@idle");
    assert_eq!(lab.post([3]), "3@idle missed=9");
    // The phase is kept.
    assert_eq!(lab.pass(4), "");
    assert_eq!(lab.pass(1), "7@idle");
}

#[test]
fn a25_a_periodic_timer_that_is_disarmed_ends_with_all_its_events() {
    let mut lab = Lab::of(
        ActorOptions::default(),
        orders([
            ("start", vec![Act::Every(0, 10, 7)]),
            ("idle 7", vec![Act::Disarm(0), Act::IsArmed(0)]),
        ]),
        vec![1],
    );
    assert_eq!(
        lab.pass(35),
        "7@idle !disarmed:timerx2 disarm=true armed=false"
    );
    assert_eq!(lab.pass(100), "");
}

#[test]
fn a25_rearm_moves_the_phase_of_a_periodic_timer() {
    let mut lab = Lab::new([
        ("start", vec![Act::Every(0, 10, 7)]),
        ("idle 1", vec![Act::Rearm(0, 3)]),
    ]);
    lab.pass(5);
    assert_eq!(lab.post([1]), "1@idle rearm=true");
    assert_eq!(lab.pass(3), "7@idle");
    assert_eq!(lab.pass(9), "");
    assert_eq!(lab.pass(1), "7@idle");
}

#[test]
fn a_clone_that_panics_loses_one_event_of_a_periodic_timer_and_nothing_else() {
    std::panic::set_hook(Box::new(|_| ()));
    let mut lab = Lab::new([("start", vec![Act::Every(0, 10, 99), Act::Every(1, 10, 7)])]);
    assert_eq!(lab.pass(10), "!poison:timerx1 7@idle");
    assert_eq!(lab.pass(10), "!poison:timerx1 7@idle");
    assert_eq!(lab.domain.status()[0].restarts, 0);
}

#[test]
fn d3_a_failure_ends_all_timers_and_their_events() {
    std::panic::set_hook(Box::new(|_| ()));
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7), Act::Every(1, 5, 8)]),
        ("idle 2", vec![Act::Panic]),
    ]);
    lab.post([1]);
    lab.post_without_running([2]);
    assert_eq!(
        lab.pass(10),
        "2@idle !poison:Nx1 !disarmed:timerx2 failed(as the script says)"
    );
    assert_eq!(lab.pass(1000), "");
    assert_eq!(lab.domain.run_until_idle(lab.clock.now()), None);
}

#[test]
fn a_stop_ends_all_timers() {
    let mut lab = Lab::new([
        ("idle 1", vec![Act::Arm(0, 10, 7), Act::Every(1, 5, 8)]),
        ("idle 2", vec![Act::Stop]),
    ]);
    lab.post([1, 2]);
    assert_eq!(lab.pass(1000), "");
}

#[test]
fn sixty_four_timers_may_be_armed_or_waiting_and_periodic_ones_count_once() {
    let mut list: Vec<Act> = (1..64).map(|_| Act::After(1000, 9)).collect();
    list.push(Act::Every(0, 10, 7));
    // Replacing needs no further place.
    list.extend([Act::Every(0, 10, 7), Act::Arm(1, 10, 8), Act::After(10, 8)]);
    let mut lab = Lab::of(
        ActorOptions::default(),
        orders([("start", list)]),
        Timers::from([1, 0]),
    );
    assert_eq!(lab.run(), "refused refused");
    assert_eq!(lab.pass(25), "7@idle 7@idle");
}
