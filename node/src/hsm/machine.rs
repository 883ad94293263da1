//! The step: from one stable state to the next.

use std::fmt;

use super::listed::{is_listed, is_taken_listed};
use super::{Host, Hsm, Memory, Next, Reaction, Record, StateId, Topology};

/// A statechart that runs: the actor and its active leaf, one byte.
///
/// Call [`start`](Machine::start) once, then [`dispatch`](Machine::dispatch) for each event, and [`stop`](Machine::stop) to end it from
/// outside. Between two calls the machine is in a stable state: the active one has no initial transition left to take.
///
/// A panic in a handler or an action leaves through these calls. The machine is not running afterwards: it has no state, ignores what it is
/// given, and waits to be dropped.
pub struct Machine<H: Hsm> {
    pub(super) actor: H,
    /// The active leaf; `None` before the start, after the stop and after a panic.
    pub(super) active: Option<H::State>,
    pub(super) memory: H::Memory,
}

/// What one event led to: plain data for counters and observers.
#[derive(Clone, Copy)]
pub enum Outcome<H: Hsm> {
    /// A state consumed the event without a transition.
    Internal {
        /// The state whose handler answered.
        state: H::State,
    },
    /// A transition was taken.
    Transition {
        /// The state whose handler answered.
        source: H::State,
        /// The state it named; the active leaf lies inside it, or is it.
        target: H::State,
    },
    /// A state deferred the event: whoever holds it keeps it until a transition is taken.
    Deferred {
        /// The state whose handler answered.
        state: H::State,
    },
    /// No active state wanted the event.
    Ignored,
    /// The machine is not running: this event stopped it, or it had stopped before, or was never started.
    Stopped,
}

impl<H: Hsm> PartialEq for Outcome<H> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Internal { state: a }, Self::Internal { state: b })
            | (Self::Deferred { state: a }, Self::Deferred { state: b }) => a == b,
            (
                Self::Transition {
                    source: a,
                    target: b,
                },
                Self::Transition {
                    source: c,
                    target: d,
                },
            ) => a == c && b == d,
            (Self::Ignored, Self::Ignored) | (Self::Stopped, Self::Stopped) => true,
            _ => false,
        }
    }
}

impl<H: Hsm> Eq for Outcome<H> {}

impl<H: Hsm> fmt::Debug for Outcome<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal { state } => f.debug_struct("Internal").field("state", state).finish(),
            Self::Deferred { state } => f.debug_struct("Deferred").field("state", state).finish(),
            Self::Transition { source, target } => f
                .debug_struct("Transition")
                .field("source", source)
                .field("target", target)
                .finish(),
            Self::Ignored => f.write_str("Ignored"),
            Self::Stopped => f.write_str("Stopped"),
        }
    }
}

impl<H: Hsm> Machine<H> {
    /// A machine that has not started: no action has run.
    pub fn new(actor: H) -> Self {
        Self {
            actor,
            active: None,
            memory: H::Memory::default(),
        }
    }

    /// Runs the action of `#[start]` and the top initial transition, down to a leaf. Does nothing to a machine that runs.
    ///
    /// # Panics
    ///
    /// When an action of the chart panics, or an invariant does not hold; see [`dispatch`](Machine::dispatch).
    pub fn start(&mut self, cx: &mut H::Context<'_>) {
        if self.active.is_none() {
            // A machine that has stopped, or panicked, begins anew.
            self.memory = H::Memory::default();
            cx.scope(None);
            self.actor.begin(cx);
            let leaf = self.actor.open(&mut self.memory, cx);
            if H::CHECKED {
                self.check(Some(leaf), None);
            }
            self.active = Some(leaf);
        }
    }

    /// One run-to-completion step: the event is handled, and the transition it leads to is complete when this returns.
    ///
    /// # Panics
    ///
    /// When a handler or an action of the chart panics; and when an invariant does not hold afterwards, if the actor's crate was compiled
    /// with debug assertions.
    #[inline]
    pub fn dispatch(&mut self, event: &H::Event, cx: &mut H::Context<'_>) -> Outcome<H> {
        let Some(leaf) = self.active else {
            return Outcome::Stopped;
        };
        // A panic leaves a machine that runs no more. Where nothing can panic, the optimiser drops this write.
        self.active = None;
        let (outcome, leaf) = step(&mut self.actor, &mut self.memory, leaf, event, cx);
        if H::CHECKED {
            self.check(leaf, Some(event));
        }
        self.active = leaf;
        outcome
    }

    /// Panics if an invariant does not hold: the step has failed.
    fn check(&mut self, leaf: Option<H::State>, after: Option<&H::Event>) {
        if let Some(leaf) = leaf
            && let Some(invariant) = self.actor.broken(&self.memory, leaf)
        {
            self.broken(invariant, leaf, after);
        }
    }

