//! What a handler may do.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farc_protocol::life::Life;

use super::address::{Posted, give_back};
use super::random::Lazy;
use super::{Actor, Address, PostError, TimerLimit};
use crate::bus::{Local, Published, Publisher};
use crate::hsm::{Host, Hsm, Record, StateId};
use crate::kernel::{Alarm, Carried, Core, Ends, OnRestore, Origin, Scope, guard, later, variant};
use crate::observe::{self, Recalled, StateRecord};
use crate::signal::{Accepts, AnySignal, Event, Signal};

/// What the handlers and actions of an actor of type `A` can see and do beside their own fields.
///
/// It is the only source of time, randomness and output, so that an actor's behaviour follows from its arguments and its inputs.
pub struct Context<'c, A> {
    core: &'c mut Core,
    local: &'c mut Local,
    random: &'c mut Lazy,
    slot: u32,
    /// To which state a timer that is armed now belongs.
    scope: Scope,
    /// Of the event. Lent, since a copy would be read across fresh stores.
    origin: &'c Origin,
    /// The event's name, if an observer looks at this step.
    watched: Option<&'static str>,
    actor: PhantomData<fn() -> A>,
}

/// Where an event of a peer came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The publishing node.
    pub node: String,
    /// Its life when it published.
    pub life: Life,
    /// The publishing actor, when the peer has told its name.
    pub actor: Option<Arc<str>>,
}

impl<'c, A> Context<'c, A> {
    /// The context of a step. `event` names what it is about, for an observer.
    pub(super) fn new(
        core: &'c mut Core,
        local: &'c mut Local,
        random: &'c mut Lazy,
        slot: u32,
        about: (&'c Origin, impl FnOnce() -> &'static str),
    ) -> Self {
        let (origin, event) = about;
        let watched = core.observer().is_some().then(event);
        if let Some(event) = watched {
            panic_if_told(core, slot, event, None);
        }
        Self {
            core,
            local,
            random,
            slot,
            scope: Scope::TOP,
            origin,
            watched,
            actor: PhantomData,
        }
    }

    /// The kernel's part, and this actor's slot in it.
    pub(super) fn kernel(&mut self) -> (&mut Core, u32) {
        (self.core, self.slot)
    }

    pub(super) fn kernel_ref(&self) -> (&Core, u32) {
        (self.core, self.slot)
    }

    /// To which state belongs what is armed and started now.
    pub(super) fn state(&self) -> Scope {
        self.scope
    }

    /// What a step is lent, and this actor's slot.
    pub(super) fn parts(&mut self) -> (&mut Core, &mut Local, u32) {
        (self.core, self.local, self.slot)
    }

    pub(super) fn parts_ref(&self) -> (&Core, &Local) {
        (self.core, self.local)
    }

    /// Where the event of this step came from.
    pub(super) fn origin(&self) -> Origin {
        *self.origin
    }

    /// Whether an observer looks at this step.
    pub(super) fn is_watched(&self) -> bool {
        self.watched.is_some()
    }

    /// The time of this step. It does not pass while a handler runs.
    pub fn now(&self) -> Instant {
        self.core.now()
    }

    /// A random number, the same in each run with the same seed. Not for secrets.
    pub fn random(&mut self) -> u64 {
        self.random
            .next(self.local.seed(), self.core.name(self.slot))
    }

    /// The actor's name.
    pub fn name(&self) -> &str {
        self.core.name(self.slot)
    }

    /// The node's name.
    pub fn node(&self) -> &str {
        self.local.bus().node()
    }

    /// Which run of the node this is.
    pub fn life(&self) -> Life {
        self.local.bus().life()
    }

    /// Where the event that is being handled came from; `None` if not from a peer.
    pub fn source(&self) -> Option<Source> {
        let (port, life, actor) = self.local.origin(*self.origin)?;
        Some(Source {
            node: port.name().to_owned(),
            life,
            actor: port.actor(life, actor),
        })
    }

    /// Publishes a signal: each local subscriber gets its own copy before this returns, the most urgent first, and each interested peer gets
    /// one encoding of it (C2). The publisher may subscribe to its own signal.
    pub fn publish<S: Signal>(&mut self, signal: S) -> Published {
        self.local
            .publish(self.core, Publisher::actor(self.slot), signal)
    }

