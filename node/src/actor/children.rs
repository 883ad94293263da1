//! What a handler may do to the lives of other actors.

use super::{Actor, ActorOptions, Address, Context, SpawnError, spawn};
use crate::kernel::AnyLane as _;
use crate::signal::ActorRef;

impl<A: Actor> Context<'_, A> {
    /// Constructs another actor in this domain, now, and makes its subscriptions. It starts as the next step after this one (E2), and takes posts from
    /// now on. It lives on when this actor ends.
    ///
    /// # Errors
    ///
    /// When its constructor fails or panics, which is no failure of this actor; when its name is taken or no name; when an option is out of bounds; when
    /// the domain is being stopped. Nothing of it is left then.
    pub fn spawn_actor<B: Actor>(
        &mut self,
        name: &str,
        args: B::Args,
        options: ActorOptions,
    ) -> Result<Address<B>, SpawnError> {
        let (core, local, _) = self.parts();
        let newcomer = spawn::spawn::<B>(core, local, name, args, &options)?;
        local.welcome(newcomer.slot, newcomer.runner);
        Ok(newcomer.address)
    }

    /// Stops another actor, or this one: its exit path runs as the next step after this one, what is queued for it by then becomes dead letters, and its
    /// name is free. An actor of another domain stops after at most one further step there. Nothing happens if it has stopped.
    pub fn stop_actor<B: Actor>(&mut self, actor: &Address<B>) {
        let (core, ..) = self.parts();
        match actor.lane.place_in(core) {
            Some(slot) => core.stop_next(slot, core.generation(slot)),
            None => actor.lane.stop(),
        }
    }

    /// The same, by its name. False if there is no such actor on this node.
    pub fn stop_actor_by(&mut self, actor: &ActorRef) -> bool {
        let (core, local, _) = self.parts();
        if actor.node() != local.bus().node() {
            return false;
        }
        let Some(lane) = local.bus().find_actor(actor.actor()) else {
            return false;
        };
        match lane.place_in(core) {
            Some(slot) => core.stop_next(slot, core.generation(slot)),
            None => lane.stop(),
        }
        true
    }
}