    #[cold]
    fn broken(&mut self, invariant: &str, leaf: H::State, after: Option<&H::Event>) -> ! {
        self.active = Some(leaf);
        let state = self.path().unwrap_or_default();
        self.active = None;
        let after = match after.map(H::event_name) {
            None => "the start",
            Some("") => "an event",
            Some(name) => name,
        };
        panic!("the invariant `{invariant}` does not hold in the state `{state}` after {after}");
    }

    /// Exits all active states, the innermost first. Does nothing to a machine that does not run.
    ///
    /// # Panics
    ///
    /// When an exit action panics: the exits that remain are abandoned.
    pub fn stop(&mut self, cx: &mut H::Context<'_>) {
        if let Some(leaf) = self.active.take() {
            self.actor.close(&mut self.memory, leaf, cx);
        }
    }

    /// The active leaf, with regions the first of them; `None` before the start, after the stop and after a panic.
    pub fn state(&self) -> Option<H::State> {
        self.active
    }

    /// The active leaves: one, or with regions one in each of them, in the order in which they are offered an event.
    pub fn states(&self) -> impl Iterator<Item = H::State> {
        let mut leaves = Vec::new();
        let outermost = H::STATES.iter().filter(|info| info.parent.is_none());
        for info in outermost {
            self.collect_leaves(info.state, &mut leaves);
        }
        leaves.into_iter()
    }

    /// Adds the active leaves in this state, if it is active.
    fn collect_leaves(&self, state: H::State, leaves: &mut Vec<H::State>) {
        if !self.is_in(state) {
            return;
        }
        let before = leaves.len();
        let regions = H::STATES[state.index()].regions;
        if regions.is_empty() {
            let inside = H::STATES.iter().filter(|info| info.parent == Some(state));
            inside.for_each(|info| self.collect_leaves(info.state, leaves));
        } else {
            regions
                .iter()
                .for_each(|&region| self.collect_leaves(region, leaves));
        }
        if leaves.len() == before {
            leaves.push(state);
        }
    }

    /// Whether the state is active: a leaf, or a state that encloses an active one.
    pub fn is_in(&self, state: H::State) -> bool {
        self.active
            .is_some_and(|leaf| self.memory.is_active(leaf, state))
    }

    /// The active states from the outside in, joined by dots, regions in braces, as in `on.{motor.idle, light.dark}`; `None` when none is
    /// active.
    pub fn path(&self) -> Option<String> {
        let leaves: Vec<H::State> = self.states().collect();
        let paths: Vec<&[H::State]> = leaves.iter().map(|leaf| leaf.path()).collect();
        (!paths.is_empty()).then(|| joined(&paths))
    }

    /// The actor.
    pub fn actor(&self) -> &H {
        &self.actor
    }

    /// The data of a state, for tests; `None` while the state is not active, and for another type than it has.
    pub fn data<T: 'static>(&self, state: H::State) -> Option<&T> {
        self.active?;
        H::data(&self.memory, state)?.downcast_ref()
    }
}

/// Paths with a common beginning as one text.
fn joined<S: StateId>(paths: &[&[S]]) -> String {
    let (Some(first), [_, others @ ..]) = (paths.first(), paths) else {
        return String::new();
    };
    let common = |level: &usize| {
        others
            .iter()
            .all(|path| path.get(*level) == first.get(*level))
    };
    let shared = (0..first.len()).take_while(common).count();
    let mut words: Vec<String> = first
        .iter()
        .take(shared)
        .map(|state| state.name().to_owned())
        .collect();
    if !others.is_empty() {
        let rests: Vec<&[S]> = paths.iter().filter_map(|path| path.get(shared..)).collect();
        let regions = rests.chunk_by(|a, b| a.first() == b.first()).map(joined);
        words.push(format!("{{{}}}", regions.collect::<Vec<_>>().join(", ")));
    }
    words.join(".")
}

