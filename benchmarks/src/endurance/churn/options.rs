//! What the program was started with.

use std::time::Duration;

pub(crate) struct Options {
    /// The population.
    pub(crate) actors: u64,
    /// How long it comes and goes, after the warm-up.
    pub(crate) time: Duration,
    /// What everything that happens follows from.
    pub(crate) seed: u64,
    /// Bytes that are lost on purpose for each actor that has stopped, to see that the verdict finds them.
    pub(crate) leak: usize,
}

const USAGE: &str = "usage: farc-endurance [--actors N] [--minutes N] [--seed N] [--leak BYTES]";

impl Options {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            actors: 100_000,
            time: Duration::from_secs(600),
            seed: 1,
            leak: 0,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--actors" => options.actors = positive(&value()?)?,
                "--minutes" => options.time = minutes(&value()?)?,
                "--seed" => options.seed = number(&value()?)?,
                "--leak" => options.leak = number(&value()?)? as usize,
                _ => return Err(format!("unknown argument `{word}`; {USAGE}")),
            }
        }
        Ok(options)
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no number; {USAGE}"))
}

/// A population below this is no crowd: the draw of an actor would miss too often.
fn positive(text: &str) -> Result<u64, String> {
    match number(text)? {
        actors @ 1000.. => Ok(actors),
        few => Err(format!("{few} actors are too few: 1000 at least")),
    }
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes: Option<f64> = text.parse().ok();
    minutes
        .filter(|&minutes| minutes > 0.0)
        .and_then(|minutes| Duration::try_from_secs_f64(minutes * 60.0).ok())
        .ok_or_else(|| format!("`{text}` is no time; {USAGE}"))
}
