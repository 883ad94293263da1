//! A27, A29, A30: how an actor ends.

use std::time::Duration;

use farc::hsm;
use farc::prelude::*;

use crate::world::{World, say};

#[derive(Event, Clone, Copy, Debug)]
enum Order {
    #[event(local)]
    End,
    #[event(local)]
    Break,
    /// The exit action of the composite will panic.
    #[event(local)]
    Fragile,
    #[event(local)]
    Count,
}

use Order::{Break, Count, End, Fragile};

/// Three levels that say when they are left.
#[derive(Default)]
struct House {
    fragile: bool,
    count: u32,
}

#[hsm(event = Order, initial = room)]
impl House {
    #[state]
    fn house(&mut self, event: &Order) -> Next<Self> {
        match event {
            End => Stop,
            Break => panic!("the roof fell in"),
            Fragile => {
                self.fragile = true;
                Handled
            }
            Count => {
                self.count += 1;
                say(&self.count.to_string());
                Handled
            }
        }
    }

    #[exit(house)]
    fn exit_house(&mut self) {
        say("house");
    }

    #[state(parent = house)]
    fn floor(&mut self, _: &Order) -> Next<Self> {
        Super
    }

    #[exit(floor)]
    fn exit_floor(&mut self) {
        say("floor");
        assert!(!self.fragile, "the stairs broke");
    }

    #[state(parent = floor)]
    fn room(&mut self, _: &Order) -> Next<Self> {
        Super
    }

    #[entry(room)]
    fn enter_room(&mut self, cx: &mut Context<'_, Self>) {
        assert!(cx.after(Duration::from_millis(5), Count).is_ok());
    }

    #[exit(room)]
    fn exit_room(&mut self) {
        say("room");
    }
}

impl Actor for House {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[test]
fn a27_stop_exits_all_active_states_and_what_is_queued_becomes_dead_letters() {
    let mut house = World::<House>::new();
    assert_eq!(house.on([End, Count, Count]), "room floor house");
    assert_eq!(house.state(), "none");
    assert_eq!(house.drops(), "Stopped: 2");
    assert_eq!(house.domain.dead_letters().len(), 2);
    assert_eq!(house.wait(10), "");
}

#[test]
fn a27_a_stop_from_outside_takes_the_exit_path() {
    let mut house = World::<House>::new();
    house.post([Count]);
    assert!(house.domain.stop_actor_named("it"));
    assert_eq!(house.run(), "room floor house");
    assert_eq!(house.drops(), "Stopped: 1");
    assert_eq!(house.wait(10), "");
}

#[test]
fn a27_the_end_of_the_domain_takes_the_exit_path() {
    let mut house = World::<House>::new();
    house.domain.stop();
    assert_eq!(house.run(), "room floor house");
}

#[test]
fn a27_a_panic_in_an_exit_action_abandons_the_exits_that_remain() {
    let mut house = World::<House>::new();
    house.on([Fragile]);
    assert_eq!(house.on([End, Count]), "room floor");
    assert_eq!(
        house.wait(60_000),
        "",
        "it stops, and is not constructed anew"
    );
    assert!(house.domain.status().is_empty(), "nothing of it is there");
    assert_eq!(house.domain.books().exits_abandoned, 1);
    assert_eq!(house.drops(), "Poison: 1, Stopped: 1");
}

#[test]
fn a27_a_panic_in_an_exit_action_ends_a_stop_from_outside_no_other_way() {
    let mut house = World::<House>::new();
    house.on([Fragile]);
    assert!(house.domain.stop_actor_named("it"));
    assert_eq!(house.run(), "room floor");
    assert_eq!(house.wait(60_000), "");
    assert!(house.domain.status().is_empty());
    assert_eq!(house.domain.books().exits_abandoned, 1);
}

/// Two wings side by side, of which the second is left first.
struct Wings;

#[hsm(event = Order, initial = wings)]
impl Wings {
    #[state(regions = [left, right])]
    fn wings(&mut self, event: &Order) -> Next<Self> {
        match event {
            End => Stop,
            _ => Super,
        }
    }

    #[state(parent = wings)]
    fn left(&mut self, _: &Order) -> Next<Self> {
        Super
    }

    #[exit(left)]
    fn exit_left(&mut self) {
        say("left");
    }

    #[state(parent = wings)]
    fn right(&mut self, _: &Order) -> Next<Self> {
        Super
    }

    #[exit(right)]
    fn exit_right(&mut self) {
        say("right");
        panic!("the door is stuck");
    }
}

impl Actor for Wings {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn a27_a_panic_in_an_exit_action_of_a_region_abandons_the_regions_that_remain() {
    let mut wings = World::<Wings>::new();
    assert_eq!(wings.on([End]), "right");
    assert_eq!(wings.wait(60_000), "");
    assert!(wings.domain.status().is_empty());
    assert_eq!(wings.domain.books().exits_abandoned, 1);
}

#[test]
fn a29_after_a_panic_the_state_is_discarded_and_no_exit_action_runs() {
    let mut house = World::<House>::new();
    assert_eq!(house.on([Count, Break]), "1");
    // The restart constructs the actor anew: it counts from the beginning, and the first life's timer is gone.
    assert_eq!(house.wait(1_000), "");
    assert_eq!(house.state(), "house.floor.room");
    assert_eq!(house.domain.status()[0].restarts, 1);
    assert_eq!(house.on([Count]), "1");
}
