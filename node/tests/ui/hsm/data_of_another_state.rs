//! Data that is asked for where it does not exist, and data taken by somebody else.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

struct Key;

struct Lock;

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[start]
    fn begin(&mut self, _: &mut Key) {}

    #[state(data = Key, initial = ajar)]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }

    #[entry(open)]
    fn enter_open(&mut self, _: &mut Key) -> Key {
        Key
    }

    #[state(parent = open, data = Lock)]
    fn ajar(&mut self, _: &(), _: Lock) -> Next<Self> {
        Super
    }

    #[entry(ajar)]
    fn enter_ajar(&mut self, _: &mut Key) -> Lock {
        Lock
    }

    #[exit(ajar)]
    fn exit_ajar(&mut self, _: Key, _: Lock) {}

    #[state]
    fn closed(&mut self, _: &(), _: &mut Key) -> Next<Self> {
        Super
    }
}

fn main() {}