/// One event: what it led to, and the leaf that is active afterwards.
#[inline]
fn step<H: Hsm>(
    actor: &mut H,
    memory: &mut H::Memory,
    leaf: H::State,
    event: &H::Event,
    cx: &mut H::Context<'_>,
) -> (Outcome<H>, Option<H::State>) {
    let tables = H::State::TABLES;
    let reaction = actor.react(memory, leaf, event, cx);
    debug_assert!(
        match reaction {
            Reaction::Taken { source, target, .. } => is_taken_listed::<H>(source, target, event),
            Reaction::Answer(source, answer) => is_listed::<H>(source, answer, event),
            // Looked up where each state is asked.
            Reaction::Done(..) => true,
        },
        "an answer is not in the list of transitions"
    );
    let (source, target, to) = match reaction {
        Reaction::Taken { source, target, to } => (source, target, to),
        Reaction::Done(outcome, leaf) => return (outcome, leaf),
        Reaction::Answer(source, Next::To(target)) => {
            let kept = tables.kept(source, target);
            leave(actor, memory, leaf, kept, cx);
            (source, target, arrive(actor, memory, kept, target, cx))
        }
        Reaction::Answer(source, Next::Reenter(target)) => {
            let kept = tables.kept_by_reentry(source, target);
            leave(actor, memory, leaf, kept, cx);
            (source, target, arrive(actor, memory, kept, target, cx))
        }
        Reaction::Answer(source, next @ (Next::History(target) | Next::DeepHistory(target))) => {
            let kept = tables.kept(source, target);
            leave(actor, memory, leaf, kept, cx);
            descend(actor, memory, kept, target, cx);
            let deep = matches!(next, Next::DeepHistory(_));
            (source, target, resume(actor, memory, target, deep, cx))
        }
        Reaction::Answer(state, Next::Handled) => {
            cx.record(Record::Internal(state));
            return (Outcome::Internal { state }, Some(leaf));
        }
        Reaction::Answer(state, Next::Defer) => {
            cx.record(Record::Deferred(state));
            return (Outcome::Deferred { state }, Some(leaf));
        }
        Reaction::Answer(_, Next::Super) => {
            cx.record(Record::Ignored);
            return (Outcome::Ignored, Some(leaf));
        }
        Reaction::Answer(source, Next::Stop) => {
            cx.stopping();
            leave(actor, memory, leaf, 0, cx);
            cx.record(Record::Stopped(source));
            return (Outcome::Stopped, None);
        }
    };
    cx.record(Record::Transition {
        source,
        from: leaf,
        to,
    });
    (Outcome::Transition { source, target }, Some(to))
}

/// Exits from the leaf outwards until only the `kept` outermost states of its path are active.
pub(super) fn leave<H: Hsm>(
    actor: &mut H,
    memory: &mut H::Memory,
    leaf: H::State,
    kept: usize,
    cx: &mut H::Context<'_>,
) {
    let mut level = H::State::TABLES.depth(leaf);
    while level > kept {
        level -= 1;
        let state = H::State::TABLES.step(leaf, level);
        cx.record(Record::Exit(state));
        actor.exit(memory, state, cx);
        cx.exited(state);
        if state == leaf {
            memory.exited(leaf);
        }
    }
}

/// Enters the target's path below the `level` outermost states, which are active, and follows the initials; tells the leaf.
pub(super) fn arrive<H: Hsm>(
    actor: &mut H,
    memory: &mut H::Memory,
    mut level: usize,
    target: H::State,
    cx: &mut H::Context<'_>,
) -> H::State {
    let mut current = target;
    loop {
        level = descend(actor, memory, level, current, cx);
        let Some(inner) = H::State::TABLES.initial(current) else {
            return current;
        };
        cx.record(Record::Init(current));
        actor.init(memory, current, cx);
        current = inner;
    }
}

/// Goes on from a composite that has been entered: the recorded child or leaf takes the place of its initial. Tells the leaf.
#[doc(hidden)]
pub fn resume<H: Hsm>(
    actor: &mut H,
    memory: &mut H::Memory,
    composite: H::State,
    deep: bool,
    cx: &mut H::Context<'_>,
) -> H::State {
    let tables = H::State::TABLES;
    let inside = match memory.recorded(composite) {
        Some(leaf) if deep => Some(leaf),
        Some(leaf) => Some(tables.step(leaf, tables.depth(composite))),
        None => None,
    };
    let default = H::STATES[composite.index()]
        .history
        .and_then(|history| history.default);
    let level = tables.depth(composite);
    let Some(inner) = inside.or(default) else {
        return arrive(actor, memory, level, composite, cx);
    };
    cx.record(Record::History {
        composite,
        to: inner,
    });
    arrive(actor, memory, level, inner, cx)
}

/// Enters the target's path below the `level` outermost states; tells how many are active then.
fn descend<H: Hsm>(
    actor: &mut H,
    memory: &mut H::Memory,
    mut level: usize,
    target: H::State,
    cx: &mut H::Context<'_>,
) -> usize {
    let goal = H::State::TABLES.depth(target);
    while level < goal {
        let state = H::State::TABLES.step(target, level);
        cx.record(Record::Entry(state));
        actor.enter(memory, state, cx);
        level += 1;
    }
    level.max(goal)
}

impl<H: Hsm + fmt::Debug> fmt::Debug for Machine<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("actor", &self.actor)
            .field("active", &self.active)
            .finish()
    }
}
