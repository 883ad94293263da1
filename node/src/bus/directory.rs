//! Who has which name on this node, in whatever domain.

use std::any::TypeId;
use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use crate::kernel::{AnyLane, Lane, NameHasher};
use crate::signal::Event;

/// An actor of this node.
#[derive(Clone)]
struct Listed {
    /// The type of the actor.
    kind: TypeId,
    lane: Arc<dyn AnyLane>,
    /// The number of its domain.
    domain: u16,
}

/// The names of all actors of the node. A name is looked up under the lock of one of many shards, for as long as it takes to copy two words.
#[derive(Default)]
pub(super) struct Directory {
    actors: DashMap<Arc<str>, Listed, NameHasher>,
}

impl Directory {
    /// Lists an actor. False if the name is taken.
    pub(super) fn insert(&self, kind: TypeId, lane: Arc<dyn AnyLane>, domain: u16) -> bool {
        match self.actors.entry(lane.name().clone()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(Listed { kind, lane, domain });
                true
            }
        }
    }

    /// Frees the name, if it is this actor that has it.
    pub(super) fn remove(&self, lane: &Arc<dyn AnyLane>) {
        self.actors
            .remove_if(&**lane.name(), |_, listed| Arc::ptr_eq(&listed.lane, lane));
    }

    /// A domain is no more, and with it its actors.
    pub(super) fn forget(&self, domain: u16) {
        self.actors.retain(|_, listed| listed.domain != domain);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.actors.contains_key(name)
    }

    /// The lane of the actor of this name.
    pub(super) fn find(&self, name: &str) -> Option<Arc<dyn AnyLane>> {
        self.actors.get(name).map(|listed| listed.lane.clone())
    }

    /// The same, if the actor is of this type, with this event.
    pub(super) fn lane<E: Event>(&self, name: &str, kind: TypeId) -> Option<Arc<Lane<E>>> {
        let lane: Arc<dyn AnyLane> = {
            let listed = self.actors.get(name)?;
            (listed.kind == kind).then(|| listed.lane.clone())?
        };
        let lane: Arc<dyn std::any::Any + Send + Sync> = lane;
        lane.downcast().ok()
    }

    /// How many actors are listed.
    pub(super) fn len(&self) -> usize {
        self.actors.len()
    }
}