    /// Posts an event to one actor. In the same domain it is in the mailbox when this returns.
    ///
    /// # Errors
    ///
    /// When the mailbox is full or the actor has stopped. The event comes back.
    #[inline(always)]
    pub fn post<B: Actor>(
        &mut self,
        to: &Address<B>,
        event: impl Into<Posted<B>>,
    ) -> Result<(), PostError<Posted<B>>> {
        let event = event.into();
        if self.watched.is_some() {
            return self.post_watched(to, Carried::new(event));
        }
        self.core.post(&to.lane, event).map_err(give_back)
    }

    /// Posts an event that is less urgent than others of its kind: only if the mailbox has room for `spare` further ones behind it, and nothing
    /// ever gives way for it, whatever the receiver's policy. The room counts as [`post`](Self::post) sees it: what is left of the share of local
    /// posters, or of the permits for an actor of another domain.
    ///
    /// # Errors
    ///
    /// When there is less room or the actor has stopped. The event comes back.
    ///
    /// ```
    /// use farc::prelude::*;
    /// # use farc::Isolated;
    /// # #[derive(Event)]
    /// # enum DiskEvent { #[event(local)] Flush }
    /// # struct Disk;
    /// # #[hsm(event = DiskEvent, initial = only)]
    /// # impl Disk {
    /// #     #[state]
    /// #     fn only(&mut self, event: &DiskEvent) -> Next<Self> { match event { DiskEvent::Flush => Handled } }
    /// # }
    /// # impl Actor for Disk {
    /// #     type Args = ();
    /// #     fn new(_: (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Self) }
    /// # }
    ///
    /// fn tidy<A>(disk: &Address<Disk>, cx: &mut Context<'_, A>) {
    ///     // Eight places stay free for what matters.
    ///     let _ = cx.post_if_room(disk, DiskEvent::Flush, 8);
    /// }
    /// ```
    pub fn post_if_room<B: Actor>(
        &mut self,
        to: &Address<B>,
        event: impl Into<Posted<B>>,
        spare: u32,
    ) -> Result<(), PostError<Posted<B>>> {
        let event = event.into();
        let seen = self.watched.map(|_| Seen::new(B::Event::seen(&event)));
        let posted = self.core.post_if_room(&to.lane, event, spare);
        let result = posted.map_err(give_back);
        if let Some(seen) = seen {
            seen.tell(self.core, self.slot, to.name(), (result.is_ok(), false));
        }
        result
    }

    #[cold]
    #[inline(never)]
    fn post_watched<B: Actor>(
        &mut self,
        to: &Address<B>,
        mut carried: Carried<Posted<B>>,
    ) -> Result<(), PostError<Posted<B>>> {
        let event = carried.take();
        let seen = Seen::new(B::Event::seen(&event));
        let result = self.core.post(&to.lane, event).map_err(give_back);
        seen.tell(self.core, self.slot, to.name(), (result.is_ok(), false));
        result
    }
}

