//! Observations put together to steps: one line a step, in the grammar of [`trace`](super).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hsm::Record;
use crate::observe::{
    Cause, Dispatched, Dropped, Posted, Publish, Recalled, Restarted, Started, StateRecord, Stopped,
};
use crate::signal::AnySignal;

/// The longest body of a line, in bytes: what a step did is readable, and a signal of megabytes does not fill a file.
const LONGEST: usize = 4096;

/// A step that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What it was about: the event's variant, or `start`, `restart`, `stop`; `None` for what happens between steps.
    pub(crate) head: Option<String>,
    /// What happened, each thing with a `;` behind it.
    pub(crate) body: String,
}

impl Step {
    /// The line of the step, without an end of line.
    pub(crate) fn line(&self) -> String {
        match &self.head {
            Some(head) => format!("{head}: {}", self.body),
            None => self.body.clone(),
        }
    }
}

/// The steps that are under way, by actor: with one domain at most one.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    open: BTreeMap<String, Open>,
}

#[derive(Debug, Default)]
struct Open {
    event: Option<String>,
    body: String,
    /// What a handler has put out before its answer is known: it is written behind the answer.
    held: String,
    /// Whether the answer is known, and what follows is the work of actions.
    answered: bool,
}

impl Steps {
    fn open(&mut self, actor: &str) -> &mut Open {
        if !self.open.contains_key(actor) {
            self.open.insert(actor.to_owned(), Open::default());
        }
        self.open.entry(actor.to_owned()).or_default()
    }

    /// What an actor publishes; what the domain's owner publishes belongs to no step.
    pub(crate) fn publish(&mut self, publish: &Publish<'_>) {
        if let Some(actor) = publish.actor {
            self.open(actor).output(&publication(publish.payload));
        }
    }

    pub(crate) fn posted(&mut self, post: &Posted<'_>) {
        let to = receiver(post);
        let mut text = posting(to, post.event, post.payload);
        if !post.taken {
            text.push_str(" refused");
        }
        self.open(post.actor).output(&text);
    }

    pub(crate) fn recalled(&mut self, recalled: &Recalled<'_>) {
        self.open(recalled.actor)
            .put(format_args!("recall {}", recalled.event));
    }

    /// A step that defers its event ends with that: its dispatch is still to come.
    pub(crate) fn record(&mut self, seen: &StateRecord<'_>) -> Option<Step> {
        let open = self.open(seen.actor);
        if open.event.is_none() && seen.event.is_empty() && matches!(seen.record, Record::Entry(_))
        {
            open.put(format_args!("top-INIT"));
            open.answer();
        }
        if open.event.as_deref() != Some(seen.event) {
            open.event = Some(seen.event.to_owned());
        }
        open.record(seen.event, seen.record);
        matches!(seen.record, Record::Deferred(_)).then(|| self.close(seen.actor, seen.event))
    }

    /// What was dropped: a step of its own, unless it happened in one.
    pub(crate) fn dropped(&mut self, dropped: &Dropped<'_>) -> Option<Step> {
        if dropped.cause == Cause::Poison {
            // Told by the panic, which comes next.
            self.open(dropped.receiver).event = Some(dropped.event.to_owned());
            return None;
        }
        let mut text = format!("drop {} {}", dropped.event, dropped.cause);
        if dropped.count > 1 {
            let _ = write!(text, " {}", dropped.count);
        }
        if let Some(open) = self.open.get_mut(dropped.receiver) {
            open.put(format_args!("{text}"));
            return None;
        }
        Some(Step {
            head: None,
            body: text + ";",
        })
    }

    pub(crate) fn dispatched(&mut self, step: &Dispatched<'_>) -> Step {
        self.close(step.actor, step.event)
    }

    pub(crate) fn started(&mut self, started: &Started<'_>) -> Step {
        let restarted = started.restarts > 0;
        self.close(started.actor, if restarted { "restart" } else { "start" })
    }

