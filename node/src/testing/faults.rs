//! Panics that a test asks for.

use std::fmt;

use crate::hsm::Record;
use crate::observe::Place;

/// Where an actor is to panic, once.
///
/// What follows is what a node does after any panic (D): the event becomes a dead letter, and the actor is constructed anew or stays stopped,
/// as its [`RestartPolicy`](crate::RestartPolicy) says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PanicAt {
    /// When it is about to handle its nth event from now; 1 is the next one. Starts do not count, and events that it defers do.
    Event(u32),
    /// When it is about to run the entry action of this state; whether or not the state has one.
    Entry(String),
    /// When it is about to run the exit action of this state.
    Exit(String),
    /// When it starts and is about to enter its first state; after a failure too.
    Start,
}

impl fmt::Display for PanicAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(1) => f.write_str("its next event"),
            Self::Event(n) => write!(f, "its event {n} from now"),
            Self::Entry(state) => write!(f, "the entry of `{state}`"),
            Self::Exit(state) => write!(f, "the exit of `{state}`"),
            Self::Start => f.write_str("its start"),
        }
    }
}

/// The panics of one node that have not happened yet.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Fault>,
}

#[derive(Debug)]
struct Fault {
    actor: String,
    at: PanicAt,
    /// As it was asked for, since events are counted down.
    asked: String,
}

impl Faults {
    pub(super) fn add(&mut self, actor: &str, at: PanicAt) {
        self.waiting.push(Fault {
            actor: actor.to_owned(),
            asked: at.to_string(),
            at,
        });
    }

    pub(super) fn to_come(&self) -> Vec<String> {
        let waiting = self.waiting.iter();
        waiting
            .map(|Fault { actor, asked, .. }| format!("{actor} at {asked}"))
            .collect()
    }

    /// The message of the panic that is to happen here, which then has happened.
    pub(super) fn strikes(&mut self, place: &Place<'_>) -> Option<String> {
        // Each is shown the place: events are counted for all.
        let hits: Vec<bool> = self
            .waiting
            .iter_mut()
            .map(|fault| fault.actor == place.actor && fault.at.is(place))
            .collect();
        let at = hits.into_iter().position(|hit| hit)?;
        Some(format!(
            "the test says so, at {}",
            self.waiting.remove(at).asked
        ))
    }
}

impl PanicAt {
    /// Whether this is the place; counts events on the way there.
    fn is(&mut self, place: &Place<'_>) -> bool {
        let is_start = place.event.is_empty();
        match (self, place.record) {
            (Self::Event(left), None) if !is_start => {
                *left = left.saturating_sub(1);
                *left == 0
            }
            (Self::Entry(state), Some(Record::Entry(entered))) => *state == entered,
            (Self::Exit(state), Some(Record::Exit(exited))) => *state == exited,
            (Self::Start, Some(Record::Entry(_))) => is_start,
            _ => false,
        }
    }
}