impl<A: Actor> Context<'_, A> {
    /// Posts an event to the end of this actor's own mailbox (A19).
    ///
    /// # Errors
    ///
    /// When the mailbox is full. The event comes back.
    #[inline(always)]
    pub fn post_self(&mut self, event: impl Into<A::Event>) -> Result<(), PostError<A::Event>> {
        let event = event.into();
        if self.watched.is_some() {
            return self.post_self_watched(Carried::new(event), false);
        }
        self.core
            .post_to::<A::Event, A::Event>(self.slot, event)
            .map_err(give_back)
    }

    /// Posts an event before everything that waits for this actor: what was posted so last comes first (A20).
    ///
    /// It takes a place of the mailbox, and takes it from nobody.
    ///
    /// # Errors
    ///
    /// When the mailbox is full. The event comes back.
    pub fn post_front(&mut self, event: impl Into<A::Event>) -> Result<(), PostError<A::Event>> {
        let event = event.into();
        if self.watched.is_some() {
            return self.post_self_watched(Carried::new(event), true);
        }
        self.core.post_front(self.slot, event).map_err(give_back)
    }

    #[cold]
    #[inline(never)]
    fn post_self_watched(
        &mut self,
        mut carried: Carried<A::Event>,
        front: bool,
    ) -> Result<(), PostError<A::Event>> {
        let event = carried.take();
        let seen = Seen::of(&event);
        let result = if front {
            self.core.post_front(self.slot, event)
        } else {
            self.core.post_to::<A::Event, A::Event>(self.slot, event)
        };
        seen.tell(self.core, self.slot, self.name(), (result.is_ok(), front));
        result.map_err(give_back)
    }

    /// Posts an event to this actor after a while. It is bound to the state whose handler or action runs, and dies with that state's exit,
    /// even if it waits in the mailbox by then (A21, A23). In `#[start]` it lives until the actor stops.
    ///
    /// Each call adds a timer.
    ///
    /// # Errors
    ///
    /// When 64 timers of this actor are armed or waiting. The event comes back.
    pub fn after(
        &mut self,
        time: Duration,
        event: impl Into<A::Event>,
    ) -> Result<(), TimerLimit<A::Event>> {
        let alarm = Alarm {
            at: later(self.core.now(), time),
            time,
            scope: self.scope,
            on_restore: OnRestore::KeepRemainder,
            every: None,
            event: event.into(),
        };
        self.core
            .arm(self.slot, alarm)
            .map(drop)
            .map_err(TimerLimit)
    }

    /// Recalls the oldest deferred event: it is dispatched before what waits in the mailbox, behind what is recalled already (A17). False if
    /// none is deferred.
    pub fn recall(&mut self) -> bool {
        if self.watched.is_some()
            && let Some(observer) = self.core.observer()
            && let Some(oldest) = self.core.deferred::<A::Event>(self.slot).next()
        {
            let _ = guard(|| {
                observer.recalled(&Recalled {
                    actor: self.name(),
                    event: variant(&oldest.event),
                    now: self.core.now(),
                });
            });
        }
        self.core.recall_one::<A::Event>(self.slot)
    }

    /// How many events are deferred and not recalled yet, and how many may be deferred and recalled together.
    pub fn deferred(&self) -> (usize, usize) {
        let deferred = self.core.deferred::<A::Event>(self.slot).count();
        (deferred, usize::from(A::DEFER))
    }

    /// Gives up the oldest deferred event, which is counted as `discarded`. False if none is deferred.
    pub fn drop_deferred(&mut self) -> bool {
        self.core.drop_deferred::<A::Event>(self.slot)
    }

    /// Subscribes to `S` from now on. A double has no effect.
    pub fn subscribe<S: Signal>(&mut self)
    where
        A::Event: Accepts<S>,
    {
        if let Err(error) = self.local.subscribe::<S, A::Event>(self.core, self.slot) {
            tracing::error!(actor = self.name(), "failed to subscribe: {error}");
        }
    }

    /// Ends the subscription to `S`. What is queued is still dispatched.
    pub fn unsubscribe<S: Signal>(&mut self)
    where
        A::Event: Accepts<S>,
    {
        self.local.unsubscribe::<S>(self.core, self.slot);
    }

    /// Whether the event that is being handled was dispatched once before, in a step that panicked: with `#[hsm(on_panic = retry)]`.
    pub fn redelivered(&self) -> bool {
        self.core.is_redelivered::<A::Event>(self.slot)
    }

    /// Where this actor can be reached.
    pub fn address(&self) -> Address<A> {
        Address::new(
            self.core
                .lane(self.slot)
                .expect("an actor's own mailbox is of its own event type"),
        )
    }
}

impl<A: Actor> Host<<A as Hsm>::State> for Context<'_, A> {
    #[inline]
    fn scope(&mut self, state: Option<A::State>) {
        self.scope = state.map_or(Scope::TOP, |state| Scope(state.index() as u16));
    }

    #[inline]
    fn exited(&mut self, state: A::State) {
        self.core
            .disarm::<A::Event>(self.slot, Ends::State(Scope(state.index() as u16)));
    }

    #[cold]
    fn stopping(&mut self) {
        self.core.stopping();
    }

    #[inline]
    fn observes(&self) -> bool {
        self.watched.is_some()
    }

    #[inline]
    fn record(&mut self, record: Record<A::State>) {
        if let Some(event) = self.watched {
            tell(self.core, self.slot, event, record);
        }
    }
}

