//! The way of an event: into a mailbox, and out of it into a step.

use std::mem::ManuallyDrop;

use super::{Core, NIL, Phase};
use crate::kernel::{Admit, Entry, Lane, Mailbox, Origin, Plain, Refused, Share, Taken};
use crate::observe::Cause;
use crate::signal::Event;

/// An event on its way into a call that is not written out. Such a call takes it by its place in memory, and what has a place there for one way
/// has it for all: the usual way would write the event there first, and read it back across the borders of fresh stores. The copy into this
/// is made on the unusual way alone; that it is taken out again, which writes, keeps the optimiser from sparing that copy.
pub(crate) struct Carried<P>(Option<P>);

impl<P> Carried<P> {
    #[inline(always)]
    pub(crate) fn new(event: P) -> Self {
        Self(Some(event))
    }

    /// The event arrives.
    pub(crate) fn take(&mut self) -> P {
        self.0.take().expect("it arrives once")
    }
}

impl Core {
    /// Puts an actor with work into the ready set, unless its own step runs: then it goes to the back after the step (B2).
    #[inline]
    pub(super) fn make_ready(&mut self, slot: u32) {
        let actor = &mut self.slots[slot as usize];
        if actor.work > 0
            && !actor.is_ready
            && actor.phase == Phase::Running
            && self.running != slot
        {
            actor.since = self.steps;
            actor.since_nanos = self.nanos;
            self.ready.push(&mut self.slots, slot);
        }
    }

    /// Chooses this receiver for an event of its domain: it is intended for it, and queued or dropped. Held as in `post_held`.
    #[inline(always)]
    pub(crate) fn push_local<E: Event>(&mut self, slot: u32, event: E) -> Result<(), Refused<E>> {
        let event = ManuallyDrop::new(event);
        let actor = &mut self.slots[slot as usize];
        if actor.phase != Phase::Stopped {
            let mailbox: &mut Mailbox<E> = actor.mailbox();
            if mailbox.has_room() {
                mailbox.counts.intended += 1;
                mailbox.local_place().put(Entry {
                    event: ManuallyDrop::into_inner(event),
                    origin: Origin::Local,
                });
                actor.work += 1;
                self.make_ready(slot);
                return Ok(());
            }
        }
        self.push_refused(slot, Carried::new(ManuallyDrop::into_inner(event)))
    }

    #[cold]
    #[inline(never)]
    fn push_refused<E: Event>(
        &mut self,
        slot: u32,
        mut carried: Carried<E>,
    ) -> Result<(), Refused<E>> {
        self.push(slot, carried.take(), Origin::Local, Share::Local)
    }

    /// Chooses this receiver for an event: it is intended for it, and queued or dropped.
    pub(crate) fn push<E: Event>(
        &mut self,
        slot: u32,
        event: E,
        origin: Origin,
        share: Share,
    ) -> Result<(), Refused<E>> {
        let actor = &mut self.slots[slot as usize];
        if actor.phase == Phase::Stopped {
            let counts = actor.counts();
            counts.intended += 1;
            counts.drop(Cause::Stopped, 1);
            return Err(Refused {
                event,
                why: Admit::Stopped,
            });
        }
        let mailbox: &mut Mailbox<E> = actor.mailbox();
        mailbox.counts.intended += 1;
        if let Err(event) = mailbox.push(event, origin, share) {
            return self.push_full(slot, event, origin, share);
        }
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// Posts from within the domain to any actor: a plain push when it lives here. What cannot be taken comes back, and was never intended.
    ///
    /// Written out where it is called, so that the event is made in its place in the mailbox and not copied there.
    #[inline(always)]
    pub(crate) fn post<E: Event, P: Into<E> + 'static>(
        &mut self,
        lane: &Lane<E>,
        value: P,
    ) -> Result<(), Refused<P>> {
        let value = ManuallyDrop::new(value);
        let is_here =
            lane.is_in(&self.bell) && self.slots[lane.slot as usize].generation == lane.generation;
        if is_here {
            self.post_held(lane.slot, value)
        } else {
            self.post_elsewhere(lane, Carried::new(ManuallyDrop::into_inner(value)))
        }
    }

