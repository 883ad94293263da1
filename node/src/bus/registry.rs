//! The signals of this node: their names, numbers and fingerprints.

use std::any::TypeId;
use std::sync::{Arc, Mutex, PoisonError};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use farc_protocol::frame::SignalDef;
use farc_protocol::schema::Fingerprint;

use crate::signal::{Signal, self_check};

/// This node's number for a signal: dense from 1, stable for the life of the node. The id that the signal has on our links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalKey(pub u32);

/// What this node makes of a signal that a peer publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It is known here, with the same structure.
    Local(SignalKey),
    /// No actor of this node has to do with it.
    Unknown,
    /// It has another structure here: refuse it.
    Mismatch {
        /// The fingerprint of our structure.
        ours: Fingerprint,
    },
}

/// The name means one thing in this program, and something else was about to be registered under it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("two types of this program have the signal name `{name}`")]
pub(crate) struct NameTaken {
    pub(crate) name: &'static str,
}

#[derive(Default)]
pub(super) struct Registry {
    by_name: DashMap<&'static str, (SignalKey, TypeId)>,
    /// In the order of their numbers. The lock is also what makes numbering and insertion one act.
    defs: Mutex<Vec<Arc<SignalDef>>>,
}

impl Registry {
    /// The number of a signal, given when it is first asked for. `true`: it is new.
    pub(super) fn register<S: Signal>(&self) -> Result<(SignalKey, bool), NameTaken> {
        let mut defs = self.defs.lock().unwrap_or_else(PoisonError::into_inner);
        match self.by_name.entry(S::NAME) {
            Entry::Occupied(known) => {
                let (key, kind) = *known.get();
                if kind == TypeId::of::<S>() {
                    Ok((key, false))
                } else {
                    Err(NameTaken { name: S::NAME })
                }
            }
            Entry::Vacant(free) => {
                debug_assert_eq!(
                    self_check::<S>(),
                    Ok(()),
                    "a peer and a tool would read other values than were sent"
                );
                let key = SignalKey(defs.len() as u32 + 1);
                let structure = S::structure();
                defs.push(Arc::new(SignalDef {
                    id: key.0,
                    name: S::NAME.into(),
                    wire: structure.wire_fingerprint(),
                    schema: structure.schema_fingerprint(S::NAME),
                    class: S::CLASS,
                    delivery: S::DELIVERY,
                }));
                free.insert((key, TypeId::of::<S>()));
                Ok((key, true))
            }
        }
    }

    pub(super) fn def(&self, id: u32) -> Option<Arc<SignalDef>> {
        let defs = self.defs.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(id).ok()?.checked_sub(1)?;
        defs.get(index).cloned()
    }

    pub(super) fn defs(&self) -> Vec<Arc<SignalDef>> {
        self.defs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn resolve(&self, name: &str, wire: Fingerprint) -> Resolution {
        let Some(key) = self.by_name.get(name).map(|known| known.0) else {
            return Resolution::Unknown;
        };
        match self.def(key.0) {
            Some(def) if def.wire == wire => Resolution::Local(key),
            Some(def) => Resolution::Mismatch { ours: def.wire },
            None => Resolution::Unknown,
        }
    }
}
