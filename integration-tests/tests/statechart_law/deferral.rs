//! A15 to A20: what is kept for later, and what an actor posts to itself.

use farc::hsm;
use farc::prelude::*;

use crate::world::{World, say};

/// Something to do, or an order to the desk.
#[derive(Event, Clone, Copy, Debug)]
enum Work {
    #[event(local)]
    Item(u32),
    /// The busy desk becomes free, or the free one busy.
    #[event(local)]
    Turn,
    /// Nothing moves.
    #[event(local)]
    Touch,
    /// The desk is exited and entered.
    #[event(local)]
    Again,
    /// Posts 90 at the end and 91 and then 92 in front, and turns.
    #[event(local)]
    Post,
    #[event(local)]
    Recall,
    #[event(local)]
    Drop,
    #[event(local)]
    Ask,
}

use Work::{Again, Ask, Drop, Item, Post, Recall, Touch, Turn};

/// What the desks have in common.
fn ask<A: Actor<Event = Work>>(cx: &Context<'_, A>) {
    let (deferred, capacity) = cx.deferred();
    say(&format!("{deferred}/{capacity}"));
}

/// Recalls, and says whether there was an event to recall.
fn recall<A: Actor<Event = Work>>(cx: &mut Context<'_, A>) {
    say(if cx.recall() { "yes" } else { "no" });
}

/// Writes a desk that keeps items while it is busy and handles them when it is free. Items 6 and 7 make it busy, 6 with two more in front of
/// everything; item 8 makes it free the second time that it comes.
macro_rules! desk {
    ($desk:ident, $($key:ident = $value:tt),*) => {
        #[derive(Default)]
        struct $desk {
            eights: u32,
        }

        #[hsm(event = Work, initial = busy, $($key = $value),*)]
        impl $desk {
            #[state]
            fn busy(&mut self, event: &Work, cx: &mut Context<'_, Self>) -> Next<Self> {
                match event {
                    Item(8) if self.eights > 0 => {
                        say("8");
                        To(State::Free)
                    }
                    Item(8) => {
                        self.eights += 1;
                        say("(8)");
                        Defer
                    }
                    Item(n) => {
                        say(&format!("({n})"));
                        Defer
                    }
                    Turn => To(State::Free),
                    Again => To(State::Busy),
                    Touch => Handled,
                    Post => {
                        assert!(cx.post_self(Item(90)).is_ok());
                        assert!(cx.post_front(Item(91)).is_ok());
                        assert!(cx.post_front(Item(92)).is_ok());
                        To(State::Free)
                    }
                    Recall => {
                        recall(cx);
                        Handled
                    }
                    Drop => {
                        say(if cx.drop_deferred() { "yes" } else { "no" });
                        Handled
                    }
                    Ask => {
                        ask(cx);
                        Handled
                    }
                }
            }

            #[state]
            fn free(&mut self, event: &Work, cx: &mut Context<'_, Self>) -> Next<Self> {
                match event {
                    Item(6) => {
                        say("6");
                        assert!(cx.post_front(Item(61)).is_ok());
                        assert!(cx.post_front(Item(62)).is_ok());
                        To(State::Busy)
                    }
                    Recall => {
                        recall(cx);
                        recall(cx);
                        Handled
                    }
                    Item(7) => {
                        say("7");
                        To(State::Busy)
                    }
                    Item(n) => {
                        say(&n.to_string());
                        Handled
                    }
                    Ask => {
                        ask(cx);
                        Handled
                    }
                    Turn => To(State::Busy),
                    _ => Super,
                }
            }
        }

        impl Actor for $desk {
            type Args = ();

            fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
                Ok(Self::default())
            }
        }
    };
}

desk!(Desk,);
desk!(SmallDesk, defer = 3);
desk!(PatientDesk, recall = manual);

fn desk() -> World<Desk> {
    World::new()
}

#[test]
fn a15_a_deferred_event_comes_when_a_transition_was_taken_before_what_waits_in_the_mailbox() {
    let mut desk = desk();
    assert_eq!(desk.on([Item(1), Item(2)]), "(1) (2)");
    assert_eq!(desk.on([Turn, Item(3), Item(4)]), "1 2 3 4");
}

#[test]
fn a15_front_posted_events_come_first_the_last_one_before_the_others() {
    let mut desk = desk();
    assert_eq!(desk.on([Item(1), Item(2)]), "(1) (2)");
    assert_eq!(desk.on([Post, Item(3)]), "92 91 1 2 3 90");
}