    /// Posts to another domain, or to an actor that is gone.
    #[cold]
    #[inline(never)]
    fn post_elsewhere<E: Event, P: Into<E> + 'static>(
        &mut self,
        lane: &Lane<E>,
        mut carried: Carried<P>,
    ) -> Result<(), Refused<P>> {
        let value = carried.take();
        if lane.is_in(&self.bell) {
            return Err(Refused {
                event: value,
                why: Admit::Stopped,
            });
        }
        lane.post(value)
    }

    /// Posts where so many more find room behind it: nothing gives way for it.
    pub(crate) fn post_if_room<E: Event, P: Into<E> + 'static>(
        &mut self,
        lane: &Lane<E>,
        value: P,
        spare: u32,
    ) -> Result<(), Refused<P>> {
        if !lane.is_in(&self.bell) {
            return lane.post_if_room(value, spare);
        }
        let actor = &mut self.slots[lane.slot as usize];
        if actor.generation == lane.generation
            && actor.phase != Phase::Stopped
            && !actor.mailbox::<E>().has_room_beside(spare)
        {
            let why = Admit::Full;
            return Err(Refused { event: value, why });
        }
        self.post(lane, value)
    }

    /// Posts to an actor of this domain, by its slot.
    #[inline(always)]
    pub(crate) fn post_to<E: Event, P: Into<E> + 'static>(
        &mut self,
        slot: u32,
        value: P,
    ) -> Result<(), Refused<P>> {
        self.post_held(slot, ManuallyDrop::new(value))
    }

    /// The value is held so that no way out of here drops it but those that say so. Each place where it could be dropped takes it by its place
    /// in memory, as a call does (see [`Carried`]); what panics on the way is a bug of ours, and then the event is leaked.
    #[inline(always)]
    fn post_held<E: Event, P: Into<E> + 'static>(
        &mut self,
        slot: u32,
        value: ManuallyDrop<P>,
    ) -> Result<(), Refused<P>> {
        let actor = &mut self.slots[slot as usize];
        if actor.phase == Phase::Stopped {
            return Err(Refused {
                event: ManuallyDrop::into_inner(value),
                why: Admit::Stopped,
            });
        }
        let mailbox: &mut Mailbox<E> = actor.mailbox();
        if !mailbox.has_room() {
            let value = Carried::new(ManuallyDrop::into_inner(value));
            return self.post_full(slot, value, Origin::Local);
        }
        mailbox.counts.intended += 1;
        let place = mailbox.local_place();
        place.put(Entry {
            event: ManuallyDrop::into_inner(value).into(),
            origin: Origin::Local,
        });
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// Posts before everything that waits for the actor (A20). Gives the event back when there is no room for it.
    pub(crate) fn post_front<E: Event>(&mut self, slot: u32, event: E) -> Result<(), Refused<E>> {
        let actor = &mut self.slots[slot as usize];
        if actor.phase == Phase::Stopped {
            let why = Admit::Stopped;
            return Err(Refused { event, why });
        }
        let mailbox: &mut Mailbox<E> = actor.mailbox();
        let why = Admit::Full;
        mailbox
            .push_front(event)
            .map_err(|event| Refused { event, why })?;
        mailbox.counts.intended += 1;
        actor.work += 1;
        self.make_ready(slot);
        Ok(())
    }

    /// The event of the actor's next step, a plain post, which counts as delivered unless [`Core::not_delivered`] says otherwise. Nearly always
    /// there is nothing before the ring; if there may be, or the first of it is anything else, it answers no and [`Core::take`] looks closer.
    ///
    /// It goes to where it is dispatched at once, since each further copy is read across fresh stores.
    #[inline(always)]
    pub(crate) fn take_next<E: Event>(&mut self, slot: u32, into: &mut Option<E>) -> Plain {
        let actor = &mut self.slots[slot as usize];
        // The step that begins has been counted.
        let waited = self.steps - 1 - actor.since;
        // Comparisons that nearly always fail. Both maxima at once would be a load across two fresh stores, which waits for them.
        let is_late = self.nanos != actor.since_nanos;
        if is_late {
            let nanos = self.nanos - actor.since_nanos;
            actor.counts().waited(nanos);
        }
        let mailbox: &mut Mailbox<E> = actor.mailbox();
        if waited > mailbox.counts.longest_wait {
            mailbox.counts.longest_wait = waited;
        }
        let plain = mailbox.take_plain(into);
        if plain == Plain::No {
            return plain;
        }
        mailbox.counts.delivered += 1;
        let looks = plain == Plain::Foreign && mailbox.is_through();
        actor.work -= 1;
        actor.looks |= looks;
        plain
    }

    /// What the actor's next step is about.
    pub(crate) fn take<E: Event>(&mut self, slot: u32) -> Taken<E> {
        let actor = &mut self.slots[slot as usize];
        let mailbox: &mut Mailbox<E> = actor.mailbox();
        let taken = mailbox.take();
        mailbox.counts.delivered += u64::from(matches!(taken, Taken::Event(..)));
        let is_through = mailbox.is_through();
        // Counted anew, since the room may have let a waiting event in.
        actor.work = mailbox.work();
        actor.looks |= is_through
            && matches!(
                taken,
                Taken::Event(_, Origin::Foreign | Origin::Request { foreign: true, .. })
            );
        taken
    }

    /// An event that was taken is not dispatched after all.
    pub(crate) fn not_delivered(&mut self, slot: u32) {
        self.slots[slot as usize].counts().delivered -= 1;
    }

    /// A gap in place of an event was dispatched.
    pub(crate) fn delivered(&mut self, slot: u32) {
        self.slots[slot as usize].counts().delivered += 1;
    }

    /// No state wanted the event.
    #[cold]
    pub(crate) fn count_ignored(&mut self, slot: u32) {
        self.slots[slot as usize].counts().ignored += 1;
    }

    /// The most urgent actor begins a step.
    #[inline]
    pub(in crate::kernel) fn begin_step(&mut self) -> Option<u32> {
        let slot = self.ready.pop(&mut self.slots)?;
        self.begin(slot);
        Some(slot)
    }

    /// A step begins; a start, restart or stop is one without an event.
    #[inline]
    pub(in crate::kernel) fn begin(&mut self, slot: u32) {
        self.running = slot;
        self.steps += 1;
        self.pulse.begin(self.steps);
    }

    #[inline]
    pub(in crate::kernel) fn end_step(&mut self, slot: u32) {
        self.running = NIL;
        let actor = &self.slots[slot as usize];
        if actor.looks {
            self.look_again_into_lane(slot);
        }
        if self.slots[slot as usize].work > 0 {
            self.make_ready(slot);
        }
    }
}
