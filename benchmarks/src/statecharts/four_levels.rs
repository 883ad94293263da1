//! The chart that statig tests itself with (`tests/transition_macro.rs`): four levels, three leaves, transitions to leaves only.
//!
//! statig can express all of it, so all three do the same.

use super::subject::{Subject, check, contender, random};
use super::work::{Counters, Work};
use crate::measure::{Effort, interleaved};
use crate::report::{FARC, Metric};

#[derive(Clone, Copy)]
pub(crate) enum Event {
    A,
    B,
    C,
    D,
}

/// Entries and exits, and what `s` does with an event that nobody wanted.
#[derive(Clone, Copy)]
enum Action {
    EnterS,
    ExitS,
    EnterS1,
    ExitS1,
    EnterS11,
    ExitS11,
    EnterS12,
    ExitS12,
    EnterS2,
    ExitS2,
    EnterS21,
    ExitS21,
    EnterS211,
    ExitS211,
    Unwanted,
}

#[derive(Default)]
pub(crate) struct Actions(Counters<15>);

impl Actions {
    #[inline(always)]
    fn act(&mut self, action: Action) {
        self.0.act(action as usize);
    }
}

pub(crate) fn measure(effort: Effort) -> Metric {
    let tape = random(&[Event::A, Event::B, Event::C, Event::D]);
    check("statig", with_farc::new(), with_statig::new(), &tape);
    check("hand", with_farc::new(), by_hand::new(), &tape);
    let contenders = vec![
        contender(FARC, with_farc::new(), &tape),
        contender("statig", with_statig::new(), &tape),
        contender("hand", by_hand::new(), &tape),
    ];
    Metric {
        name: "4 levels, statig's own chart, random".into(),
        unit: "ns/event",
        series: interleaved(contenders, effort),
        against: &["statig"],
        must: None,
        note: None,
    }
}

/// Actions in a row, as one writes them by hand.
macro_rules! acts {
    ($chart:ident: $($action:ident),+) => {{ $($chart.actions.act(Action::$action);)+ }};
}

mod with_farc {
    use ::farc::hsm;
    use ::farc::hsm::Machine;
    use ::farc::hsm::Next::{self, Handled, Super, To};

    use super::{Action, Actions, Event, Subject, Work};

    #[derive(Default)]
    pub(super) struct Chart {
        actions: Actions,
    }

    #[hsm(event = Event, initial = s11, context = ())]
    impl Chart {
        #[state]
        fn s(&mut self, _: &Event) -> Next<Self> {
            self.actions.act(Action::Unwanted);
            Handled
        }

        #[entry(s)]
        fn enter_s(&mut self) {
            self.actions.act(Action::EnterS);
        }

        #[exit(s)]
        fn exit_s(&mut self) {
            self.actions.act(Action::ExitS);
        }

        #[state(parent = s)]
        fn s1(&mut self, _: &Event) -> Next<Self> {
            Super
        }

        #[entry(s1)]
        fn enter_s1(&mut self) {
            self.actions.act(Action::EnterS1);
        }

        #[exit(s1)]
        fn exit_s1(&mut self) {
            self.actions.act(Action::ExitS1);
        }

        #[state(parent = s1)]
        fn s11(&mut self, event: &Event) -> Next<Self> {
            match event {
                Event::A => To(State::S11),
                Event::B => To(State::S12),
                _ => Super,
            }
        }

        #[entry(s11)]
        fn enter_s11(&mut self) {
            self.actions.act(Action::EnterS11);
        }

        #[exit(s11)]
        fn exit_s11(&mut self) {
            self.actions.act(Action::ExitS11);
        }

        #[state(parent = s1)]
        fn s12(&mut self, event: &Event) -> Next<Self> {
            match event {
                Event::C => To(State::S211),
                _ => Super,
            }
        }

        #[entry(s12)]
        fn enter_s12(&mut self) {
            self.actions.act(Action::EnterS12);
        }

        #[exit(s12)]
        fn exit_s12(&mut self) {
            self.actions.act(Action::ExitS12);
        }

        #[state(parent = s)]
        fn s2(&mut self, event: &Event) -> Next<Self> {
            match event {
                Event::D => To(State::S11),
                _ => Super,
            }
        }

        #[entry(s2)]
        fn enter_s2(&mut self) {
            self.actions.act(Action::EnterS2);
        }

        #[exit(s2)]
        fn exit_s2(&mut self) {
            self.actions.act(Action::ExitS2);
        }

        #[state(parent = s2)]
        fn s21(&mut self, _: &Event) -> Next<Self> {
            Super
        }

        #[entry(s21)]
        fn enter_s21(&mut self) {
            self.actions.act(Action::EnterS21);
        }

        #[exit(s21)]
        fn exit_s21(&mut self) {
            self.actions.act(Action::ExitS21);
        }

        #[state(parent = s21)]
        fn s211(&mut self, _: &Event) -> Next<Self> {
            Super
        }

        #[entry(s211)]
        fn enter_s211(&mut self) {
            self.actions.act(Action::EnterS211);
        }

        #[exit(s211)]
        fn exit_s211(&mut self) {
            self.actions.act(Action::ExitS211);
        }
    }

    pub(super) fn new() -> Machine<Chart> {
        let mut machine = Machine::new(Chart::default());
        machine.start(&mut ());
        machine
    }

    impl Subject for Machine<Chart> {
        type Event = Event;

        #[inline(always)]
        fn offer(&mut self, event: &Event) {
            self.dispatch(event, &mut ());
        }

        fn done(&self) -> Vec<u64> {
            self.actor().actions.0.done()
        }
    }
}

