//! What the nodes count, held against each other and against what the observers saw.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use farc::daemon::{LinkBooks, LinkStatus, Status};

use super::actors::run_of;
use super::check::{Run, Tally};
use super::node::name;

/// What a sweep adds up, to show that what is rare does happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections that were put to use.
    pub connections: u64,
    /// Times that one of two connections was chosen.
    pub elections: u64,
    /// Times that a session went on over another connection.
    pub resumes: u64,
    /// Events that were sent once more.
    pub replayed: u64,
    /// Events that came once more, and were dropped.
    pub duplicates: u64,
    /// Ranges of events that were reported as missing.
    pub gaps: u64,
    /// Events that were dropped before they were numbered.
    pub dropped: u64,
}

impl Counters {
    /// Adds what a node counted over its life.
    pub fn add(&mut self, status: &Status) {
        for link in &status.links {
            self.connections += link.connections;
            self.elections += link.elections;
            self.resumes += link.resumes;
            self.gaps += link.gaps_sent;
            for books in link.classes.values() {
                self.replayed += books.replayed;
                self.duplicates += books.duplicate;
                self.dropped += sum(&books.dropped);
            }
        }
    }

    /// Which of the things that a sweep must show did not happen.
    pub fn never_happened(&self) -> Vec<&'static str> {
        let must = [
            ("elections", self.elections),
            ("resumes", self.resumes),
            ("replays", self.replayed),
            ("duplicates", self.duplicates),
            ("gaps", self.gaps),
            ("drops", self.dropped),
        ];
        must.into_iter()
            .filter(|(_, count)| *count == 0)
            .map(|(what, _)| what)
            .collect()
    }
}

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        self.connections += other.connections;
        self.elections += other.elections;
        self.resumes += other.resumes;
        self.replayed += other.replayed;
        self.duplicates += other.duplicates;
        self.gaps += other.gaps;
        self.dropped += other.dropped;
    }
}

/// The links of `run` that are not up.
pub(super) fn down(run: Run, status: &Status) -> Vec<String> {
    let down = status
        .links
        .iter()
        .filter(|link| link.state != "up" || !link.ready);
    down.map(|link| {
        let LinkStatus {
            name,
            state,
            ready,
            last_failure,
            ..
        } = link;
        format!("{run} has link {name} {state}, ready {ready}, last failure {last_failure:?}")
    })
    .collect()
}

/// The peers that know what this node wants, and whose interest it knows.
pub(super) fn ready(status: &Status) -> Vec<Run> {
    let ready = status.links.iter().filter(|link| link.ready);
    ready.filter_map(|link| link.life.map(run_of)).collect()
}

/// What still waits at `run`.
pub(super) fn waiting(run: Run, status: &Status) -> Vec<String> {
    let mut waiting = Vec::new();
    for link in &status.links {
        for (class, books) in &link.classes {
            let LinkBooks {
                queued,
                unacknowledged,
                pending,
                ..
            } = books;
            if queued + unacknowledged + pending > 0 {
                let name = &link.name;
                waiting.push(format!("{run} has {queued} queued, {unacknowledged} unacknowledged, {pending} pending with {name} in class {class}"));
            }
        }
    }
    for actor in &status.actors {
        if actor.books.queued > 0 {
            waiting.push(format!(
                "{run} has {} events queued for {}",
                actor.books.queued, actor.name
            ));
        }
    }
    waiting
}

/// What does not add up in a quiet cluster (SEMANTICS C3).
pub(super) fn unbalanced(statuses: &BTreeMap<Run, Status>, tally: &Tally) -> Vec<String> {
    let mut wrong = Vec::new();
    for (run, status) in statuses {
        for actor in &status.actors {
            if !actor.books.balances() {
                wrong.push(format!(
                    "{run}: the books of {} do not balance: {:?}",
                    actor.name, actor.books
                ));
            }
        }
        for link in &status.links {
            for (class, books) in &link.classes {
                if !books.balances() {
                    wrong.push(format!("{run}: the books of the link with {} in class {class} do not balance: {books:?}", link.name));
                }
            }
        }
        wrong.extend(dispatched(*run, status, tally));
        for (peer, other) in statuses.iter().filter(|(peer, _)| *peer != run) {
            wrong.extend(between((*run, status), (*peer, other)));
        }
    }
    wrong
}

/// `receiver-1` wants nothing but ticks, so its books and the journal count the same.
fn dispatched(run: Run, status: &Status, tally: &Tally) -> Option<String> {
    let books = &status
        .actors
        .iter()
        .find(|actor| actor.name == "receiver-1")?
        .books;
    let seen = tally.dispatched_at.get(&(run, 1)).copied().unwrap_or(0);
    (books.delivered != seen).then(|| {
        format!(
            "{run}: receiver-1 counts {} delivered, observed were {seen}",
            books.delivered
        )
    })
}

/// What one node gave to another is what the other got from it, or was told of.
fn between((from, publisher): (Run, &Status), (to, receiver): (Run, &Status)) -> Vec<String> {
    let mut wrong = Vec::new();
    let (Some(out), Some(into)) = (link(publisher, to), link(receiver, from)) else {
        return vec![format!("{from} and {to} do not know each other")];
    };
    if out.life.map(run_of) != Some(to) || into.life.map(run_of) != Some(from) {
        wrong.push(format!(
            "{from} thinks that its peer is {:?}, which is {to}",
            out.life.map(run_of)
        ));
    }
    // The books of a link go on over the lives of its peer, and what a killed process counted is gone with it.
    if from.life > 1 || to.life > 1 {
        return wrong;
    }
    let nothing = LinkBooks::default();
    for class in out.classes.keys() {
        let (out, into) = (
            &out.classes[class],
            into.classes.get(class).unwrap_or(&nothing),
        );
        let (accepted, got) = (out.acknowledged, into.received - into.duplicate);
        if accepted != got {
            wrong.push(format!(
                "{from} has {accepted} acknowledged by {to}, which got {got} in class {class}"
            ));
        }
        let (kept, told) = (sum(&out.dropped) + sum(&out.gap), sum(&into.lost));
        if kept != told {
            wrong.push(format!("{from} dropped {kept} for {to}, which was told of {told} in class {class}: {:?} {:?} {:?}", out.dropped, out.gap, into.lost));
        }
    }
    wrong
}

fn link(status: &Status, to: Run) -> Option<&LinkStatus> {
    let name = name(to.node);
    status.links.iter().find(|link| link.name == name)
}

fn sum(causes: &BTreeMap<String, u64>) -> u64 {
    causes.values().sum()
}