    /// The exits of a stop from outside; `None` when the actor had stopped by itself or failed, which was told before.
    pub(crate) fn stopped(&mut self, stopped: &Stopped<'_>) -> Option<Step> {
        self.open
            .contains_key(stopped.actor)
            .then(|| self.close(stopped.actor, "stop"))
    }

    /// A panic ends the step, whatever it was about.
    pub(crate) fn failed(&mut self, failure: &Restarted<'_>) -> Step {
        let open = self.open(failure.actor);
        open.answer();
        open.put(format_args!("panic {:?}", failure.cause));
        let head = match open.event.take() {
            Some(event) if event.is_empty() => Some("start".to_owned()),
            event => event,
        };
        Step {
            head,
            ..self.close(failure.actor, "")
        }
    }

    fn close(&mut self, actor: &str, head: &str) -> Step {
        let mut open = self.open.remove(actor).unwrap_or_default();
        open.answer();
        Step {
            head: Some(head.to_owned()),
            body: open.body,
        }
    }
}

impl Open {
    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        append(&mut self.body, what);
    }

    fn output(&mut self, text: &str) {
        let to = if self.answered {
            &mut self.body
        } else {
            &mut self.held
        };
        append(to, format_args!("{text}"));
    }

    /// The answer is known: what the handler has put out follows it.
    fn answer(&mut self) {
        self.answered = true;
        let held = std::mem::take(&mut self.held);
        if self.body.len() < LONGEST {
            self.body.push_str(&held);
        }
    }

    fn record(&mut self, event: &str, record: Record<&str>) {
        match record {
            Record::Answer(state) => {
                self.put(format_args!("{state}-{event}"));
                self.answer();
            }
            Record::GuardRejected(state) => {
                self.put(format_args!("{state}-GUARD"));
                self.answer();
                self.answered = false;
            }
            Record::Entry(state) => self.put(format_args!("{state}-ENTRY")),
            Record::Exit(state) => {
                self.answer();
                self.put(format_args!("{state}-EXIT"));
            }
            Record::Init(state) => self.put(format_args!("{state}-INIT")),
            Record::History { composite, to } => {
                self.put(format_args!("{composite}-HISTORY({to})"));
            }
            // The answer, and what follows it, say as much.
            Record::Transition { .. } | Record::Internal(_) => self.answered = false,
            Record::Deferred(state) => {
                self.put(format_args!("{state}-DEFER"));
                self.answered = false;
            }
            Record::Ignored => {
                self.put(format_args!("top-IGNORED"));
                self.answer();
                self.answered = false;
            }
            Record::Stopped(state) => self.put(format_args!("{state}-STOP")),
        }
    }
}

/// `publish dining.hungry {"philosopher":3}`.
pub(crate) fn publication(signal: &dyn AnySignal) -> String {
    format!("publish {} {}", signal.name(), json(signal))
}

/// Who gets a post, as it is written.
pub(crate) fn receiver<'a>(post: &Posted<'a>) -> &'a str {
    match post {
        Posted { front: true, .. } => "front",
        Posted { actor, to, .. } if actor == to => "self",
        Posted { to, .. } => to,
    }
}

/// `post fork-3 Take {"philosopher":3}`; a post to oneself is `post self Timeout`, or `post front Timeout`.
pub(crate) fn posting(to: &str, event: &str, payload: Option<&dyn AnySignal>) -> String {
    match payload {
        Some(payload) => format!("post {to} {event} {}", json(payload)),
        None => format!("post {to} {event}"),
    }
}

/// The JSON of a signal; its `Serialize` is the user's code, and a trace must not make an actor fail.
fn json(signal: &dyn AnySignal) -> String {
    catch_unwind(AssertUnwindSafe(|| signal.json())).unwrap_or_else(|_| "(panicked)".to_owned())
}

fn append(to: &mut String, what: std::fmt::Arguments<'_>) {
    if to.len() >= LONGEST {
        return;
    }
    // Writing to a string does not fail.
    let _ = write!(to, "{what};");
    if to.len() >= LONGEST {
        let mut end = LONGEST;
        while !to.is_char_boundary(end) {
            end -= 1;
        }
        to.truncate(end);
        to.push_str("…;");
    }
}
