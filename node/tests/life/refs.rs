//! C6: actors by their names.

use farc::prelude::*;
use farc::signal::{RefError, self_check};
use serde::{Deserialize, Serialize};

use super::support::{Asker, AskerEventPosted, Lab, Oracle};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.introduction")]
struct Introduction {
    to: ActorRef,
}

#[test]
fn c06_a_reference_is_a_text_a_value_and_a_part_of_signals() {
    let text = "home-1/thermostat/kitchen";
    let named: ActorRef = text.parse().unwrap();
    assert_eq!(
        (named.node(), named.actor()),
        ("home-1", "thermostat/kitchen")
    );
    assert_eq!(named.to_string(), text);
    assert_eq!(
        ActorRef::new(&"home-1".parse().unwrap(), "thermostat/kitchen"),
        Ok(named.clone())
    );
    let json = serde_json::to_string(&named).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<ActorRef>(&json).unwrap(), named);
    assert_eq!(self_check::<Introduction>(), Ok(()));
    assert_eq!("kitchen".parse::<ActorRef>(), Err(RefError::NoNode));
    assert!(matches!("A/b".parse::<ActorRef>(), Err(RefError::Node(_))));
    assert!(matches!(
        "a/b c".parse::<ActorRef>(),
        Err(RefError::Actor(_))
    ));
    assert!(matches!("a/".parse::<ActorRef>(), Err(RefError::Actor(_))));
    // What a peer sends is read, and leads nowhere.
    let odd: ActorRef = serde_json::from_str("\"no reference\"").unwrap();
    assert_eq!((odd.node(), odd.actor()), ("no reference", ""));
}

#[test]
fn c06_a_signal_is_posted_to_a_name() {
    let mut lab = Lab::new();
    let oracle = lab.oracle("oracle");
    let asker = lab.asker();
    assert_eq!(oracle.actor_ref(), lab.reference("oracle"));
    let post = |to: &ActorRef, n| AskerEventPosted::Post(to.clone(), n);
    let said = lab.post(&asker, post(&oracle.actor_ref(), 1));
    assert_eq!(said, "posted plain1:false");
    let said = lab.post(&asker, post(&lab.reference("nobody"), 2));
    assert_eq!(said, "nobody!no_actor:test.plain post:NoActor:2");
    // The asker has no variant for it.
    let said = lab.post(&asker, post(&lab.reference("asker"), 3));
    assert_eq!(said, "post:NotAccepted:3");
    let said = lab.post(&asker, post(&"mars/oracle".parse().unwrap(), 4));
    assert_eq!(said, "post:NotReachable:4");
    lab.domain.stop_actor_named("oracle");
    let said = lab.post(&asker, post(&oracle.actor_ref(), 5));
    assert_eq!(said, "-oracle oracle!no_actor:test.plain post:NoActor:5");
    // Whoever has the name is reached.
    lab.oracle("oracle");
    let said = lab.post(&asker, post(&oracle.actor_ref(), 6));
    assert_eq!(said, "posted plain6:false");
    assert!(matches!(
        oracle.post(super::support::Plain { n: 7 }),
        Err(PostError::Stopped(_))
    ));
    lab.balanced();
}

#[test]
fn c06_an_address_is_found_by_name_and_type() {
    let mut lab = Lab::new();
    lab.oracle("oracle");
    assert!(lab.domain.address::<Oracle>("oracle").is_some());
    assert!(lab.domain.address::<Asker>("oracle").is_none());
    assert!(lab.bus.has_actor("oracle"));
    assert_eq!(lab.bus.actors(), 1);
    lab.domain.stop_actor_named("oracle");
    assert!(!lab.bus.has_actor("oracle"));
    assert_eq!(lab.bus.actors(), 0);
}
