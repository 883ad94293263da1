//! What an idle actor occupies.
//!
//! Each figure comes from a process of its own, so that what others have left in the allocator does not count: this program starts itself with
//! `--alone memory CONTENDER ACTORS EVENTS`, and the child prints by how many bytes an actor its resident memory has grown. That includes
//! the handle through which the actor is reached, and whatever the allocator and the runtime need.

use std::process::Command;

use super::peers::{Actix, Kameo, KameoBounded, Ractor, System, Tachyonix, Tokio, TokioBounded};
use super::program::PEERS;
use crate::measure::{Contender, Plan, interleaved};
use crate::report::{FARC, Metric};
use crate::resident::resident;

/// The idle actors, as a process of its own makes them.
struct Subject {
    name: &'static str,
    /// Makes so many actors, has each handle so many events, and tells by how much memory has grown meanwhile.
    grow: fn(actors: u64, events: u64) -> u64,
}

const SUBJECTS: &[Subject] = &[
    Subject {
        name: FARC,
        grow: with_farc::grow,
    },
    with_peers::subject::<Tokio>(),
    with_peers::subject::<TokioBounded>(),
    with_peers::subject::<Tachyonix>(),
    with_peers::subject::<Actix>(),
    with_peers::subject::<Ractor>(),
    with_peers::subject::<Kameo>(),
    with_peers::subject::<KameoBounded>(),
];

/// A million of these would take some seven gigabytes.
const LARGE: &[&str] = &[Ractor::NAME, Kameo::NAME, KameoBounded::NAME];

/// Prints the figure for the child process with these arguments; `None` if they ask for something else.
pub(crate) fn measured_alone(mut words: impl Iterator<Item = String>) -> Option<String> {
    if words.next()? != "--alone" || words.next()? != "memory" {
        return None;
    }
    let name = words.next()?;
    let subject = SUBJECTS.iter().find(|subject| subject.name == name)?;
    let actors: u64 = words.next()?.parse().ok()?;
    let events = words.next()?.parse().ok()?;
    let grown = (subject.grow)(actors, events);
    Some(format!("{}", grown as f64 / actors as f64))
}

pub(crate) fn measure(plan: &Plan) -> Vec<Metric> {
    if !plan.wants("idle memory") {
        return Vec::new();
    }
    let metric = |name: &'static str, actors: u64, events: u64| {
        let contenders = SUBJECTS
            .iter()
            .filter(|subject| plan.takes(subject.name))
            .filter(|subject| actors < 1_000_000 || !LARGE.contains(&subject.name))
            .map(|subject| Contender {
                name: subject.name,
                turn: Box::new(move |_| in_a_child(subject.name, actors, events)),
            });
        let mut effort = plan.effort;
        // The same program takes the same memory, almost to the byte.
        effort.rounds = effort.rounds.min(3);
        Metric {
            name: name.into(),
            unit: "bytes",
            series: interleaved(contenders.collect(), effort),
            against: PEERS,
            must: Some(3.0),
            note: None,
        }
    };
    let mut metrics = vec![
        metric("idle memory, 100,000 actors", 100_000, 0),
        metric("idle memory, after one event", 100_000, 1),
    ];
    if plan.is_full() {
        metrics.push(metric("idle memory, 1,000,000 actors", 1_000_000, 0));
    }
    metrics
}

fn in_a_child(name: &str, actors: u64, events: u64) -> f64 {
    let program = std::env::current_exe().expect("a program knows its file");
    let output = Command::new(program)
        .args(["--alone", "memory", name])
        .args([actors.to_string(), events.to_string()])
        .output()
        .expect("a program can start itself");
    assert!(
        output.status.success(),
        "{name} with {actors} actors: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().expect("the child prints a number")
}

/// By how much memory grows while `work` runs; its outcome lives until that is known.
fn growth<T>(work: impl FnOnce() -> T) -> u64 {
    let before = resident();
    let outcome = work();
    let after = resident();
    drop(outcome);
    after - before
}

mod with_farc {
    use ::farc::{Address, Clock as _, SystemClock};

    use super::growth;
    use crate::local::spawn::with_farc::{Idle, IdleEvent, spawn};
    use crate::local::with_farc::{domain, ignore_reports};

    pub(super) fn grow(actors: u64, events: u64) -> u64 {
        ignore_reports();
        let mut domain = domain();
        domain.start();
        let mut keep: Vec<Address<Idle>> = Vec::with_capacity(actors as usize);
        growth(|| {
            spawn(&mut domain, actors, |actor| keep.push(actor));
            domain.run_until_idle(SystemClock.now());
            for _ in 0..events {
                for actor in &keep {
                    let item = IdleEvent::Item { value: 1, more: 1 };
                    domain.post(actor, item).expect("an empty mailbox has room");
                }
                domain.run_until_idle(SystemClock.now());
            }
        })
    }
}

mod with_peers {
    use super::Subject;
    use crate::local::peers::{System, Work};
    use crate::local::program::Placement;
    use crate::local::spawn::with_peers::{Idle, Item, spawn};
    use crate::resident::resident;

    pub(super) const fn subject<S: System>() -> Subject {
        Subject {
            name: S::NAME,
            grow: grow::<S>,
        }
    }

    fn grow<S: System>(actors: u64, events: u64) -> u64 {
        S::run(Placement::OneThread, Grow { actors, events })
    }

    struct Grow {
        actors: u64,
        events: u64,
    }

    impl Work for Grow {
        type Outcome = u64;

        async fn work<S: System>(self, system: S) -> u64 {
            let mut keep: Vec<S::Ref<Idle>> = Vec::with_capacity(self.actors as usize);
            let before = resident();
            let events = self.events * self.actors;
            let mut all = spawn(&system, self.actors, events, |actor| keep.push(actor)).await;
            for _ in 0..self.events {
                for actor in &keep {
                    S::send(actor, Item { value: 1, more: 1 }).await;
                }
            }
            if events > 0 {
                all.handled().await;
            }
            resident() - before
        }
    }
}
