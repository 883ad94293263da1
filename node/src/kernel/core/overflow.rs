//! What happens to an event that finds a full mailbox (B6).

use super::{Core, Phase};
use crate::kernel::mailbox::Overflow;
use crate::kernel::{Admit, Carried, Entry, Origin, Refused, Share};
use crate::observe::Cause;
use crate::signal::Event;

impl Core {
    /// A publication, or an event of a peer, found no room; it is counted as intended.
    #[cold]
    pub(super) fn push_full<E: Event>(
        &mut self,
        slot: u32,
        event: E,
        origin: Origin,
        share: Share,
    ) -> Result<(), Refused<E>> {
        let mut event = event;
        if matches!(share, Share::Local) {
            match self.mailbox::<E>(slot).overflow() {
                Overflow::DropOldest if self.make_room::<E>(slot) => {
                    self.fill(slot, event, Origin::Local);
                    return Ok(());
                }
                Overflow::Conflate => match self.conflate::<E, E>(slot, event) {
                    Ok(()) => return Ok(()),
                    Err(unlike) => event = unlike,
                },
                Overflow::Fault => self.fault(slot),
                Overflow::Reject | Overflow::DropOldest | Overflow::DropNewest => {}
            }
        }
        if matches!(share, Share::Pending)
            && let Some(oldest) = self.mailbox::<E>(slot).evict_system()
        {
            self.give_up(slot, oldest, Cause::MailboxFull);
            let taken = self.mailbox::<E>(slot).push(event, origin, share);
            debug_assert!(taken.is_ok(), "what was given up has left its place");
            return Ok(());
        }
        self.slots[slot as usize]
            .counts()
            .drop(Cause::MailboxFull, 1);
        Err(Refused {
            event,
            why: Admit::Full,
        })
    }

    /// A post found no room; it is not counted yet.
    #[cold]
    #[inline(never)]
    pub(super) fn post_full<E: Event, P: Into<E> + 'static>(
        &mut self,
        slot: u32,
        mut carried: Carried<P>,
        origin: Origin,
    ) -> Result<(), Refused<P>> {
        let mut value = carried.take();
        match self.mailbox::<E>(slot).overflow() {
            Overflow::DropOldest if self.make_room::<E>(slot) => {
                self.slots[slot as usize].counts().intended += 1;
                self.fill::<E>(slot, value.into(), origin);
                return Ok(());
            }
            Overflow::DropNewest => {
                let event: E = value.into();
                self.slots[slot as usize].counts().intended += 1;
                self.give_up(slot, Entry { event, origin }, Cause::MailboxFull);
                return Ok(());
            }
            // A question is somebody's: it neither goes for another event nor has one go for it.
            Overflow::Conflate if origin == Origin::Local => {
                match self.conflate::<E, P>(slot, value) {
                    Ok(()) => {
                        self.slots[slot as usize].counts().intended += 1;
                        return Ok(());
                    }
                    Err(unlike) => value = unlike,
                }
            }
            Overflow::Fault => self.fault(slot),
            Overflow::Reject | Overflow::DropOldest | Overflow::Conflate => {}
        }
        Err(Refused {
            event: value,
            why: Admit::Full,
        })
    }

    /// Puts an event in the place of one of equal key. It comes back if there is none.
    fn conflate<E: Event, P: Into<E> + 'static>(&mut self, slot: u32, value: P) -> Result<(), P> {
        let event = self.mailbox::<E>(slot).conflate(value)?;
        let origin = Origin::Local;
        self.give_up(slot, Entry { event, origin }, Cause::Conflated);
        Ok(())
    }

    /// Gives up the oldest event of a poster. False if none may go.
    fn make_room<E: Event>(&mut self, slot: u32) -> bool {
        let oldest = self.mailbox::<E>(slot).evict();
        let found = oldest.is_some();
        if let Some(entry) = oldest {
            self.slots[slot as usize].work -= 1;
            self.give_up(slot, entry, Cause::MailboxFull);
        }
        found
    }

    fn fill<E: Event>(&mut self, slot: u32, event: E, origin: Origin) {
        // The drop of what made room is the user's code, but it cannot post.
        let taken = self.mailbox::<E>(slot).push(event, origin, Share::Local);
        debug_assert!(taken.is_ok(), "what was given up has left its place");
        self.slots[slot as usize].work += 1;
        self.make_ready(slot);
    }

    /// The actor fails when no step runs. One that is not running does not fail again.
    fn fault(&mut self, slot: u32) {
        let actor = &mut self.slots[slot as usize];
        if actor.phase == Phase::Running && !actor.is_faulty {
            actor.is_faulty = true;
            self.faults.push_back(slot);
            self.attention = true;
        }
    }

    /// The next actor that is to fail since its mailbox was full.
    pub(in crate::kernel) fn next_fault(&mut self) -> Option<u32> {
        let slot = self.faults.pop_front()?;
        self.slots[slot as usize].is_faulty = false;
        Some(slot)
    }
}
