//! Data that nobody makes, or that something else is made of.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

struct Key;

struct Lock(u8);

struct Bolt;

struct Latch;

#[hsm(event = (), initial = red, context = ())]
impl Door {
    #[state(data = Key, initial = red)]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[state(parent = open, data = Lock)]
    fn red(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[entry(red)]
    fn enter_red(&mut self) {}

    #[state(data = Bolt)]
    fn closed(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[entry(closed)]
    fn enter_closed(&mut self) -> Lock {
        Lock(0)
    }

    #[state]
    fn ajar(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[entry(ajar)]
    fn enter_ajar(&mut self) -> Latch {
        Latch
    }
}

fn main() {}
