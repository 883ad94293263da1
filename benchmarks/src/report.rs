//! The table on the terminal, and the summary for programs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde::Serialize;

use crate::measure::{Effort, Series};

/// The name of our own contender.
pub(crate) const FARC: &str = "farc";

/// One line of the table: less is better in all units there are.
#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) name: Cow<'static, str>,
    pub(crate) unit: &'static str,
    /// farc and its peers.
    pub(crate) series: Vec<Series>,
    /// Whom farc is compared with: the best of these.
    pub(crate) against: &'static [&'static str],
    /// How many times better than that peer farc must be; `None` if nobody asks.
    pub(crate) must: Option<f64>,
    /// What the reader must know to read the line.
    pub(crate) note: Option<String>,
}

/// One line of the summary.
#[derive(Serialize)]
struct Row<'m> {
    metric: &'m str,
    unit: &'m str,
    /// These are `None` only where contenders were left out of the run.
    farc: Option<f64>,
    peers: BTreeMap<&'m str, f64>,
    best_peer: Option<&'m str>,
    ratio: Option<f64>,
    spread: f64,
}

impl Metric {
    fn farc(&self) -> Option<&Series> {
        self.series.iter().find(|series| series.name == FARC)
    }

    fn best_peer(&self) -> Option<&Series> {
        self.series
            .iter()
            .filter(|series| self.against.contains(&series.name))
            .min_by(|a, b| a.median.total_cmp(&b.median))
    }

    /// How many times better than the best peer farc is.
    fn ratio(&self) -> Option<f64> {
        Some(self.best_peer()?.median / self.farc()?.median)
    }

    /// The largest of all contenders.
    fn spread(&self) -> f64 {
        self.series
            .iter()
            .map(|series| series.spread)
            .fold(0.0, f64::max)
    }

    fn row(&self) -> Row<'_> {
        Row {
            metric: &self.name,
            unit: self.unit,
            farc: self.farc().map(|series| series.median),
            peers: self
                .series
                .iter()
                .filter(|series| series.name != FARC)
                .map(|series| (series.name, series.median))
                .collect(),
            best_peer: self.best_peer().map(|series| series.name),
            ratio: self.ratio(),
            spread: self.spread(),
        }
    }

    fn verdict(&self) -> String {
        match (self.must, self.ratio()) {
            (Some(must), Some(ratio)) if ratio >= must => format!("{must:.2} met"),
            (Some(must), Some(_)) => format!("{must:.2} NOT MET"),
            _ => "-".to_owned(),
        }
    }
}

/// What the figures were measured on.
pub(crate) fn heading(effort: Effort) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    println!(
        "{} round(s) of {} ms a contender, in turns; medians; {cores} cores, load {load} at the start",
        effort.rounds, effort.turn_ms
    );
}

/// One part's metrics.
pub(crate) fn table(part: &str, metrics: &[Metric]) {
    let mut peers: Vec<&str> = Vec::new();
    for series in metrics.iter().flat_map(|metric| &metric.series) {
        if series.name != FARC && !peers.contains(&series.name) {
            peers.push(series.name);
        }
    }
    let number = |value: Option<f64>| match value {
        Some(value) if value >= 10_000.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
        None => "-".to_owned(),
    };
    let width = |peer: &str| peer.len().max(8);
    print!("\n{part:<44} {:>12} {FARC:>8}", "unit");
    for peer in &peers {
        print!(" {peer:>0$}", width(peer));
    }
    println!(
        " {:>15} {:>7} {:>13} {:>7}",
        "against", "ratio", "must", "spread"
    );
    for metric in metrics {
        print!(
            "{:<44} {:>12} {:>8}",
            metric.name,
            metric.unit,
            number(metric.farc().map(|series| series.median))
        );
        for peer in &peers {
            let series = metric.series.iter().find(|series| series.name == *peer);
            print!(
                " {:>1$}",
                number(series.map(|series| series.median)),
                width(peer)
            );
        }
        println!(
            " {:>15} {:>7} {:>13} {:>5.0} %",
            metric.best_peer().map_or("-", |series| series.name),
            number(metric.ratio()),
            metric.verdict(),
            metric.spread() * 100.0
        );
    }
    for metric in metrics {
        if let Some(note) = &metric.note {
            println!("  {}: {note}", metric.name);
        }
    }
}

/// The summary, a list of rows in JSON.
pub(crate) fn write(path: &Path, metrics: &[Metric]) -> io::Result<()> {
    let rows: Vec<_> = metrics.iter().map(Metric::row).collect();
    fs::write(path, serde_json::to_string_pretty(&rows)? + "\n")
}
