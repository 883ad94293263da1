//! Steps seen from inside: what runs in whose name, guards, ends and failures.

use std::panic::{AssertUnwindSafe, catch_unwind};

use farc::hsm;
use farc::hsm::Next::{self, Handled, Reenter, Stop, Super, To};
use farc::hsm::{Machine, Outcome};

use crate::trace::{Bench, Trace};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Open,
    Close,
    Knock,
    Burn,
    Leave,
    Shake,
    Unknown,
}

/// A house with a room; `strong` guards the door and `fragile` names the action that panics.
#[derive(Default)]
struct House {
    strong: bool,
    fragile: &'static str,
}

impl House {
    fn act(&self, cx: &mut Trace, state: &str, what: &str) {
        cx.print(state, what);
        assert!(self.fragile != format!("{state}-{what}"), "it broke");
    }
}

#[hsm(event = Event, initial = house, context = Trace)]
impl House {
    #[start]
    fn build(&mut self, cx: &mut Trace) {
        self.act(cx, "top", "INIT");
    }

    #[state(initial = hall)]
    fn house(&mut self, event: &Event, cx: &mut Trace) -> Next<Self> {
        match event {
            Event::Knock => {
                self.act(cx, "house", "KNOCK");
                Handled
            }
            Event::Open => To(State::Room),
            Event::Burn => To(State::Ruin),
            Event::Leave => Stop,
            Event::Shake => Reenter(State::House),
            _ => Super,
        }
    }

    #[entry(house)]
    fn enter_house(&mut self, cx: &mut Trace) {
        self.act(cx, "house", "ENTRY");
    }

    #[exit(house)]
    fn exit_house(&mut self, cx: &mut Trace) {
        self.act(cx, "house", "EXIT");
    }

    #[init(house)]
    fn init_house(&mut self, cx: &mut Trace) {
        self.act(cx, "house", "INIT");
    }

    #[state(parent = house)]
    fn hall(&mut self, event: &Event, cx: &mut Trace) -> Next<Self> {
        match event {
            Event::Open if self.strong => {
                self.act(cx, "hall", "RESIST");
                Handled
            }
            Event::Close => {
                let quiet = !self.strong;
                if quiet {
                    return Handled;
                }
                Super
            }
            _ => Super,
        }
    }

    #[exit(hall)]
    fn exit_hall(&mut self, cx: &mut Trace) {
        self.act(cx, "hall", "EXIT");
    }

    #[state(parent = house)]
    fn room(&mut self, event: &Event) -> Next<Self> {
        if *event == Event::Knock && self.strong {
            Handled
        } else {
            Super
        }
    }

    #[entry(room)]
    fn enter_room(&mut self, cx: &mut Trace) {
        self.act(cx, "room", "ENTRY");
    }

