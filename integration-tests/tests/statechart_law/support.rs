//! Charts in a few lines, and what they print.

use farc::hsm::{Host, Hsm, Machine, Outcome, Record};

/// What the charts here react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
}

/// A context that prints each exit, entry and initial transition as `state-WHAT;`, and what handlers say between them.
#[derive(Default)]
pub(crate) struct Log(String);

impl Log {
    pub(crate) fn say(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push(';');
    }
}

impl<S: std::fmt::Display> Host<S> for Log {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the set of records is open, and a trace has the movements"
    )]
    fn record(&mut self, record: Record<S>) {
        match record {
            Record::Entry(state) => self.say(&format!("{state}-ENTRY")),
            Record::Exit(state) => self.say(&format!("{state}-EXIT")),
            Record::Init(state) => self.say(&format!("{state}-INIT")),
            Record::History { composite, to } => self.say(&format!("{composite}-HISTORY({to})")),
            _ => {}
        }
    }
}

/// A machine with what it printed.
pub(crate) struct Bench<H: Hsm> {
    pub(crate) machine: Machine<H>,
    pub(crate) log: Log,
}

impl<H: for<'c> Hsm<Context<'c> = Log> + Default> Bench<H> {
    pub(crate) fn new() -> Self {
        Self {
            machine: Machine::new(H::default()),
            log: Log::default(),
        }
    }

    /// A machine that has started, and its start.
    pub(crate) fn start() -> (Self, String) {
        let mut bench = Self::new();
        bench.machine.start(&mut bench.log);
        let started = bench.take();
        (bench, started)
    }

    /// What one event prints.
    pub(crate) fn on(&mut self, event: H::Event) -> String {
        self.outcome(event);
        self.take()
    }

    /// What the last of these events prints.
    pub(crate) fn after<const N: usize>(&mut self, events: [H::Event; N]) -> String {
        let mut last = String::new();
        for event in events {
            last = self.on(event);
        }
        last
    }

    pub(crate) fn outcome(&mut self, event: H::Event) -> Outcome<H> {
        self.machine.dispatch(&event, &mut self.log)
    }

    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.log.0)
    }

    /// The active leaf by name.
    pub(crate) fn leaf(&self) -> String {
        let leaf = self.machine.state();
        leaf.map_or_else(|| "none".to_owned(), |state| state.to_string())
    }
}

/// Writes a chart whose actor knows nothing: each state with its keys and its arms; what no arm takes goes to the parent.
macro_rules! chart {
    ($chart:ident, $($key:ident = $value:tt),+;
     $($state:ident $(($($keys:tt)*))? { $($arms:tt)* })*
    ) => {
        #[derive(Default)]
        struct $chart;

        #[farc::hsm(event = $crate::support::Key, context = $crate::support::Log, $($key = $value),+)]
        impl $chart {
            $(
                #[state$(($($keys)*))?]
                fn $state(&mut self, event: &$crate::support::Key, _: &mut $crate::support::Log) -> farc::hsm::Next<Self> {
                    #[allow(unused_imports, reason = "not every state has every answer")]
                    use farc::hsm::Next::{Defer, DeepHistory, Handled, History, Reenter, Stop, Super, To};
                    #[allow(unused_imports, reason = "a state may have no arm")]
                    use $crate::support::Key::{A, B, C, D, E, F, G};
                    match event {
                        $($arms)*
                        _ => Super,
                    }
                }
            )*
        }
    };
}

pub(crate) use chart;
