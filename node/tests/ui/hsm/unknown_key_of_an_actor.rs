//! A wrong key, where the type is no actor: one mistake, one error.

use farc::hsm;
use farc::hsm::Next::{self, Super};

struct Door;

#[hsm(event = (), contxt = Vec<(u8, u8)>, initial = open, colour = [red, blue], context = ())]
impl Door {
    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        Super
    }
}

fn main() {}
