//! The arguments of the program, which the script `run` hands on.

use crate::measure::{Effort, Plan};

/// What to measure and where to write it.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// The parts that were named.
    parts: Vec<String>,
    pub(crate) plan: Plan,
    /// The file for the summary.
    pub(crate) out: String,
}

impl Arguments {
    /// Reads `[--quick] [--only NAME] [--program NAME] [--rounds N] [--turn MS] [--minutes N] [--seed N] --out FILE [PART …]`.
    pub(crate) fn parse(
        words: impl IntoIterator<Item = String>,
        known: &[&str],
    ) -> Result<Self, String> {
        let (mut parts, mut out) = (Vec::new(), None);
        let mut plan = Plan::new(Effort::FULL);
        let (mut rounds, mut turn) = (None, None);
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--quick" => plan = plan.quick(),
                "--out" => out = Some(value()?),
                "--only" => plan.only.push(value()?),
                "--program" => plan.programs.push(value()?),
                "--rounds" => rounds = Some(number(&word, &value()?)?),
                "--turn" => turn = Some(number(&word, &value()?)?),
                "--minutes" => plan.minutes = Some(minutes(&value()?)?),
                "--seed" => plan.seed = number(&word, &value()?)?,
                part if known.contains(&part) => parts.push(word),
                _ => {
                    return Err(format!(
                        "unknown argument `{word}`: expected --quick, --only, --program, --rounds, --turn, --minutes, --seed or a part ({})",
                        known.join(", ")
                    ));
                }
            }
        }
        plan.effort.rounds = rounds.map_or(plan.effort.rounds, |rounds| rounds as usize);
        plan.effort.turn_ms = turn.unwrap_or(plan.effort.turn_ms);
        let out = out.ok_or("--out FILE is missing; start this through benchmarks/run")?;
        Ok(Self { parts, plan, out })
    }

    /// Whether this part is to run: it was named, or none was, and it runs by default or the run is a quick one of everything.
    pub(crate) fn wants(&self, part: &str, is_default: bool) -> bool {
        if self.parts.is_empty() {
            is_default || self.plan.is_quick
        } else {
            self.parts.iter().any(|name| name == part)
        }
    }
}

/// A number from 1 on.
fn number(option: &str, text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("{option} needs a number from 1 on, not `{text}`")),
    }
}

/// A time, which may be a part of a minute.
fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if f64::is_finite(minutes) && minutes > 0.0 => Ok(minutes),
        _ => Err(format!("--minutes needs a number above 0, not `{text}`")),
    }
}