#[test]
fn a15_sixteen_events_can_be_deferred_unless_the_chart_says_otherwise() {
    assert_eq!((Desk::DEFER, SmallDesk::DEFER), (16, 3));
    let mut desk = desk();
    for n in 0..17 {
        desk.on([Item(100 + n)]);
    }
    assert_eq!(desk.on([Ask]), "16/16");
    assert_eq!(desk.drops(), "DeferredFull: 1");
}

#[test]
fn a16_every_transition_recalls_in_the_order_of_deferral_self_transitions_too() {
    let mut desk = desk();
    desk.on([Item(1), Item(2)]);
    assert_eq!(desk.on([Again, Item(3)]), "(1) (2) (3)");
    assert_eq!(desk.on([Turn]), "1 2 3");
}

#[test]
fn a16_an_internal_transition_and_an_ignored_event_recall_nothing() {
    let mut desk = desk();
    desk.on([Item(1)]);
    assert_eq!(desk.on([Touch, Ask]), "1/16");
}

#[test]
fn a16_what_is_deferred_again_goes_before_what_is_still_recalled() {
    let mut desk = desk();
    assert_eq!(
        desk.on([Item(7), Item(2), Item(8), Item(4)]),
        "(7) (2) (8) (4)"
    );
    // Item 7 makes it busy, 2 is deferred again, 8 makes it free while 4 is still recalled.
    assert_eq!(desk.on([Turn, Item(5)]), "7 (2) 8 2 4 5");
}

#[test]
fn a16_events_that_are_deferred_again_keep_their_order() {
    let mut desk = desk();
    desk.on([Item(7), Item(2), Item(3), Item(4)]);
    assert_eq!(desk.on([Turn, Item(5)]), "7 (2) (3) (4) (5)");
    assert_eq!(desk.on([Again]), "(2) (3) (4) (5)");
    assert_eq!(desk.on([Turn]), "2 3 4 5");
}

#[test]
fn a16_the_side_queue_and_what_is_recalled_share_one_bound() {
    let mut desk = World::<SmallDesk>::new();
    desk.on([Item(6), Item(1), Item(2)]);
    // When 62 and 61 come, 1 and 2 are recalled: there is room for one.
    assert_eq!(desk.on([Turn, Ask]), "6 (62) (61) (1) (2) 3/3");
    assert_eq!(desk.drops(), "DeferredFull: 1");
    assert_eq!(desk.on([Turn]), "62 1 2");
}

#[test]
fn a16_recalled_events_do_not_count_against_the_mailbox() {
    let mut desk = World::<Desk>::with(ActorOptions {
        // Half of it is for posts from other threads.
        mailbox: 4,
        ..ActorOptions::default()
    });
    for n in 1..=5 {
        desk.on([Item(n)]);
    }
    desk.post([Turn]);
    desk.step();
    // Five are recalled, and two more find room.
    assert_eq!(desk.on([Item(10), Item(11)]), "1 2 3 4 5 10 11");
}

#[test]
fn a16_recall_by_hand_leaves_deferred_events_where_they_are() {
    let mut desk = World::<PatientDesk>::new();
    const { assert!(!PatientDesk::RECALL) };
    assert_eq!(desk.on([Item(1), Item(2), Turn, Ask]), "(1) (2) 2/16");
}

#[test]
fn a17_recall_moves_the_oldest_behind_what_is_recalled_already() {
    let mut desk = World::<PatientDesk>::new();
    desk.on([Item(1), Item(2), Item(3)]);
    // A recalled event is dispatched before the second order to recall.
    assert_eq!(desk.on([Recall, Recall]), "yes (1) yes (2)");
    // Deferred are 3, 1 and 2; the free desk recalls two at once.
    assert_eq!(desk.on([Turn, Recall, Ask, Item(9)]), "yes yes 3 1 1/16 9");
    assert_eq!(World::<PatientDesk>::new().on([Recall]), "no");
}

#[test]
fn a17_deferred_events_are_counted_and_the_oldest_can_be_dropped() {
    let mut desk = desk();
    desk.on([Item(1), Item(2)]);
    assert_eq!(
        desk.on([Ask, Drop, Ask, Drop, Drop, Ask]),
        "2/16 yes 1/16 yes no 0/16"
    );
    assert_eq!(desk.on([Turn]), "");
    assert_eq!(desk.drops(), "Discarded: 2");
}

fn full(overflow: Overflow) -> World<SmallDesk> {
    let mut desk = World::<SmallDesk>::with(ActorOptions {
        overflow,
        ..ActorOptions::default()
    });
    desk.on([Item(1), Item(2), Item(3), Item(4)]);
    desk
}

