//! A machine as a value: what it needs to go on elsewhere, or after a restart.
//!
//! A snapshot names states and not their positions, so that it outlives a chart to which states were added. Its form is JSON's: that is what
//! [`MachineSnapshot`] serialises well to, and it bounds what can be saved (no map whose keys are structs, no infinite floats).

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Host, Hsm, Machine, Memory, StateId, Topology};

/// A chart whose machine can be saved and restored: one with the key `snapshot` in its [`#[hsm]`](macro@crate::hsm).
pub trait Snapshot: Hsm {}

/// A machine between two steps.
///
/// Two snapshots of equal machines are equal. Whoever holds the machine saves what waits for it (events, timers) beside this; see
/// [`Machine::save_event`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineSnapshot {
    /// The name of the actor's type, [`Hsm::NAME`].
    pub chart: String,
    /// The names of the active leaves; none if the machine does not run.
    pub active: Vec<String>,
    /// What was exited last in each composite that remembers, by the composite: a leaf, or in a chart with regions a child.
    pub history: BTreeMap<String, String>,
    /// The data of the active states, by the state.
    pub data: BTreeMap<String, Value>,
    /// The fields of the actor.
    pub actor: Value,
}

/// Why a machine was not saved or not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The chart does not say that it can be saved.
    #[error("`{0}` has no snapshots: its #[hsm] lacks the key `snapshot`")]
    NotDeclared(&'static str),
    /// The snapshot is that of another actor.
    #[error("this is a snapshot of `{found}` and not of `{expected}`")]
    OtherChart {
        /// The actor that was to be restored.
        expected: &'static str,
        /// The actor that was saved.
        found: String,
    },
    /// The snapshot names a state that the chart does not have, or that cannot be what the snapshot says.
    #[error("`{state}` cannot be {role}: the chart has changed, or the snapshot is damaged")]
    State {
        /// The name of the state.
        state: String,
        /// What it is in the snapshot.
        role: &'static str,
    },
    /// An active state has data, and the snapshot has none of it.
    #[error("the data of `{0}` is missing")]
    MissingData(&'static str),
    /// A value could not be made JSON.
    #[error("failed to save {what}: {source}")]
    Save {
        /// Which value.
        what: String,
        /// The serializer's reason.
        source: serde_json::Error,
    },
    /// A value could not be made of JSON.
    #[error("failed to restore {what}: {source}")]
    Load {
        /// Which value.
        what: String,
        /// The deserializer's reason.
        source: serde_json::Error,
    },
}

impl<H: Hsm> Machine<H> {
    /// What the machine needs to go on elsewhere: the actor's fields, the active leaf, history and state data.
    ///
    /// # Errors
    ///
    /// When the chart lacks the key `snapshot`, or when a value has no form in JSON.
    pub fn snapshot(&self) -> Result<MachineSnapshot, SnapshotError> {
        let codec = codec::<H>()?;
        let mut snapshot = MachineSnapshot {
            chart: H::NAME.to_owned(),
            active: Vec::new(),
            history: BTreeMap::new(),
            data: BTreeMap::new(),
            actor: (codec.actor.save)(&self.actor).map_err(saving("the actor"))?,
        };
        for &state in H::State::all() {
            if let Some(leaf) = self.memory.recorded(state) {
                let names = (state.name().to_owned(), leaf.name().to_owned());
                snapshot.history.insert(names.0, names.1);
            }
        }
        let leaves = self.states().map(|leaf| leaf.name().to_owned());
        snapshot.active = leaves.collect();
        // What a panic left behind belongs to no active state.
        for &state in H::State::all().iter().filter(|&&state| self.is_in(state)) {
            let data = H::save_data(&self.memory, state);
            if let Some(data) = data.map_err(saving(&data_of(state.name())))? {
                snapshot.data.insert(state.name().to_owned(), data);
            }
        }
        Ok(snapshot)
    }

    /// The machine that was saved. No code of the actor runs, neither entry actions nor those of `#[start]`; call
    /// [`restored`](Machine::restored) before the first event.
    ///
    /// # Errors
    ///
    /// When the snapshot is of another actor, or its states or values do not fit the chart as it is now.
    pub fn restore(snapshot: &MachineSnapshot) -> Result<Self, SnapshotError> {
        let codec = codec::<H>()?;
        if snapshot.chart != H::NAME {
            return Err(SnapshotError::OtherChart {
                expected: H::NAME,
                found: snapshot.chart.clone(),
            });
        }
        let mut memory = H::Memory::default();
        for (composite, leaf) in &snapshot.history {
            const ROLE: &str = "what a composite remembers";
            let (outer, inner) = (find::<H>(composite, ROLE)?, find::<H>(leaf, ROLE)?);
            let fits = match H::Memory::CHILDREN {
                true => inner.parent() == Some(outer),
                false => {
                    let remembers = H::STATES[outer.index()].history.is_some();
                    remembers && outer != inner && inner.is_in(outer) && is_leaf::<H>(inner)
                }
            };
            if !fits {
                return Err(misplaced(leaf, ROLE));
            }
            memory.remember(outer, inner);
        }
        let leaves = leaves::<H>(snapshot)?;
        let is_active = |state: H::State| leaves.iter().any(|leaf| leaf.is_in(state));
        for row in H::STATES.iter().filter(|row| is_active(row.state)) {
            memory.activate(row.state);
            match snapshot.data.get(row.name) {
                Some(data) => {
                    let loaded = H::load_data(&mut memory, row.state, data);
                    loaded.map_err(loading(&data_of(row.name)))?;
                }
                None if row.data.is_some() => return Err(SnapshotError::MissingData(row.name)),
                None => {}
            }
        }
        for name in snapshot.data.keys() {
            const ROLE: &str = "a state with data, because it is not active";
            if !is_active(find::<H>(name, ROLE)?) {
                return Err(misplaced(name, ROLE));
            }
        }
        Ok(Self {
            actor: (codec.actor.load)(&snapshot.actor).map_err(loading("the actor"))?,
            active: leaves.first().copied(),
            memory,
        })
    }

    /// Runs the action of `#[restored]`, the only code of the actor that runs after [`restore`](Machine::restore): it fills the fields that
    /// the snapshot leaves out. Does nothing if there is no such action.
    ///
    /// # Panics
    ///
    /// When the action panics.
    pub fn restored(&mut self, cx: &mut H::Context<'_>) {
        cx.scope(None);
        self.actor.restored(cx);
    }

    /// An event as a value, for whoever saves what waits for the machine.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Machine::snapshot).
    pub fn save_event(event: &H::Event) -> Result<Value, SnapshotError> {
        (codec::<H>()?.event.save)(event).map_err(saving("an event"))
    }

    /// The event that was saved.
    ///
    /// # Errors
    ///
    /// As [`restore`](Machine::restore).
    pub fn load_event(event: &Value) -> Result<H::Event, SnapshotError> {
        (codec::<H>()?.event.load)(event).map_err(loading("an event"))
    }
}

/// A value while it is in a snapshot.
#[doc(hidden)]
pub type Json = Value;

/// What came of saving or restoring a value.
#[doc(hidden)]
pub type Coded<T> = serde_json::Result<T>;

/// How the actor and the events of a chart with the key `snapshot` are saved: written by the attribute.
#[doc(hidden)]
pub struct Codec<H: Hsm> {
    pub actor: Coder<H>,
    pub event: Coder<H::Event>,
}

/// How values of a type are saved.
#[doc(hidden)]
pub struct Coder<T> {
    save: fn(&T) -> serde_json::Result<Value>,
    load: fn(&Value) -> serde_json::Result<T>,
}

/// What can be in a snapshot.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is part of a snapshot and cannot be saved",
    label = "derive `serde::Serialize` for it, or remove `snapshot` from #[hsm]"
)]
pub trait Saved: Serialize {}

