//! How a worker comes into being: from outside, or of another one.

use farc::prelude::*;

use super::random::Random;
use super::seats::Seat;
use super::worker::Worker;

/// One in so many fails for good when it fails.
const FRAGILE: u32 = 256;
/// One in so many has a name that others had before it.
const OLD_NAME: u32 = 4;
/// Workers have so many different priorities.
const PRIORITIES: u32 = 4;
/// One in so many has a small mailbox.
const SMALL: u32 = 8;
/// What happens when a mailbox is full, for as many each.
const OVERFLOW: [Overflow; 4] = [
    Overflow::Reject,
    Overflow::DropOldest,
    Overflow::DropNewest,
    Overflow::Conflate,
];

/// What is decided of a worker before it exists.
#[derive(Isolated, Clone)]
pub(crate) struct Birth {
    seat: Seat,
    /// Which of all workers it is.
    number: u64,
    /// Whether its name is one of its own, and not that of the seat, which others had and will have.
    is_new_name: bool,
    priority: u8,
    is_small: bool,
    /// Which of the policies.
    overflow: u8,
    is_fragile: bool,
}

impl Birth {
    pub(crate) fn new(seat: Seat, number: u64, random: &mut Random) -> Self {
        Self {
            seat,
            number,
            is_new_name: !random.one_in(OLD_NAME),
            priority: random.below(PRIORITIES) as u8,
            is_small: random.one_in(SMALL),
            overflow: random.below(OVERFLOW.len() as u32) as u8,
            is_fragile: random.one_in(FRAGILE),
        }
    }

    fn name(&self) -> String {
        if self.is_new_name {
            format!("once/{}", self.number)
        } else {
            format!("seat/{}", self.seat.number())
        }
    }

    fn options(&self) -> ActorOptions {
        let default = ActorOptions::default();
        ActorOptions {
            priority: self.priority,
            mailbox: if self.is_small { 8 } else { default.mailbox },
            restart: if self.is_fragile {
                RestartPolicy::Stop
            } else {
                default.restart
            },
            overflow: OVERFLOW[usize::from(self.overflow)],
        }
    }

    /// From outside.
    pub(crate) fn outside(self, domain: &mut Domain) {
        let name = self.name();
        domain
            .spawn::<Worker>(&name, self.seat.clone(), self.options())
            .expect("a seat has one worker at a time, and so has its name");
    }

    /// Of a worker. False if the domain takes no more.
    pub(crate) fn within(&self, cx: &mut Context<'_, Worker>) -> bool {
        let (name, options) = (self.name(), self.options());
        cx.spawn_actor::<Worker>(&name, self.seat.clone(), options)
            .is_ok()
    }
}
