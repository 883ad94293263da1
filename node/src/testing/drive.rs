//! An actor driven along the paths of its chart: are all states reached and all transitions taken, and does the invariant hold?

mod report;
mod run;

use std::fmt;

use super::{Bench, BenchSettings};
use crate::actor::{Actor, SpawnError};
use crate::hsm::Chart;
use crate::hsm::paths::{Model, Step};

pub use self::report::{Coverage, Missed, StateCoverage, TransitionCoverage, Violation};

/// How many walks are tried for what the paths did not reach, and how long each is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkLimits {
    /// How many walks. Default 32. 0 leaves it at the paths.
    pub walks: u32,
    /// How many steps each. Default 128.
    pub steps: u32,
}

impl Default for WalkLimits {
    fn default() -> Self {
        Self {
            walks: 32,
            steps: 128,
        }
    }
}

type ExamplesOf<'f, A> = Box<dyn FnMut(&Step) -> Vec<<A as crate::hsm::Hsm>::Event> + 'f>;
type InvariantOf<'f, A> = Box<dyn FnMut(&Bench<A>) -> Result<(), String> + 'f>;

/// Drives an actor along the paths of its chart, on a [`Bench`] for each path.
///
/// First it follows the [covering paths](Chart::covering_paths). After each step it looks whether the actor took the transition that the
/// path names, and runs the invariant. A chart does not know when guards hold: a step whose guard is false for the first example is tried
/// with the others, and what is still missing in the end is looked for by walks, which take what was tried least from where they are, or
/// anything.
///
/// What it found is a [`Coverage`]. The same calls give the same report, in each run.
///
/// ```
/// # use farc::prelude::*;
/// use farc::testing::Drive;
///
/// #[derive(Event)]
/// pub enum TurnstileEvent {
///     #[event(local)]
///     Coin(u8),
///     #[event(local)]
///     Push,
/// }
///
/// #[derive(Default)]
/// pub struct Turnstile {
///     paid: u32,
///     passed: u32,
/// }
///
/// #[hsm(event = TurnstileEvent, initial = locked)]
/// impl Turnstile {
///     #[state]
///     fn locked(&mut self, event: &TurnstileEvent) -> Next<Self> {
///         match event {
///             TurnstileEvent::Coin(cents) if *cents >= 50 => {
///                 self.paid += 1;
///                 To(State::Open)
///             }
///             TurnstileEvent::Coin(_) => Handled,
///             TurnstileEvent::Push => Super,
///         }
///     }
///
///     #[state]
///     fn open(&mut self, event: &TurnstileEvent) -> Next<Self> {
///         match event {
///             TurnstileEvent::Push => {
///                 self.passed += 1;
///                 To(State::Locked)
///             }
///             TurnstileEvent::Coin(_) => Handled,
///         }
///     }
/// }
/// # impl Actor for Turnstile {
/// #     type Args = ();
/// #     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Self::default()) }
/// # }
///
/// # fn main() -> Result<(), farc::SpawnError> {
/// let coverage = Drive::<Turnstile>::new(())
///     // Several examples of an event are tried one after another until a guard holds.
///     .examples(|step| match step.events.first().copied() {
///         Some("Coin") => vec![TurnstileEvent::Coin(10), TurnstileEvent::Coin(50)],
///         _ => vec![TurnstileEvent::Push],
///     })
///     .invariant(|bench| {
///         let Turnstile { paid, passed } = *bench.actor();
///         if passed <= paid { Ok(()) } else { Err(format!("{passed} passed, {paid} paid")) }
///     })
///     .run()?;
/// coverage.assert_complete();
/// # Ok(())
/// # }
/// ```
pub struct Drive<'f, A: Actor> {
    args: A::Args,
    settings: BenchSettings,
    chart: Chart,
    walks: WalkLimits,
    examples: ExamplesOf<'f, A>,
    invariant: InvariantOf<'f, A>,
}

impl<'f, A: Actor> Drive<'f, A> {
    /// A drive of actors that are constructed from these arguments.
    pub fn new(args: A::Args) -> Self {
        Self {
            args,
            settings: BenchSettings::default(),
            chart: A::chart(),
            walks: WalkLimits::default(),
            examples: Box::new(|_| Vec::new()),
            invariant: Box::new(|_| Ok(())),
        }
    }

    /// Where events come from: for a step of a path, values that its trigger matches, the most promising first.
    ///
    /// A step names the [variants](Step::events) that lead to it, its trigger and its guard. It is called again for each try, and must give the
    /// same values each time. A transition for which it has nothing stays uncovered, and the report says so.
    #[must_use]
    pub fn examples<E: IntoIterator<Item = A::Event>>(
        mut self,
        mut examples: impl FnMut(&Step) -> E + 'f,
    ) -> Self {
        self.examples = Box::new(move |step| examples(step).into_iter().collect());
        self
    }

    /// What must hold after the start and after each step. The error says what is wrong.
    #[must_use]
    pub fn invariant(
        mut self,
        invariant: impl FnMut(&Bench<A>) -> Result<(), String> + 'f,
    ) -> Self {
        self.invariant = Box::new(invariant);
        self
    }

    /// How the benches run the actor: its name, seed and options.
    #[must_use]
    pub fn settings(mut self, settings: BenchSettings) -> Self {
        self.settings = settings;
        self
    }

    /// How long it looks for what the paths did not reach.
    #[must_use]
    pub fn walks(mut self, walks: WalkLimits) -> Self {
        self.walks = walks;
        self
    }

    /// Drives along another chart than that of the actor: to hold the actor against a chart that was drawn first.
    #[must_use]
    pub fn chart(mut self, chart: Chart) -> Self {
        self.chart = chart;
        self
    }

    /// Drives.
    ///
    /// # Errors
    ///
    /// When an actor cannot be constructed.
    pub fn run(mut self) -> Result<Coverage, SpawnError> {
        let chart = self.chart.clone();
        let model = Model::new(&chart);
        run::Run::new(&mut self, &model).drive()
    }
}

impl<A: Actor> fmt::Debug for Drive<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive")
            .field("actor", &A::NAME)
            .finish_non_exhaustive()
    }
}
