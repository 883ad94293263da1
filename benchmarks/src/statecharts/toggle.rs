//! Two states and one event: the least that a state machine can be asked for.

use super::subject::{Subject, check, contender};
use crate::measure::{Effort, interleaved};
use crate::report::{FARC, Metric};

/// The only event.
#[derive(Clone, Copy)]
pub(crate) struct Press;

pub(crate) fn measure(effort: Effort) -> Metric {
    let tape = [Press; 4096];
    check("statig", with_farc::new(), with_statig::new(), &tape);
    check("smlang", with_farc::new(), with_smlang::new(), &tape);
    check("hand", with_farc::new(), by_hand::new(), &tape);
    let contenders = vec![
        contender(FARC, with_farc::new(), &tape),
        contender("statig", with_statig::new(), &tape),
        contender("smlang", with_smlang::new(), &tape),
        contender("hand", by_hand::new(), &tape),
    ];
    Metric {
        name: "flat toggle".into(),
        unit: "ns/event",
        series: interleaved(contenders, effort),
        against: &["statig", "smlang"],
        must: Some(1.0 / 1.2),
        note: None,
    }
}

mod with_farc {
    use ::farc::hsm;
    use ::farc::hsm::Machine;
    use ::farc::hsm::Next::{self, To};

    use super::{Press, Subject};

    pub(super) struct Toggle {
        count: u64,
    }

    #[hsm(event = Press, initial = on, context = ())]
    impl Toggle {
        #[state]
        fn on(&mut self, event: &Press) -> Next<Self> {
            let Press = event;
            self.count += 1;
            To(State::Off)
        }

        #[state]
        fn off(&mut self, event: &Press) -> Next<Self> {
            let Press = event;
            self.count += 1;
            To(State::On)
        }
    }

    pub(super) fn new() -> Machine<Toggle> {
        let mut machine = Machine::new(Toggle { count: 0 });
        machine.start(&mut ());
        machine
    }

    impl Subject for Machine<Toggle> {
        type Event = Press;

        #[inline(always)]
        fn offer(&mut self, event: &Press) {
            self.dispatch(event, &mut ());
        }

        fn done(&self) -> Vec<u64> {
            vec![self.actor().count]
        }
    }
}

mod with_statig {
    use statig::blocking::*;

    use super::{Press, Subject};

    pub(super) struct Toggle {
        count: u64,
    }

    #[state_machine(initial = "State::on()", state(derive()))]
    impl Toggle {
        #[state]
        fn on(&mut self, event: &Press) -> Outcome<State> {
            let Press = event;
            self.count += 1;
            Transition(State::off())
        }

        #[state]
        fn off(&mut self, event: &Press) -> Outcome<State> {
            let Press = event;
            self.count += 1;
            Transition(State::on())
        }
    }

    pub(super) fn new() -> InitializedStateMachine<Toggle> {
        Toggle { count: 0 }.uninitialized_state_machine().init()
    }

    impl Subject for InitializedStateMachine<Toggle> {
        type Event = Press;

        #[inline(always)]
        fn offer(&mut self, event: &Press) {
            self.handle(event);
        }

        fn done(&self) -> Vec<u64> {
            vec![self.inner().count]
        }
    }
}

mod with_smlang {
    use smlang::statemachine;

    use super::{Press, Subject};

    statemachine! {
        transitions: {
            *On + Press / count = Off,
            Off + Press / count = On,
        }
    }

    pub(super) struct Toggle {
        count: u64,
    }

    impl StateMachineContext for Toggle {
        #[inline(always)]
        fn count(&mut self) -> Result<(), ()> {
            self.count += 1;
            Ok(())
        }
    }

    pub(super) fn new() -> StateMachine<Toggle> {
        StateMachine::new(Toggle { count: 0 })
    }

    impl Subject for StateMachine<Toggle> {
        type Event = Press;

        #[inline(always)]
        fn offer(&mut self, _: &Press) {
            let taken = self.process_event(Events::Press);
            debug_assert!(taken.is_ok());
        }

        fn done(&self) -> Vec<u64> {
            vec![self.context().count]
        }
    }
}

mod by_hand {
    use super::{Press, Subject};

    enum State {
        On,
        Off,
    }

    pub(super) struct Toggle {
        state: State,
        count: u64,
    }

    pub(super) fn new() -> Toggle {
        Toggle {
            state: State::On,
            count: 0,
        }
    }

    impl Subject for Toggle {
        type Event = Press;

        #[inline(always)]
        fn offer(&mut self, event: &Press) {
            let Press = event;
            match self.state {
                State::On => {
                    self.count += 1;
                    self.state = State::Off;
                }
                State::Off => {
                    self.count += 1;
                    self.state = State::On;
                }
            }
        }

        fn done(&self) -> Vec<u64> {
            vec![self.count]
        }
    }
}
