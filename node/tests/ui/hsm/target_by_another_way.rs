//! Targets that are values and not names of states.

use farc::hsm;
use farc::hsm::Next::{self, DeepHistory, History, Reenter, Super, To};

struct Door {
    back: Option<DoorState>,
}

#[hsm(event = (), initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, _: &()) -> Next<Self> {
        match self.back {
            Some(state) => To(state),
            None => Reenter(Self::first()),
        }
    }

    #[state(unreachable_ok)]
    fn ajar(&mut self, _: &()) -> Next<Self> {
        if let Some(state) = self.back {
            return History(state);
        }
        DeepHistory(if self.back.is_some() { State::Open } else { State::Ajar })
    }

    #[state(unreachable_ok)]
    fn closed(&mut self, _: &()) -> Next<Self> {
        const { Super }
    }

    fn first() -> DoorState {
        DoorState::Open
    }
}

fn main() {}
