//! Defaults of a history that cannot be entered from it.

use farc::hsm;
use farc::hsm::Next::{self, History, Super};

struct Door;

#[hsm(event = u8, initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, event: &u8) -> Next<Self> {
        match event {
            0 => History(State::Closed),
            1 => History(State::Broken),
            2 => History(State::Sealed),
            _ => Super,
        }
    }

    #[state(history(default = open))]
    fn closed(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(parent = closed)]
    fn locked(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(history(deep, default = crackd))]
    fn broken(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(parent = broken)]
    fn cracked(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(history(deep, default = waxed), initial = red)]
    fn sealed(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(parent = sealed)]
    fn waxed(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(parent = waxed)]
    fn red(&mut self, _: &u8) -> Next<Self> {
        Super
    }
}

fn main() {}
