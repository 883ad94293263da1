//! How an actor comes into being, at the start of a node and later.

use std::marker::PhantomData;
use std::sync::Arc;

use super::cell::{Birth, Cell, Failed};
use super::snapshot::Waiting;
use super::{Actor, ActorOptions, Address, SpawnError, Subscriptions};
use crate::bus::Local;
use crate::kernel::{Core, MOST_CONFLATED, Overflow, Runner};
use crate::signal::{Event, check_actor_name};

/// A domain has 64 priority levels.
pub(super) const MAX_PRIORITY: u8 = 63;

/// The largest mailbox: what one actor may hold back must stay within a node's memory.
const MAX_MAILBOX: usize = 1 << 20;

/// An actor that has its slot, and no place among the runners yet.
pub(super) struct Newcomer<A: Actor> {
    pub(super) slot: u32,
    pub(super) runner: Box<dyn Runner<Local>>,
    pub(super) address: Address<A>,
}

/// What can be said before anything of the actor exists.
pub(super) fn check<A: Actor>(
    core: &Core,
    local: &Local,
    name: &str,
    options: &ActorOptions,
) -> Result<(), SpawnError> {
    let actor = || name.to_owned();
    if core.is_ending() {
        return Err(SpawnError::Stopped { actor: actor() });
    }
    if let Err(source) = check_actor_name(name) {
        return Err(SpawnError::Name {
            actor: actor(),
            source,
        });
    }
    // The names of this domain are among them.
    if local.bus().has_actor(name) {
        return Err(SpawnError::NameTaken { actor: actor() });
    }
    if options.priority > MAX_PRIORITY {
        return Err(SpawnError::Priority {
            actor: actor(),
            priority: options.priority,
        });
    }
    if !(2..=MAX_MAILBOX).contains(&options.mailbox) {
        return Err(SpawnError::Mailbox {
            actor: actor(),
            mailbox: options.mailbox,
        });
    }
    if options.overflow == Overflow::Conflate {
        if !<A::Event as Event>::KEYED {
            return Err(SpawnError::NoKey {
                actor: actor(),
                kind: A::NAME,
            });
        }
        if options.mailbox > MOST_CONFLATED {
            return Err(SpawnError::LargeConflated {
                actor: actor(),
                mailbox: options.mailbox,
            });
        }
    }
    let place = local.place();
    if !place.priorities.contains(&options.priority) {
        return Err(SpawnError::ForeignPriority {
            actor: actor(),
            priority: options.priority,
            domain: place.name.clone(),
            lowest: *place.priorities.start(),
            highest: *place.priorities.end(),
        });
    }
    Ok(())
}

/// Constructs an actor and makes its subscriptions; it starts as the next step (E2).
pub(super) fn spawn<A: Actor>(
    core: &mut Core,
    local: &mut Local,
    name: &str,
    args: A::Args,
    options: &ActorOptions,
) -> Result<Newcomer<A>, SpawnError> {
    check::<A>(core, local, name, options)?;
    let birth = birth(name, options);
    let cell = Cell::<A>::build(core, local, birth, args).map_err(|failed| match failed {
        Failed::Said(source) => SpawnError::Build {
            actor: name.to_owned(),
            kind: A::NAME,
            source,
        },
        Failed::Panicked(panic) => SpawnError::Panicked {
            actor: name.to_owned(),
            kind: A::NAME,
            panic,
        },
    })?;
    settle(core, local, name, options, cell, None)
}

/// What an actor is born with.
pub(super) fn birth<'a>(name: &'a str, options: &ActorOptions) -> Birth<'a> {
    Birth {
        name,
        policy: options.restart.clone(),
    }
}

/// Gives an actor its mailbox, its name and its subscriptions; it starts later.
pub(super) fn settle<A: Actor>(
    core: &mut Core,
    local: &mut Local,
    name: &str,
    options: &ActorOptions,
    mut cell: Cell<A>,
    waiting: Option<Waiting<A>>,
) -> Result<Newcomer<A>, SpawnError> {
    let name: Arc<str> = name.into();
    let (slot, lane) = core.add::<A::Event>(
        name.clone(),
        options.priority,
        options.mailbox as u32,
        options.overflow,
    );
    cell.set_slot(slot);
    core.name_for_watch(slot, &Cell::<A>::NAMES);
    if let Some(waiting) = waiting {
        cell.put(core, waiting);
    }
    let is_free = local.add_actor::<A>(slot, lane.clone());
    let mut runner: Box<dyn Runner<Local>> = Box::new(cell);
    let clash = if is_free {
        subscribe::<A>(core, local, slot).map_err(|signal| SpawnError::SignalClash {
            actor: name.to_string(),
            signal,
        })
    } else {
        // Another domain of the node was faster.
        Err(SpawnError::NameTaken {
            actor: name.to_string(),
        })
    };
    if let Err(error) = clash {
        runner.stop(core, local);
        return Err(error);
    }
    core.start_next(slot);
    Ok(Newcomer {
        slot,
        runner,
        address: Address::new(lane),
    })
}

/// Makes the subscriptions of `#[hsm(subscribe = ..)]`. The error is the first signal name that stands for two types.
pub(super) fn subscribe<A: Actor>(
    core: &mut Core,
    local: &mut Local,
    slot: u32,
) -> Result<(), &'static str> {
    let mut subscriptions = Subscriptions::<A> {
        core,
        local,
        slot,
        clash: None,
        actor: PhantomData,
    };
    A::subscribe(&mut subscriptions);
    subscriptions.clash.map_or(Ok(()), Err)
}
