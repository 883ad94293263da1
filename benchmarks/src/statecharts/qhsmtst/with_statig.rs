//! QHsmTst with statig, as far as it can express it.
//!
//! Only leaves can be targets, so a transition to a composite leads to the leaf that its initials lead to; and initials have no actions.

use statig::blocking::*;

use super::{Action, Leaf, Letter, Subject, Work};
use crate::statecharts::work::Work as _;

#[derive(Default)]
pub(super) struct QHsmTst {
    foo: bool,
    work: Work,
}

impl QHsmTst {
    #[inline(always)]
    fn act(&mut self, action: Action) {
        self.work.act(action as usize);
    }
}

#[state_machine(initial = "State::s211()", state(derive()), superstate(derive()))]
impl QHsmTst {
    #[superstate(entry_action = "enter_s", exit_action = "exit_s")]
    fn s(&mut self, event: &Letter) -> Outcome<State> {
        match event {
            Letter::E => {
                self.act(Action::SE);
                Transition(State::s11())
            }
            Letter::I if self.foo => {
                self.act(Action::SI);
                self.foo = false;
                Handled
            }
            _ => Super,
        }
    }

    #[action]
    fn enter_s(&mut self) {
        self.act(Action::EnterS);
    }

    #[action]
    fn exit_s(&mut self) {
        self.act(Action::ExitS);
    }

    #[superstate(superstate = "s", entry_action = "enter_s1", exit_action = "exit_s1")]
    fn s1(&mut self, event: &Letter) -> Outcome<State> {
        match event {
            Letter::A => {
                self.act(Action::S1A);
                Transition(State::s11())
            }
            Letter::B => {
                self.act(Action::S1B);
                Transition(State::s11())
            }
            Letter::C => {
                self.act(Action::S1C);
                Transition(State::s211())
            }
            Letter::D if !self.foo => {
                self.act(Action::S1D);
                self.foo = true;
                Transition(State::s11())
            }
            Letter::F => {
                self.act(Action::S1F);
                Transition(State::s211())
            }
            Letter::I => {
                self.act(Action::S1I);
                Handled
            }
            _ => Super,
        }
    }

    #[action]
    fn enter_s1(&mut self) {
        self.act(Action::EnterS1);
    }

    #[action]
    fn exit_s1(&mut self) {
        self.act(Action::ExitS1);
    }

    #[state(
        superstate = "s1",
        entry_action = "enter_s11",
        exit_action = "exit_s11"
    )]
    fn s11(&mut self, event: &Letter) -> Outcome<State> {
        match event {
            Letter::D if self.foo => {
                self.act(Action::S11D);
                self.foo = false;
                Transition(State::s11())
            }
            Letter::G => {
                self.act(Action::S11G);
                Transition(State::s211())
            }
            Letter::H => {
                self.act(Action::S11H);
                Transition(State::s11())
            }
            _ => Super,
        }
    }

    #[action]
    fn enter_s11(&mut self) {
        self.act(Action::EnterS11);
    }

    #[action]
    fn exit_s11(&mut self) {
        self.act(Action::ExitS11);
    }

    #[superstate(superstate = "s", entry_action = "enter_s2", exit_action = "exit_s2")]
    fn s2(&mut self, event: &Letter) -> Outcome<State> {
        match event {
            Letter::C => {
                self.act(Action::S2C);
                Transition(State::s11())
            }
            Letter::F => {
                self.act(Action::S2F);
                Transition(State::s11())
            }
            Letter::I if !self.foo => {
                self.act(Action::S2I);
                self.foo = true;
                Handled
            }
            _ => Super,
        }
    }

    #[action]
    fn enter_s2(&mut self) {
        self.act(Action::EnterS2);
    }

    #[action]
    fn exit_s2(&mut self) {
        self.act(Action::ExitS2);
    }

    #[superstate(
        superstate = "s2",
        entry_action = "enter_s21",
        exit_action = "exit_s21"
    )]
    fn s21(&mut self, event: &Letter) -> Outcome<State> {
        match event {
            Letter::A => {
                self.act(Action::S21A);
                Transition(State::s211())
            }
            Letter::B => {
                self.act(Action::S21B);
                Transition(State::s211())
            }
            Letter::G => {
                self.act(Action::S21G);
                Transition(State::s11())
            }
            _ => Super,
        }
    }

    #[action]
    fn enter_s21(&mut self) {
        self.act(Action::EnterS21);
    }

    #[action]
    fn exit_s21(&mut self) {
        self.act(Action::ExitS21);
    }

    #[state(
        superstate = "s21",
        entry_action = "enter_s211",
        exit_action = "exit_s211"
    )]
    fn s211(&mut self, event: &Letter) -> Outcome<State> {
        match event {
            Letter::D => {
                self.act(Action::S211D);
                Transition(State::s211())
            }
            Letter::H => {
                self.act(Action::S211H);
                Transition(State::s11())
            }
            _ => Super,
        }
    }

    #[action]
    fn enter_s211(&mut self) {
        self.act(Action::EnterS211);
    }

    #[action]
    fn exit_s211(&mut self) {
        self.act(Action::ExitS211);
    }
}

pub(super) fn new() -> InitializedStateMachine<QHsmTst> {
    QHsmTst::default().uninitialized_state_machine().init()
}

impl Subject for InitializedStateMachine<QHsmTst> {
    type Event = Letter;

    #[inline(always)]
    fn offer(&mut self, event: &Letter) {
        self.handle(event);
    }

    fn done(&self) -> Vec<u64> {
        self.inner().work.done()
    }
}

impl Leaf for InitializedStateMachine<QHsmTst> {
    fn leaf(&self) -> &'static str {
        match self.state() {
            State::S11 {} => "s11",
            State::S211 {} => "s211",
        }
    }
}
