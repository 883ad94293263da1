//! A15 to A18: deferred events, in which order they come back, and what the books say of them.

use farc::prelude::*;

use super::worker::{Act, Job, Lab, log, mailbox};

/// Idle defers 1 to 6 and goes to busy on 9; busy takes everything.
fn waiting() -> [(&'static str, Vec<Act>); 7] {
    [
        ("idle 1", vec![Act::Defer]),
        ("idle 2", vec![Act::Defer]),
        ("idle 3", vec![Act::Defer]),
        ("idle 4", vec![Act::Defer]),
        ("idle 5", vec![Act::Defer]),
        ("idle 6", vec![Act::Defer]),
        ("idle 9", vec![Act::Busy]),
    ]
}

fn waiting_and<const N: usize>(more: [(&'static str, Vec<Act>); N]) -> super::worker::Orders {
    let mut orders = super::worker::orders(waiting());
    orders.extend(super::worker::orders(more));
    orders
}

fn lab<const N: usize>(more: [(&'static str, Vec<Act>); N]) -> Lab {
    Lab::of(ActorOptions::default(), waiting_and(more), vec![])
}

#[test]
fn a15_front_posted_events_go_before_recalled_ones_and_those_before_the_mailbox() {
    let mut lab = lab([(
        "enter busy",
        vec![Act::Front(7), Act::Front(8), Act::Post(5)],
    )]);
    assert_eq!(
        lab.post([1, 2, 9, 3]),
        "1@idle 2@idle 9@idle <N <N 8@busy 7@busy 1@busy 2@busy 3@busy 5@busy"
    );
}

#[test]
fn a15_a_deferred_event_is_queued_and_is_delivered_once() {
    let mut lab = lab([]);
    assert_eq!(lab.post([1, 2]), "1@idle 2@idle");
    assert_eq!(lab.queued(), (0, 2, 0));
    assert_eq!(lab.domain.books().actors["worker"].queued, 2);
    assert!(
        lab.domain.is_idle(),
        "nothing waits that could be dispatched"
    );
    lab.post([9]);
    assert_eq!(lab.queued(), (0, 0, 3));
}

#[test]
fn a16_any_transition_recalls_and_an_internal_one_does_not() {
    let mut lab = lab([("idle 7", vec![Act::Stay]), ("idle 8", vec![Act::Idle])]);
    assert_eq!(lab.post([1, 2, 7]), "1@idle 2@idle 7@idle");
    // A self-transition: idle defers them again, in the same order.
    assert_eq!(lab.post([8]), "8@idle <N <N 1@idle 2@idle");
    assert_eq!(lab.post([9]), "9@idle <N <N 1@busy 2@busy");
}

#[test]
fn a16_the_side_queue_goes_before_what_is_still_recalled() {
    let mut lab = lab([
        // Busy defers 2 and turns back to idle on 3, while 4 is still recalled.
        ("busy 2", vec![Act::Defer]),
        ("busy 3", vec![Act::Idle]),
        ("idle 2", vec![Act::Stay]),
        ("idle 3", vec![Act::Defer]),
        ("idle 4", vec![Act::Stay]),
    ]);
    lab.domain
        .post(&lab.worker, super::worker::Work::N(1))
        .unwrap();
    // 4 is deferred as well: not by idle any more, so by the way of 5.
    assert_eq!(lab.post([3, 5]), "1@idle 3@idle 5@idle");
    assert_eq!(lab.post([9]), "9@idle <N <N <N 1@busy 3@busy 5@idle");
    // 5 waits in idle; 2 is deferred by busy and goes before what is recalled then.
    assert_eq!(
        lab.post([9, 2, 3]),
        "9@idle <N 5@busy 2@busy 3@busy <N 2@idle"
    );
}

#[test]
fn a16_recalled_events_do_not_count_against_the_mailbox() {
    let mut lab = Lab::of(
        mailbox(4, Overflow::Reject),
        // Two places for local posts: both are free while four events are recalled.
        waiting_and([("enter busy", vec![Act::Post(5), Act::Post(6), Act::Post(7)])]),
        vec![],
    );
    lab.post([1, 2]);
    lab.post([3, 4]);
    assert_eq!(
        lab.post([9]),
        "9@idle refused <N <N <N <N 1@busy 2@busy 3@busy 4@busy 5@busy 6@busy"
    );
}

#[test]
fn a16_deferred_and_recalled_events_share_one_bound() {
    let mut lab = lab([
        ("busy 1", vec![Act::Defer, Act::Count]),
        ("busy 2", vec![Act::Defer, Act::Count]),
        ("busy 5", vec![Act::Defer]),
    ]);
    lab.post([1, 2, 3, 4]);
    // All four are recalled; each fits when it is deferred again, since it has left its place.
    assert_eq!(
        lab.post([9, 5]),
        "9@idle <N <N <N <N 1@busy (0, 4) 2@busy (1, 4) 3@busy 4@busy 5@busy"
    );
    assert_eq!(lab.queued(), (0, 3, 3));
}

#[test]
fn a17_recall_moves_the_oldest_to_the_end_of_what_is_recalled() {
    let mut lab = lab([
        ("idle 7", vec![Act::Recall, Act::Recall, Act::Count]),
        ("idle 8", vec![Act::Recall]),
        ("idle 1", vec![Act::Defer, Act::Count]),
    ]);
    assert_eq!(lab.post([8]), "8@idle recall=false");
    lab.post([1, 2, 3]);
    assert_eq!(
        lab.post([7, 4]),
        "7@idle <N recall=true <N recall=true (1, 4) 1@idle (1, 4) 2@idle 4@idle"
    );
    // Deferred again, they are behind 3 now.
    assert_eq!(
        lab.post([9]),
        "9@idle <N <N <N <N 3@busy 1@busy 2@busy 4@busy"
    );
}

#[test]
fn a17_drop_deferred_gives_up_the_oldest_and_it_is_counted() {
    let mut lab = lab([("idle 7", vec![Act::DropDeferred, Act::Count])]);
    assert_eq!(lab.post([7]), "7@idle drop=false (0, 4)");
    lab.post([1, 2]);
    assert_eq!(lab.post([7]), "7@idle !discarded:Nx1 drop=true (1, 4)");
    assert_eq!(lab.post([9]), "9@idle <N 2@busy");
    let letters = lab.domain.dead_letters();
    assert_eq!(letters[0].cause.as_str(), "discarded");
}

#[test]
fn a18_what_does_not_fit_is_dropped_by_the_actors_policy() {
    let last = |overflow| {
        let mut lab = Lab::of(mailbox(64, overflow), waiting_and([]), vec![]);
        lab.post([1, 2, 3, 4]);
        let full = lab.post([5]);
        format!("{full} | {}", lab.post([9]))
    };
    let newest_dropped =
        "5@idle !deferred_full:Nx1 | 9@idle <N <N <N <N 1@busy 2@busy 3@busy 4@busy";
    assert_eq!(last(Overflow::Reject), newest_dropped);
    assert_eq!(last(Overflow::DropNewest), newest_dropped);
    assert_eq!(
        last(Overflow::DropOldest),
        "5@idle !deferred_full:Nx1 | 9@idle <N <N <N <N 2@busy 3@busy 4@busy 5@busy"
    );
}

#[test]
fn a18_drop_oldest_drops_this_event_when_everything_is_recalled() {
    let mut lab = Lab::of(
        mailbox(64, Overflow::DropOldest),
        waiting_and([
            // All four are recalled when 5, posted to the front, is deferred.
            ("enter busy", vec![Act::Front(5)]),
            ("busy 5", vec![Act::Defer]),
        ]),
        vec![],
    );
    lab.post([1, 2, 3, 4]);
    assert_eq!(
        lab.post([9]),
        "9@idle <N <N <N <N 5@busy !deferred_full:Nx1 1@busy 2@busy 3@busy 4@busy"
    );
}

#[test]
fn a18_a_side_queue_that_overflows_can_be_a_fault_of_the_actor() {
    let mut lab = Lab::of(mailbox(64, Overflow::Fault), waiting_and([]), vec![]);
    lab.post([1, 2, 3, 4]);
    assert_eq!(
        lab.post([5]),
        "5@idle !deferred_full:Nx1 <N <N <N <N failed(the side queue is full)"
    );
    // It comes back in idle, which defers what was recalled.
    assert_eq!(lab.pass(10), "1@idle 2@idle 3@idle 4@idle");
}

#[test]
fn d3_deferred_events_are_recalled_by_a_restart() {
    let mut lab = lab([("idle 7", vec![Act::Panic]), ("start", vec![Act::Count])]);
    std::panic::set_hook(Box::new(|_| ()));
    assert_eq!(lab.post([1, 2]), "(0, 4) 1@idle 2@idle");
    assert_eq!(
        lab.post([7, 9]),
        "7@idle !poison:Nx1 <N <N failed(as the script says)"
    );
    assert_eq!(lab.queued(), (3, 0, 0));
    // Before what waited in the mailbox, and deferred anew.
    assert_eq!(
        lab.pass(10),
        "(0, 4) 1@idle 2@idle 9@idle <N <N 1@busy 2@busy"
    );
}

#[test]
fn a27_what_is_deferred_or_recalled_is_dead_when_the_actor_stops() {
    let mut lab = lab([("busy 1", vec![Act::Stop])]);
    lab.post([1, 2, 3]);
    assert_eq!(
        lab.post([9]),
        "9@idle <N <N <N 1@busy !stopped:Nx1 !stopped:Nx1"
    );
    let mut lab = self::lab([]);
    lab.post([1, 2]);
    lab.domain.stop();
    assert_eq!(lab.log(), "!stopped:Nx1 !stopped:Nx1");
    assert_eq!(lab.queued(), (0, 0, 0));
}

#[test]
fn a_deferred_event_gives_its_place_in_the_mailbox_back_when_it_is_first_taken() {
    let mut lab = Lab::of(mailbox(4, Overflow::Reject), waiting_and([]), vec![]);
    for n in 1..=4 {
        // Of another thread: there are two permits.
        lab.worker.post(super::worker::Work::N(n)).unwrap();
        lab.run();
    }
    assert_eq!(lab.queued(), (0, 4, 0));
    assert!(lab.worker.post(super::worker::Work::N(9)).is_ok());
    assert_eq!(lab.run(), "9@idle <N <N <N <N 1@busy 2@busy 3@busy 4@busy");
}

#[test]
fn a23_a_timer_that_is_bound_to_a_state_dies_with_it_even_while_its_event_is_deferred_or_recalled()
{
    let mut lab = lab([
        ("idle 8", vec![Act::After(5, 1), Act::After(5, 2)]),
        ("idle 9", vec![Act::Recall, Act::Busy]),
    ]);
    lab.post([8]);
    assert_eq!(lab.pass(5), "1@idle 2@idle");
    assert_eq!(lab.queued(), (0, 2, 1));
    // 1 is recalled when the state is exited, 2 is deferred: neither is dispatched.
    assert_eq!(
        lab.post([9, 3]),
        "9@idle <N recall=true !disarmed:timerx2 3@busy"
    );
}

#[test]
fn publications_are_deferred_as_posts_are() {
    let mut lab = lab([]);
    lab.domain.publish(Job { n: 1 });
    log("then".to_owned());
    assert_eq!(lab.post([9]), "then 1@idle 9@idle <Job 1@busy");
}

mod by_hand {
    //! `#[hsm(recall = manual)]`.

    use farc::prelude::*;
    use farc::{Clock as _, DomainSettings, ManualClock};
    use std::sync::Arc;

    #[derive(Event)]
    enum Input {
        #[event(local)]
        Keep,
        #[event(local)]
        Turn,
        #[event(local)]
        Recall,
    }

    struct Box {
        kept: u32,
    }

    #[hsm(event = Input, initial = one, recall = manual)]
    impl Box {
        #[state]
        fn one(&mut self, event: &Input) -> Next<Self> {
            match event {
                Input::Keep => Defer,
                Input::Turn => To(State::Two),
                Input::Recall => Super,
            }
        }

        #[state]
        fn two(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                Input::Keep => {
                    self.kept += 1;
                    Handled
                }
                Input::Recall => {
                    assert_eq!(cx.deferred(), (2, 16));
                    assert!(cx.recall());
                    Handled
                }
                Input::Turn => To(State::One),
            }
        }
    }

    impl Actor for Box {
        type Args = ();

        fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { kept: 0 })
        }
    }

    #[test]
    fn a16_manual_recall_leaves_the_side_queue_alone_until_it_is_asked_for() {
        let clock = Arc::new(ManualClock::new());
        let settings = DomainSettings::alone("bench".parse().unwrap(), clock.clone(), [0; 32]);
        let mut domain = Domain::new(settings);
        let to = domain
            .spawn::<Box>("box", (), ActorOptions::default())
            .unwrap();
        domain.start();
        for event in [Input::Keep, Input::Keep, Input::Turn, Input::Recall] {
            domain.post(&to, event).unwrap();
        }
        domain.run_until_idle(clock.now());
        let status = &domain.status()[0];
        assert_eq!((status.mailbox.deferred, status.handled), (1, 3));
    }
}