    #[state]
    fn ruin(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

fn house(strong: bool) -> Bench<House> {
    let mut bench = Bench::start(House {
        strong,
        fragile: "",
    });
    bench.trace = Trace::default();
    bench
}

#[test]
fn the_start_action_runs_before_the_first_entry_and_belongs_to_no_state() {
    let bench = Bench::start(House::default());
    assert_eq!(bench.trace.text, "top-INIT;house-ENTRY;house-INIT;");
    let expected = [
        "scope top",
        "Entry(House)",
        "scope House",
        "Init(House)",
        "scope House",
        "Entry(Hall)",
    ];
    assert_eq!(bench.trace.engine, expected);
}

#[test]
fn starting_again_changes_nothing() {
    let mut bench = house(false);
    bench.machine.start(&mut bench.trace);
    assert_eq!(
        (bench.trace.text.as_str(), bench.trace.engine.len()),
        ("", 0)
    );
}

#[test]
fn an_event_goes_up_until_a_state_wants_it() {
    let mut bench = house(false);
    assert_eq!(
        bench.outcome(&Event::Knock),
        Outcome::Internal {
            state: HouseState::House
        }
    );
    assert_eq!(bench.trace.text, "house-KNOCK;");
    assert_eq!(
        bench.trace.engine,
        [
            "scope Hall",
            "scope House",
            "Answer(House)",
            "Internal(House)"
        ]
    );
}

#[test]
fn an_inner_state_answers_before_an_outer_one() {
    let mut bench = house(true);
    bench.outcome(&Event::Burn);
    let mut bench = house(true);
    assert_eq!(
        bench.outcome(&Event::Open),
        Outcome::Internal {
            state: HouseState::Hall
        }
    );
    assert_eq!(bench.trace.text, "hall-RESIST;");
}

#[test]
fn an_event_whose_guard_fails_goes_to_the_parent() {
    let mut bench = house(false);
    assert_eq!(
        bench.outcome(&Event::Open),
        Outcome::Transition {
            source: HouseState::House,
            target: HouseState::Room
        }
    );
    assert_eq!(bench.trace.text, "hall-EXIT;room-ENTRY;");
}

#[test]
fn an_early_return_answers() {
    assert_eq!(
        house(false).outcome(&Event::Close),
        Outcome::Internal {
            state: HouseState::Hall
        }
    );
    assert_eq!(house(true).outcome(&Event::Close), Outcome::Ignored);
}

#[test]
fn an_event_that_nobody_wants_is_ignored() {
    let mut bench = house(false);
    assert_eq!(bench.outcome(&Event::Unknown), Outcome::Ignored);
    assert_eq!(bench.machine.state(), Some(HouseState::Hall));
    assert_eq!(bench.trace.engine, ["scope Hall", "scope House", "Ignored"]);
}

#[test]
fn each_exit_and_entry_runs_in_the_name_of_its_state() {
    let mut bench = house(false);
    bench.outcome(&Event::Shake);
    assert_eq!(
        bench.trace.text,
        "hall-EXIT;house-EXIT;house-ENTRY;house-INIT;"
    );
    let expected = [
        "scope Hall",
        "scope House",
        "Answer(House)",
        "Exit(Hall)",
        "scope Hall",
        "exited Hall",
        "Exit(House)",
        "scope House",
        "exited House",
        "Entry(House)",
        "scope House",
        "Init(House)",
        "scope House",
        "Entry(Hall)",
        "Transition { source: House, from: Hall, to: Hall }",
    ];
    assert_eq!(bench.trace.engine, expected);
}

#[test]
fn an_answer_of_stop_exits_everything_and_ends_the_machine() {
    let mut bench = house(false);
    assert_eq!(bench.outcome(&Event::Leave), Outcome::Stopped);
    assert_eq!(bench.trace.text, "hall-EXIT;house-EXIT;");
    assert_eq!(bench.trace.engine.last().unwrap(), "Stopped(House)");
    assert_eq!(bench.machine.state(), None);
    assert_eq!(bench.outcome(&Event::Knock), Outcome::Stopped);
    assert_eq!(bench.trace.text, "hall-EXIT;house-EXIT;");
}

#[test]
fn a_stop_from_outside_runs_the_same_exits() {
    let mut bench = house(false);
    bench.machine.stop(&mut bench.trace);
    assert_eq!(bench.trace.text, "hall-EXIT;house-EXIT;");
    bench.machine.stop(&mut bench.trace);
    assert_eq!(bench.trace.text, "hall-EXIT;house-EXIT;");
}

#[test]
fn a_machine_that_was_never_started_handles_nothing() {
    let mut machine = Machine::new(House::default());
    let mut trace = Trace::default();
    assert_eq!(
        machine.dispatch(&Event::Knock, &mut trace),
        Outcome::Stopped
    );
    machine.stop(&mut trace);
    assert_eq!((machine.state(), trace.text.as_str()), (None, ""));
}

#[test]
fn after_a_panic_in_any_action_the_machine_runs_no_more() {
    for (fragile, event) in [
        ("house-KNOCK", Event::Knock),
        ("hall-EXIT", Event::Burn),
        ("house-EXIT", Event::Shake),
        ("room-ENTRY", Event::Open),
        ("house-EXIT", Event::Leave),
    ] {
        let mut bench = Bench::start(House {
            strong: false,
            fragile,
        });
        let step = catch_unwind(AssertUnwindSafe(|| bench.outcome(&event)));
        assert!(step.is_err(), "{fragile}");
        let printed = bench.trace.text.clone();
        assert_eq!(bench.machine.state(), None);
        assert_eq!(bench.outcome(&Event::Shake), Outcome::Stopped);
        bench.machine.stop(&mut bench.trace);
        assert_eq!(bench.trace.text, printed);
    }
}

#[test]
fn a_panic_while_starting_leaves_a_machine_that_does_not_run() {
    for fragile in ["top-INIT", "house-ENTRY", "house-INIT"] {
        let mut machine = Machine::new(House {
            strong: false,
            fragile,
        });
        let mut trace = Trace::default();
        assert!(catch_unwind(AssertUnwindSafe(|| machine.start(&mut trace))).is_err());
        assert_eq!(machine.state(), None);
    }
}

#[test]
fn a_panic_in_an_exit_action_abandons_the_exits_that_remain() {
    let mut bench = Bench::start(House {
        strong: false,
        fragile: "hall-EXIT",
    });
    bench.trace.take();
    let stop = catch_unwind(AssertUnwindSafe(|| bench.machine.stop(&mut bench.trace)));
    assert!(stop.is_err());
    assert_eq!(bench.trace.text, "hall-EXIT;");
}
