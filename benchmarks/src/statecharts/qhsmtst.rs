//! QHsmTst (Samek, *Practical UML Statecharts in C/C++*, 2nd edition, figure 2.11): every kind of transition, about five actions an event.
//!
//! Once over the fixed cycle A to I, which a processor learns to predict, and once over a random tape, which it hardly does. Each with two kinds
//! of actions: all add to one number, so that neighbours fold where the compiler sees them; or each counts for itself, so that none can.

#![expect(
    clippy::duplicate_mod,
    reason = "a chart cannot be generic, so each file is compiled once for each kind of action"
)]

mod counted;
mod summed;

use std::borrow::Cow;

use super::subject::{Subject, cycle, random};
use crate::measure::Effort;
use crate::report::Metric;

#[derive(Clone, Copy)]
pub(crate) enum Letter {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
}

const LETTERS: [Letter; 9] = [
    Letter::A,
    Letter::B,
    Letter::C,
    Letter::D,
    Letter::E,
    Letter::F,
    Letter::G,
    Letter::H,
    Letter::I,
];

/// All actions of the chart. `S11G` is the reaction of `s11` to G.
#[derive(Clone, Copy)]
enum Action {
    Start,
    EnterS,
    ExitS,
    InitS,
    SE,
    SI,
    EnterS1,
    ExitS1,
    InitS1,
    S1A,
    S1B,
    S1C,
    S1D,
    S1F,
    S1I,
    EnterS11,
    ExitS11,
    S11D,
    S11G,
    S11H,
    EnterS2,
    ExitS2,
    InitS2,
    S2C,
    S2F,
    S2I,
    EnterS21,
    ExitS21,
    InitS21,
    S21A,
    S21B,
    S21G,
    EnterS211,
    ExitS211,
    S211D,
    S211H,
}

impl Action {
    const COUNT: usize = Self::S211H as usize + 1;

    /// Those that are no state's reaction to an event.
    const BESIDE_REACTIONS: [Self; 17] = [
        Self::Start,
        Self::EnterS,
        Self::ExitS,
        Self::InitS,
        Self::EnterS1,
        Self::ExitS1,
        Self::InitS1,
        Self::EnterS11,
        Self::ExitS11,
        Self::EnterS2,
        Self::ExitS2,
        Self::InitS2,
        Self::EnterS21,
        Self::ExitS21,
        Self::InitS21,
        Self::EnterS211,
        Self::ExitS211,
    ];

    fn is_reaction(action: usize) -> bool {
        Self::BESIDE_REACTIONS
            .iter()
            .all(|&beside| beside as usize != action)
    }
}

pub(crate) fn measure(effort: Effort) -> Vec<Metric> {
    let (cycle, random) = (cycle(&LETTERS), random(&LETTERS));
    summed::check(&cycle);
    summed::check(&random);
    counted::check(&cycle);
    counted::check(&random);
    let note = |tape: &[Letter]| {
        let (full, statig) = counted::actions_an_event(tape);
        Some(format!(
            "{full:.2} actions an event; statig can express {statig:.2} of them"
        ))
    };
    let metric = |name, series, against, must, tape: &[Letter]| Metric {
        name: Cow::Borrowed(name),
        unit: "ns/event",
        series,
        against,
        must,
        note: note(tape),
    };
    vec![
        metric(
            "QHsmTst, cycle a..i",
            summed::timed(&cycle, effort),
            &["statig"],
            Some(2.0),
            &cycle,
        ),
        metric(
            "QHsmTst, random tape",
            summed::timed(&random, effort),
            &["hand"],
            Some(1.0 / 1.25),
            &random,
        ),
        metric(
            "QHsmTst, cycle a..i, a counter each",
            counted::timed(&cycle, effort),
            &["statig"],
            None,
            &cycle,
        ),
        metric(
            "QHsmTst, random tape, a counter each",
            counted::timed(&random, effort),
            &["hand"],
            None,
            &random,
        ),
    ]
}

/// The leaf after each event, which all implementations agree on.
trait Leaf: Subject {
    fn leaf(&self) -> &'static str;
}
