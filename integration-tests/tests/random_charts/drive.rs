//! Runs a generated chart and its interpretation side by side, and compares them after each step.

use std::fmt;

use farc::hsm::{Hsm, Machine, Outcome, StateId};

use crate::balance::Balance;
use crate::description::{Chart, LETTERS};
use crate::interpreter::{Interpreter, Offered};
use crate::rng::Rng;
use crate::told::{Event, Fielded, POSTS, Told};

/// An event that comes from outside, and how many steps are run after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) event: Event,
    pub(crate) steps: u8,
}

/// A tape of random events.
pub(crate) fn tape(rng: &mut Rng, strokes: usize) -> Vec<Stroke> {
    (0..strokes)
        .map(|_| Stroke {
            event: Event::of(rng.below(LETTERS.len()), rng.below(6) as u8),
            // A little more than one a stroke, so that queues grow and empty again.
            steps: rng.pick(&[0, 1, 1, 1, 1, 2, 3]),
        })
        .collect()
}

/// Where the two disagree.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The position of the stroke on the tape.
    pub(crate) stroke: usize,
    pub(crate) what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stroke {}: {}", self.stroke, self.what)
    }
}

/// How a chart is run over a tape: the number of steps, or where they first disagree.
pub(crate) type Drive = fn(&Chart, &[Stroke]) -> Result<usize, Failure>;

/// Runs the machine and the interpreter over the tape.
pub(crate) fn machine<H>(chart: &Chart, tape: &[Stroke]) -> Result<usize, Failure>
where
    H: for<'c> Hsm<Event = Event, Context<'c> = Told> + Default + Fielded,
{
    let at = |stroke| move |what| Failure { stroke, what };
    let mut pair = Pair::<H>::start(chart).map_err(at(0))?;
    let mut steps = 0;
    for (number, stroke) in tape.iter().enumerate() {
        pair.post(stroke.event);
        for _ in 0..stroke.steps {
            if pair.step().map_err(at(number))? {
                steps += 1;
            }
        }
        if !pair.interpreter.is_running() {
            pair = Pair::start(chart).map_err(at(number))?;
        }
    }
    pair.stop().map_err(at(tape.len()))?;
    Ok(steps)
}

/// Both sides of a comparison.
struct Pair<'c, H: Hsm> {
    chart: &'c Chart,
    machine: Machine<H>,
    told: Told,
    interpreter: Interpreter<'c>,
    balance: Balance,
}

impl<'c, H> Pair<'c, H>
where
    H: for<'x> Hsm<Event = Event, Context<'x> = Told> + Default + Fielded,
{
    fn start(chart: &'c Chart) -> Result<Self, String> {
        let mut pair = Self {
            chart,
            machine: Machine::new(H::default()),
            told: Told::with_room_for(chart.defer),
            interpreter: Interpreter::new(chart),
            balance: Balance::of(chart),
        };
        pair.machine.start(&mut pair.told);
        pair.interpreter.start();
        pair.agree("the start", true)?;
        Ok(pair)
    }

    fn post(&mut self, event: Event) {
        self.told.receives(event);
        self.interpreter.told.receives(event);
    }

    /// One step of each; false if nothing waits.
    fn step(&mut self) -> Result<bool, String> {
        let Some(event) = self.told.queues.next() else {
            return Ok(false);
        };
        let expected = self.interpreter.told.queues.next();
        let active = self.interpreter.leaves();
        self.run_machine(event);
        let offered = self.interpreter.step(event);
        self.told.may_post = POSTS;
        self.interpreter.told.may_post = POSTS;
        let running = self.interpreter.is_running();
        let step = format!("{event:?} in {active:?}, {offered:?}");
        if expected != Some(event) {
            return Err(format!("{step}: {expected:?} should have come"));
        }
        self.agree(&step, running)?;
        Ok(true)
    }

    fn run_machine(&mut self, event: Event) {
        match self.machine.dispatch(&event, &mut self.told) {
            Outcome::Transition { .. } => {
                if !self.chart.recall_by_hand {
                    self.told.queues.recall_all();
                }
            }
            Outcome::Deferred { .. } => self.told.queues.defer(event),
            Outcome::Internal { .. } | Outcome::Ignored | Outcome::Stopped => {}
        }
    }

    fn stop(mut self) -> Result<(), String> {
        self.machine.stop(&mut self.told);
        self.interpreter.stop();
        self.agree("the stop", false)
    }

    /// Whether both sides did and know the same, and the configuration is a legal one.
    fn agree(&mut self, step: &str, running: bool) -> Result<(), String> {
        let said = std::mem::take(&mut self.told.notes);
        let expected = std::mem::take(&mut self.interpreter.told.notes);
        let differ = |what: &str, expected: &dyn fmt::Debug, actual: &dyn fmt::Debug| {
            Err(format!(
                "{step}: {what}\n  expected {expected:?}\n  actual   {actual:?}"
            ))
        };
        if said != expected {
            return differ("what happened", &expected, &said);
        }
        if self.told.queues != self.interpreter.told.queues {
            return differ("queues", &self.interpreter.told.queues, &self.told.queues);
        }
        if self.machine.actor().fields() != self.interpreter.fields {
            let actual = self.machine.actor().fields();
            return differ("fields", &self.interpreter.fields, &actual);
        }
        let mut leaves: Vec<usize> = self.machine.states().map(StateId::index).collect();
        leaves.sort_unstable();
        if leaves != self.interpreter.leaves() {
            return differ("leaves", &self.interpreter.leaves(), &leaves);
        }
        self.balance
            .follow(&said)
            .and_then(|()| self.balance.is_stable(self.chart, running))
            .map_err(|what| format!("{step}: {what}\n  {said:?}"))
    }
}

impl Interpreter<'_> {
    /// One event, with what follows for the queues.
    pub(crate) fn step(&mut self, event: Event) -> Offered {
        let offered = self.dispatch(event);
        match offered {
            Offered::Deferred(_) => self.told.queues.defer(event),
            Offered::Done { moved: true } if !self.recalls_by_hand() => {
                self.told.queues.recall_all();
            }
            Offered::Done { .. } | Offered::Super => {}
        }
        offered
    }
}