// Without this the message above is followed by a list of types that serde knows.
#[diagnostic::do_not_recommend]
impl<T: Serialize> Saved for T {}

/// What can come out of a snapshot.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is part of a snapshot and cannot be restored",
    label = "derive `serde::Deserialize` for it, or remove `snapshot` from #[hsm]"
)]
pub trait Loaded: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Loaded for T {}

/// How values of a type are saved.
#[doc(hidden)]
pub const fn coder<T: Saved + Loaded>() -> Coder<T> {
    Coder {
        save: |value| serde_json::to_value(value),
        load: |value| T::deserialize(value),
    }
}

/// Saves the data of a state, while it exists.
#[doc(hidden)]
pub fn save<T: Saved>(place: &Option<T>) -> serde_json::Result<Option<Value>> {
    place.as_ref().map(serde_json::to_value).transpose()
}

/// Restores the data of a state.
#[doc(hidden)]
pub fn load<T: Loaded>(place: &mut Option<T>, value: &Value) -> serde_json::Result<()> {
    *place = Some(T::deserialize(value)?);
    Ok(())
}

fn codec<H: Hsm>() -> Result<Codec<H>, SnapshotError> {
    H::CODEC.ok_or(SnapshotError::NotDeclared(H::NAME))
}

/// The active leaves of a snapshot, which belong together: one, or with regions one in each.
fn leaves<H: Hsm>(snapshot: &MachineSnapshot) -> Result<Vec<H::State>, SnapshotError> {
    const ROLE: &str = "an active leaf beside the others";
    let mut leaves: Vec<H::State> = Vec::new();
    for name in &snapshot.active {
        let leaf = find::<H>(name, ROLE)?;
        if !is_leaf::<H>(leaf) || leaves.contains(&leaf) {
            return Err(misplaced(name, ROLE));
        }
        leaves.push(leaf);
    }
    let Some(last) = snapshot.active.last() else {
        return Ok(leaves);
    };
    let is_active = |state: H::State| leaves.iter().any(|leaf| leaf.is_in(state));
    let inside = |outer: Option<H::State>| {
        let rows = H::STATES.iter().filter(|row| row.parent == outer);
        rows.filter(|row| is_active(row.state)).count()
    };
    let together = H::STATES.iter().all(|row| {
        let most = row.regions.len().max(1);
        !is_active(row.state) || is_leaf::<H>(row.state) || inside(Some(row.state)) == most
    });
    match together && inside(None) == 1 {
        true => Ok(leaves),
        false => Err(misplaced(last, ROLE)),
    }
}

fn find<H: Hsm>(name: &str, role: &'static str) -> Result<H::State, SnapshotError> {
    let mut states = H::State::all().iter().copied();
    let found = states.find(|state| state.name() == name);
    found.ok_or_else(|| misplaced(name, role))
}

fn is_leaf<H: Hsm>(state: H::State) -> bool {
    let mut states = H::State::all().iter();
    !states.any(|inner| H::State::TABLES.parent(*inner) == Some(state))
}

fn misplaced(state: &str, role: &'static str) -> SnapshotError {
    SnapshotError::State {
        state: state.to_owned(),
        role,
    }
}

fn data_of(state: &str) -> String {
    format!("the data of `{state}`")
}

fn saving(what: &str) -> impl FnOnce(serde_json::Error) -> SnapshotError {
    let what = what.to_owned();
    |source| SnapshotError::Save { what, source }
}

fn loading(what: &str) -> impl FnOnce(serde_json::Error) -> SnapshotError {
    let what = what.to_owned();
    |source| SnapshotError::Load { what, source }
}
