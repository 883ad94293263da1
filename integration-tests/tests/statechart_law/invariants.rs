//! A30: what must hold after each step.

use std::panic::{AssertUnwindSafe, catch_unwind};

use farc::hsm::Machine;
use farc::prelude::*;

use crate::support::Log;

#[derive(Event)]
enum Tap {
    #[event(local)]
    Pour,
    #[event(local)]
    Close,
}

#[derive(Default)]
struct Tank {
    level: u32,
}

#[hsm(event = Tap, initial = open, context = Log)]
impl Tank {
    #[state]
    fn tank(&mut self, event: &Tap) -> Next<Self> {
        match event {
            Tap::Pour => {
                self.level += 1;
                Handled
            }
            Tap::Close => To(State::Closed),
        }
    }

    #[state(parent = tank)]
    fn open(&mut self, _: &Tap) -> Next<Self> {
        Super
    }

    #[state(parent = tank)]
    fn closed(&mut self, _: &Tap) -> Next<Self> {
        Super
    }

    #[invariant]
    fn never_runs_over(&self) -> bool {
        self.level < 3
    }

    #[invariant(closed)]
    fn takes_one_when_closed(&self) -> bool {
        self.level < 2
    }
}

/// The message of the panic that the last event leads to, if it leads to one.
fn violation<const N: usize>(events: [Tap; N]) -> Option<String> {
    let mut log = Log::default();
    let mut tank = Machine::new(Tank::default());
    tank.start(&mut log);
    let run = || {
        for event in &events {
            tank.dispatch(event, &mut log);
        }
    };
    let panic = catch_unwind(AssertUnwindSafe(run)).err()?;
    panic.downcast_ref::<String>().cloned()
}

#[test]
fn a30_a_violated_invariant_is_a_panic_that_names_it_the_state_and_the_event() {
    use Tap::{Close, Pour};
    assert_eq!(violation([Pour, Pour]), None);
    let message = violation([Pour, Pour, Pour]).expect("it runs over");
    for name in ["never_runs_over", "open", "Pour"] {
        assert!(message.contains(name), "{message}");
    }
    assert_eq!(violation([Pour, Close]), None);
    let message = violation([Pour, Pour, Close]).expect("there are two in it");
    for name in ["takes_one_when_closed", "closed", "Close"] {
        assert!(message.contains(name), "{message}");
    }
}
