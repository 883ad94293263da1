//! How contenders take turns.
//!
//! On a shared machine an absolute figure says little, so all contenders of a metric run in one process and one after the other in each round:
//! what disturbs the machine for a while disturbs all of them. A round's value is the contender's own business; the median over the rounds is
//! what is reported, with the spread beside it.

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// How long one contender works in one round, in milliseconds.
    pub(crate) turn_ms: u64,
}

impl Effort {
    /// For figures that are compared.
    pub(crate) const FULL: Self = Self {
        rounds: 15,
        turn_ms: 40,
    };
    /// For a check that everything still runs: the figures mean little.
    pub(crate) const QUICK: Self = Self {
        rounds: 1,
        turn_ms: 5,
    };
}

/// One implementation of a metric's work.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Works for one turn, and tells the value of the round in the metric's unit.
    pub(crate) turn: Box<dyn FnMut(Effort) -> f64>,
}

/// What one contender's rounds gave.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) median: f64,
    /// Largest minus smallest round, as a part of the median.
    pub(crate) spread: f64,
}

/// All rounds, the contenders taking turns: A B C A B C.
pub(crate) fn interleaved(mut contenders: Vec<Contender>, effort: Effort) -> Vec<Series> {
    let mut values = vec![Vec::with_capacity(effort.rounds); contenders.len()];
    for _ in 0..effort.rounds {
        for (contender, values) in contenders.iter_mut().zip(&mut values) {
            values.push((contender.turn)(effort));
        }
    }
    contenders
        .iter()
        .zip(values)
        .map(|(contender, values)| Series::new(contender.name, values))
        .collect()
}

impl Series {
    fn new(name: &'static str, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let median = (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0;
        Self {
            name,
            median,
            spread: (values[values.len() - 1] - values[0]) / median,
        }
    }
}
