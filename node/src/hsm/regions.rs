//! The step of a chart with regions: several leaves are active together.
//!
//! A composite whose states are *regions* is active in all of them (A35 of the semantics; AND-states in Harel's *Statecharts*, 1987;
//! orthogonal regions in UML). Such a chart asks its tree as it goes, one state at a time, where a chart without regions has its transitions
//! written out: the rules are the same, at a few times the cost, and a chart without regions does not pay for them.

mod places;

use super::listed::{is_listed, rejected};
use super::{Host, Hsm, Next, Outcome, Record, StateId, Topology};

pub use places::{Places, Regions};

/// A chart with regions. Generated.
pub trait Regional: Hsm<Memory: Places<Self::State>> {
    /// Calls the handler of one state, after `Host::scope`.
    fn ask(
        &mut self,
        memory: &mut Self::Memory,
        state: Self::State,
        event: &Self::Event,
        cx: &mut Self::Context<'_>,
    ) -> Next<Self>;
}

/// One event: what it led to, and the first of the active leaves afterwards.
pub fn in_regions<H: Regional>(
    actor: &mut H,
    memory: &mut H::Memory,
    event: &H::Event,
    cx: &mut H::Context<'_>,
) -> (Outcome<H>, Option<H::State>) {
    memory.begin_step();
    let Some(root) = root(memory) else {
        return (Outcome::Stopped, None);
    };
    let outcome = Step {
        actor,
        memory,
        event,
        cx,
    }
    .offer(root);
    match outcome {
        Outcome::Ignored => cx.record(Record::Ignored),
        Outcome::Deferred { state } => cx.record(Record::Deferred(state)),
        Outcome::Internal { .. } | Outcome::Transition { .. } | Outcome::Stopped => {}
    }
    (outcome, leaf::<H>(memory))
}

/// Takes the top initial transition; returns the first of the active leaves.
pub fn start_regions<H: Regional>(
    actor: &mut H,
    memory: &mut H::Memory,
    cx: &mut H::Context<'_>,
) -> H::State {
    let mut walk = Walk { actor, memory, cx };
    walk.descend(H::INITIAL.path(), H::INITIAL);
    leaf::<H>(memory).unwrap_or(H::INITIAL)
}

/// Exits everything.
pub fn stop_regions<H: Regional>(actor: &mut H, memory: &mut H::Memory, cx: &mut H::Context<'_>) {
    if let Some(root) = root(memory) {
        Walk { actor, memory, cx }.leave(root);
    }
}

/// The outermost active state.
fn root<S: StateId>(places: &impl Places<S>) -> Option<S> {
    let mut states = S::all().iter().copied();
    states.find(|&state| state.parent().is_none() && places.holds(state))
}

/// The first of the active leaves, in the order of regions.
fn leaf<H: Regional>(memory: &H::Memory) -> Option<H::State> {
    root(memory).map(|root| leaf_in::<H>(memory, root))
}

/// The first of the active leaves inside an active state, which may be that state.
fn leaf_in<H: Regional>(memory: &H::Memory, mut state: H::State) -> H::State {
    let inside = |state| {
        let region = regions::<H>(state).first().copied();
        region.or_else(|| memory.child(state))
    };
    while let Some(child) = inside(state) {
        state = child;
    }
    state
}

/// An event on its way through the active states.
struct Step<'s, 'c, H: Regional> {
    actor: &'s mut H,
    memory: &'s mut H::Memory,
    event: &'s H::Event,
    cx: &'s mut H::Context<'c>,
}

impl<H: Regional> Step<'_, '_, H> {
    /// Offers the event to what is active inside the state, and then to the state itself.
    fn offer(&mut self, state: H::State) -> Outcome<H> {
        let regions = regions::<H>(state);
        let inside = match self.memory.child(state) {
            Some(_) if !regions.is_empty() => self.offer_to_regions(state, regions),
            Some(child) => self.offer(child),
            None => Outcome::Ignored,
        };
        if inside == Outcome::Ignored {
            self.ask(state)
        } else {
            inside
        }
    }

