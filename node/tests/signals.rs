//! Signals and events as a user's crate declares them, where unsafe code is forbidden: the derives still work there.
#![forbid(unsafe_code)]

use std::time::Duration;

use farc::{Event, Isolated, Signal, signal::self_check};
use serde::{Deserialize, Serialize};

#[derive(Isolated, Serialize, Deserialize, Clone, PartialEq, Debug)]
struct Meters(f64);

#[derive(Isolated, Serialize, Deserialize, Clone, PartialEq, Debug)]
struct Reading<T> {
    values: Vec<T>,
    taken: Duration,
}

#[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[signal("survey.depth")]
struct Depth {
    reading: Reading<Meters>,
}

#[derive(Event)]
enum SurveyorEvent {
    Depth(Depth),
    #[event(local)]
    Timeout {
        after: Duration,
    },
    #[event(own)]
    Printed(std::io::Result<()>),
}

#[test]
fn a_derived_signal_agrees_with_its_structure() {
    assert_eq!(self_check::<Depth>(), Ok(()));
}

#[test]
fn a_signal_becomes_the_event_that_wraps_it() {
    let depth = Depth {
        reading: Reading {
            values: vec![Meters(12.5)],
            taken: Duration::ZERO,
        },
    };
    let event = SurveyorEvent::from(SurveyorEventPosted::from(depth.clone()));
    let (name, payload) = event.payload().unwrap();
    assert_eq!(
        (name, payload.downcast_ref()),
        ("survey.depth", Some(&depth))
    );
}

#[test]
fn the_actor_alone_creates_its_own_variants() {
    let described = |event: SurveyorEvent| match event {
        SurveyorEvent::Depth(depth) => format!("{depth:?}"),
        SurveyorEvent::Timeout { after } => format!("timeout after {after:?}"),
        SurveyorEvent::Printed(result) => format!("printed: {result:?}"),
    };
    let posted = SurveyorEventPosted::Timeout {
        after: Duration::from_secs(1),
    };
    assert_eq!(described(posted.into()), "timeout after 1s");
    assert_eq!(described(SurveyorEvent::Printed(Ok(()))), "printed: Ok(())");
}