/// What an observer gets to see of an event that has gone where it was posted.
pub(super) struct Seen {
    event: &'static str,
    payload: Option<Box<dyn AnySignal>>,
}

impl Seen {
    #[cold]
    pub(super) fn new((event, payload): (&'static str, Option<&dyn AnySignal>)) -> Self {
        // The copy is the user's code.
        let payload = payload.and_then(|payload| guard(|| payload.copied()).ok());
        Self { event, payload }
    }

    /// Tells of a post of the step's actor.
    #[cold]
    pub(super) fn tell_of<A>(self, cx: &Context<'_, A>, to: &str, taken: bool) {
        self.tell(cx.core, cx.slot, to, (taken, false));
    }

    #[cold]
    fn of<E: Event>(event: &E) -> Self {
        Self::new((variant(event), event.payload().map(|(_, payload)| payload)))
    }

    #[cold]
    fn tell(self, core: &Core, slot: u32, to: &str, (taken, front): (bool, bool)) {
        let Some(observer) = core.observer() else {
            return;
        };
        let _ = guard(|| {
            observer.posted(&observe::Posted {
                actor: core.name(slot),
                to,
                event: self.event,
                payload: self.payload.as_deref(),
                taken,
                front,
                now: core.now(),
            });
            drop(self.payload);
        });
    }
}

/// Shows the observer a record. Its panic is not the actor's.
#[cold]
fn tell<S: StateId>(core: &Core, slot: u32, event: &'static str, record: Record<S>) {
    let record = by_name(record);
    if let Some(observer) = core.observer() {
        let _ = guard(|| {
            observer.record(&StateRecord {
                actor: core.name(slot),
                event,
                record,
                now: core.now(),
            });
        });
    }
    panic_if_told(core, slot, event, Some(record));
}

/// The panic that a test has an observer ask for: within the step, and so the actor's.
#[cold]
fn panic_if_told(
    core: &Core,
    slot: u32,
    event: &'static str,
    record: Option<Record<&'static str>>,
) {
    let Some(observer) = core.observer() else {
        return;
    };
    let place = observe::Place {
        actor: core.name(slot),
        event,
        record,
    };
    if let Ok(Some(message)) = guard(|| observer.panics(&place)) {
        // Not reported like one that nobody expected.
        std::panic::resume_unwind(Box::new(message));
    }
}

fn by_name<S: StateId>(record: Record<S>) -> Record<&'static str> {
    match record {
        Record::Answer(state) => Record::Answer(state.name()),
        Record::GuardRejected(state) => Record::GuardRejected(state.name()),
        Record::Entry(state) => Record::Entry(state.name()),
        Record::Exit(state) => Record::Exit(state.name()),
        Record::Init(state) => Record::Init(state.name()),
        Record::History { composite, to } => Record::History {
            composite: composite.name(),
            to: to.name(),
        },
        Record::Transition { source, from, to } => Record::Transition {
            source: source.name(),
            from: from.name(),
            to: to.name(),
        },
        Record::Internal(state) => Record::Internal(state.name()),
        Record::Deferred(state) => Record::Deferred(state.name()),
        Record::Ignored => Record::Ignored,
        Record::Stopped(state) => Record::Stopped(state.name()),
    }
}

impl<A> fmt::Debug for Context<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("actor", &self.name())
            .finish_non_exhaustive()
    }
}

/// What a constructor can see: it may not publish, for nobody runs yet.
pub struct Start<'c, A> {
    pub(super) name: &'c str,
    pub(super) node: &'c str,
    pub(super) life: Life,
    pub(super) now: Instant,
    pub(super) seed: &'c [u8; 32],
    pub(super) random: &'c mut Lazy,
    pub(super) actor: PhantomData<fn() -> A>,
}

impl<A> Start<'_, A> {
    /// The actor's name.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The node's name.
    pub fn node(&self) -> &str {
        self.node
    }

    /// Which run of the node this is.
    pub fn life(&self) -> Life {
        self.life
    }

    /// The domain's time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// A random number, the same in each run with the same seed. Not for secrets.
    pub fn random(&mut self) -> u64 {
        self.random.next(self.seed, self.name)
    }
}

impl<A> fmt::Debug for Start<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("actor", &self.name)
            .finish_non_exhaustive()
    }
}
