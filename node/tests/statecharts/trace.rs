//! The context of the charts here: it writes down what user code says, and beside it what the engine says.

use farc::hsm::{Host, Hsm, Machine, Outcome, Record};

/// What happened, in the format of the reference traces.
#[derive(Default)]
pub(crate) struct Trace {
    /// What handlers and actions printed since the last [`take`](Trace::take).
    pub(crate) text: String,
    /// What the engine told through `Host`.
    pub(crate) engine: Vec<String>,
}

impl Trace {
    /// Prints `state-WHAT;`.
    pub(crate) fn print(&mut self, state: &str, what: &str) {
        self.text.push_str(state);
        self.text.push('-');
        self.text.push_str(what);
        self.text.push(';');
    }

    /// The text so far, leaving none.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

impl<S: std::fmt::Debug> Host<S> for Trace {
    fn scope(&mut self, state: Option<S>) {
        self.engine.push(match state {
            Some(state) => format!("scope {state:?}"),
            None => "scope top".to_owned(),
        });
    }

    fn exited(&mut self, state: S) {
        self.engine.push(format!("exited {state:?}"));
    }

    fn record(&mut self, record: Record<S>) {
        self.engine.push(format!("{record:?}"));
    }
}

/// A machine with its trace.
pub(crate) struct Bench<H: Hsm> {
    pub(crate) machine: Machine<H>,
    pub(crate) trace: Trace,
}

impl<H: for<'c> Hsm<Context<'c> = Trace>> Bench<H> {
    /// Starts the actor; the trace holds the start.
    pub(crate) fn start(actor: H) -> Self {
        let mut bench = Self {
            machine: Machine::new(actor),
            trace: Trace::default(),
        };
        bench.machine.start(&mut bench.trace);
        bench
    }

    /// Dispatches and returns what was printed.
    pub(crate) fn dispatch(&mut self, event: &H::Event) -> String {
        self.outcome(event);
        self.trace.take()
    }

    /// Dispatches and returns what the engine says of it.
    pub(crate) fn outcome(&mut self, event: &H::Event) -> Outcome<H> {
        self.machine.dispatch(event, &mut self.trace)
    }
}