    /// Each region is offered the event once, unless an earlier one has left the composite. Deferral counts only if no region took it.
    fn offer_to_regions(&mut self, composite: H::State, regions: &[H::State]) -> Outcome<H> {
        let mut together = Outcome::Ignored;
        for &region in regions {
            let outcome = self.offer(region);
            together = match (together, outcome) {
                (_, Outcome::Stopped) => Outcome::Stopped,
                // A transition tells more than a reaction without one.
                (before @ Outcome::Transition { .. }, _) => before,
                (_, after @ Outcome::Transition { .. }) => after,
                (before @ Outcome::Internal { .. }, _) => before,
                (_, after @ Outcome::Internal { .. }) => after,
                (before @ Outcome::Deferred { .. }, _) => before,
                (_, after) => after,
            };
            if together == Outcome::Stopped || self.memory.was_left(composite) {
                break;
            }
        }
        together
    }

    /// Asks one state, and does what it answers.
    fn ask(&mut self, state: H::State) -> Outcome<H> {
        let next = self.actor.ask(self.memory, state, self.event, self.cx);
        if matches!(next, Next::Super) {
            rejected::<H>(state, self.event, self.cx);
            return Outcome::Ignored;
        }
        debug_assert!(
            is_listed::<H>(state, next, self.event),
            "an answer is not in the list of transitions"
        );
        self.cx.record(Record::Answer(state));
        let tables = H::State::TABLES;
        match next {
            Next::Super => Outcome::Ignored,
            Next::Handled => {
                self.cx.record(Record::Internal(state));
                Outcome::Internal { state }
            }
            Next::Defer => Outcome::Deferred { state },
            Next::Stop => {
                self.cx.stopping();
                stop_regions(self.actor, self.memory, self.cx);
                self.cx.record(Record::Stopped(state));
                Outcome::Stopped
            }
            Next::To(target) => {
                self.transit(state, tables.kept(state, target), target, Way::Initial)
            }
            Next::Reenter(target) => {
                let kept = tables.kept_by_reentry(state, target);
                self.transit(state, kept, target, Way::Initial)
            }
            Next::History(target) => {
                self.transit(state, tables.kept(state, target), target, Way::Shallow)
            }
            Next::DeepHistory(target) => {
                self.transit(state, tables.kept(state, target), target, Way::Deep)
            }
        }
    }

    /// Exits, entries and initials of a transition that keeps the `kept` outermost levels of the source's path.
    fn transit(&mut self, source: H::State, kept: usize, target: H::State, way: Way) -> Outcome<H> {
        let from = leaf_in::<H>(self.memory, source);
        let mut walk = Walk {
            actor: self.actor,
            memory: self.memory,
            cx: self.cx,
        };
        match source.path().get(kept) {
            // Into the source itself: it stays, what is inside goes.
            None => walk.leave_inside(source),
            // To a state that encloses the source: it stays, with all its regions left and entered anew.
            Some(_) if kept == target.path().len() => walk.leave_inside(target),
            // Only this branch: the regions beside it stay.
            Some(&branch) => walk.leave(branch),
        }
        let below = target.path().get(kept..).unwrap_or_default();
        let stays = kept
            .checked_sub(1)
            .and_then(|level| target.path().get(level));
        match stays {
            Some(&stays) if stays == source || stays == target => {
                walk.go_on(stays, below, target, way);
            }
            _ => walk.descend_by(below, target, way),
        }
        let to = leaf_in::<H>(self.memory, target);
        self.cx.record(Record::Transition { source, from, to });
        Outcome::Transition { source, target }
    }
}

/// How a composite that is the target goes on inside.
#[derive(Clone, Copy)]
enum Way {
    Initial,
    Shallow,
    Deep,
}

/// Exits and entries.
struct Walk<'s, 'c, H: Regional> {
    actor: &'s mut H,
    memory: &'s mut H::Memory,
    cx: &'s mut H::Context<'c>,
}

