//! QHsmTst with farc.

use ::farc::hsm;
use ::farc::hsm::Machine;
use ::farc::hsm::Next::{self, Handled, Super, To};
use ::farc::hsm::StateId;

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

#[hsm(event = Letter, initial = s2, context = ())]
impl QHsmTst {
    #[start]
    fn start(&mut self) {
        self.act(Action::Start);
        self.foo = false;
    }

    #[state(initial = s11)]
    fn s(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::E => {
                self.act(Action::SE);
                To(State::S11)
            }
            Letter::I if self.foo => {
                self.act(Action::SI);
                self.foo = false;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(s)]
    fn enter_s(&mut self) {
        self.act(Action::EnterS);
    }

    #[exit(s)]
    fn exit_s(&mut self) {
        self.act(Action::ExitS);
    }

    #[init(s)]
    fn init_s(&mut self) {
        self.act(Action::InitS);
    }

    #[state(parent = s, initial = s11)]
    fn s1(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::A => {
                self.act(Action::S1A);
                To(State::S1)
            }
            Letter::B => {
                self.act(Action::S1B);
                To(State::S11)
            }
            Letter::C => {
                self.act(Action::S1C);
                To(State::S2)
            }
            Letter::D if !self.foo => {
                self.act(Action::S1D);
                self.foo = true;
                To(State::S)
            }
            Letter::F => {
                self.act(Action::S1F);
                To(State::S211)
            }
            Letter::I => {
                self.act(Action::S1I);
                Handled
            }
            _ => Super,
        }
    }

    #[entry(s1)]
    fn enter_s1(&mut self) {
        self.act(Action::EnterS1);
    }

    #[exit(s1)]
    fn exit_s1(&mut self) {
        self.act(Action::ExitS1);
    }

    #[init(s1)]
    fn init_s1(&mut self) {
        self.act(Action::InitS1);
    }

    #[state(parent = s1)]
    fn s11(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::D if self.foo => {
                self.act(Action::S11D);
                self.foo = false;
                To(State::S1)
            }
            Letter::G => {
                self.act(Action::S11G);
                To(State::S211)
            }
            Letter::H => {
                self.act(Action::S11H);
                To(State::S)
            }
            _ => Super,
        }
    }

    #[entry(s11)]
    fn enter_s11(&mut self) {
        self.act(Action::EnterS11);
    }

    #[exit(s11)]
    fn exit_s11(&mut self) {
        self.act(Action::ExitS11);
    }

    #[state(parent = s, initial = s211)]
    fn s2(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::C => {
                self.act(Action::S2C);
                To(State::S1)
            }
            Letter::F => {
                self.act(Action::S2F);
                To(State::S11)
            }
            Letter::I if !self.foo => {
                self.act(Action::S2I);
                self.foo = true;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(s2)]
    fn enter_s2(&mut self) {
        self.act(Action::EnterS2);
    }

    #[exit(s2)]
    fn exit_s2(&mut self) {
        self.act(Action::ExitS2);
    }

    #[init(s2)]
    fn init_s2(&mut self) {
        self.act(Action::InitS2);
    }

    #[state(parent = s2, initial = s211)]
    fn s21(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::A => {
                self.act(Action::S21A);
                To(State::S21)
            }
            Letter::B => {
                self.act(Action::S21B);
                To(State::S211)
            }
            Letter::G => {
                self.act(Action::S21G);
                To(State::S1)
            }
            _ => Super,
        }
    }

    #[entry(s21)]
    fn enter_s21(&mut self) {
        self.act(Action::EnterS21);
    }

    #[exit(s21)]
    fn exit_s21(&mut self) {
        self.act(Action::ExitS21);
    }

    #[init(s21)]
    fn init_s21(&mut self) {
        self.act(Action::InitS21);
    }

    #[state(parent = s21)]
    fn s211(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::D => {
                self.act(Action::S211D);
                To(State::S21)
            }
            Letter::H => {
                self.act(Action::S211H);
                To(State::S)
            }
            _ => Super,
        }
    }

    #[entry(s211)]
    fn enter_s211(&mut self) {
        self.act(Action::EnterS211);
    }

    #[exit(s211)]
    fn exit_s211(&mut self) {
        self.act(Action::ExitS211);
    }
}

pub(super) fn new() -> Machine<QHsmTst> {
    let mut machine = Machine::new(QHsmTst::default());
    machine.start(&mut ());
    machine
}

impl Subject for Machine<QHsmTst> {
    type Event = Letter;

    #[inline(always)]
    fn offer(&mut self, event: &Letter) {
        self.dispatch(event, &mut ());
    }

    fn done(&self) -> Vec<u64> {
        self.actor().work.done()
    }
}

impl Leaf for Machine<QHsmTst> {
    fn leaf(&self) -> &'static str {
        self.state().map_or("none", StateId::name)
    }
}
