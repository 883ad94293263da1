//! Answers that ask for a history which is not there.

use farc::hsm;
use farc::hsm::Next::{self, DeepHistory, History, Super};

struct Door;

#[hsm(event = u8, initial = ajar, context = ())]
impl Door {
    #[state(initial = ajar)]
    fn open(&mut self, event: &u8) -> Next<Self> {
        match event {
            0 => History(State::Open),
            1 => DeepHistory(State::Open),
            2 => DeepHistory(State::Closed),
            3 => History(State::Closed),
            4 => History(State::Ajar),
            5 => History(State::Clsd),
            _ => Super,
        }
    }

    #[state(parent = open)]
    fn ajar(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(history)]
    fn closed(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(parent = closed)]
    fn locked(&mut self, _: &u8) -> Next<Self> {
        Super
    }

    #[state(parent = locked)]
    fn twice(&mut self, _: &u8) -> Next<Self> {
        Super
    }
}

fn main() {}