impl<H: Regional> Walk<'_, '_, H> {
    /// Exits the state and all that is active inside, the innermost first, the last region first.
    fn leave(&mut self, state: H::State) {
        if !self.memory.holds(state) {
            return;
        }
        self.leave_inside(state);
        self.cx.record(Record::Exit(state));
        self.actor.exit(self.memory, state, self.cx);
        self.cx.exited(state);
        self.memory.exit(state);
    }

    fn leave_inside(&mut self, state: H::State) {
        let regions = regions::<H>(state);
        if regions.is_empty() {
            if let Some(child) = self.memory.child(state) {
                self.leave(child);
            }
        } else {
            regions.iter().rev().for_each(|&region| self.leave(region));
        }
    }

    /// Enters the states of a path, and goes on inside its last one, the target.
    fn descend(&mut self, path: &[H::State], target: H::State) {
        self.descend_by(path, target, Way::Initial);
    }

    fn descend_by(&mut self, path: &[H::State], target: H::State, way: Way) {
        if let [first, below @ ..] = path {
            self.enter(*first);
            self.go_on(*first, below, target, way);
        }
    }

    fn enter(&mut self, state: H::State) {
        self.cx.record(Record::Entry(state));
        self.memory.enter(state);
        self.actor.enter(self.memory, state, self.cx);
    }

    /// The state has been entered, or stays: enters the rest of the path, and the other regions that it passes by.
    fn go_on(&mut self, state: H::State, below: &[H::State], target: H::State, way: Way) {
        let Some(&next) = below.first() else {
            return self.complete(state, way);
        };
        let regions = regions::<H>(state);
        if regions.is_empty() {
            return self.descend_by(below, target, way);
        }
        for &region in regions {
            if region == next {
                self.descend_by(below, target, way);
            } else {
                self.descend(&[region], region);
            }
        }
    }

    /// Goes on inside the target.
    fn complete(&mut self, state: H::State, way: Way) {
        let recorded = match way {
            Way::Initial => None,
            Way::Shallow | Way::Deep => self.memory.last(state),
        };
        let info = &H::STATES[state.index()];
        let default = info.history.and_then(|history| history.default);
        match (way, recorded, default) {
            (Way::Initial, ..) | (_, None, None) => self.initial(state),
            (Way::Shallow, Some(_), _) if !info.regions.is_empty() => self.initial(state),
            (Way::Shallow, Some(to), _) => {
                let composite = state;
                self.cx.record(Record::History { composite, to });
                self.descend(&[to], to);
            }
            (Way::Deep, Some(_), _) => {
                let (composite, to) = (state, self.remembered_leaf(state));
                self.cx.record(Record::History { composite, to });
                self.restore_inside(state);
            }
            (_, None, Some(to)) => {
                let composite = state;
                self.cx.record(Record::History { composite, to });
                let below = to.path().get(state.path().len()..).unwrap_or_default();
                self.go_on(state, below, to, Way::Initial);
            }
        }
    }

    /// Takes the initial transition of the state, or enters its regions.
    fn initial(&mut self, state: H::State) {
        let regions = regions::<H>(state);
        for &region in regions {
            self.descend(&[region], region);
        }
        if let Some(inner) = H::State::TABLES.initial(state) {
            self.cx.record(Record::Init(state));
            self.actor.init(self.memory, state, self.cx);
            let below = inner.path().get(state.path().len()..).unwrap_or_default();
            self.go_on(state, below, inner, Way::Initial);
        }
    }

    /// Enters what was active inside when it was left.
    fn restore_inside(&mut self, state: H::State) {
        let regions = regions::<H>(state);
        if regions.is_empty() {
            if let Some(child) = self.memory.last(state) {
                self.enter(child);
                self.restore_inside(child);
            }
        } else {
            for &region in regions {
                self.enter(region);
                self.restore_inside(region);
            }
        }
    }

    fn remembered_leaf(&self, mut state: H::State) -> H::State {
        loop {
            let region = regions::<H>(state).first().copied();
            match region.or_else(|| self.memory.last(state)) {
                Some(inner) => state = inner,
                None => return state,
            }
        }
    }
}

fn regions<H: Hsm>(state: H::State) -> &'static [H::State] {
    H::STATES[state.index()].regions
}
