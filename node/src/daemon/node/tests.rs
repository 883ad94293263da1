//! What a node remembers of its actors' types, without a node around it.

use std::sync::Arc;

use super::{FEW, Known};
use crate::DomainSettings;
use crate::clock::ManualClock;
use crate::prelude::*;

#[derive(Event)]
enum GuestEvent {
    #[event(local)]
    Bell,
}

struct Guest;

#[hsm(event = GuestEvent, initial = here)]
impl Guest {
    #[state]
    fn here(&mut self, event: &GuestEvent) -> Next<Self> {
        match event {
            GuestEvent::Bell => Handled,
        }
    }
}

impl Actor for Guest {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

fn domain() -> Domain {
    let clock = Arc::new(ManualClock::new());
    Domain::new(DomainSettings::alone(
        "hotel".parse().unwrap(),
        clock,
        [0; 32],
    ))
}

fn arrive(domain: &mut Domain, known: &mut Known, name: &str, place: usize) {
    let guest = domain.spawn::<Guest>(name, (), ActorOptions::default());
    assert!(domain.post(&guest.unwrap(), GuestEvent::Bell).is_ok());
    known.add(domain.bus(), name, "guest", place);
}

#[test]
fn what_is_known_of_actors_that_left_by_themselves_does_not_pile_up() {
    let mut domain = domain();
    let mut known = Known::default();
    for n in 0..10 {
        arrive(&mut domain, &mut known, &format!("stays/{n}"), n);
    }
    for n in 0..100 * FEW {
        let name = format!("leaves/{n}");
        arrive(&mut domain, &mut known, &name, usize::MAX);
        assert!(domain.stop_actor_named(&name));
    }
    assert!(known.actors.len() <= FEW + 1, "{}", known.actors.len());
    for n in 0..10 {
        let place = known
            .of(domain.bus(), &format!("stays/{n}"))
            .map(|known| known.place);
        assert_eq!(place, Some(n));
    }
}

#[test]
fn another_actor_of_the_same_name_has_another_type() {
    let mut domain = domain();
    let mut known = Known::default();
    arrive(&mut domain, &mut known, "room/1", 0);
    assert_eq!(known.of(domain.bus(), "room/1").unwrap().kind, "guest");
    assert!(domain.stop_actor_named("room/1"));
    let spawned = domain.spawn::<Guest>("room/1", (), ActorOptions::default());
    assert!(spawned.is_ok());
    assert!(known.of(domain.bus(), "room/1").is_none());
}