mod with_statig {
    use statig::blocking::*;

    use super::{Action, Actions, Event, Subject, Work};

    #[derive(Default)]
    pub(super) struct Chart {
        actions: Actions,
    }

    #[state_machine(initial = "State::s11()", state(derive()), superstate(derive()))]
    impl Chart {
        #[superstate(entry_action = "enter_s", exit_action = "exit_s")]
        fn s(&mut self, event: &Event) -> Outcome<State> {
            let _ = event;
            self.actions.act(Action::Unwanted);
            Handled
        }

        #[action]
        fn enter_s(&mut self) {
            self.actions.act(Action::EnterS);
        }

        #[action]
        fn exit_s(&mut self) {
            self.actions.act(Action::ExitS);
        }

        #[superstate(superstate = "s", entry_action = "enter_s1", exit_action = "exit_s1")]
        fn s1(&mut self, event: &Event) -> Outcome<State> {
            let _ = event;
            Super
        }

        #[action]
        fn enter_s1(&mut self) {
            self.actions.act(Action::EnterS1);
        }

        #[action]
        fn exit_s1(&mut self) {
            self.actions.act(Action::ExitS1);
        }

        #[state(
            superstate = "s1",
            entry_action = "enter_s11",
            exit_action = "exit_s11"
        )]
        fn s11(&mut self, event: &Event) -> Outcome<State> {
            match event {
                Event::A => Transition(State::s11()),
                Event::B => Transition(State::s12()),
                _ => Super,
            }
        }

        #[action]
        fn enter_s11(&mut self) {
            self.actions.act(Action::EnterS11);
        }

        #[action]
        fn exit_s11(&mut self) {
            self.actions.act(Action::ExitS11);
        }

        #[state(
            superstate = "s1",
            entry_action = "enter_s12",
            exit_action = "exit_s12"
        )]
        fn s12(&mut self, event: &Event) -> Outcome<State> {
            match event {
                Event::C => Transition(State::s211()),
                _ => Super,
            }
        }

        #[action]
        fn enter_s12(&mut self) {
            self.actions.act(Action::EnterS12);
        }

        #[action]
        fn exit_s12(&mut self) {
            self.actions.act(Action::ExitS12);
        }

        #[superstate(superstate = "s", entry_action = "enter_s2", exit_action = "exit_s2")]
        fn s2(&mut self, event: &Event) -> Outcome<State> {
            match event {
                Event::D => Transition(State::s11()),
                _ => Super,
            }
        }

        #[action]
        fn enter_s2(&mut self) {
            self.actions.act(Action::EnterS2);
        }

        #[action]
        fn exit_s2(&mut self) {
            self.actions.act(Action::ExitS2);
        }

        #[superstate(
            superstate = "s2",
            entry_action = "enter_s21",
            exit_action = "exit_s21"
        )]
        fn s21(&mut self, event: &Event) -> Outcome<State> {
            let _ = event;
            Super
        }

        #[action]
        fn enter_s21(&mut self) {
            self.actions.act(Action::EnterS21);
        }

        #[action]
        fn exit_s21(&mut self) {
            self.actions.act(Action::ExitS21);
        }

        #[state(
            superstate = "s21",
            entry_action = "enter_s211",
            exit_action = "exit_s211"
        )]
        fn s211(&mut self, event: &Event) -> Outcome<State> {
            let _ = event;
            Super
        }

        #[action]
        fn enter_s211(&mut self) {
            self.actions.act(Action::EnterS211);
        }

        #[action]
        fn exit_s211(&mut self) {
            self.actions.act(Action::ExitS211);
        }
    }

    pub(super) fn new() -> InitializedStateMachine<Chart> {
        Chart::default().uninitialized_state_machine().init()
    }

    impl Subject for InitializedStateMachine<Chart> {
        type Event = Event;

        #[inline(always)]
        fn offer(&mut self, event: &Event) {
            self.handle(event);
        }

        fn done(&self) -> Vec<u64> {
            self.inner().actions.0.done()
        }
    }
}

mod by_hand {
    use super::{Action, Actions, Event, Subject, Work};

    #[derive(Clone, Copy)]
    enum Leaf {
        S11,
        S12,
        S211,
    }

    pub(super) struct Chart {
        leaf: Leaf,
        actions: Actions,
    }

    pub(super) fn new() -> Chart {
        let mut chart = Chart {
            leaf: Leaf::S11,
            actions: Actions::default(),
        };
        acts!(chart: EnterS, EnterS1, EnterS11);
        chart
    }

    impl Subject for Chart {
        type Event = Event;

        #[inline(always)]
        fn offer(&mut self, event: &Event) {
            match self.leaf {
                Leaf::S11 => match event {
                    Event::A => acts!(self: ExitS11, EnterS11),
                    Event::B => {
                        acts!(self: ExitS11, EnterS12);
                        self.leaf = Leaf::S12;
                    }
                    Event::C | Event::D => acts!(self: Unwanted),
                },
                Leaf::S12 => match event {
                    Event::C => {
                        acts!(self: ExitS12, ExitS1, EnterS2, EnterS21, EnterS211);
                        self.leaf = Leaf::S211;
                    }
                    Event::A | Event::B | Event::D => acts!(self: Unwanted),
                },
                Leaf::S211 => match event {
                    Event::D => {
                        acts!(self: ExitS211, ExitS21, ExitS2, EnterS1, EnterS11);
                        self.leaf = Leaf::S11;
                    }
                    Event::A | Event::B | Event::C => acts!(self: Unwanted),
                },
            }
        }

        fn done(&self) -> Vec<u64> {
            self.actions.0.done()
        }
    }
}
