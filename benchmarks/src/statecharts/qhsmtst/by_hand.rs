//! QHsmTst as a nested match, written by hand: leaf, then event, then every action in its place.
//!
//! This is what one writes who knows the whole chart by heart and never changes it.

use super::{Action, Leaf, Letter, Subject, Work};
use crate::statecharts::work::Work as _;

#[derive(Clone, Copy)]
enum Active {
    S11,
    S211,
}

pub(super) struct QHsmTst {
    active: Active,
    foo: bool,
    work: Work,
}

macro_rules! acts {
    ($chart:ident: $($action:ident),+) => {{ $($chart.work.act(Action::$action as usize);)+ }};
}

pub(super) fn new() -> QHsmTst {
    let mut chart = QHsmTst {
        active: Active::S211,
        foo: false,
        work: Work::default(),
    };
    acts!(chart: Start, EnterS, EnterS2, InitS2, EnterS21, EnterS211);
    chart
}

impl Subject for QHsmTst {
    type Event = Letter;

    #[inline(always)]
    fn offer(&mut self, event: &Letter) {
        match self.active {
            Active::S11 => match event {
                Letter::A => {
                    acts!(self: S1A, ExitS11, ExitS1, EnterS1, InitS1, EnterS11);
                }
                Letter::B => {
                    acts!(self: S1B, ExitS11, EnterS11);
                }
                Letter::C => {
                    acts!(self: S1C, ExitS11, ExitS1, EnterS2, InitS2, EnterS21, EnterS211);
                    self.active = Active::S211;
                }
                Letter::D => {
                    if self.foo {
                        acts!(self: S11D, ExitS11, InitS1, EnterS11);
                        self.foo = false;
                    } else {
                        acts!(self: S1D, ExitS11, ExitS1, InitS, EnterS1, EnterS11);
                        self.foo = true;
                    }
                }
                Letter::E => {
                    acts!(self: SE, ExitS11, ExitS1, EnterS1, EnterS11);
                }
                Letter::F => {
                    acts!(self: S1F, ExitS11, ExitS1, EnterS2, EnterS21, EnterS211);
                    self.active = Active::S211;
                }
                Letter::G => {
                    acts!(self: S11G, ExitS11, ExitS1, EnterS2, EnterS21, EnterS211);
                    self.active = Active::S211;
                }
                Letter::H => {
                    acts!(self: S11H, ExitS11, ExitS1, InitS, EnterS1, EnterS11);
                }
                Letter::I => {
                    acts!(self: S1I);
                }
            },
            Active::S211 => match event {
                Letter::A => {
                    acts!(self: S21A, ExitS211, ExitS21, EnterS21, InitS21, EnterS211);
                }
                Letter::B => {
                    acts!(self: S21B, ExitS211, EnterS211);
                }
                Letter::C => {
                    acts!(self: S2C, ExitS211, ExitS21, ExitS2, EnterS1, InitS1, EnterS11);
                    self.active = Active::S11;
                }
                Letter::D => {
                    acts!(self: S211D, ExitS211, InitS21, EnterS211);
                }
                Letter::E => {
                    acts!(self: SE, ExitS211, ExitS21, ExitS2, EnterS1, EnterS11);
                    self.active = Active::S11;
                }
                Letter::F => {
                    acts!(self: S2F, ExitS211, ExitS21, ExitS2, EnterS1, EnterS11);
                    self.active = Active::S11;
                }
                Letter::G => {
                    acts!(self: S21G, ExitS211, ExitS21, ExitS2, EnterS1, InitS1, EnterS11);
                    self.active = Active::S11;
                }
                Letter::H => {
                    acts!(self: S211H, ExitS211, ExitS21, ExitS2, InitS, EnterS1, EnterS11);
                    self.active = Active::S11;
                }
                Letter::I => {
                    if !self.foo {
                        acts!(self: S2I);
                        self.foo = true;
                    } else {
                        acts!(self: SI);
                        self.foo = false;
                    }
                }
            },
        }
    }

    fn done(&self) -> Vec<u64> {
        self.work.done()
    }
}

impl Leaf for QHsmTst {
    fn leaf(&self) -> &'static str {
        match self.active {
            Active::S11 => "s11",
            Active::S211 => "s211",
        }
    }
}
