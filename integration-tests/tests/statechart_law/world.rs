//! Actors in a domain on a clock that stands still, and what they print.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use farc::prelude::*;
use farc::{Clock as _, DomainSettings, ManualClock};

thread_local! {
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Prints a word; actors and tests share one thread.
pub(crate) fn say(text: &str) {
    PRINTED.with_borrow_mut(|printed| {
        if !printed.is_empty() {
            printed.push(' ');
        }
        printed.push_str(text);
    });
}

/// A domain with one actor, `it`.
pub(crate) struct World<A: Actor> {
    pub(crate) domain: Domain,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) it: Address<A>,
}

impl<A: Actor<Args = ()>> World<A> {
    /// A world whose actor has started; what it printed then is forgotten.
    pub(crate) fn new() -> Self {
        Self::with(ActorOptions::default())
    }

    pub(crate) fn with(options: ActorOptions) -> Self {
        let clock = Arc::new(ManualClock::new());
        let settings =
            DomainSettings::alone("law".parse().expect("a name"), clock.clone(), [0; 32]);
        let mut domain = Domain::new(settings);
        let it = domain
            .spawn::<A>("it", (), options)
            .expect("it can be constructed");
        domain.start();
        domain.run_until_idle(clock.now());
        PRINTED.with_borrow_mut(String::clear);
        Self { domain, clock, it }
    }

    /// Posts events without running a step.
    pub(crate) fn post<const N: usize>(&mut self, events: [A::Event; N])
    where
        A::Event: Event<Posted = A::Event>,
    {
        for event in events {
            assert!(self.domain.post(&self.it, event).is_ok(), "there is room");
        }
    }

    /// Posts events one after the other, runs until nothing is left to do, and tells what was printed.
    pub(crate) fn on<const N: usize>(&mut self, events: [A::Event; N]) -> String
    where
        A::Event: Event<Posted = A::Event>,
    {
        self.post(events);
        self.run()
    }

    pub(crate) fn run(&mut self) -> String {
        self.domain.run_until_idle(self.clock.now());
        PRINTED.with_borrow_mut(std::mem::take)
    }

    /// One step, whatever waits.
    pub(crate) fn step(&mut self) -> String {
        self.domain.run(self.clock.now(), 1);
        PRINTED.with_borrow_mut(std::mem::take)
    }

    /// Lets so many milliseconds pass, and runs what they bring.
    pub(crate) fn wait(&mut self, milliseconds: u64) -> String {
        self.clock.advance(Duration::from_millis(milliseconds));
        self.run()
    }

    /// The causes of drops with their counts, as `cause: count`.
    pub(crate) fn drops(&self) -> String {
        // Of an actor that has stopped nothing is left but its books.
        let books = match self.domain.status().pop() {
            Some(actor) => actor.books,
            None => self.domain.books().gone,
        };
        assert_eq!(books.imbalance(), 0, "{books:?}");
        let drops = books.dropped.iter();
        let drops: Vec<_> = drops
            .map(|(cause, count)| format!("{cause:?}: {count}"))
            .collect();
        drops.join(", ")
    }

    /// The active states, from the outside in.
    pub(crate) fn state(&self) -> String {
        let state = self.domain.status().pop().and_then(|actor| actor.state);
        state.unwrap_or_else(|| "none".to_owned())
    }
}
