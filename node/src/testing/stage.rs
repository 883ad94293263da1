//! The world as its handles share it: what a test sees of it, and how it waits.

use std::cell::{RefCell, RefMut};
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::journal::lock;
use super::world::{Hosted, Running, World};
use crate::actor::ActorStatus;

/// How many of the last lines of the trace a report shows.
const LAST_STEPS: usize = 20;

/// A handle of the world. Nothing of a test runs while it is borrowed, except actors, which have no handle.
#[derive(Clone)]
pub(super) struct Stage(Rc<RefCell<World>>);

impl Stage {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rc::new(RefCell::new(World::new(seed))))
    }

    #[track_caller]
    pub(super) fn world(&self) -> RefMut<'_, World> {
        self.0.borrow_mut()
    }

    /// The node at this place, which is up.
    #[track_caller]
    pub(super) fn running(&self, node: usize) -> RefMut<'_, Running> {
        let world = self.world();
        let name = world.nodes[node].name.to_string();
        match RefMut::filter_map(world, |world| world.nodes[node].running.as_mut()) {
            Ok(running) => running,
            Err(_) => panic!("node `{name}` is down"),
        }
    }

    /// Lets time pass from deadline to deadline until `found` has a value, `within` at most. It is asked whenever nothing is left to do at the
    /// present time.
    #[track_caller]
    pub(super) fn wait<T>(
        &self,
        within: Duration,
        mut found: impl FnMut() -> Option<T>,
    ) -> Option<T> {
        let end = self.world().now() + within;
        self.world().run();
        loop {
            if let Some(value) = found() {
                return Some(value);
            }
            let mut world = self.world();
            if world.now() >= end {
                return None;
            }
            world.go_on(end);
            world.run();
        }
    }

    /// Ends the test.
    #[track_caller]
    pub(super) fn fail(&self, node: Option<usize>, what: &str) -> ! {
        let report = self.world().report(node);
        panic!("{what}\n{report}")
    }
}

impl World {
    /// What a failed test wants to know: of one node, or of all.
    pub(super) fn report(&mut self, node: Option<usize>) -> String {
        let mut text = format!("at {:.6}", self.elapsed().as_secs_f64());
        match self.next_deadline() {
            Some(at) => put(
                &mut text,
                format_args!(", next deadline at {}", self.time(at)),
            ),
            None => text.push_str(", no deadline"),
        }
        text.push('\n');
        let alone = self.nodes.len() == 1;
        let chosen = |index: usize| node.is_none_or(|node| node == index);
        for (_, hosted) in self.nodes.iter().enumerate().filter(|(i, _)| chosen(*i)) {
            let prefix = if alone {
                String::new()
            } else {
                format!("{}/", hosted.name)
            };
            describe(&mut text, hosted, &prefix);
        }
        self.describe_links(&mut text);
        let names: Vec<&str> = self.nodes.iter().map(|node| node.name.as_ref()).collect();
        let log = lock(&self.log);
        let lines = match node {
            Some(node) => log.of(node, 0),
            None if alone => log.of(0, 0),
            None => log.of_all(&names, 0),
        };
        text.push_str("last steps:\n");
        for line in &lines[lines.len().saturating_sub(LAST_STEPS)..] {
            put(&mut text, format_args!("  {line}"));
        }
        text
    }

    /// As the trace writes it.
    fn time(&self, at: Instant) -> String {
        let now = self.now();
        let passed = self.elapsed() + at.saturating_duration_since(now);
        format!("{:.6}", passed.as_secs_f64())
    }

    fn describe_links(&self, text: &mut String) {
        for (index, node) in self.nodes.iter().enumerate() {
            let peers = node.running.iter().flat_map(|running| &running.peers);
            for peer in peers.filter(|peer| peer.index > index) {
                let other = &self.nodes[peer.index].name;
                let state = match (peer.is_up(), peer.is_ready()) {
                    (true, true) => "up",
                    (true, false) => "up, interest not exchanged",
                    (false, _) => "down",
                };
                let pair = (index, peer.index);
                let cut = if self.net.cuts().any(|cut| cut == pair) {
                    ", cut"
                } else {
                    ""
                };
                put(
                    text,
                    format_args!("link {}-{other}: {state}{cut}\n", node.name),
                );
            }
        }
    }
}

fn describe(text: &mut String, hosted: &Hosted, prefix: &str) {
    if hosted.running.is_none() {
        put(text, format_args!("{}: down\n", hosted.name));
    }
    for actor in hosted.status() {
        let ActorStatus {
            name,
            phase,
            state,
            mailbox,
            handled,
            last_failure,
            ..
        } = actor;
        let state = state.as_deref().unwrap_or(phase);
        put(
            text,
            format_args!("{prefix}{name}: {state}, {handled} handled"),
        );
        for (count, what) in [(mailbox.depth, "waiting"), (mailbox.deferred, "deferred")] {
            if count > 0 {
                put(text, format_args!(", {count} {what}"));
            }
        }
        if let Some(failure) = last_failure {
            put(text, format_args!(", last failure {failure:?}"));
        }
        text.push('\n');
    }
    for panic in hosted.journal.panics_to_come() {
        put(text, format_args!("still to panic: {prefix}{panic}\n"));
    }
}

/// Writing to a string does not fail.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}
