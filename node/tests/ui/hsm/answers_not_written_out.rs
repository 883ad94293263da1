//! Answers that are not written where they are given.

use farc::hsm;
use farc::hsm::Next::{self, Super, To};

macro_rules! answer {
    ($door:ident) => {
        $door.next()
    };
}

struct Door {
    locked: bool,
}

enum Event {
    Push,
    Lock,
}

#[hsm(event = Event, initial = open, context = ())]
impl Door {
    #[state]
    fn open(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Push if self.locked => self.next(),
            Event::Push => {
                let target = State::Closed;
                To(target)
            }
            Event::Lock => {
                let next = To(State::Closed);
                next
            }
        }
    }

    #[state]
    fn closed(&mut self, event: &Event) -> Next<Self> {
        if self.locked {
            return self.next();
        }
        match event {
            Event::Push => answer!(self),
            Event::Lock => loop {
                break To(State::Open);
            },
        }
    }

    #[state]
    fn ajar(&mut self, _: &Event) -> Next<Self> {
        'outer: {
            if self.locked {
                break 'outer Next::To(State::Open);
            }
            Later(State::Open)
        }
    }

    fn next(&self) -> Next<Self> {
        Super
    }
}

fn main() {}
