//! Every format draws each state once, each row that leads somewhere as an arrow, and each other row as a line of text.

use farc::hsm::TransitionKind::Stop;
use farc::hsm::chart::{Chart, Format};

use crate::charts;

/// How many states, arrows and lines of text for reactions a picture has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    states: usize,
    arrows: usize,
    texts: usize,
}

impl Counts {
    pub(crate) fn of(chart: &Chart) -> Self {
        let rows = chart.transitions.iter();
        let (arrows, texts): (Vec<_>, Vec<_>) =
            rows.partition(|row| row.target.is_some() || row.kind == Stop);
        Self {
            states: chart.states.len(),
            arrows: arrows.len(),
            texts: texts.len(),
        }
    }

    pub(crate) fn in_picture(format: Format, text: &str) -> Self {
        match format {
            Format::Mermaid => mermaid(text),
            Format::Dot => dot(text),
            Format::PlantUml => plantuml(text),
            Format::Scxml => scxml(text),
            Format::Svg => svg(text),
        }
    }
}

fn lines(text: &str, is: impl Fn(&str) -> bool) -> usize {
    text.lines().filter(|line| is(line.trim())).count()
}

fn is_reaction(line: &str) -> bool {
    line.ends_with(" / handled") || line.ends_with(" / defer")
}

fn mermaid(text: &str) -> Counts {
    let own = |line: &str| line.contains(" as s_") || line.contains(" as s");
    let stands_for = [
        " as itself_",
        " as initial_",
        " as history_",
        " as deep_history_",
    ];
    let pseudo = |line: &str| stands_for.iter().any(|word| line.contains(word));
    Counts {
        states: lines(text, |line| {
            line.starts_with("state ") && own(line) && !pseudo(line)
        }),
        arrows: lines(text, |line| {
            line.contains(" --> ") && line.contains(" : ") && !line.starts_with("initial_")
        }),
        texts: lines(text, is_reaction),
    }
}

fn dot(text: &str) -> Counts {
    let node = |line: &str| line.starts_with('"') && !line.contains("\" -> \"");
    let clusters = lines(text, |line| line.starts_with("subgraph "));
    let leaves = lines(text, |line| {
        let name = line.split('"').nth(1).unwrap_or_default();
        node(line) && !name.contains('.')
    });
    let arrows = lines(text, |line| {
        let name = line.split('"').nth(1).unwrap_or_default();
        line.contains("\" -> \"") && line.contains("label=") && !name.ends_with(".initial")
    });
    let said = |what: &str| text.matches(what).count();
    Counts {
        states: clusters + leaves,
        arrows,
        texts: said(" / handled\\l") + said(" / defer\\l"),
    }
}

fn plantuml(text: &str) -> Counts {
    Counts {
        states: lines(text, |line| {
            line.starts_with("state ") && !line.contains(" <<")
        }),
        arrows: lines(text, |line| {
            let arrow = line.contains(" --> ") || line.contains(" -[bold]-> ");
            arrow && line.contains(" : ") && !line.starts_with("[*]")
        }),
        texts: lines(text, is_reaction),
    }
}

fn scxml(text: &str) -> Counts {
    let element = |line: &str| line.starts_with("<state ") || line.starts_with("<parallel ");
    let row = |line: &str| line.starts_with("<transition ") && line.contains(" farc:kind=");
    let leads = |line: &str| row(line) && line.contains(" target=");
    Counts {
        states: lines(text, element),
        arrows: lines(text, leads),
        texts: lines(text, |line| row(line) && !leads(line)),
    }
}

/// Long texts are broken; their last lines still say the answer, perhaps alone.
fn svg(text: &str) -> Counts {
    let last = |line: &str| {
        let words = line.strip_suffix("</text>").unwrap_or_default();
        words.ends_with("handled") || words.ends_with("defer")
    };
    Counts {
        states: lines(text, |line| line.starts_with("<g data-state=")),
        arrows: lines(text, |line| line.contains(" data-row=")),
        texts: lines(text, |line| {
            line.starts_with("<text class=\"text\"") && last(line)
        }),
    }
}

#[test]
fn every_format_shows_each_state_and_each_row_once() {
    for chart in charts::all() {
        for format in Format::ALL {
            let found = Counts::in_picture(format, &chart.export(format));
            assert_eq!(found, Counts::of(&chart), "{} as {format}", chart.name);
        }
    }
}

#[test]
fn marks_change_nothing_but_the_look() {
    for chart in charts::all() {
        let all: Vec<_> = (0..chart.states.len()).collect();
        for format in Format::ALL {
            let (plain, marked) = (chart.export(format), chart.with_active(&all).export(format));
            assert_ne!(plain, marked, "{} as {format}", chart.name);
            assert_eq!(
                Counts::in_picture(format, &marked),
                Counts::of(&chart),
                "{} as {format}",
                chart.name
            );
            assert_eq!(plain, chart.with_active(&[]).export(format));
        }
    }
}

#[test]
fn the_same_chart_always_gives_the_same_text() {
    for chart in charts::all() {
        for format in Format::ALL {
            let first = chart.export(format);
            for _ in 0..5 {
                assert_eq!(
                    first,
                    chart.clone().export(format),
                    "{} as {format}",
                    chart.name
                );
            }
        }
    }
}

#[test]
fn a_format_has_a_name_and_no_other_word_is_one() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert_eq!(
        "png".parse::<Format>().unwrap_err().to_string(),
        "no format is called `png`; there are mermaid, dot, plantuml, scxml and svg"
    );
}
