//! What an actor listens to from the beginning.

use std::marker::PhantomData;

use crate::bus::Local;
use crate::hsm::Hsm;
use crate::kernel::Core;
use crate::signal::{Accepts, Signal};

/// Generated from `#[hsm(subscribe = [..])]`: what an actor subscribes to when it is spawned.
pub trait Subscribes: Hsm {
    /// Names the signals.
    fn subscribe(to: &mut Subscriptions<'_, Self>);
}

/// Takes the subscriptions of an actor of type `A`.
pub struct Subscriptions<'c, A> {
    pub(super) core: &'c mut Core,
    pub(super) local: &'c mut Local,
    pub(super) slot: u32,
    /// The first signal name that stands for two types.
    pub(super) clash: Option<&'static str>,
    pub(super) actor: PhantomData<fn() -> A>,
}

impl<A: Hsm> Subscriptions<'_, A> {
    /// Subscribes to `S`. Doubles have no effect.
    pub fn add<S: Signal>(&mut self)
    where
        A::Event: Accepts<S>,
    {
        if let Err(taken) = self.local.subscribe::<S, A::Event>(self.core, self.slot) {
            self.clash.get_or_insert(taken.name);
        }
    }
}

impl<A> std::fmt::Debug for Subscriptions<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscriptions").finish_non_exhaustive()
    }
}