#[test]
fn a18_where_a_deferral_does_not_fit_the_policy_says_which_event_is_lost() {
    let mut reject = full(Overflow::Reject);
    assert_eq!(reject.drops(), "DeferredFull: 1");
    assert_eq!(reject.on([Turn]), "1 2 3");
    let mut newest = full(Overflow::DropNewest);
    assert_eq!(newest.drops(), "DeferredFull: 1");
    assert_eq!(newest.on([Turn]), "1 2 3");
    let mut oldest = full(Overflow::DropOldest);
    assert_eq!(oldest.drops(), "DeferredFull: 1");
    assert_eq!(oldest.on([Turn]), "2 3 4");
    let letters = oldest.domain.dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].event, "Item");
}

#[test]
fn a18_with_the_policy_fault_a_deferral_that_does_not_fit_fails_the_actor() {
    let mut desk = full(Overflow::Fault);
    desk.wait(1_000);
    assert_eq!(desk.domain.status()[0].restarts, 1);
}

#[test]
fn a19_what_an_actor_posts_to_itself_comes_last() {
    let mut desk = desk();
    assert!(desk.on([Post, Item(1), Item(2)]).ends_with("1 2 90"));
}

#[test]
fn a20_what_is_posted_in_front_comes_before_everything() {
    assert!(desk().on([Post, Item(1)]).starts_with("92 91 1"));
}

#[derive(Event, Clone, Copy, Debug)]
enum Fill {
    #[event(local)]
    Fill,
    #[event(local)]
    Note(u32),
}

/// Posts to itself until there is no room.
struct Filler;

#[hsm(event = Fill, initial = only)]
impl Filler {
    #[state]
    fn only(&mut self, event: &Fill, cx: &mut Context<'_, Self>) -> Next<Self> {
        match event {
            Fill::Fill => {
                for n in 0..3 {
                    if let Err(refused) = cx.post_front(Fill::Note(n)) {
                        say(&format!("back: {:?}", refused.into_inner()));
                    }
                }
                if let Err(refused) = cx.post_self(Fill::Note(9)) {
                    say(&format!("back: {:?}", refused.into_inner()));
                }
            }
            Fill::Note(n) => say(&n.to_string()),
        }
        Handled
    }
}

impl Actor for Filler {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn a20_an_event_that_finds_no_room_comes_back_and_evicts_nothing() {
    let mut filler = World::<Filler>::with(ActorOptions {
        // Half of it is for posts from other threads.
        mailbox: 6,
        ..ActorOptions::default()
    });
    assert_eq!(
        filler.on([Fill::Fill, Fill::Note(7)]),
        "back: Note(2) back: Note(9) 1 0 7"
    );
}

/// A chart in which the composite defers for the states inside, and only some of them let it.
mod nested {
    use super::{Event, World, hsm, say};
    use farc::prelude::*;

    #[derive(Event, Clone, Copy, Debug)]
    enum Step {
        #[event(local)]
        Item(u32),
        #[event(local)]
        Inwards,
        #[event(local)]
        Out,
    }

    struct Door;

    #[hsm(event = Step, initial = first)]
    impl Door {
        #[state(initial = first)]
        fn closed(&mut self, event: &Step) -> Next<Self> {
            match event {
                Step::Item(n) => {
                    say(&format!("closed({n})"));
                    Defer
                }
                Step::Out => To(State::Open),
                _ => Super,
            }
        }

        #[state(parent = closed)]
        fn first(&mut self, event: &Step) -> Next<Self> {
            match event {
                Step::Inwards => To(State::Second),
                _ => Super,
            }
        }

        #[state(parent = closed)]
        fn second(&mut self, event: &Step) -> Next<Self> {
            match event {
                Step::Item(n) if n % 2 == 0 => {
                    say(&format!("second {n}"));
                    Handled
                }
                _ => Super,
            }
        }

        #[state]
        fn open(&mut self, event: &Step) -> Next<Self> {
            match event {
                Step::Item(n) => {
                    say(&n.to_string());
                    Handled
                }
                _ => Super,
            }
        }
    }

    impl Actor for Door {
        type Args = ();

        fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self)
        }
    }

    #[test]
    fn a15_an_ancestor_defers_for_the_states_inside_and_an_inner_handler_comes_first() {
        use Step::{Inwards, Item, Out};
        let mut door = World::<Door>::new();
        assert_eq!(
            door.on([Item(1), Item(2), Item(3)]),
            "closed(1) closed(2) closed(3)"
        );
        assert_eq!(door.on([Inwards]), "closed(1) second 2 closed(3)");
        assert_eq!(door.on([Item(5), Out]), "closed(5) 1 3 5");
    }
}
