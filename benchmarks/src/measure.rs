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

/// What to measure.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) effort: Effort,
    /// Whether it is only to be shown that everything runs.
    pub(crate) is_quick: bool,
    /// The contenders to run, by name; all if empty. Parts with short runs take no notice.
    pub(crate) only: Vec<String>,
    /// The programs to run, by parts of their names; all if empty. Parts with short runs take no notice.
    pub(crate) programs: Vec<String>,
    /// How long actors come and go, if that was said. Only for endurance.
    pub(crate) minutes: Option<f64>,
    /// What they do follows from it. Only for endurance.
    pub(crate) seed: u64,
}

impl Plan {
    pub(crate) fn new(effort: Effort) -> Self {
        Self {
            effort,
            is_quick: false,
            only: Vec::new(),
            programs: Vec::new(),
            minutes: None,
            seed: 1,
        }
    }

    /// The same, but only to show that everything runs.
    pub(crate) fn quick(self) -> Self {
        Self {
            effort: Effort::QUICK,
            is_quick: true,
            ..self
        }
    }

    /// Whether this contender takes part.
    pub(crate) fn takes(&self, contender: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == contender)
    }

    /// Whether this program is asked for. Letters and digits count, so that `pingpong` finds `ping-pong`.
    pub(crate) fn wants(&self, program: &str) -> bool {
        let plain = |text: &str| text.replace(|c: char| !c.is_alphanumeric(), "");
        let program = plain(program);
        self.programs.is_empty()
            || self
                .programs
                .iter()
                .any(|part| program.contains(&plain(part)))
    }

    /// Whether figures are to be compared, rather than everything be shown to run.
    pub(crate) fn is_full(&self) -> bool {
        self.effort.rounds > 1
    }
}

/// One implementation of a metric's work.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Works for one turn, and tells the value of the round in the metric's unit.
    pub(crate) turn: Box<dyn FnMut(Effort) -> f64>,
}

/// One implementation of the work of several metrics.
pub(crate) struct Several<const N: usize> {
    pub(crate) name: &'static str,
    pub(crate) turn: Box<dyn FnMut(Effort) -> [f64; N]>,
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
pub(crate) fn interleaved(contenders: Vec<Contender>, effort: Effort) -> Vec<Series> {
    let contenders = contenders.into_iter().map(|mut contender| Several {
        name: contender.name,
        turn: Box::new(move |effort| [(contender.turn)(effort)]),
    });
    let [series] = interleaved_several(contenders.collect(), effort);
    series
}

/// The same where one turn gives the values of several metrics.
pub(crate) fn interleaved_several<const N: usize>(
    mut contenders: Vec<Several<N>>,
    effort: Effort,
) -> [Vec<Series>; N] {
    let mut values = vec![Vec::with_capacity(effort.rounds); contenders.len()];
    for _ in 0..effort.rounds {
        for (contender, values) in contenders.iter_mut().zip(&mut values) {
            values.push((contender.turn)(effort));
        }
    }
    std::array::from_fn(|metric| {
        let series = contenders.iter().zip(&values);
        series
            .map(|(contender, values)| {
                let values = values.iter().map(|values| values[metric]).collect();
                Series::new(contender.name, values)
            })
            .collect()
    })
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
