//! A tape that fails is cut down before it is shown.

use std::fmt::Write as _;

use crate::description::Chart;
use crate::drive::{Drive, Failure, Stroke};
use crate::write;

/// The failure with what is needed to see it again.
pub(crate) fn report(chart: &Chart, tape: &[Stroke], drive: Drive, failure: &Failure) -> String {
    let tape = shortest(chart, &tape[..=failure.stroke.min(tape.len() - 1)], drive);
    let failure = drive(chart, &tape).err().unwrap_or_else(|| failure.clone());
    let mut text = format!("chart of seed {}\n\n{}\n", chart.seed, write::source(chart));
    for (number, stroke) in tape.iter().enumerate() {
        let _ = writeln!(
            text,
            "{number}: {:?}, then {} steps",
            stroke.event, stroke.steps
        );
    }
    let _ = write!(text, "{failure}");
    text
}

/// Leaves out strokes while the rest still fails, halves first and single ones last.
fn shortest(chart: &Chart, tape: &[Stroke], drive: Drive) -> Vec<Stroke> {
    let mut tape = tape.to_vec();
    let mut length = tape.len().div_ceil(2);
    while length > 0 {
        let mut from = 0;
        while from < tape.len() {
            let mut shorter = tape.clone();
            shorter.drain(from..(from + length).min(tape.len()));
            match drive(chart, &shorter) {
                Err(failure) => {
                    shorter.truncate(failure.stroke + 1);
                    tape = shorter;
                }
                Ok(_) => from += length,
            }
        }
        length /= 2;
    }
    tape
}
